// [clean], [split], [train], [serve]: what is done with the data.
#include <fmt/format.h>

#include "base/device_names.h"
#include "config/exclude_seen_value.h"
#include "config/metric_spec.h"
#include "config/sections.h"

namespace haina {
namespace {

constexpr double kMostThreads = 4096;

Status check_metric(const std::string& text, const std::string& place) {
  HAINA_OK(parse_metric_spec(text, place));
  return ok();
}

Status check_split(const SplitConfig& split) {
  if (split.validation_by && split.by != SplitBy::kFiles) {
    return fail({ErrorCode::kInvalidArgument,
                 fmt::format("validation_by needs by = \"files\"; by = \"{}\" holds out validation in its own way",
                             to_string(split.by)),
                 place_of(split, "validation_by"), "remove validation_by"});
  }
  return ok();
}

}  // namespace

const KeyTable<CleanConfig>& clean_keys() {
  static const KeyTable<CleanConfig> table = {
      .name = "[clean]",
      .doc = "How events and cells are cleaned.",
      .example = "[clean]\nmin_user_events = 5\nimpute = { \"movies.year\" = \"median\" }\n",
      .keys =
          {{"drop_duplicates", &CleanConfig::drop_duplicates, "drop exact repeats of user, item, action and time"},
           {"duplicate_seconds",
            &CleanConfig::duplicate_seconds,
            "drop repeats of user, item and action within so many seconds; 0: off",
            {.min = 0}},
           {"flood_per_minute",
            &CleanConfig::flood_per_minute,
            "drop a user's events of a minute with more than this number (a bot); 0: off",
            {.min = 0}},
           {"outlier_z",
            &CleanConfig::outlier_z,
            "robust z-score beyond which a number becomes missing; 0: off. 8 would drop the classics among films",
            {.min = 0}},
           {"min_user_events",
            &CleanConfig::min_user_events,
            "k-core: drop users with fewer events; 0: off",
            {.min = 0}},
           {"min_item_events",
            &CleanConfig::min_item_events,
            "k-core: drop items with fewer events; 0: off",
            {.min = 0}},
           {"earliest", &CleanConfig::earliest, "date before which times are errors, \"1970-01-02\""},
           {"shuffle_seed",
            &CleanConfig::shuffle_seed,
            "rename all ids and put rows in random order before anything reads them, to test whether a result "
            "depends on the numbering or order of the files; rows with order = \"rows\" keep each user's order; 0: off",
            {.min = 0}},
           {"impute", &CleanConfig::impute,
            "field -> median, mean, mode, unknown or a value: what missing cells become"}},
      .finish = {}};
  return table;
}

const KeyTable<SplitConfig>& split_keys() {
  static const KeyTable<SplitConfig> table = {
      .name = "[split]",
      .doc = "Which events are held out for validation and test.",
      .example = "[split]\nby = \"time\"\ntest = 0.1\nvalidation = 0.1\n",
      .keys = {{"by", &SplitConfig::by, "how the test part is chosen; validation is chosen likewise"},
               {"test",
                &SplitConfig::test,
                "share of the goal events (time, random) or of the users (new_users)",
                {.above = 0, .below = 0.9}},
               {"validation", &SplitConfig::validation, "share of what remains", {.above = 0, .below = 0.9}},
               {"validation_by", &SplitConfig::validation_by,
                "with by = \"files\" and no validation file: how validation imitates the published test part; default: "
                "\"random\""},
               {"seed", &SplitConfig::seed, "seed of the random choices", {.min = 0}}},
      .finish = check_split};
  return table;
}

const KeyTable<TrainConfig>& train_keys() {
  static const KeyTable<TrainConfig> table = {
      .name = "[train]",
      .doc = "How models are trained and chosen.",
      .example =
          "[train]\nmetric = \"ndcg@10\"\nnetwork = \"auto\"\n\n[train.experts.ials]\nfactors = "
          "128\n\n[train.network_params]\nwidth = 128\n\n[train.encoders]\ntext = { encoder = \"text\" }\n",
      .keys = {{"seed", &TrainConfig::seed, "seed of every random choice in training", {.min = 0}},
               {"threads",
                &TrainConfig::threads,
                "threads of training; 0: the CPUs that the process may use",
                {.min = 0, .max = kMostThreads}},
               {"network", &TrainConfig::network, "form of the fusion network"},
               {"device",
                &TrainConfig::device,
                "where the network and the experts that can use a GPU are trained",
                {.allowed = device_names()}},
               {"metric",
                &TrainConfig::metric,
                "metric of every choice on validation users: precision, recall, f1, hr, ndcg, map or mrr, with a "
                "cut-off",
                {.check = check_metric}},
               {"num_candidates",
                &TrainConfig::num_candidates,
                "validation ranks the held-out items among so many sampled ones; 0: among all",
                {.min = 0, .old_name = "among"}},
               {"exclude", &TrainConfig::exclude, "sources that training ignores", {.old_name = "without"}},
               {"experts", &TrainConfig::experts,
                "expert -> its parameters, the others are left out; empty: every expert that suits the data"},
               {"network_params", &TrainConfig::network_params, "parameters of the fusion network"},
               {"encoders",
                &TrainConfig::encoders,
                "field (\"movies.title\") or field type (\"text\") -> { encoder = \"name\", parameter = 1 }",
                {.name_key = "encoder"}}},
      .finish = {}};
  return table;
}

const KeyTable<ServeConfig>& serve_keys() {
  static const KeyTable<ServeConfig> table = {
      .name = "[serve]",
      .doc = "How lists are made, by haina recommend and haina serve.",
      .example =
          "[serve]\ndiversity = 0.2\naction_values = { view = 0.1, buy = 5 }\nexclude_seen = "
          "{ buy = \"90d\", view = false, rating = true }\n",
      .keys =
          {{"diversity", &ServeConfig::diversity, "weight of variety in a list (lambda of MMR)", {.min = 0, .max = 1}},
           {"category", &ServeConfig::category,
            "item field of categories, \"movies.genres\"; empty: the first field of type category or tags"},
           {"most_of_a_category",
            &ServeConfig::most_of_a_category,
            "largest number of a category's items in a list; 0: any number",
            {.min = 0}},
           {"history", &ServeConfig::history, "newest live events of a user that are held in memory", {.min = 1}},
           {"action_values",
            &ServeConfig::action_values,
            "action -> value: lists are ordered by the expected value, the sum of P(action) x value; empty: by "
            "score",
            {.old_name = "worth"}},
           {"exclude_seen", &ServeConfig::exclude_seen,
            "what a user did that keeps an item out of the user's lists: true, false or an age (\"90d\": again after "
            "90 "
            "days), for every action or by action; default: what was rated, disliked, bought or read, and what the "
            "goal "
            "asks for, but not actions weaker than the goal (views, clicks, carts under a goal of purchases)"}},
      .finish = {}};
  return table;
}

}  // namespace haina
