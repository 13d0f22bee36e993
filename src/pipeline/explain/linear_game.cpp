#include "pipeline/explain/linear_game.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "experts/expert.h"
#include "experts/history_matrix.h"
#include "experts/item_features.h"
#include "kernels/sparse_products.h"
#include "kernels/topk.h"
#include "metrics/list_hits.h"
#include "pipeline/explain/field_rows.h"

namespace haina {
namespace {

constexpr int64_t kCutoff = 10;

// Row and column `from` of a matrix under construction moved to other columns; -1 drops a cell.
Csr with_columns(const Csr& matrix, std::span<const int32_t> column_of, int64_t width) {
  std::vector<int32_t> rows, columns;
  std::vector<float> values;
  for (int64_t r = 0; r < matrix.num_rows(); ++r) {
    const auto cells = matrix.row(r);
    for (size_t c = 0; c < cells.size(); ++c) {
      if (const int32_t column = column_of[static_cast<size_t>(cells[c])]; column >= 0) {
        rows.push_back(static_cast<int32_t>(r));
        columns.push_back(column);
        values.push_back(matrix.row_values(r)[c]);
      }
    }
  }
  return csr_from_coordinates(matrix.num_rows(), width, rows, columns, values, Repeats::kMax);
}

// 1 for each item that a user had an event of that action with. [users, items]
Csr events_of_action(const Interactions& events, uint8_t action) {
  std::vector<int32_t> rows, columns;
  const int64_t* const offsets = events.offsets.const_data_ptr<int64_t>();
  const uint8_t* const actions = events.actions.const_data_ptr<uint8_t>();
  const int32_t* const items = events.items.const_data_ptr<int32_t>();
  for (int64_t u = 0; u < events.num_users; ++u) {
    for (int64_t e = offsets[u]; e < offsets[u + 1]; ++e) {
      if (actions[e] == action) {
        rows.push_back(static_cast<int32_t>(u));
        columns.push_back(items[e]);
      }
    }
  }
  const std::vector<float> ones(rows.size(), 1);
  return csr_from_coordinates(events.num_users, events.num_items, rows, columns, ones, Repeats::kMax);
}

// The same of states. [users.size(), items]
Csr states_of_action(std::span<const UserState> users, uint8_t action, int64_t num_items) {
  std::vector<int32_t> rows, columns;
  for (size_t u = 0; u < users.size(); ++u) {
    for (const UserEvent& event : users[u].other_events) {
      if (const int32_t item = row_of(event.item); event.action == action && item >= 0 && item < num_items) {
        rows.push_back(static_cast<int32_t>(u));
        columns.push_back(item);
      }
    }
  }
  const std::vector<float> ones(rows.size(), 1);
  return csr_from_coordinates(std::ssize(users), num_items, rows, columns, ones, Repeats::kMax);
}

// The mean of the friends' rows. [users.size(), items]
Csr of_friends(std::span<const UserState> users, const Csr& ties, const Csr& events) {
  std::vector<int32_t> rows, columns;
  std::vector<float> values;
  for (size_t u = 0; u < users.size(); ++u) {
    if (users[u].user < 0) {
      continue;
    }
    const auto friends = ties.row(users[u].user);
    for (const int32_t one : friends) {
      for (const int32_t item : events.row(one)) {
        rows.push_back(static_cast<int32_t>(u));
        columns.push_back(item);
        values.push_back(1.0F / static_cast<float>(friends.size()));
      }
    }
  }
  return csr_from_coordinates(std::ssize(users), events.num_cols, rows, columns, values, Repeats::kSum);
}

}  // namespace

Result<LinearGame> LinearGame::make(const Dataset& dataset, const Split& split, std::span<const Field> fields,
                                    std::span<const Player> players, const HeldOut& held,
                                    const LinearGameOptions& options) {
  LinearGame game;
  game.stop_ = options.stop;
  const Interactions train = known_events(dataset, split, Stage::kValidation);
  const Interactions others = known_events(dataset, split, Stage::kValidation, Only::kOthers);
  game.keep_items(train, options.most_items);
  game.keep_users(held);
  const int64_t users = game.num_users(Users::kChoosing) + game.num_users(Users::kMeasured);
  if (users < kFewestUsers) {
    return fail({ErrorCode::kBadData,
                 fmt::format("the validation part holds goal events of {} users, too few to measure sources by; at "
                             "least {} are needed",
                             users, kFewestUsers),
                 dataset.name, "raise [split] validation, or wait for more events"});
  }
  for (const Player& player : players) {
    Evidence& evidence = game.evidence_.emplace_back();
    for (const size_t f : player.fields) {
      if (fields[f].type == FieldType::kSocial) {
        game.add_ties(fields[f], train, evidence);
      } else {
        game.add_field(fields[f], evidence);
      }
    }
    for (const uint8_t action : player.actions) {
      game.add_action(others, action, evidence);
    }
    if (options.stop != nullptr && options.stop->requested()) {
      return interrupted();
    }
  }
  game.add_profiles(train, options.stop);
  return game;
}

int64_t LinearGame::num_users(Users users) const { return std::ssize(group(users).users); }

void LinearGame::keep_items(const Interactions& train, int64_t most) {
  const std::vector<float> counts = column_counts(binary_matrix(train));
  std::vector<int32_t> rows(counts.size());
  std::iota(rows.begin(), rows.end(), 0);
  if (std::ssize(rows) > most) {
    std::ranges::stable_sort(rows, std::greater(), [&](int32_t row) { return counts[static_cast<size_t>(row)]; });
    rows.resize(static_cast<size_t>(most));
    std::ranges::sort(rows);
  }
  kept_ = std::move(rows);
  column_of_.assign(counts.size(), -1);
  counts_ = at::empty({num_items()}, at::kFloat);
  for (size_t i = 0; i < kept_.size(); ++i) {
    column_of_[static_cast<size_t>(kept_[i])] = static_cast<int32_t>(i);
    counts_.data_ptr<float>()[i] = counts[static_cast<size_t>(kept_[i])];
  }
}

Csr LinearGame::of_kept_items(const Csr& matrix) const { return with_columns(matrix, column_of_, num_items()); }

void LinearGame::keep_users(const HeldOut& held) {
  const Csr truth = of_kept_items(held.truth);
  std::vector<int32_t> rows[2];
  for (int64_t u = 0; u < truth.num_rows(); ++u) {
    if (!truth.row(u).empty()) {
      rows[rows[0].size() > rows[1].size() ? 1 : 0].push_back(static_cast<int32_t>(u));
    }
  }
  for (size_t g = 0; g < 2; ++g) {
    for (const int32_t row : rows[g]) {
      groups_[g].users.push_back(held.users[static_cast<size_t>(row)]);
    }
    groups_[g].truth = take_rows(truth, rows[g]);
    groups_[g].seen = of_kept_items(binary_histories(groups_[g].users, std::ssize(column_of_)));
  }
}

void LinearGame::add_field(const Field& field, Evidence& into) {
  if (field.side == Side::kUser) {
    into.profiles.push_back(profile_columns(field, kProfileValues));
    return;
  }
  const at::Tensor gram_of_rows = item_gram(field, kept_, stop_);
  into.item_gram = into.item_gram.defined() ? into.item_gram + gram_of_rows : gram_of_rows;
}

void LinearGame::add_action(const Interactions& others, uint8_t action, Evidence& into) {
  const Csr done = of_kept_items(events_of_action(others, action));
  const at::Tensor together = gram(done, stop_);
  into.item_gram = into.item_gram.defined() ? into.item_gram + together : together;
  const int64_t items = std::ssize(column_of_);
  add_inputs(into, of_kept_items(states_of_action(groups_[0].users, action, items)),
             of_kept_items(states_of_action(groups_[1].users, action, items)));
}

void LinearGame::add_ties(const Field& field, const Interactions& train, Evidence& into) {
  const Csr events = of_kept_items(binary_matrix(train));
  const Csr ties = social_ties({&field, 1}, train.num_users);
  add_inputs(into, of_friends(groups_[0].users, ties, events), of_friends(groups_[1].users, ties, events));
}

void LinearGame::add_inputs(Evidence& into, const Csr& choosing, const Csr& measured) {
  const Csr* const added[] = {&choosing, &measured};
  for (size_t g = 0; g < 2; ++g) {
    Csr& all = into.inputs[g];
    if (!all.offsets.defined()) {
      all = *added[g];
      continue;
    }
    const Csr both[] = {all, *added[g]};  // side by side, then columns of the same item together
    std::vector<int32_t> item(static_cast<size_t>(2 * num_items()));
    for (size_t c = 0; c < item.size(); ++c) {
      item[c] = static_cast<int32_t>(c % static_cast<size_t>(num_items()));
    }
    all = with_columns(hconcat(both, all.num_rows()), item, num_items());
  }
}

// U, and the Gram matrix of [X, U], of which every subset takes its rows and columns.
void LinearGame::add_profiles(const Interactions& train, const StopFlag* stop) {
  const Csr taken = of_kept_items(binary_matrix(train));
  std::vector<int32_t> known;  // users with an event: others would only say that nobody takes anything
  for (int32_t u = 0; u < taken.num_rows(); ++u) {
    if (!taken.row(u).empty()) {
      known.push_back(u);
    }
  }
  const std::vector<int32_t> first(known.size(), 0);
  const std::vector<float> ones(known.size(), 1);
  std::vector<Csr> blocks = {csr_from_coordinates(train.num_users, 1, known, first, ones, Repeats::kMax)};
  int64_t width = 1;
  for (Evidence& evidence : evidence_) {
    evidence.first_profile = width;
    for (Csr& values : evidence.profiles) {
      width += values.num_cols;
      blocks.push_back(std::move(values));
    }
    evidence.profiles.clear();
    evidence.profiles_end = width;
  }
  profile_ = hconcat(blocks, train.num_users);
  const Csr both[] = {taken, profile_};
  base_ = gram(hconcat(both, train.num_users), stop);
  for (Group& group : groups_) {
    std::vector<int32_t> rows, columns;
    for (size_t u = 0; u < group.users.size(); ++u) {
      const int32_t user = group.users[u].user;
      for (const int32_t column : user >= 0 ? profile_.row(user) : std::span<const int32_t>()) {
        rows.push_back(static_cast<int32_t>(u));
        columns.push_back(column);
      }
    }
    group.profile = csr_from_coordinates(std::ssize(group.users), width, rows, columns,
                                         std::vector<float>(rows.size(), 1), Repeats::kMax);
  }
}

Result<at::Tensor> LinearGame::inverse(Subset subset, const LinearSetting& setting) const {
  const int64_t items = num_items(), whole = base_.size(1);
  std::vector<int64_t> columns(static_cast<size_t>(items + 1));  // of base_
  std::iota(columns.begin(), columns.end(), 0);
  std::vector<float> scale(columns.size(), 1);
  std::vector<std::pair<const float*, double>> added;  // Gram matrices of items, and their weights
  for (size_t p = 0; p < evidence_.size(); ++p) {
    const double weight = setting.weight[p] * setting.l2 / 100;
    if ((subset >> p & 1) == 0 || weight == 0) {
      continue;
    }
    if (evidence_[p].item_gram.defined()) {
      added.emplace_back(evidence_[p].item_gram.const_data_ptr<float>(), weight);
    }
    for (int64_t c = evidence_[p].first_profile; c < evidence_[p].profiles_end; ++c) {
      columns.push_back(items + c);
      scale.push_back(static_cast<float>(std::sqrt(weight)));
    }
  }
  const auto width = std::ssize(columns);
  at::Tensor g = at::empty({width, width}, at::kFloat);
  float* const out = g.data_ptr<float>();
  const float* const base = base_.const_data_ptr<float>();
  at::parallel_for(0, width, 16, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const float* const from = base + columns[static_cast<size_t>(r)] * whole;
      for (int64_t c = 0; c < width; ++c) {
        // In double: equal sources give equal bits, whichever of them is added first.
        double sum = static_cast<double>(from[columns[static_cast<size_t>(c)]]) * scale[static_cast<size_t>(r)] *
                     scale[static_cast<size_t>(c)];
        if (r < items && c < items) {
          for (const auto& [gram_of_items, weight] : added) {
            sum += weight * gram_of_items[r * items + c];
          }
        }
        out[r * width + c] = static_cast<float>(r == c ? sum + setting.l2 : sum);
      }
    }
  });
  if (stop_ != nullptr && stop_->requested()) {
    return interrupted();
  }
  auto [factor, info] = at::linalg_cholesky_ex(g);
  if (info.item<int32_t>() != 0) {
    return fail({ErrorCode::kUnsupported,
                 fmt::format("the matrix of sources cannot be inverted in float32 with l2 = {}", setting.l2), "",
                 "leave sources out with --sources"});
  }
  return at::cholesky_inverse(factor);
}

// What the model reads of each user: [users, items + 1 + profile columns of the subset].
Csr LinearGame::inputs_of(Subset subset, const LinearSetting& setting, Users users) const {
  const Group& of = group(users);
  const Csr history = of_kept_items(decayed_histories(of.users, std::ssize(column_of_), setting.decay));
  std::vector<int32_t> rows, columns;
  std::vector<float> values;
  const auto add = [&](const Csr& matrix, double weight, int64_t first, int64_t begin, int64_t end) {
    for (int64_t r = 0; r < matrix.num_rows(); ++r) {
      const auto cells = matrix.row(r);
      for (size_t c = 0; c < cells.size(); ++c) {
        if (cells[c] >= begin && cells[c] < end) {
          rows.push_back(static_cast<int32_t>(r));
          columns.push_back(static_cast<int32_t>(first + cells[c] - begin));
          values.push_back(static_cast<float>(weight * matrix.row_values(r)[c]));
        }
      }
    }
  };
  add(history, 1, 0, 0, num_items());
  for (size_t u = 0; u < of.users.size(); ++u) {
    rows.push_back(static_cast<int32_t>(u));
    columns.push_back(static_cast<int32_t>(num_items()));
    values.push_back(1);
  }
  int64_t width = num_items() + 1;
  for (size_t p = 0; p < evidence_.size(); ++p) {
    const double weight = setting.weight[p];
    if ((subset >> p & 1) == 0 || weight == 0) {
      continue;
    }
    const Evidence& one = evidence_[p];
    if (const Csr& inputs = one.inputs[users == Users::kChoosing ? 0 : 1]; inputs.offsets.defined()) {
      add(inputs, weight / 10, 0, 0, num_items());
    }
    add(of.profile, std::sqrt(weight * setting.l2 / 100), width, one.first_profile, one.profiles_end);
    width += one.profiles_end - one.first_profile;
  }
  return csr_from_coordinates(std::ssize(of.users), width, rows, columns, values, Repeats::kSum);
}

at::Tensor LinearGame::ndcg(const at::Tensor& inverse, Subset subset, const LinearSetting& setting, Users users) const {
  const Csr inputs = inputs_of(subset, setting, users);
  const at::Tensor to_items = inverse.narrow(1, 0, num_items()).contiguous();
  const at::Tensor explained = multiply(inputs, to_items).div_(inverse.diagonal().narrow(0, 0, num_items()));
  return ndcg_of_scores(to_dense(inputs).narrow(1, 0, num_items()).sub(explained).contiguous(), group(users));
}

at::Tensor LinearGame::ndcg_of_popularity(Users users) const {
  return ndcg_of_scores(counts_.expand({num_users(users), num_items()}).contiguous(), group(users));
}

at::Tensor LinearGame::ndcg_of_scores(at::Tensor scores, const Group& group) const {
  for (int64_t u = 0; u < scores.size(0); ++u) {
    for (const int32_t item : group.seen.row(u)) {
      scores.data_ptr<float>()[u * scores.size(1) + item] = -std::numeric_limits<float>::infinity();
    }
  }
  const RankedLists lists = top_k(scores, kCutoff);
  const auto width = static_cast<size_t>(lists.items.size(1));
  const MetricSpec spec = {.metric = "ndcg", .cutoff = kCutoff};
  at::Tensor values = at::empty({scores.size(0)}, at::kDouble);
  for (int64_t u = 0; u < scores.size(0); ++u) {
    const std::span<const int32_t> list(lists.items.const_data_ptr<int32_t>() + static_cast<size_t>(u) * width, width);
    values.data_ptr<double>()[u] = user_metric(list, group.truth.row(u), spec);
  }
  return values;
}

}  // namespace haina
