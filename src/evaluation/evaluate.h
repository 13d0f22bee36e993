// Models on a set of held-out users: every metric with its interval, and apart for cold users, cold items and given
// groups of users.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/progress.h"
#include "base/stop.h"
#include "data/seen_actions.h"
#include "data/split.h"
#include "data/vocabulary.h"
#include "kernels/csr.h"
#include "kernels/topk.h"
#include "metrics/intervals.h"
#include "metrics/metrics.h"

namespace haina {

// Scores of all items for some users: float32 [users.size(), items], higher is better.
using Scorer = std::function<at::Tensor(std::span<const UserState>)>;
using NamedScorer = std::pair<std::string, Scorer>;

// Whether run_evaluate (pipeline/evaluate.h) trains again without one source at a time.
enum class AblationMode { kNone, kRetrain };

struct EvaluateOptions {
  std::vector<int64_t> ks = {5, 10, 20};           // lengths of lists
  AblationMode ablation = AblationMode::kRetrain;  // read by run_evaluate alone
  // Name and file of lists that other recommenders made for the test users; read by run_evaluate alone.
  std::vector<std::pair<std::string, std::filesystem::path>> lists = {};
  int64_t batch = 256;  // users scored at once: batch x items x 4 B for each model
  ResampleOptions resample = {};
  enum class Seen { kExclude, kKeep } seen = Seen::kExclude;  // whether items that were seen may be recommended again
  // What counts as seen, as serving has it; null: the history. Held-out items are always ranked.
  const SeenRules* seen_rules = nullptr;
  // What is known of items and users. run_evaluate fills in the tensors itself.
  at::Tensor item_counts = {};  // float32 [items], events in training: novelty, serendipity, cold items
  // int64 [items]: the items in the order in which equal scores are ranked (items_by_id); undefined: by row. Rows
  // follow the order of the input file, ids do not.
  at::Tensor tie_order = {};
  at::Tensor item_vectors = {};  // float32 [items, d]: intra-list diversity; undefined: left out
  // [items, categories], weights >= 0: miscalibration (metrics/miscalibration.h); null: left out.
  const Csr* item_categories = nullptr;
  // Users by some attribute: name ("gender=F") and rows of HeldOut.users. Each group gets metrics of its own.
  std::vector<std::pair<std::string, std::vector<int64_t>>> user_groups = {};
  // [users, items]: only these and the truth are ranked (published or sampled negatives); null: every item. Such
  // numbers are far higher than those of full ranking, can order models differently (Krichene and Rendle 2020), and
  // compare only with numbers on the same candidates.
  const Csr* candidates = nullptr;
  const StopFlag* stop = nullptr;
  Progress* progress = nullptr;
};

// int64 [items]: rows of the items in the order of their ids' bytes.
at::Tensor items_by_id(const Vocabulary& items);

using MetricValues = std::map<std::string, Interval>;

struct GroupEvaluation {
  // "cold_users", "warm_users", "cold_items" (fewer than kColdEvents), "new_items" (no events), or a given name.
  std::string name;
  int64_t users = 0;
  MetricValues metrics;  // those of ranking_metrics; for items: only these count as truth, all candidates are ranked
};

struct ModelEvaluation {
  std::string name;
  UserMetrics per_user;  // rows as HeldOut.users: ranking_metrics, auc and beyond_accuracy; models are compared by it
  RankedLists lists;     // of the longest k
  MetricValues metrics;  // means of per_user with intervals; coverage@k and gini@k have none
  std::vector<GroupEvaluation> groups;  // those with at least one user
  double seconds = 0;                   // of scoring and ranking; of a blend: with the scoring of its parts
};

// kInvalidArgument without users or with a k below 1; kBadData, naming the model and the user, where scores are NaN or
// of the wrong shape; kInterrupted on stop. A user without truth is not part of any mean.
Result<ModelEvaluation> evaluate_model(const std::string& name, const Scorer& scorer, const HeldOut& held_out,
                                       const EvaluateOptions& options);

// A model that is computed from the scores of others.
struct Blend {
  std::string name;
  // scores: one [users.size(), items] for each part, in order -> float32 [users.size(), items]
  std::function<at::Tensor(std::span<const at::Tensor> scores, std::span<const UserState>)> combine;
};
// The blend, then each part, as evaluate_model gives them. Each part scores each user once, for itself and for the
// blend; memory: batch x items x 4 B for each part.
Result<std::vector<ModelEvaluation>> evaluate_blend(const Blend& blend, std::span<const NamedScorer> parts,
                                                    const HeldOut& held_out, const EvaluateOptions& options);

}  // namespace haina
