// One model on one set of held-out users: every metric, with intervals, and apart for cold users, cold items and given
// groups of users.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/stop.h"
#include "data/split.h"
#include "metrics/intervals.h"
#include "metrics/metrics.h"

namespace haina {

// Scores of all items for some users: float32 [users.size(), items], higher is better. An expert, a head or the whole
// of Haina.
using Scorer = std::function<at::Tensor(std::span<const UserState>)>;

struct EvaluateOptions {
  std::vector<int64_t> ks = {5, 10, 20};
  int64_t batch = 256;  // users scored at once: batch x items x 4 B of scores are alive
  ResampleOptions resample = {};
  enum class Seen { kExclude, kKeep } seen = Seen::kExclude;  // whether items of the history may be recommended again
  at::Tensor item_counts = {};   // float32 [items], events in training: novelty, serendipity, cold items
  at::Tensor item_vectors = {};  // float32 [items, d]: intra-list diversity; undefined: left out
  // Users by some attribute: name ("gender=F") and rows of HeldOut.users. Their metrics are shown apart.
  std::vector<std::pair<std::string, std::vector<int64_t>>> user_groups = {};
  // [users, items]: only these and the truth are ranked (published or sampled negatives); null: every item. Numbers so
  // made are far higher than those of full ranking, may order models otherwise (Krichene and Rendle 2020), and compare
  // only with the same candidates.
  const Csr* candidates = nullptr;
  const StopFlag* stop = nullptr;
};

// `count` items a user, uniform without repeats among those neither seen nor wanted; fewer where there are fewer.
Csr sample_candidates(const HeldOut& held_out, int64_t count, uint64_t seed);

// The held-out users that candidates were published for, and those candidates by their rows.
struct PublishedCandidates {
  HeldOut held_out;
  Csr candidates;                // [held_out.users.size(), items]
  int64_t fewest = 0, most = 0;  // candidates of one user beside the truth; both 0 where there is no user
};
// negatives: [all users, items], by UserState.user. A candidate that is also wanted is no candidate.
PublishedCandidates published_candidates(const HeldOut& held_out, const Csr& negatives);

// Users with fewer events in their history, and items with fewer events in training, are cold.
inline constexpr int64_t kColdEvents = 5;

using MetricValues = std::map<std::string, Interval>;

struct GroupEvaluation {
  std::string
      name;  // "cold_users", "warm_users", "cold_items" (fewer than kColdEvents), "new_items" (none), or as given
  int64_t users = 0;
  MetricValues metrics;  // those of ranking_metrics; for items: of the truth cut down to them, among all candidates
};

struct ModelEvaluation {
  std::string name;
  UserMetrics
      per_user;  // rows as HeldOut.users: ranking_metrics, auc and beyond_accuracy; what two models are compared by
  RankedLists lists;                    // the longest k
  MetricValues metrics;                 // means of per_user with intervals; coverage@k and gini@k without
  std::vector<GroupEvaluation> groups;  // those that have users
  double seconds = 0;                   // scoring and ranking alone
};

// kInvalidArgument without users or with senseless ks; kBadData, naming the model and the user, where scores are NaN or
// of the wrong shape; kInterrupted on stop. A user whose truth is empty is no part of any mean.
Result<ModelEvaluation> evaluate_model(const std::string& name, const Scorer& scorer, const HeldOut& held_out,
                                       const EvaluateOptions& options);

// What models are compared by: NDCG at 10 (or at the first k where 10 is not among them), then NDCG at the others, and
// at each the hit rate where every user wants one item, else recall and precision.
std::vector<std::string> compared_metrics(const Csr& truth, std::span<const int64_t> ks);

// What a model gains over another: mean over users of model - than.
struct Difference {
  std::string model, than, metric;
  PairedDifference paired;
};
// models[0] against each other one. A metric that either lacks is left out.
std::vector<Difference> differences_to_first(std::span<const ModelEvaluation> models,
                                             std::span<const std::string> metrics, const ResampleOptions& options = {});

// What switching a source off does to a metric: mean over users of without - with; below 0, the source helps.
struct Ablation {
  std::string without, metric;
  PairedDifference paired;
};
Ablation ablate(const std::string& source, const ModelEvaluation& with, const ModelEvaluation& without,
                const std::string& metric, const ResampleOptions& options = {});

}  // namespace haina
