// A trained model with its users and items as they are now: the prepared dataset, and what came in since training.
// Knows nothing of HTTP. Calls are safe from any thread unless they say otherwise.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/hashed_names.h"
#include "config/config.h"
#include "config/goal.h"
#include "data/dataset.h"
#include "data/inference/rating_range.h"
#include "data/seen_actions.h"
#include "data/user_state_builder.h"
#include "model/model.h"
#include "recommend/build_list.h"
#include "recommend/recommendation_list.h"
#include "recommend/text_index.h"
#include "store/store.h"

namespace haina {

struct ItemUpdate {
  std::string id;
  Cells cells;
};

struct UserUpdate {
  Cells profile = {};                     // replaces the prepared cells of these fields
  std::vector<std::string> friends = {};  // ids
  bool has_friends = false;               // whether they, maybe none, replace the prepared ones
};

class Engine {
 public:
  // trained_until: number of the store's last event that the dataset contains, see replay_start. kInvalidArgument where
  // a goal or a rule cannot be read.
  static Result<Engine> make(const Config& config, Dataset dataset, Model model, int64_t trained_until = 0);
  Engine(Engine&&) noexcept;
  Engine& operator=(Engine&&) = delete;
  ~Engine();

  // Adds the event to its user's state and to its item's trend. An event that no goal counts joins the user's other
  // events; no model reads one with an action that training never saw. Whatever the event is, the item stays out of the
  // user's lists if data/seen_actions.h says so, and a low answer pushes similar items down. Events of unknown items
  // wait for the item.
  void learn(const LiveEvent& event);
  // What the sender of events should know: which are no goal events and why, and which are of unknown items. One
  // sentence a kind; empty: nothing.
  std::vector<std::string> remarks_on(std::span<const LiveEvent> events) const;
  // Cells of items or users in the form of the project's files, see parse_cells.
  Result<Cells> read_cells(const nlohmann::json& object, Side side, const std::string& at) const {
    return parse_cells(object, dataset_.fields, side, at, config_.sources);
  }
  // Whether training knew an item field of that full name.
  bool has_item_field(const std::string& full_name) const;
  // Number of the last stored event that the dataset already contains; 0 for a forgotten user.
  int64_t trained_until(const std::string& user) const;
  int64_t trained_until() const { return trained_until_; }
  // Replaces the user's live events by these, which came after trained_until, oldest first; the trend follows.
  void relearn(const std::string& user, const std::vector<LiveEvent>& events);
  // Places added items by who took them since: put_items(), learn(), relearn() and forget() leave that to the end of a
  // batch or a task. kSome: as many as take about 20 ms; the others remain for the next call. One thread at a time.
  enum class Place { kSome, kAll };
  void place_adopted(Place place);
  // A hidden item is in no list, and similar to nothing, until it is shown again.
  void hide(const std::string& item);
  void show(const std::string& item);
  // The item was deleted: it is hidden, and one that was added since training counts for nothing, as if the service had
  // started without it. put_items() brings it back; it is hidden until it is shown.
  void remove_item(const std::string& item);
  // Hides these items and shows all others.
  void hide_exactly(const std::vector<std::string>& items);
  // Drops the user's live events, their share in the trend, profile and friends, takes the user out of the friends that
  // others were given live, and detaches the id from everything prepared.
  void forget(const std::string& user);
  void forget(const std::vector<std::string>& users);
  // Forgets the users of the dataset who were forgotten after it was made, and those in memory who were since this was
  // called last, and returns them; user() says of all of `forgotten` that they are. Hashes all names, unless there is
  // nobody to forget.
  std::vector<std::string> forget_all(HashedNames forgotten);
  void know_forgotten(HashedNames forgotten);  // what user() says, and nothing else
  // The users in memory whose keys those are. Hashes all names: about a second for a million users.
  std::vector<std::string> users_of_keys(const HashedNames& keys) const;
  // Sets the cells of items. An item unknown to training gets a vector from its cells and can be recommended; of a
  // known one title, search texts, categories and rules follow, its vector changes at the next training. One thread at
  // a time.
  Status put_items(const std::vector<ItemUpdate>& items);
  void put_user(const std::string& user, UserUpdate update);
  // Replaces the rules set by an earlier call; those of haina.toml stay. kInvalidArgument for an unknown field. One
  // thread at a time.
  Status set_rules(const std::vector<RuleConfig>& rules);

  // Grows with every change of the user's state, the catalog or the rules. A list made after reading the version is of
  // that version or a later one.
  uint64_t version_of(const std::string& user) const;
  // A rating on a scale that ends at `highest`, on the scale of the dataset's ratings (rating_range.h): 4 of 5 stars
  // are 8 where ratings go up to 10. Unchanged where the dataset's ratings end at `highest` or below, or it has none.
  double on_scale_of_ratings(double value, double highest) const;
  // Whether lists of one version change as time goes by: rules by date, and items that come back after an age.
  bool lists_change_with_time() const;
  // As `haina recommend` gives it, for the state at this moment. category: a value of the field of [serve] category;
  // empty: all. Unknown and hidden items of a given history are skipped, with a note.
  Result<RecommendationList> recommend(const RecommendRequest& request, const ListOptions& options,
                                       const std::string& category = "") const;
  // The state that `recommend` scores.
  Result<UserState> user_state(const RecommendRequest& request) const;
  // Items with the largest cosine in the fused space. kNotFound for an unknown item, kUnsupported without a network.
  Result<SimilarItems> similar(const std::string& item, int64_t k, const std::string& category = "") const;
  // Users of the dataset with the largest cosine in the fused space. kUnsupported without a network.
  Result<std::vector<std::pair<std::string, double>>> near_users(const std::string& user, int64_t k) const;
  // Of these items those that are new to the user: in the catalog, and not kept out of the user's lists by what the
  // user did.
  std::vector<std::string> new_to(const std::string& user, const std::vector<std::string>& items) const;
  // NDCG@k of a list made now against items that the user took after this state.
  double ndcg_of(const std::string& user, const std::vector<std::string>& items, int64_t k) const;

  nlohmann::json about() const;  // {"model", "users", "items", "experts"}
  // What the service still needs before its lists are personal, each as a sentence; empty: nothing.
  std::vector<std::string> lacks() const;
  nlohmann::json user(const std::string& user) const;  // profile, friends, newest history
  // All events of a user that are known here, of every action, newest first: {"user", "total", "offset", "events":
  // [{"item", …}]}.
  nlohmann::json user_events(const std::string& user, int64_t offset, int64_t limit) const;
  Result<nlohmann::json> item(const std::string& item) const;  // kNotFound
  // Items whose id begins with the query or whose title has it, hidden ones and those that rules leave out among them,
  // in the catalog's order: {"total", "offset", "items": [{"item", "title", "hidden", "live", "listed", "left_out"}]}.
  // Walks the catalog.
  nlohmann::json find_items(const std::string& query, bool only_left_out, int64_t offset, int64_t limit) const;
  nlohmann::json map(int64_t most) const;  // the fused space in two dimensions, haina.map/1
  nlohmann::json rules() const;            // [{"name", "do", …, "from": "haina.toml" | "api"}]
  std::vector<std::string> users_with(const std::string& prefix, int64_t limit) const;
  // Unique among the engines of a process: version_of is comparable within one engine only.
  uint64_t number() const { return number_; }
  std::string model_version() const { return model_.about.value("version", ""); }
  const Dataset& dataset() const { return dataset_; }
  const Model& model() const { return model_; }
  // How much came in since training. O(1).
  struct Sizes {
    int64_t users = 0, items = 0, waiting_events = 0;
  };
  Sizes sizes() const;
  bool knows(const std::string& user) const;
  bool has_item(const std::string& item) const;
  bool is_hidden(const std::string& item) const;
  const Field* categories() const;  // the field of [serve] category; nullptr: none
  std::vector<std::string> ids(Side side, int64_t offset, int64_t limit) const;  // the dataset's, then those added
  // What the newest put_items and put_user set; empty: nothing.
  Cells item_update(const std::string& item) const;
  UserUpdate user_update(const std::string& user) const;

 private:
  struct Live;
  struct View;
  struct LiveUser;
  // A state, in whose history the nearest items of the dataset stand for added ones, and what the list needs beside it.
  struct ListState {
    UserState state;
    std::vector<int32_t> seen = {};  // rows of the catalog
    std::vector<LowAnswer> low_answers = {};
    std::vector<std::string> notes = {};
  };
  struct Learned;
  Engine(Config config, Dataset dataset, Model model, std::vector<Goal> goals, SeenRules seen_rules);
  View view() const;
  nlohmann::json state_of(const View& view, int32_t row) const;  // of an item, as find_items has it
  LiveUser live_user(const std::string& user) const;
  void set_hidden(const std::string& item, bool hidden);
  void replace_hidden(at::Tensor hidden);
  void bring_back(std::span<const int32_t> rows);
  void take_in(const std::string& user, const Learned& known);
  void add_to_user(const std::string& user, const Learned& known);
  void count_in_trend(int32_t item, int64_t time_us);
  void take_out_of_trend(const LiveUser& live);
  void wait_for_item(const LiveEvent& event, const Learned& known);
  std::vector<int32_t> taste_of(const std::string& user, int64_t before_us) const;
  void add_adopter(int32_t item, const std::string& user, int64_t time_us);
  void look_at_later_adoptions(const std::string& user, int64_t time_us);
  void drop_adopter(const std::string& user, LiveUser& live);
  Adopters adopters_of(const std::string& item) const;
  ListState list_state(const RecommendRequest& request, const View& view) const;
  void read_given_history(const RecommendRequest& request, std::optional<int32_t> row, const View& view,
                          ListState& list) const;
  void read_known_events(std::optional<int32_t> row, const LiveUser& live, const View& view, ListState& list) const;
  at::Tensor trend(int64_t num_items) const;
  void deliver_waiting(const std::vector<ItemUpdate>& items, const Catalog& catalog);
  // changed: rows of the catalog whose cells are new, where the rules are those of before; nothing: all may be.
  Status refresh(std::shared_ptr<const AddedItems> added, std::vector<RuleConfig> rules,
                 std::optional<std::span<const int32_t>> changed = {});
  uint8_t action_row(const std::string& action);
  Learned learned(const LiveEvent& event) const;
  float severity_of(const LiveEvent& event) const;
  bool is_goal(const LiveEvent& event) const;
  int64_t newest_us() const;

  uint64_t number_;
  int64_t trained_until_ = 0;
  Config config_;
  Dataset dataset_;
  Model model_;
  std::vector<Goal> goals_;
  SeenRules seen_rules_;
  bool has_few_events_;  // see has_few_events
  RatingRange ratings_;
  TextIndex text_index_;
  UserStateBuilder states_;
  std::unique_ptr<Live> live_;
};

}  // namespace haina
