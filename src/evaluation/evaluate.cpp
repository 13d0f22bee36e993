// Scores are computed and ranked batch by batch and not kept: memory beyond one batch is users x (k + metrics) numbers.
#include "evaluation/evaluate.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <numeric>
#include <utility>

#include "evaluation/candidates.h"
#include "metrics/miscalibration.h"

namespace haina {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int64_t kRowsPerChunk = 8;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

Status check(const std::string& name, const HeldOut& held_out, const EvaluateOptions& options) {
  if (held_out.users.empty()) {
    return fail({ErrorCode::kInvalidArgument, fmt::format("no user to evaluate '{}' on: nothing is held out", name), "",
                 "give the split a larger test share, or more data"});
  }
  if (options.ks.empty() || std::any_of(options.ks.begin(), options.ks.end(), [](int64_t k) { return k < 1; }) ||
      options.batch < 1) {
    return fail({ErrorCode::kInvalidArgument, "k and batch must be at least 1", "", "use, for example, --k 5,10,20"});
  }
  HAINA_ASSERT(std::ssize(held_out.users) == held_out.truth.num_rows());
  HAINA_ASSERT(!options.item_counts.defined() || options.item_counts.numel() == held_out.truth.num_cols);
  HAINA_ASSERT(options.candidates == nullptr || options.candidates->num_rows() == held_out.truth.num_rows());
  HAINA_ASSERT(!options.tie_order.defined() || options.tie_order.numel() == held_out.truth.num_cols);
  HAINA_ASSERT(options.item_categories == nullptr || options.item_categories->num_rows() == held_out.truth.num_cols);
  HAINA_ASSERT(!options.item_vectors.defined() || options.item_vectors.size(0) == held_out.truth.num_cols);
  return ok();
}

Status check_scores(const std::string& name, const at::Tensor& scores, int64_t users, int64_t items,
                    int64_t first_user) {
  if (scores.dim() != 2 || scores.size(0) != users || scores.size(1) != items || scores.scalar_type() != at::kFloat) {
    return fail({ErrorCode::kBadData, fmt::format("scores of model '{}' are not float32 [{}, {}]", name, users, items),
                 "", "train the model again on this prepared data"});
  }
  const at::Tensor broken = scores.isnan().any(1);
  if (broken.any().item<bool>()) {
    return fail({ErrorCode::kBadData, fmt::format("a score of model '{}' is NaN", name),
                 fmt::format("held-out user {}", first_user + broken.to(at::kInt).argmax().item<int64_t>() + 1),
                 "train the model again; lower the learning rate"});
  }
  return ok();
}

// Items that a user's list must not hold, ascending: those seen; with given candidates also every item that is neither
// a candidate nor in the truth.
std::vector<int32_t> excluded_items(const UserState& user, const Csr& truth, int64_t row,
                                    const EvaluateOptions& options) {
  std::vector<int32_t> seen =
      options.seen == EvaluateOptions::Seen::kExclude ? seen_items(user, options.seen_rules) : std::vector<int32_t>{};
  std::erase_if(seen, [&](int32_t item) { return std::ranges::binary_search(truth.row(row), item); });
  if (options.candidates == nullptr) {
    return seen;
  }
  std::vector<char> allowed(static_cast<size_t>(truth.num_cols), 0);
  for (const int32_t item : options.candidates->row(row)) {
    allowed[static_cast<size_t>(item)] = 1;
  }
  for (const int32_t item : seen) {
    allowed[static_cast<size_t>(item)] = 0;
  }
  for (const int32_t item : truth.row(row)) {
    allowed[static_cast<size_t>(item)] = 1;
  }
  std::vector<int32_t> excluded;
  for (int32_t item = 0; item < truth.num_cols; ++item) {
    if (allowed[static_cast<size_t>(item)] == 0) {
      excluded.push_back(item);
    }
  }
  return excluded;
}

// AUC of each row over the items that its list may hold. Scores of the other items become -inf.
void mask_and_measure(at::Tensor& scores, std::span<const UserState> users, const Csr& truth, int64_t first_user,
                      const EvaluateOptions& options, double* auc) {
  const int64_t items = scores.size(1);
  float* data = scores.data_ptr<float>();
  at::parallel_for(0, std::ssize(users), kRowsPerChunk, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      float* row = data + i * items;
      const std::vector<int32_t> excluded =
          excluded_items(users[static_cast<size_t>(i)], truth, first_user + i, options);
      auc[i] = auc_of_row({row, static_cast<size_t>(items)}, truth.row(first_user + i), excluded);
      for (const int32_t item : excluded) {
        row[item] = -std::numeric_limits<float>::infinity();
      }
    }
  });
}

MetricValues means_of(const UserMetrics& metrics, const ResampleOptions& options) {
  const std::vector<Interval> intervals = bootstrap_means(metrics.values, options);
  MetricValues result;
  for (size_t m = 0; m < metrics.names.size(); ++m) {
    result[metrics.names[m]] = intervals[m];
  }
  return result;
}

void append(UserMetrics& to, const UserMetrics& more) {
  to.names.insert(to.names.end(), more.names.begin(), more.names.end());
  to.values = at::cat({to.values, more.values}, 1);
}

UserMetrics rows_of(const UserMetrics& metrics, const std::vector<int64_t>& rows) {
  return {metrics.names, metrics.values.index_select(0, at::tensor(rows, at::kLong))};
}

// The part of the truth whose items have fewer than `below` events.
Csr rare_truth(const Csr& truth, const at::Tensor& item_counts, double below) {
  const at::Tensor counts = item_counts.to(at::kFloat).contiguous();
  std::vector<int32_t> rows, columns;
  std::vector<float> values;
  for (int64_t u = 0; u < truth.num_rows(); ++u) {
    for (const int32_t item : truth.row(u)) {
      if (counts.const_data_ptr<float>()[item] < below) {
        rows.push_back(static_cast<int32_t>(u));
        columns.push_back(item);
        values.push_back(1);
      }
    }
  }
  return csr_from_coordinates(truth.num_rows(), truth.num_cols, rows, columns, values, Repeats::kMax);
}

std::vector<GroupEvaluation> evaluate_groups(const ModelEvaluation& model, const UserMetrics& ranking,
                                             const HeldOut& held_out, const EvaluateOptions& options) {
  std::vector<GroupEvaluation> groups;
  const auto add = [&](const std::string& name, const UserMetrics& metrics, std::vector<int64_t> rows,
                       const Csr& truth) {
    std::erase_if(rows, [&](int64_t row) { return truth.row(row).empty(); });
    if (!rows.empty()) {
      groups.push_back({name, std::ssize(rows), means_of(rows_of(metrics, rows), options.resample)});
    }
  };
  std::vector<int64_t> cold, warm, all;
  for (int64_t u = 0; u < std::ssize(held_out.users); ++u) {
    (std::ssize(held_out.users[static_cast<size_t>(u)].history) < kColdEvents ? cold : warm).push_back(u);
    all.push_back(u);
  }
  add("cold_users", ranking, cold, held_out.truth);
  add("warm_users", ranking, warm, held_out.truth);
  if (options.item_counts.defined()) {
    const std::pair<const char*, double> kinds[] = {{"cold_items", static_cast<double>(kColdEvents)},
                                                    {"new_items", 0.5}};
    for (const auto& [name, below] : kinds) {
      const Csr truth = rare_truth(held_out.truth, options.item_counts, below);
      add(name, ranking_metrics(model.lists, truth, options.ks), all, truth);
    }
  }
  for (const auto& [name, rows] : options.user_groups) {
    add(name, ranking, rows, held_out.truth);
  }
  return groups;
}

// [users, items]: how often each history has each item.
Csr histories_of(const HeldOut& held_out) {
  std::vector<int32_t> rows, columns;
  for (int32_t u = 0; u < std::ssize(held_out.users); ++u) {
    for (const UserEvent& event : held_out.users[static_cast<size_t>(u)].history) {
      rows.push_back(u);
      columns.push_back(row_of(event.item));
    }
  }
  return csr_from_coordinates(std::ssize(held_out.users), held_out.truth.num_cols, rows, columns,
                              std::vector<float>(rows.size(), 1), Repeats::kSum);
}

// One model's lists and AUC, filled in batch by batch.
class ModelRanking {
 public:
  ModelRanking(const std::string& name, const HeldOut& held_out, const EvaluateOptions& options)
      : held_out_(held_out),
        options_(options),
        longest_(*std::max_element(options.ks.begin(), options.ks.end())),
        auc_(at::empty({std::ssize(held_out.users), 1}, at::kDouble)) {
    const int64_t users = std::ssize(held_out.users);
    model_.name = name;
    model_.lists = {at::empty({users, longest_}, at::kInt), at::empty({users, longest_}, at::kFloat)};
  }

  // scores: of held_out.users[first] and those behind it. score_seconds: the time it took to compute them.
  Status add(const at::Tensor& scores, std::span<const UserState> users, int64_t first, double score_seconds) {
    const Clock::time_point started = Clock::now();
    const int64_t size = std::ssize(users);
    HAINA_OK(check_scores(model_.name, scores, size, held_out_.truth.num_cols, first));
    at::Tensor masked = scores.clone(at::MemoryFormat::Contiguous);  // a model may return memory of its own
    mask_and_measure(masked, users, held_out_.truth, first, options_, auc_.data_ptr<double>() + first);
    const RankedLists ranked = ranked_lists(masked);
    model_.lists.items.narrow(0, first, size).copy_(ranked.items);
    model_.lists.scores.narrow(0, first, size).copy_(ranked.scores);
    model_.seconds += score_seconds + seconds_since(started);
    return ok();
  }

  // Metrics need only lists and truth.
  ModelEvaluation finish() {
    const UserMetrics ranking = ranking_metrics(model_.lists, held_out_.truth, options_.ks);
    model_.per_user = ranking;
    append(model_.per_user, {{"auc"}, auc_});
    if (options_.item_counts.defined()) {
      append(model_.per_user,
             beyond_accuracy(model_.lists, held_out_.truth, options_.ks, options_.item_counts, options_.item_vectors));
    }
    if (options_.item_categories != nullptr) {
      append(model_.per_user,
             miscalibration(model_.lists, histories_of(held_out_), *options_.item_categories, options_.ks));
    }
    model_.per_user.values.masked_fill_(ranking.values.select(1, 0).isnan().unsqueeze(1),
                                        std::numeric_limits<double>::quiet_NaN());
    model_.metrics = means_of(model_.per_user, options_.resample);
    for (const int64_t k : options_.ks) {
      const int64_t items = held_out_.truth.num_cols;
      model_.metrics[fmt::format("coverage@{}", k)].value = coverage(model_.lists, items, k);
      model_.metrics[fmt::format("gini@{}", k)].value = gini(model_.lists, items, k);
    }
    model_.groups = evaluate_groups(model_, ranking, held_out_, options_);
    return std::move(model_);
  }

 private:
  // top_k takes the smaller column among equals: columns in the tie order make that the smaller id.
  RankedLists ranked_lists(const at::Tensor& scores) const {
    const at::Tensor& order = options_.tie_order;
    if (!order.defined()) {
      return top_k(scores, longest_);
    }
    RankedLists lists = top_k(scores.index_select(1, order), longest_);
    const at::Tensor rows = order.index_select(0, lists.items.clamp_min(0).flatten()).view(lists.items.sizes());
    lists.items = at::where(lists.items.lt(0), lists.items, rows.to(at::kInt));
    return lists;
  }

  const HeldOut& held_out_;
  const EvaluateOptions& options_;
  int64_t longest_;
  at::Tensor auc_;  // float64 [users, 1]
  ModelEvaluation model_;
};

// Calls rank(users, first) for each batch of held-out users until one fails or a stop is requested.
template <class Rank>
Status for_each_batch(const std::string& name, const HeldOut& held_out, const EvaluateOptions& options,
                      const Rank& rank) {
  Progress& progress = options.progress != nullptr ? *options.progress : no_progress();
  const int64_t users = std::ssize(held_out.users);
  progress.start("evaluate " + name, users);
  for (int64_t first = 0; first < users; first += options.batch) {
    if (options.stop != nullptr && options.stop->requested()) {
      return fail({ErrorCode::kInterrupted, fmt::format("stopped while evaluating '{}'", name), "",
                   "start again: nothing was written"});
    }
    const int64_t size = std::min(options.batch, users - first);
    HAINA_OK(rank(std::span(held_out.users.data() + first, static_cast<size_t>(size)), first));
    progress.update(first + size, "");
  }
  progress.finish();
  return ok();
}

}  // namespace

at::Tensor items_by_id(const Vocabulary& items) {
  std::vector<int64_t> rows(static_cast<size_t>(items.size()));
  std::iota(rows.begin(), rows.end(), 0);
  std::ranges::sort(rows, [&](int64_t a, int64_t b) {
    return items.name(static_cast<int32_t>(a)) < items.name(static_cast<int32_t>(b));
  });
  return at::tensor(rows, at::kLong);
}

Result<ModelEvaluation> evaluate_model(const std::string& name, const Scorer& scorer, const HeldOut& held_out,
                                       const EvaluateOptions& options) {
  HAINA_OK(check(name, held_out, options));
  ModelRanking ranking(name, held_out, options);
  HAINA_OK(for_each_batch(name, held_out, options, [&](std::span<const UserState> users, int64_t first) {
    const Clock::time_point started = Clock::now();
    const at::Tensor scores = scorer(users);
    return ranking.add(scores, users, first, seconds_since(started));
  }));
  return ranking.finish();
}

Result<std::vector<ModelEvaluation>> evaluate_blend(const Blend& blend, std::span<const NamedScorer> parts,
                                                    const HeldOut& held_out, const EvaluateOptions& options) {
  HAINA_OK(check(blend.name, held_out, options));
  std::vector<ModelRanking> rankings = {ModelRanking(blend.name, held_out, options)};
  for (const auto& [name, scorer] : parts) {
    rankings.emplace_back(name, held_out, options);
  }
  const auto rank = [&](std::span<const UserState> users, int64_t first) -> Status {
    std::vector<at::Tensor> scores;
    double seconds = 0;
    for (size_t p = 0; p < parts.size(); ++p) {
      const Clock::time_point started = Clock::now();
      scores.push_back(parts[p].second(users));
      const double spent = seconds_since(started);
      seconds += spent;
      HAINA_OK(rankings[p + 1].add(scores.back(), users, first, spent));
    }
    const Clock::time_point started = Clock::now();
    const at::Tensor blended = blend.combine(scores, users);
    HAINA_OK(rankings[0].add(blended, users, first, seconds + seconds_since(started)));
    return ok();
  };
  HAINA_OK(for_each_batch(blend.name, held_out, options, rank));
  std::vector<ModelEvaluation> models;
  for (ModelRanking& ranking : rankings) {
    models.push_back(ranking.finish());
  }
  return models;
}

}  // namespace haina
