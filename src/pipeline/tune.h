// Which settings each expert gets: tried on the training part, judged on validation. Every training compares an entry's
// variants and walks the few ladders whose work the data bound; a time budget buys the others.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "base/progress.h"
#include "base/stop.h"
#include "model/model.h"

namespace haina {

struct Trial {
  std::string expert;
  nlohmann::json params;  // all of them
  double value = 0;       // of the metric
  double seconds = 0;     // to fit and to judge
  bool draft = false;     // fitted cheaply and judged by fewer users: compares with other drafts alone
  bool kept = false;      // what the expert is fitted with
};

// The trials of one training, in order. With a file, one that was stopped and is run again does not repeat them.
class TrialLog {
 public:
  TrialLog() = default;  // in memory alone
  // Begins with what an earlier run of the same key left in the file; anything else in it is ignored.
  TrialLog(std::filesystem::path file, std::string key);
  const Trial* find(const std::string& expert, const nlohmann::json& params, bool draft) const;
  void add(Trial trial);
  // The one trial of the expert that is kept.
  void keep(const std::string& expert, const nlohmann::json& params);
  double seconds() const;  // of all trials, an earlier run's included
  // [{"expert", "params", "value", "seconds", "kept"}], drafts with "draft": true.
  nlohmann::json to_json() const;

 private:
  std::filesystem::path file_;
  std::string key_;
  std::vector<Trial> trials_;
};

// One expert to be fitted.
struct ExpertTask {
  const ExpertEntry* entry = nullptr;
  std::string name;                    // the entry's, or "content.movies.genres" for one on a source alone
  std::span<const Field> fields = {};  // all that it may see
  nlohmann::json settings = nlohmann::json::object();
  bool settled = false;   // nothing beside `settings` is tried
  bool required = false;  // whether data that do not suit it are an error; else it is left out
};

struct TuneOptions {
  const Interactions* train = nullptr;
  const Interactions* others = nullptr;  // events of the same part that are no goals; nullptr: none
  bool ordered = true;                   // whether its rows are in order of time
  const HeldOut* judges = nullptr;       // nullptr: every task is settled
  std::string metric = "ndcg@10";
  uint64_t seed = 7;
  double budget_seconds = 0;  // for trials beyond the first of each expert; 0: the few that every training makes
  std::string place;          // of the settings, in the user's input
  const StopFlag* stop = nullptr;
  Progress* progress = nullptr;
  at::Device device = at::kCPU;
};

// Each task's expert under the best setting found, fitted, in the order of the tasks. What is tried within a budget of
// seconds depends on the machine; without one, and whatever the log knows already, on data and seed alone.
Result<std::vector<NamedExpert>> tune_experts(std::span<const ExpertTask> tasks, const TuneOptions& options,
                                              TrialLog& log);

}  // namespace haina
