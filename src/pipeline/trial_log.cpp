#include "pipeline/trial_log.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/files.h"
#include "base/log.h"

namespace haina {
namespace {

using nlohmann::json;

constexpr const char* kSchema = "haina.trials/1";
constexpr double kWorthWriting = 0.1;  // seconds; a shorter trial is repeated faster than the file is written

json json_of(const Trial& trial) {
  json entry = {{"expert", trial.expert},
                {"params", trial.params},
                {"value", trial.value},
                {"seconds", trial.seconds},
                {"kept", trial.kept}};
  if (trial.low_fidelity) {
    entry["draft"] = true;
  }
  return entry;
}

}  // namespace

TrialLog::TrialLog(std::filesystem::path file, std::string key) : file_(std::move(file)), key_(std::move(key)) {
  const Result<json> earlier = read_json(file_);
  if (!earlier || !earlier->is_object() || earlier->value("schema", "") != kSchema ||
      earlier->value("key", "") != key_) {
    return;
  }
  for (const json& trial : earlier->value("trials", json::array())) {
    trials_.push_back({trial.value("expert", ""), trial.value("params", json::object()), trial.value("value", 0.0),
                       trial.value("seconds", 0.0), trial.value("draft", false), false});
  }
}

const Trial* TrialLog::find(const std::string& expert, const json& params, bool low_fidelity) const {
  const auto found = std::ranges::find_if(trials_, [&](const Trial& trial) {
    return trial.low_fidelity == low_fidelity && trial.expert == expert && trial.params == params;
  });
  return found == trials_.end() ? nullptr : &*found;
}

void TrialLog::add(Trial trial) {
  const bool worth_writing = trial.seconds >= kWorthWriting;
  trials_.push_back(std::move(trial));
  if (file_.empty() || !worth_writing) {
    return;
  }
  const json text = {{"schema", kSchema}, {"key", key_}, {"trials", to_json()}};
  if (const Status written = write_text(file_, text.dump()); !written) {
    log_warning("trials are not saved for a later run: " + to_text(written.error()));
  }
}

void TrialLog::keep(const std::string& expert, const json& params) {
  for (Trial& trial : trials_) {
    if (trial.expert == expert) {
      trial.kept = !trial.low_fidelity && trial.params == params;
    }
  }
}

double TrialLog::seconds() const {
  return std::accumulate(trials_.begin(), trials_.end(), 0.0,
                         [](double sum, const Trial& trial) { return sum + trial.seconds; });
}

json TrialLog::to_json() const {
  json entries = json::array();
  for (const Trial& trial : trials_) {
    entries.push_back(json_of(trial));
  }
  return entries;
}

}  // namespace haina
