#include "pipeline/tune.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

#include "metrics/validation_metric.h"
#include "pipeline/expert_search.h"
#include "pipeline/trial_budget.h"

namespace haina {
namespace {

using Clock = TrialBudget::Clock;

constexpr int64_t kLowFidelityUsers = 1024;  // validation users of a low-fidelity trial

// The time until the deadline goes to the searches in equal shares, cheap experts first: what one does not use is left
// for the expensive ones.
Status spend_budget(std::vector<ExpertSearch*> searches, int64_t events, Clock::time_point deadline) {
  std::ranges::stable_sort(searches, {}, &ExpertSearch::seconds);
  for (size_t i = 0; i < searches.size(); ++i) {
    ExpertSearch& search = *searches[i];
    const Clock::time_point now = Clock::now();
    const auto share = (deadline - now) / static_cast<int64_t>(searches.size() - i);
    const TrialBudget all = TrialBudget::by_time(events, now + share);
    if (search.has_cheap_trials()) {
      HAINA_OK(search.halving_round(TrialBudget::by_time(events, now + share / 2), all));
    } else {
      HAINA_OK(search.compare_variants(all));
    }
    HAINA_OK(search.follow_paths(all));
  }
  return ok();
}

}  // namespace

Result<std::vector<NamedExpert>> tune_experts(std::span<const ExpertTask> tasks, const TuneOptions& options,
                                              TrialLog& log) {
  const bool timed = options.budget_seconds > 0 && options.validation_users != nullptr;
  const int64_t events = options.train->num_events();
  const HeldOut low_fidelity_users = options.validation_users == nullptr
                                         ? HeldOut{}
                                         : sample_users(*options.validation_users, kLowFidelityUsers, options.seed);
  // Trials of an earlier run that this one continues count as time spent.
  const Clock::time_point deadline =
      Clock::now() + std::chrono::duration_cast<Clock::duration>(
                         std::chrono::duration<double>(options.budget_seconds - (timed ? log.seconds() : 0)));

  // The first setting of every expert, and what every training tries.
  std::vector<std::unique_ptr<ExpertSearch>> searches;
  std::vector<ExpertSearch*> open;
  Progress& progress = options.progress == nullptr ? no_progress() : *options.progress;
  progress.start("fit the experts", std::ssize(tasks));
  for (const ExpertTask& task : tasks) {
    progress.update(std::ssize(searches), task.name);
    HAINA_ASSERT(task.settled || options.validation_users != nullptr);
    searches.push_back(std::make_unique<ExpertSearch>(task, options, log, low_fidelity_users));
    ExpertSearch& search = *searches.back();
    if (!search.is_open() || !(timed || !task.entry->variants.empty() || search.has_bounded_path())) {
      HAINA_OK(search.fit_first());
      continue;
    }
    HAINA_OK(search.measure_first());
    if (search.best().is_null()) {
      continue;
    }
    if (timed) {
      open.push_back(&search);
    } else {
      HAINA_OK(search.compare_variants(TrialBudget::by_work(events)));
      HAINA_OK(search.follow_paths(TrialBudget::by_work(events)));
    }
  }

  // What the time budget pays for.
  HAINA_OK(spend_budget(std::move(open), events, deadline));

  progress.finish();
  std::vector<NamedExpert> fitted;
  for (size_t t = 0; t < tasks.size(); ++t) {
    ExpertSearch& search = *searches[t];
    HAINA_TRY(std::unique_ptr<Expert> expert, search.take());
    if (expert) {
      if (search.value() >= 0) {
        progress.line(fmt::format("expert {}, validation {}: {:.4f}", tasks[t].name, options.metric, search.value()));
      }
      fitted.push_back({tasks[t].name, search.best(), std::move(expert)});
    }
  }
  return fitted;
}

}  // namespace haina
