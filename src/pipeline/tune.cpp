#include "pipeline/tune.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>

#include "base/files.h"
#include "base/log.h"
#include "metrics/validation_metric.h"

namespace haina {
namespace {

using Clock = std::chrono::steady_clock;
using nlohmann::json;

constexpr double kLeastRise = 0.003;    // share by which a step of a walk must raise the metric; less is noise
constexpr int64_t kDraftJudges = 1024;  // users who judge a draft
constexpr double kWorthKeeping = 0.1;   // seconds; a shorter trial is repeated sooner than its file is written

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

json to_json(const Trial& trial) {
  json said = {{"expert", trial.expert},
               {"params", trial.params},
               {"value", trial.value},
               {"seconds", trial.seconds},
               {"kept", trial.kept}};
  if (trial.draft) {
    said["draft"] = true;
  }
  return said;
}

// What is known of one expert while its settings are looked for.
struct Search {
  const ExpertTask* task = nullptr;
  json best = nullptr;             // all parameters; null: none has fitted the data
  double value = -1;               // of the best; -1: not judged
  double seconds = 0;              // of the best's trial
  double judging = 0;              // of these, to judge
  std::unique_ptr<Expert> expert;  // with the best; nullptr where the log knew its value
  std::optional<Error> unsuited;   // why the first setting did not fit
};

enum class Fidelity { kDraft, kWhole };

// What a search may still spend.
class Allowance {
 public:
  static Allowance by_work(int64_t events) { return {events, std::nullopt}; }
  static Allowance by_time(int64_t events, Clock::time_point deadline) { return {events, deadline}; }
  bool timed() const { return deadline_.has_value(); }
  bool covers(double seconds) const {
    return !deadline_ || std::chrono::duration<double>(*deadline_ - Clock::now()).count() > seconds;
  }
  // A step to `value`, where the last fit and judgement took `seconds`.
  bool covers_step(const Ladder& ladder, double value, bool up, double seconds) const {
    if (timed()) {
      return covers(seconds * (up ? ladder.cost : 1));
    }
    return value <= ladder.always_max && value * static_cast<double>(events_) < ladder.always_below;
  }

 private:
  Allowance(int64_t events, std::optional<Clock::time_point> deadline) : events_(events), deadline_(deadline) {}
  int64_t events_;
  std::optional<Clock::time_point> deadline_;
};

// The next value on a ladder; nothing where it ends.
std::optional<double> next_value(const ExpertEntry& entry, const Ladder& ladder, double value, bool up) {
  const auto spec = std::ranges::find(entry.params, ladder.param, &ParamSpec::name);
  HAINA_ASSERT(spec != entry.params.end());
  double next = up ? value * ladder.factor : value / ladder.factor;
  if (value == 0) {
    next = up ? ladder.from : 0;
  }
  next = next >= 10 ? std::round(next) : next;  // most such values count something, and all read better
  const double most = ladder.max > 0 ? std::min(ladder.max, spec->max) : spec->max;
  return next == value || next < spec->min || next > most || next == 0 ? std::nullopt : std::optional(next);
}

class Tuner {
 public:
  Tuner(const TuneOptions& options, TrialLog& log)
      : options_(options),
        log_(log),
        draft_judges_(options.judges == nullptr ? HeldOut{}
                                                : sample_users(*options.judges, kDraftJudges, options.seed)) {}

  // The setting to begin with, judged where others will be compared with it.
  Status begin(Search& search, bool judged) {
    HAINA_TRY(const json params, complete(search, json::object()));
    if (judged) {
      return attempt(search, params, 0);
    }
    const Clock::time_point started = Clock::now();
    HAINA_TRY(search.expert, fit(search, params));
    if (search.expert) {
      search.best = params;
      search.seconds = seconds_since(started);
    }
    return ok();
  }

  Status compare_variants(Search& search, const Allowance& allowance) {
    for (const json& variant : search.task->entry->variants) {
      HAINA_TRY(const json params, complete(search, variant));
      if (known(search, params) || allowance.covers(search.seconds)) {
        HAINA_OK(attempt(search, params, 0));
      }
    }
    return ok();
  }

  // Sets the variants and one step on each ladder against each other: by drafts, of which the better half is then tried
  // whole. Drafts get half of what is left at most: without whole trials they are worth nothing.
  Status sift(Search& search, const Allowance& half, const Allowance& all) {
    std::vector<std::pair<double, json>> drafts;
    double seconds = search.seconds;
    HAINA_TRY(const std::vector<json> candidates, neighbours(search));
    for (const json& params : candidates) {
      if (!half.covers(seconds) && log_.find(search.task->name, draft_of(search, params), true) == nullptr) {
        break;
      }
      const Clock::time_point started = Clock::now();
      HAINA_TRY(const double value, judge(search, draft_of(search, params), Fidelity::kDraft, nullptr));
      seconds = seconds_since(started);
      drafts.emplace_back(value, params);
    }
    std::ranges::stable_sort(drafts, std::greater<>(), &std::pair<double, json>::first);
    drafts.resize((drafts.size() + 1) / 2);
    for (const auto& [value, params] : drafts) {
      if (known(search, params) || all.covers(search.seconds)) {
        HAINA_OK(attempt(search, params, 0));
      }
    }
    return ok();
  }

  // Whether a draft is much cheaper than the whole.
  bool has_drafts(const Search& search) const {
    return !search.task->entry->draft.empty() ||
           (draft_judges_.users.size() < options_.judges->users.size() && search.judging > search.seconds / 2);
  }

  // Ladder after ladder, again and again while one of them rises.
  Status walk(Search& search, const Allowance& allowance) {
    for (bool rose = true; rose;) {
      rose = false;
      for (const Ladder& ladder : search.task->entry->ladders) {
        for (const bool up : {true, false}) {
          HAINA_TRY(const bool steps, climb(search, ladder, up, allowance));
          rose = rose || steps;
          if (steps) {
            break;
          }
        }
      }
    }
    return ok();
  }

  Status finish(Search& search) {
    if (!search.best.is_null() && !search.expert) {
      HAINA_TRY(search.expert, fit(search, search.best));
    }
    if (!search.expert) {
      HAINA_ASSERT(search.unsuited.has_value());
      if (search.task->required) {
        return fail(*search.unsuited);
      }
      log(LogLevel::kDebug, fmt::format("expert {} left out: {}", search.task->name, search.unsuited->what));
      return ok();
    }
    if (search.value >= 0) {
      log_.keep(search.task->name, search.best);
    }
    return ok();
  }

 private:
  Result<json> complete(const Search& search, const json& setting) const {
    Params params(search.task->entry->params);
    HAINA_OK(params.merge(search.task->settings, options_.place));
    HAINA_OK(params.merge(setting, options_.place));
    return params.to_json();
  }

  json draft_of(const Search& search, json params) const {
    params.update(search.task->entry->draft);
    return params;
  }

  bool known(const Search& search, const json& params) const {
    return log_.find(search.task->name, params, false) != nullptr;
  }

  // nullptr where the data do not suit it.
  Result<std::unique_ptr<Expert>> fit(Search& search, const json& setting) const {
    if (options_.stop != nullptr && options_.stop->requested()) {
      return stopped();
    }
    Params params(search.task->entry->params);
    HAINA_OK(params.merge(setting, options_.place));
    std::unique_ptr<Expert> expert = search.task->entry->make(params);
    const Status status = expert->fit(*options_.train, {.fields = search.task->fields,
                                                        .others = options_.others,
                                                        .ordered = options_.ordered,
                                                        .seed = options_.seed,
                                                        .stop = options_.stop,
                                                        .device = options_.device});
    if (status) {
      return expert;
    }
    if (status.error().code == ErrorCode::kInterrupted) {
      return stopped();
    }
    if (status.error().code != ErrorCode::kUnsupported && status.error().code != ErrorCode::kBadData) {
      return fail(status.error());
    }
    search.unsuited = search.unsuited ? search.unsuited : status.error();
    return nullptr;
  }

  static tl::unexpected<Error> stopped() {
    return haina::fail({ErrorCode::kInterrupted, "stopped before a model was whole", "",
                        "run haina train again: it goes on behind the settings already tried; the earlier model is "
                        "untouched"});
  }

  // The metric of a setting; -1 where the data do not suit it. The fitted expert, where asked for and where the log did
  // not know.
  Result<double> judge(Search& search, const json& params, Fidelity fidelity, std::unique_ptr<Expert>* fitted,
                       double* seconds = nullptr) {
    const bool draft = fidelity == Fidelity::kDraft;
    if (const Trial* const found = log_.find(search.task->name, params, draft)) {
      if (seconds != nullptr) {
        *seconds = found->seconds;
      }
      return found->value;
    }
    const Clock::time_point started = Clock::now();
    HAINA_TRY(std::unique_ptr<Expert> expert, fit(search, params));
    if (!expert) {
      return -1;
    }
    const Clock::time_point fitted_at = Clock::now();
    const HeldOut& judges = draft ? draft_judges_ : *options_.judges;
    const double value = judges.among.num_rows() > 0
                             ? validation_metric([&](std::span<const UserState> users) { return expert->score(users); },
                                                 judges, options_.metric)
                             : validation_metric_of_lists(
                                   [&](std::span<const UserState> users, int64_t k) { return expert->best(users, k); },
                                   judges, options_.metric);
    search.judging = seconds_since(fitted_at);
    const double spent = seconds_since(started);
    log_.add({search.task->name, params, value, spent, draft, false});
    if (seconds != nullptr) {
      *seconds = spent;
    }
    if (fitted != nullptr) {
      *fitted = std::move(expert);
    }
    return value;
  }

  // The setting becomes the best where it is better by more than that share.
  Status attempt(Search& search, const json& params, double least_rise) {
    std::unique_ptr<Expert> expert;
    double seconds = 0;
    HAINA_TRY(const double value, judge(search, params, Fidelity::kWhole, &expert, &seconds));
    if (value >= 0 && value > search.value * (1 + (search.value > 0 ? least_rise : 0))) {
      search.best = params;
      search.value = value;
      search.seconds = seconds;
      search.expert = std::move(expert);
    }
    return ok();
  }

  // Steps one way while the metric rises. Whether it did.
  Result<bool> climb(Search& search, const Ladder& ladder, bool up, const Allowance& allowance) {
    bool rose = false;
    while (true) {
      const std::optional<double> next =
          next_value(*search.task->entry, ladder, search.best.at(ladder.param).get<double>(), up);
      if (!next) {
        return rose;
      }
      json params = search.best;
      params[ladder.param] = *next;
      if (!known(search, params) && !allowance.covers_step(ladder, *next, up, search.seconds)) {
        return rose;
      }
      HAINA_OK(attempt(search, params, kLeastRise));
      if (search.best != params) {
        return rose;
      }
      rose = true;
    }
  }

  // The best so far, the variants, and one step up and down each ladder; each once.
  Result<std::vector<json>> neighbours(const Search& search) const {
    std::vector<json> candidates = {search.best};
    for (const json& variant : search.task->entry->variants) {
      HAINA_TRY(json params, complete(search, variant));
      candidates.push_back(std::move(params));
    }
    for (const Ladder& ladder : search.task->entry->ladders) {
      for (const bool up : {true, false}) {
        const std::optional<double> next =
            next_value(*search.task->entry, ladder, search.best.at(ladder.param).get<double>(), up);
        if (next) {
          candidates.push_back(search.best);
          candidates.back()[ladder.param] = *next;
        }
      }
    }
    std::vector<json> unique;
    for (json& params : candidates) {
      if (std::ranges::find(unique, params) == unique.end()) {
        unique.push_back(std::move(params));
      }
    }
    return unique;
  }

  const TuneOptions& options_;
  TrialLog& log_;
  const HeldOut draft_judges_;
};

bool open_ended(const ExpertTask& task) {
  return !task.settled && !(task.entry->variants.empty() && task.entry->ladders.empty());
}

bool always_walked(const ExpertEntry& entry) {
  return std::ranges::any_of(entry.ladders, [](const Ladder& ladder) { return ladder.always_below > 0; });
}

}  // namespace

TrialLog::TrialLog(std::filesystem::path file, std::string key) : file_(std::move(file)), key_(std::move(key)) {
  const Result<json> kept = read_json(file_);
  if (!kept || !kept->is_object() || kept->value("schema", "") != "haina.trials/1" || kept->value("key", "") != key_) {
    return;
  }
  for (const json& trial : kept->value("trials", json::array())) {
    trials_.push_back({trial.value("expert", ""), trial.value("params", json::object()), trial.value("value", 0.0),
                       trial.value("seconds", 0.0), trial.value("draft", false), false});
  }
}

const Trial* TrialLog::find(const std::string& expert, const json& params, bool draft) const {
  const auto found = std::ranges::find_if(trials_, [&](const Trial& trial) {
    return trial.draft == draft && trial.expert == expert && trial.params == params;
  });
  return found == trials_.end() ? nullptr : &*found;
}

void TrialLog::add(Trial trial) {
  const bool worth = trial.seconds >= kWorthKeeping;
  trials_.push_back(std::move(trial));
  if (file_.empty() || !worth) {
    return;
  }
  const json text = {{"schema", "haina.trials/1"}, {"key", key_}, {"trials", to_json()}};
  if (const Status written = write_text(file_, text.dump()); !written) {
    log_warning("trials are not kept: " + to_text(written.error()));
  }
}

void TrialLog::keep(const std::string& expert, const json& params) {
  for (Trial& trial : trials_) {
    if (trial.expert == expert) {
      trial.kept = !trial.draft && trial.params == params;
    }
  }
}

double TrialLog::seconds() const {
  return std::accumulate(trials_.begin(), trials_.end(), 0.0,
                         [](double sum, const Trial& trial) { return sum + trial.seconds; });
}

json TrialLog::to_json() const {
  json said = json::array();
  for (const Trial& trial : trials_) {
    said.push_back(haina::to_json(trial));
  }
  return said;
}

Result<std::vector<NamedExpert>> tune_experts(std::span<const ExpertTask> tasks, const TuneOptions& options,
                                              TrialLog& log) {
  Progress& progress = options.progress == nullptr ? no_progress() : *options.progress;
  Tuner tuner(options, log);
  const bool timed = options.budget_seconds > 0 && options.judges != nullptr;
  const int64_t events = options.train->num_events();
  std::vector<Search> searches(tasks.size());
  std::vector<Search*> open;
  // A run that goes on behind an earlier one's trials has used their time as well.
  const Clock::time_point deadline =
      Clock::now() + std::chrono::duration_cast<Clock::duration>(
                         std::chrono::duration<double>(options.budget_seconds - (timed ? log.seconds() : 0)));
  for (size_t t = 0; t < tasks.size(); ++t) {
    Search& search = searches[t];
    search.task = &tasks[t];
    const ExpertEntry& entry = *tasks[t].entry;
    HAINA_ASSERT(tasks[t].settled || options.judges != nullptr);
    const bool compared = open_ended(tasks[t]) && (timed || !entry.variants.empty() || always_walked(entry));
    HAINA_OK(tuner.begin(search, compared));
    if (!compared || search.best.is_null()) {
      continue;
    }
    if (timed) {
      open.push_back(&search);
    } else {
      HAINA_OK(tuner.compare_variants(search, Allowance::by_work(events)));
      HAINA_OK(tuner.walk(search, Allowance::by_work(events)));
    }
  }

  // Cheap experts first, each with an equal share of what is left: what they do not need goes to the dear ones.
  std::ranges::stable_sort(open, {}, &Search::seconds);
  for (size_t i = 0; i < open.size(); ++i) {
    const Clock::time_point now = Clock::now();
    const auto share = (deadline - now) / static_cast<int64_t>(open.size() - i);
    const Allowance all = Allowance::by_time(events, now + share);
    if (tuner.has_drafts(*open[i])) {
      HAINA_OK(tuner.sift(*open[i], Allowance::by_time(events, now + share / 2), all));
    } else {
      HAINA_OK(tuner.compare_variants(*open[i], all));
    }
    HAINA_OK(tuner.walk(*open[i], all));
  }

  std::vector<NamedExpert> fitted;
  for (Search& search : searches) {
    HAINA_OK(tuner.finish(search));
    if (search.expert) {
      if (search.value >= 0) {
        progress.line(fmt::format("expert {}, validation {}: {:.4f}", search.task->name, options.metric, search.value));
      }
      fitted.push_back({search.task->name, search.best, std::move(search.expert)});
    }
  }
  return fitted;
}

}  // namespace haina
