// The settings that one training has tried, with what each was worth.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace haina {

struct Trial {
  std::string expert;
  nlohmann::json params;      // all parameters, defaults included
  double value = 0;           // of the validation metric
  double seconds = 0;         // to fit and to measure
  bool low_fidelity = false;  // a cheaper fit measured on fewer users: comparable with other such trials only
  bool kept = false;          // whether the expert is fitted with these parameters
};

// The trials of one training, in order. With a file, a training that was stopped and is run again does not repeat them.
class TrialLog {
 public:
  TrialLog() = default;  // in memory only
  // Begins with the trials that an earlier run with the same key left in the file. A file with another key, or a
  // damaged one, is ignored.
  TrialLog(std::filesystem::path file, std::string key);
  // nullptr where that setting was not tried.
  const Trial* find(const std::string& expert, const nlohmann::json& params, bool low_fidelity) const;
  void add(Trial trial);
  // Marks the expert's one trial that is kept.
  void keep(const std::string& expert, const nlohmann::json& params);
  double seconds() const;  // of all trials, those of an earlier run included
  // [{"expert", "params", "value", "seconds", "kept"}]; low-fidelity trials also have "draft": true.
  nlohmann::json to_json() const;

 private:
  std::filesystem::path file_;
  std::string key_;
  std::vector<Trial> trials_;
};

}  // namespace haina
