#include "pipeline/expert_search.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <span>
#include <utility>

#include "base/log.h"
#include "config/toml_text.h"
#include "metrics/validation_metric.h"

namespace haina {
namespace {

using Clock = std::chrono::steady_clock;
using nlohmann::json;

constexpr double kLeastRise = 0.003;  // relative; a step on a path must raise the metric by more, less is noise

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

// The next value on a path; nullopt at its end.
std::optional<double> next_value(const ExpertEntry& entry, const ParameterPath& path, double value, bool up) {
  const auto spec = std::ranges::find(entry.params, path.param, &ParamSpec::name);
  HAINA_ASSERT(spec != entry.params.end());
  double next = up ? value * path.factor : value / path.factor;
  if (value == 0) {
    next = up ? path.from : 0;
  }
  next = next >= 10 ? std::round(next) : next;  // most large values are counts, and whole numbers read better
  const double most = path.max > 0 ? std::min(path.max, spec->max) : spec->max;
  return next == value || next < spec->min || next > most || next == 0 ? std::nullopt : std::optional(next);
}

auto stopped() {
  return fail({ErrorCode::kInterrupted, "stopped before a model was complete", "",
               "run haina train again: it continues after the settings already tried; the earlier model is unchanged"});
}

}  // namespace

bool ExpertSearch::is_open() const {
  return !task_.settled && !(task_.entry->variants.empty() && task_.entry->parameter_paths.empty());
}

bool ExpertSearch::has_bounded_path() const {
  return std::ranges::any_of(task_.entry->parameter_paths,
                             [](const ParameterPath& path) { return path.always_below > 0; });
}

Status ExpertSearch::fit_first() {
  HAINA_TRY(const json params, complete(json::object()));
  const Clock::time_point started = Clock::now();
  HAINA_TRY(expert_, fit(params));
  if (expert_) {
    best_ = params;
    seconds_ = seconds_since(started);
  }
  return ok();
}

Status ExpertSearch::measure_first() {
  HAINA_TRY(const json params, complete(json::object()));
  return attempt(params, 0);
}

Status ExpertSearch::compare_variants(const TrialBudget& budget) {
  for (const json& variant : task_.entry->variants) {
    HAINA_TRY(const json params, complete(variant));
    if (is_known(params) || budget.covers(seconds_)) {
      HAINA_OK(attempt(params, 0));
    }
  }
  return ok();
}

Status ExpertSearch::halving_round(const TrialBudget& cheap, const TrialBudget& all) {
  std::vector<std::pair<double, json>> measured;
  double seconds = seconds_;
  HAINA_TRY(const std::vector<json> candidates, neighbours());
  for (const json& params : candidates) {
    if (!cheap.covers(seconds) && log_.find(task_.name, low_fidelity(params), true) == nullptr) {
      break;
    }
    const Clock::time_point started = Clock::now();
    HAINA_TRY(const Measurement trial, measure(low_fidelity(params), Fidelity::kLow));
    seconds = seconds_since(started);
    measured.emplace_back(trial.value, params);
  }
  std::ranges::stable_sort(measured, std::greater<>(), &std::pair<double, json>::first);
  measured.resize((measured.size() + 1) / 2);
  for (const auto& [value, params] : measured) {
    if (is_known(params) || all.covers(seconds_)) {
      HAINA_OK(attempt(params, 0));
    }
  }
  return ok();
}

bool ExpertSearch::has_cheap_trials() const {
  return !task_.entry->low_fidelity.empty() ||
         (low_fidelity_users_.users.size() < options_.validation_users->users.size() &&
          measuring_seconds_ > seconds_ / 2);
}

Status ExpertSearch::follow_paths(const TrialBudget& budget) {
  for (bool rose = true; rose;) {
    rose = false;
    for (const ParameterPath& path : task_.entry->parameter_paths) {
      for (const bool up : {true, false}) {
        HAINA_TRY(const bool climbed, climb(path, up, budget));
        rose = rose || climbed;
        if (climbed) {
          break;
        }
      }
    }
  }
  return ok();
}

Result<std::unique_ptr<Expert>> ExpertSearch::take() {
  if (!best_.is_null() && !expert_) {
    HAINA_TRY(expert_, fit(best_));
  }
  if (!expert_) {
    HAINA_ASSERT(unsuited_.has_value());
    if (task_.required) {
      return fail(in_configuration(*unsuited_));
    }
    log(LogLevel::kDebug, fmt::format("expert {} left out: {}", task_.name, unsuited_->what));
    return nullptr;
  }
  if (value_ >= 0) {
    log_.keep(task_.name, best_);
  }
  return std::move(expert_);
}

// All parameters: the defaults, over them the task's settings, over them this setting.
Result<json> ExpertSearch::complete(const json& setting) const {
  Params params(task_.entry->params);
  HAINA_OK(params.merge(task_.settings, task_.place));
  HAINA_OK(params.merge(setting, task_.place));
  return params.to_json();
}

json ExpertSearch::low_fidelity(json params) const {
  params.update(task_.entry->low_fidelity);
  return params;
}

bool ExpertSearch::is_known(const json& params) const { return log_.find(task_.name, params, false) != nullptr; }

// An expert knows what it lacks, but not where it was asked for.
Error ExpertSearch::in_configuration(Error error) const {
  error.what = fmt::format("expert '{}' cannot be fitted: {}", task_.name, error.what);
  error.at = error.at.empty() ? task_.place : error.at;
  if (task_.required && error.hint.find("remove this expert") == std::string::npos) {
    error.hint += fmt::format("; or remove [train.experts.{}]", toml_key(task_.name));
  }
  return error;
}

// nullptr where the data do not suit the setting.
Result<std::unique_ptr<Expert>> ExpertSearch::fit(const json& setting) {
  if (options_.stop != nullptr && options_.stop->requested()) {
    return stopped();
  }
  Params params(task_.entry->params);
  HAINA_OK(params.merge(setting, task_.place));
  std::unique_ptr<Expert> expert = task_.entry->make(params);
  const Status status = expert->fit(*options_.train, {.fields = task_.fields,
                                                      .other_events = options_.other_events,
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
    return fail(in_configuration(status.error()));
  }
  unsuited_ = unsuited_ ? unsuited_ : status.error();
  return nullptr;
}

Result<ExpertSearch::Measurement> ExpertSearch::measure(const json& params, Fidelity fidelity) {
  const bool low = fidelity == Fidelity::kLow;
  if (const Trial* const found = log_.find(task_.name, params, low)) {
    return Measurement{found->value, found->seconds, nullptr};
  }
  const Clock::time_point started = Clock::now();
  HAINA_TRY(std::unique_ptr<Expert> expert, fit(params));
  if (!expert) {
    return Measurement{};
  }
  const Clock::time_point fitted_at = Clock::now();
  const HeldOut& users = low ? low_fidelity_users_ : *options_.validation_users;
  const double value = users.among.num_rows() > 0
                           ? validation_metric([&](std::span<const UserState> batch) { return expert->score(batch); },
                                               users, options_.metric)
                           : validation_metric_of_lists(
                                 [&](std::span<const UserState> batch, int64_t k) { return expert->top_k(batch, k); },
                                 users, options_.metric);
  measuring_seconds_ = seconds_since(fitted_at);
  const double seconds = seconds_since(started);
  log_.add({task_.name, params, value, seconds, low, false});
  return Measurement{value, seconds, std::move(expert)};
}

// The setting becomes the best where its value is higher by more than that share.
Status ExpertSearch::attempt(const json& params, double least_rise) {
  HAINA_TRY(Measurement trial, measure(params, Fidelity::kFull));
  if (trial.value >= 0 && trial.value > value_ * (1 + (value_ > 0 ? least_rise : 0))) {
    best_ = params;
    value_ = trial.value;
    seconds_ = trial.seconds;
    expert_ = std::move(trial.expert);
  }
  return ok();
}

// Steps along the path in one direction as long as the metric rises. Returns whether it rose at all.
Result<bool> ExpertSearch::climb(const ParameterPath& path, bool up, const TrialBudget& budget) {
  bool rose = false;
  while (true) {
    const std::optional<double> next = next_value(*task_.entry, path, best_.at(path.param).get<double>(), up);
    if (!next) {
      return rose;
    }
    json params = best_;
    params[path.param] = *next;
    if (!is_known(params) && !budget.covers_step(path, *next, up, seconds_)) {
      return rose;
    }
    HAINA_OK(attempt(params, kLeastRise));
    if (best_ != params) {
      return rose;
    }
    rose = true;
  }
}

// The best so far, the variants, and one step up and down each path; each once.
Result<std::vector<json>> ExpertSearch::neighbours() const {
  std::vector<json> candidates = {best_};
  for (const json& variant : task_.entry->variants) {
    HAINA_TRY(json params, complete(variant));
    candidates.push_back(std::move(params));
  }
  for (const ParameterPath& path : task_.entry->parameter_paths) {
    for (const bool up : {true, false}) {
      if (const auto next = next_value(*task_.entry, path, best_.at(path.param).get<double>(), up)) {
        candidates.push_back(best_);
        candidates.back()[path.param] = *next;
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

}  // namespace haina
