// A trained model with the states of its users as they are now: what was prepared, and what came in since.
#pragma once

#include <nlohmann/json.hpp>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "data/goal.h"
#include "pipeline/query_index.h"
#include "pipeline/recommend.h"
#include "store/store.h"

namespace haina {

class Engine {
 public:
  // kInvalidArgument where a goal cannot be read.
  static Result<Engine> make(const Config& config, Dataset dataset, Model model);
  Engine(Engine&&) noexcept;
  Engine& operator=(Engine&&) = delete;
  ~Engine();

  // The event joins its user's state; one that is not what the project wants more of, or of an unknown item, changes no
  // state. Any thread.
  void learn(const LiveEvent& event);
  // A hidden item is in no list and near nothing until it is shown again. Of a forgotten user nothing from before is
  // known: neither what came in, nor what was prepared, nor a profile. Any thread.
  void hide(const std::string& item);
  void show(const std::string& item);
  void forget(const std::string& user);
  // Grows with every event that changed the user's state, and whatever is hidden or shown; a list made after this was
  // asked is of this version or a later one.
  uint64_t version_of(const std::string& user) const;
  // As `haina recommend` gives it, of the state at this moment. Any thread.
  Result<nlohmann::json> recommend(const RecommendRequest& request, const ListForm& form) const;
  // Items nearest in the fused space: {"schema": "haina.similar/1", "item", "items": [{"item", "title", "score"}]}.
  // kNotFound for an unknown item, kUnsupported where the model has no network.
  Result<nlohmann::json> similar(const std::string& item, int64_t k) const;
  nlohmann::json about() const;  // model version, users, items, sources

 private:
  struct Live;
  void set_hidden(const std::string& item, bool hidden);
  Engine(Dataset dataset, Model model, std::vector<Goal> goals);
  Result<UserState> state_of(const RecommendRequest& request, std::vector<std::string>& notes) const;

  Dataset dataset_;
  Model model_;
  std::vector<Goal> goals_;
  QueryIndex words_;
  std::vector<int64_t> first_event_;  // of every prepared user in the log, and its end
  int64_t newest_us_ = kNoTime;       // of the prepared events
  std::unique_ptr<Live> live_;
};

}  // namespace haina
