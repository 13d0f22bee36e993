// A trained model with its users and items as they are now: what was prepared, and what came in since.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "config/goal.h"
#include "recommend/build_list.h"
#include "recommend/text_index.h"
#include "store/store.h"

namespace haina {

struct ItemSaid {
  std::string id;
  Cells cells;
};

struct UserSaid {
  Cells profile;                     // beats what was prepared
  std::vector<std::string> friends;  // beside those that were prepared
};

class Engine {
 public:
  // kInvalidArgument where a goal or a rule cannot be read.
  static Result<Engine> make(const Config& config, Dataset dataset, Model model);
  Engine(Engine&&) noexcept;
  Engine& operator=(Engine&&) = delete;
  ~Engine();

  // The event joins its user's state, and its item's trend; one that is not what the project wants more of changes
  // nothing, and one of an unknown item waits for it. Any thread.
  void learn(const LiveEvent& event);
  // The number of the last of a user's stored events that lies in the dataset as well. Of a forgotten user none does.
  int64_t trained_until(const std::string& user) const;
  int64_t trained_until() const;  // of any user's
  // The live events of a user anew, those after trained_until, oldest first; the trend heard of them before.
  void relearn(const std::string& user, const std::vector<LiveEvent>& events);
  // A hidden item is in no list and near nothing until it is shown again. Of a forgotten user nothing from before is
  // known: neither what came in, nor what was prepared, nor a profile. Any thread.
  void hide(const std::string& item);
  void show(const std::string& item);
  void hide_exactly(const std::vector<std::string>& items);  // and show all others
  void forget(const std::string& user);
  // Items as they are described from now on. One that training did not know is fused from its cells and can be
  // recommended; of one that it knew, title, words, categories and rules follow, its vector at the next training. One
  // thread at a time.
  Status put_items(const std::vector<ItemSaid>& items);
  void put_user(const std::string& user, UserSaid said);
  // Instead of the rules put before; those of haina.toml stay. kInvalidArgument where one speaks of what there is not.
  // One thread at a time.
  Status set_rules(const std::vector<RuleConfig>& rules);

  // Grows with every event that changed the user's state, and whatever changes the catalogue or the rules; a list made
  // after this was asked is of this version or a later one.
  uint64_t version_of(const std::string& user) const;
  // As `haina recommend` gives it, of the state at this moment. category: of [serve] category; empty: all. Any thread.
  Result<nlohmann::json> recommend(const RecommendRequest& request, const ListForm& form,
                                   const std::string& category = "") const;
  // Items nearest in the fused space: {"schema": "haina.similar/1", "item", "items": [{"item", "title", "score"}]}.
  // kNotFound for an unknown item, kUnsupported where the model has no network.
  Result<nlohmann::json> similar(const std::string& item, int64_t k, const std::string& category = "") const;
  // Of `items` that came after this moment in the user's history, where would a list of now have had them? NDCG@k.
  double ndcg_of(const std::string& user, const std::vector<std::string>& items, int64_t k) const;

  nlohmann::json about() const;                                // model version, users, items, sources
  nlohmann::json user(const std::string& user) const;          // profile, friends, newest history
  Result<nlohmann::json> item(const std::string& item) const;  // kNotFound
  std::vector<std::string> users_with(const std::string& prefix, int64_t limit) const;
  nlohmann::json map(int64_t most) const;  // the fused space in two dimensions, haina.map/1
  nlohmann::json rules() const;            // [{"name", "do", …, "from": "haina.toml" | "api"}]
  // No two engines of a process have the same: a version number means something within one engine alone.
  uint64_t number() const { return number_; }
  const Dataset& dataset() const { return dataset_; }
  const Model& model() const { return model_; }
  bool knows(const std::string& user) const;
  bool has_item(const std::string& item) const;
  bool is_hidden(const std::string& item) const;
  const Field* categories() const;  // the field of [serve] category; nullptr: none
  std::vector<std::string> ids(Side side, int64_t offset, int64_t limit) const;  // of the dataset, then what came in
  // Users of the dataset nearest in the fused space, with their cosines. kUnsupported without a network.
  Result<std::vector<std::pair<std::string, double>>> near_users(const std::string& user, int64_t k) const;
  Cells said_of(const std::string& item) const;  // live; empty: nothing
  UserSaid said_of_user(const std::string& user) const;

 private:
  struct Live;
  struct View;  // what a list in the making holds on to
  Engine(Config config, Dataset dataset, Model model, std::vector<Goal> goals);
  View view() const;
  void set_hidden(const std::string& item, bool hidden);
  void count_event(int32_t item, const std::string& user, int64_t time_us);
  Result<UserState> state_of(const RecommendRequest& request, const Catalogue& catalogue, std::vector<int32_t>& seen,
                             std::vector<std::string>& notes) const;
  Status refresh(std::shared_ptr<const AddedItems> added, std::vector<RuleConfig> rules);
  UserEvent known_event(const LiveEvent& event) const;

  uint64_t number_;
  Config config_;
  Dataset dataset_;
  Model model_;
  std::vector<Goal> goals_;
  WordIndex words_;
  std::vector<int64_t> first_event_;  // of every prepared user in the log, and its end
  int64_t newest_us_ = kNoTime;       // of the prepared events
  std::unique_ptr<Live> live_;
};

}  // namespace haina
