// Scores are made and ranked batch by batch and never kept; lists and per-user metrics are all that stays (users x (k +
// metrics) numbers).
#include "evaluation/evaluate.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "base/seed.h"

namespace haina {
namespace {

constexpr int64_t kRowsAChunk = 8;

// Items of the history, ascending.
std::vector<int32_t> seen_items(const UserState& user) {
  std::vector<int32_t> items;
  items.reserve(user.history.size());
  for (const UserEvent& event : user.history) {
    items.push_back(row_of(event.item));
  }
  std::sort(items.begin(), items.end());
  items.erase(std::unique(items.begin(), items.end()), items.end());
  return items;
}

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
  HAINA_ASSERT(!options.item_vectors.defined() || options.item_vectors.size(0) == held_out.truth.num_cols);
  return ok();
}

Status check_scores(const std::string& name, const at::Tensor& scores, int64_t users, int64_t items,
                    int64_t first_user) {
  if (scores.dim() != 2 || scores.size(0) != users || scores.size(1) != items || scores.scalar_type() != at::kFloat) {
    return fail(
        {ErrorCode::kBadData,
         fmt::format("model '{}' gives scores of another shape or type than float32 [{}, {}]", name, users, items), "",
         "train the model again on this prepared data"});
  }
  const at::Tensor broken = scores.isnan().any(1);
  if (broken.any().item<bool>()) {
    return fail({ErrorCode::kBadData, fmt::format("model '{}' gives NaN as a score", name),
                 fmt::format("held-out user {}", first_user + broken.to(at::kInt).argmax().item<int64_t>() + 1),
                 "train the model again; lower the learning rate"});
  }
  return ok();
}

// Items that may not stand in the list of a user, ascending: those seen, and where candidates are given, all others but
// the truth.
std::vector<int32_t> excluded_items(const UserState& user, const Csr& truth, int64_t row,
                                    const EvaluateOptions& options) {
  std::vector<int32_t> seen =
      options.seen == EvaluateOptions::Seen::kExclude ? seen_items(user) : std::vector<int32_t>{};
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

// AUC of each row over the items that may stand in its list; the others become -inf.
void mask_and_measure(at::Tensor& scores, std::span<const UserState> users, const Csr& truth, int64_t first_user,
                      const EvaluateOptions& options, double* auc) {
  const int64_t items = scores.size(1);
  float* data = scores.data_ptr<float>();
  at::parallel_for(0, std::ssize(users), kRowsAChunk, [&](int64_t begin, int64_t end) {
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

// The truth cut down to items with fewer than `below` events.
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

}  // namespace

Result<ModelEvaluation> evaluate_model(const std::string& name, const Scorer& scorer, const HeldOut& held_out,
                                       const EvaluateOptions& options) {
  HAINA_OK(check(name, held_out, options));
  const auto started = std::chrono::steady_clock::now();
  const int64_t users = std::ssize(held_out.users), items = held_out.truth.num_cols;
  const int64_t longest = *std::max_element(options.ks.begin(), options.ks.end());
  ModelEvaluation model;
  model.name = name;
  model.lists = {at::empty({users, longest}, at::kInt), at::empty({users, longest}, at::kFloat)};
  at::Tensor auc = at::empty({users, 1}, at::kDouble);
  for (int64_t first = 0; first < users; first += options.batch) {
    if (options.stop != nullptr && options.stop->requested()) {
      return fail({ErrorCode::kInterrupted, fmt::format("stopped while evaluating '{}'", name), "",
                   "start again: nothing was written"});
    }
    const int64_t size = std::min(options.batch, users - first);
    const std::span<const UserState> states(held_out.users.data() + first, static_cast<size_t>(size));
    const at::Tensor given = scorer(states);
    HAINA_OK(check_scores(name, given, size, items, first));
    at::Tensor scores = given.clone(at::MemoryFormat::Contiguous);  // the model's own memory is not ours to mask
    mask_and_measure(scores, states, held_out.truth, first, options, auc.data_ptr<double>() + first);
    const RankedLists ranked = top_k(scores, longest);
    model.lists.items.narrow(0, first, size).copy_(ranked.items);
    model.lists.scores.narrow(0, first, size).copy_(ranked.scores);
  }
  model.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();

  // From here on no score is needed: lists and truth say the rest.
  const UserMetrics ranking = ranking_metrics(model.lists, held_out.truth, options.ks);
  model.per_user = ranking;
  append(model.per_user, {{"auc"}, auc});
  if (options.item_counts.defined()) {
    append(model.per_user,
           beyond_accuracy(model.lists, held_out.truth, options.ks, options.item_counts, options.item_vectors));
  }
  model.per_user.values.masked_fill_(ranking.values.select(1, 0).isnan().unsqueeze(1),
                                     std::numeric_limits<double>::quiet_NaN());
  model.metrics = means_of(model.per_user, options.resample);
  for (const int64_t k : options.ks) {
    model.metrics[fmt::format("coverage@{}", k)].value = coverage(model.lists, items, k);
    model.metrics[fmt::format("gini@{}", k)].value = gini(model.lists, items, k);
  }
  model.groups = evaluate_groups(model, ranking, held_out, options);
  return model;
}

Csr sample_candidates(const HeldOut& held_out, int64_t count, uint64_t seed) {
  std::vector<int32_t> rows, columns;
  RandomStream stream(seed, "sampled candidates");
  for (int64_t u = 0; u < std::ssize(held_out.users); ++u) {
    std::vector<int32_t> taken = seen_items(held_out.users[static_cast<size_t>(u)]);
    const std::span<const int32_t> wanted = held_out.truth.row(u);
    taken.insert(taken.end(), wanted.begin(), wanted.end());
    std::sort(taken.begin(), taken.end());
    std::vector<int32_t> free;
    for (int32_t item = 0; item < held_out.truth.num_cols; ++item) {
      if (!std::binary_search(taken.begin(), taken.end(), item)) {
        free.push_back(item);
      }
    }
    // The first steps of a Fisher-Yates shuffle.
    const int64_t size = std::min(count, std::ssize(free));
    for (int64_t i = 0; i < size; ++i) {
      std::swap(free[static_cast<size_t>(i)], free[static_cast<size_t>(i + stream.below(std::ssize(free) - i))]);
      rows.push_back(static_cast<int32_t>(u));
      columns.push_back(free[static_cast<size_t>(i)]);
    }
  }
  return csr_from_coordinates(held_out.truth.num_rows(), held_out.truth.num_cols, rows, columns,
                              std::vector<float>(rows.size(), 1), Repeats::kMax);
}

PublishedCandidates published_candidates(const HeldOut& held_out, const Csr& negatives) {
  PublishedCandidates published;
  std::vector<int32_t> kept, rows, columns;
  for (int32_t u = 0; u < std::ssize(held_out.users); ++u) {
    const UserState& user = held_out.users[static_cast<size_t>(u)];
    if (user.user < 0 || user.user >= negatives.num_rows() || negatives.row(user.user).empty()) {
      continue;
    }
    const std::span<const int32_t> wanted = held_out.truth.row(u);
    const size_t before = columns.size();
    for (const int32_t item : negatives.row(user.user)) {
      if (!std::binary_search(wanted.begin(), wanted.end(), item)) {
        rows.push_back(static_cast<int32_t>(kept.size()));
        columns.push_back(item);
      }
    }
    const auto size = static_cast<int64_t>(columns.size() - before);
    published.fewest = kept.empty() ? size : std::min(published.fewest, size);
    published.most = std::max(published.most, size);
    kept.push_back(u);
    published.held_out.users.push_back(user);
  }
  published.held_out.truth = take_rows(held_out.truth, kept);
  published.candidates = csr_from_coordinates(std::ssize(kept), held_out.truth.num_cols, rows, columns,
                                              std::vector<float>(rows.size(), 1), Repeats::kMax);
  return published;
}

std::vector<std::string> compared_metrics(const Csr& truth, std::span<const int64_t> ks) {
  std::vector<int64_t> order(ks.begin(), ks.end());
  if (const auto ten = std::ranges::find(order, 10); ten != order.end()) {
    std::rotate(order.begin(), ten, ten + 1);
  }
  bool single = true;
  for (int64_t u = 0; u < truth.num_rows(); ++u) {
    single = single && truth.row(u).size() <= 1;
  }
  std::vector<std::string> metrics;
  const std::vector<const char*> names =
      single ? std::vector<const char*>{"ndcg", "hr"} : std::vector<const char*>{"ndcg", "recall", "precision"};
  for (const char* const name : names) {
    for (const int64_t k : order) {
      metrics.push_back(fmt::format("{}@{}", name, k));
    }
  }
  return metrics;
}

std::vector<Difference> differences_to_first(std::span<const ModelEvaluation> models,
                                             std::span<const std::string> metrics, const ResampleOptions& options) {
  std::vector<Difference> result;
  for (const std::string& metric : metrics) {
    for (size_t m = 1; m < models.size(); ++m) {
      if (models[0].per_user.find(metric) >= 0 && models[m].per_user.find(metric) >= 0) {
        result.push_back(
            {models[0].name, models[m].name, metric,
             paired_difference(models[0].per_user.column(metric), models[m].per_user.column(metric), options)});
      }
    }
  }
  return result;
}

Ablation ablate(const std::string& source, const ModelEvaluation& with, const ModelEvaluation& without,
                const std::string& metric, const ResampleOptions& options) {
  return {source, metric, paired_difference(without.per_user.column(metric), with.per_user.column(metric), options)};
}

}  // namespace haina
