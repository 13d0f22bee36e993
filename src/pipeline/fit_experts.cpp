#include "pipeline/fit_experts.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/suggest.h"
#include "experts/expert.h"
#include "pipeline/tune.h"

namespace haina {
namespace {

// The task of one instance of an entry; nullopt where it is not asked for.
std::optional<ExpertTask> task_of(const Config& config, const ExpertEntry& entry, const std::string& name,
                                  std::span<const Field> fields, const ExpertSettings& settings, ExpertChoice choice,
                                  const FitInputs& inputs, const TrainOptions& options) {
  const auto own = settings.find(name);
  const auto of_entry = settings.find(entry.name);
  const auto chosen_before = options.settled.find(name);
  const bool chooses = inputs.validation_users != nullptr;
  const bool instances = chooses || choice == ExpertChoice::kSuited;
  if (choice != ExpertChoice::kAll && own == settings.end() && (!instances || of_entry == settings.end())) {
    return std::nullopt;
  }
  ExpertTask task = {
      .entry = &entry, .name = name, .fields = fields, .place = place_of(config.train, "experts." + name)};
  task.required = own != settings.end() && choice != ExpertChoice::kSuited;
  if (own != settings.end() && !own->second.empty()) {
    task.settings = own->second;
  } else if (chosen_before != options.settled.end()) {
    task.settings = chosen_before->second;
  } else if (of_entry != settings.end()) {
    task.settings = of_entry->second;
  }
  task.settled = !chooses || !task.settings.empty();
  return task;
}

// Fails where the settings name an expert that does not exist, or a source without features that is not switched off.
Status check_names(const Config& config, const ExpertSettings& settings, std::span<const std::string> known) {
  for (const auto& [name, params] : settings) {
    HAINA_TRY(const ExpertEntry* const entry, find_expert(name, place_of(config.train, "experts." + name)));
    const bool switched_off =
        std::ranges::any_of(config.train.exclude, [&, expert = name, prefix = entry->name + "."](const auto& source) {
          return expert.starts_with(prefix + source + ".");
        });
    if (!switched_off && std::ranges::find(known, name) == known.end()) {
      return fail({ErrorCode::kInvalidArgument, fmt::format("expert '{}' names a source that does not exist", name),
                   place_of(config.train, "experts." + name), did_you_mean(name, known)});
    }
  }
  return ok();
}

Result<std::vector<ExpertTask>> expert_tasks(const Config& config, const ExpertSettings& settings, ExpertChoice choice,
                                             const FitInputs& inputs, const TrainOptions& options) {
  std::vector<ExpertTask> tasks;
  std::vector<std::string> known;  // names of all instances that these data have
  const auto add = [&](const ExpertEntry& entry, const std::string& name, std::span<const Field> fields) {
    known.push_back(name);
    if (auto task = task_of(config, entry, name, fields, settings, choice, inputs, options)) {
      tasks.push_back(std::move(*task));
    }
  };
  for (const ExpertEntry& entry : expert_entries()) {
    add(entry, entry.name, inputs.fields);
    for (size_t f = 0; entry.per_source && f < inputs.fields.size(); ++f) {
      if (inputs.fields[f].side == Side::kItem) {
        add(entry, entry.name + "." + inputs.fields[f].full_name(), inputs.fields.subspan(f, 1));
      }
    }
  }
  HAINA_OK(check_names(config, settings, known));
  return tasks;
}

// Where a single source has features, the expert on it equals the one on all sources and is left out.
void drop_copies(const ExpertSettings& settings, std::vector<NamedExpert>& fitted) {
  for (const ExpertEntry& entry : expert_entries()) {
    const auto is_of_one_source = [&](const NamedExpert& expert) {
      return entry.per_source && expert.name.starts_with(entry.name + ".") && !settings.contains(expert.name);
    };
    if (std::ranges::count_if(fitted, is_of_one_source) == 1) {
      std::erase_if(fitted, is_of_one_source);
    }
  }
}

}  // namespace

Result<std::vector<NamedExpert>> fit_experts(const Config& config, const ExpertSettings& settings, ExpertChoice choice,
                                             const FitInputs& inputs, const TrainOptions& options, TrialLog& log) {
  HAINA_TRY(const std::vector<ExpertTask> tasks, expert_tasks(config, settings, choice, inputs, options));
  HAINA_TRY(std::vector<NamedExpert> fitted, tune_experts(tasks,
                                                          {.train = &inputs.known,
                                                           .other_events = &inputs.other_events,
                                                           .ordered = inputs.ordered,
                                                           .validation_users = inputs.validation_users,
                                                           .metric = config.train.metric,
                                                           .seed = config.train.seed,
                                                           .budget_seconds = config.train.budget_seconds,
                                                           .stop = options.stop,
                                                           .progress = options.progress,
                                                           .device = inputs.device},
                                                          log));
  drop_copies(settings, fitted);
  return fitted;
}

}  // namespace haina
