#include "pipeline/train_unvalidated.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "data/hold_out_rules.h"
#include "experts/expert.h"
#include "pipeline/evidence_groups.h"
#include "pipeline/fit_experts.h"

namespace haina {
namespace {

// Weight of counts beside evidence of the user: enough to order what that leaves equal, and to serve newcomers.
constexpr float kCountsWeight = 0.1F;

// The configured experts; without any, those that the number of events allows.
ExpertSettings settings_for(const Config& config, int64_t goal_events) {
  if (!config.train.experts.empty()) {
    return config.train.experts;
  }
  ExpertSettings settings;
  for (const ExpertEntry& entry : expert_entries()) {
    if (goal_events >= kFewestLearnedEvents || entry.evidence != Evidence::kEvents) {
      settings[entry.name] = nlohmann::json::object();
    }
  }
  return settings;
}

// Every event belongs to training, unless the split was published with the data.
Split with_all_known(const Split& split, const Config& config) {
  return config.split.by == SplitBy::kFiles ? split : Split{at::where(split.part.eq(kNoPart), split.part, kTrain)};
}

Ranker fixed_blend(const Model& model, uint64_t seed) {
  const std::vector<RankedModel> models = ranked_models(model);
  const auto count = std::ssize(models);
  Ranker ranker = fit_ranker(models, RankerSamples(count, LogViews(std::vector<float>(models.size(), 1))), seed,
                             ValidationFidelity::kOther);
  for (int64_t m = 0; m < count; ++m) {
    at::Tensor weight = ranker.blender.weights[m];
    weight.fill_(std::max(kCountsWeight, weight.item<float>()));
  }
  return ranker;
}

// "popularity, trending and content"; instances on single sources are not named.
std::string names_of(const Model& model) {
  std::vector<std::string> names;
  for (const NamedExpert& expert : model.experts) {
    if (source_of_instance(expert.name).empty()) {
      names.push_back(expert.name);
    }
  }
  if (names.size() < 2) {
    return fmt::format("{}", fmt::join(names, ""));
  }
  const std::string last = names.back();
  names.pop_back();
  return fmt::format("{} and {}", fmt::join(names, ", "), last);
}

nlohmann::json said_of(const Dataset& dataset, const Config& config, const TooLittle& missing, const Model& model) {
  const int64_t others = dataset.events.size() - missing.goal_events;
  const std::string events =
      missing.goal_events == 0
          ? (others == 0 ? std::string("no event yet")
                         : (config.goal.empty() ? fmt::format("all of the {} events are refusals", others)
                                                : fmt::format("none of the {} events meets the goal ({})", others,
                                                              fmt::join(config.goal, ", "))))
          : fmt::format("{} goal event{}", missing.goal_events, missing.goal_events == 1 ? "" : "s");
  const std::string held =
      missing.goal_events == 0
          ? std::string("nothing can be held out for a test")
          : fmt::format("too few to hold out a test part ({} of {} users with held-out goal events)",
                        missing.validation_users, kFewestValidationUsers);
  const bool counts_all = missing.goal_events == 0 && others > 0 && !config.goal.empty();
  const std::string counted = counts_all ? ", counting every event" : "";
  const std::string text =
      fmt::format("{}: {}: {} only{}; nothing was tuned or evaluated", events, held, names_of(model), counted);
  const std::string hint = fmt::format(
      "train again when at least {} users have goal events in the held-out parts ([split]): some dozens of users with "
      "3 or more goal events each{}",
      kFewestValidationUsers,
      missing.goal_events == 0 && others > 0 ? ". If the goal is another one, change [project] goal" : "");
  return {{"goal_events", missing.goal_events},
          {"validation_users", missing.validation_users},
          {"needed", kFewestValidationUsers},
          {"text", text},
          {"hint", hint}};
}

}  // namespace

std::optional<TooLittle> too_little(const Dataset& dataset, const Interactions& training_part,
                                    const HeldOut& validation) {
  const auto users = std::ssize(validation.users);
  if (training_part.num_events() > 0 && users >= kFewestValidationUsers) {
    return std::nullopt;
  }
  return TooLittle{.goal_events = dataset.events.goal.sum().item<int64_t>(), .validation_users = users};
}

Result<UnvalidatedModel> train_unvalidated(const Dataset& dataset, const Config& config, const Split& split,
                                           const TooLittle& missing, at::Device device, const TrainOptions& options,
                                           TrialLog& trials) {
  const Split all = with_all_known(split, config);
  // Without a goal, what is no goal event was refused.
  const bool goals = config.goal.empty() || known_events(dataset, all, Stage::kTest).num_events() > 0;
  const Interactions known = known_events(dataset, all, Stage::kTest, goals ? Only::kGoals : Only::kAll);
  const ScannedFields fields = scan_fields(dataset, all, Stage::kTest, config.train.exclude);
  const FitInputs inputs = {known, known_events(dataset, all, Stage::kTest, Only::kOthers), fields.fields,
                            is_ordered(dataset, config.split), device};
  UnvalidatedModel trained;
  const ExpertSettings settings = settings_for(config, missing.goal_events);
  HAINA_TRY(trained.model.experts, fit_experts(config, settings, ExpertChoice::kSuited, inputs, options, trials));
  if (trained.model.experts.empty()) {  // the configured ones need more than there is
    HAINA_TRY(trained.model.experts, fit_experts(config, {{"popularity", nlohmann::json::object()}},
                                                 ExpertChoice::kSuited, inputs, options, trials));
  }
  trained.model.ranker = fixed_blend(trained.model, config.train.seed);
  trained.said = said_of(dataset, config, missing, trained.model);
  return trained;
}

}  // namespace haina
