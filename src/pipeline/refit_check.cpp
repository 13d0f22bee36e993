#include "pipeline/refit_check.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

#include "base/draw_to_front.h"
#include "base/seed.h"
#include "data/hold_out_rules.h"
#include "data/user_state.h"
#include "kernels/csr.h"
#include "metrics/validation_metric.h"

namespace haina {
namespace {

constexpr int64_t kJudgedShare = 10;  // one of so many
constexpr int64_t kFewestJudged = 50;
constexpr int64_t kMostJudged = 1000;
constexpr int64_t kFewestCandidates = 100;
constexpr int64_t kMostCells = 30'000'000;  // users x candidates: 240 MB

// The cells whose items `keeps` lets through.
template <class Keeps>
Csr with_columns(const Csr& matrix, const Keeps& keeps) {
  std::vector<int32_t> rows, columns;
  for (int32_t row = 0; row < matrix.num_rows(); ++row) {
    for (const int32_t column : matrix.row(row)) {
      if (keeps(column)) {
        rows.push_back(row);
        columns.push_back(column);
      }
    }
  }
  return csr_from_coordinates(matrix.num_rows(), matrix.num_cols, rows, columns, std::vector<float>(rows.size(), 1),
                              Repeats::kMax);
}

// Each user with the truth and the candidates that `keeps` lets through; users without truth are left out.
template <class Keeps>
HeldOut with_truth(const HeldOut& held, const Keeps& keeps) {
  HeldOut kept = held;
  kept.truth = with_columns(held.truth, keeps);
  kept.among = with_columns(held.among, keeps);
  std::vector<int32_t> rows;
  for (int32_t u = 0; u < std::ssize(held.users); ++u) {
    if (!kept.truth.row(u).empty()) {
      rows.push_back(u);
    }
  }
  return take_users(kept, rows);
}

std::vector<bool> users_of(const HeldOut& held, int64_t num_users) {
  std::vector<bool> is_in(static_cast<size_t>(num_users));
  for (const UserState& user : held.users) {
    is_in[static_cast<size_t>(user.user)] = true;
  }
  return is_in;
}

std::vector<bool> items_of(const HeldOut& held) {
  std::vector<bool> is_in(static_cast<size_t>(held.truth.num_cols));
  for (int64_t u = 0; u < held.truth.num_rows(); ++u) {
    for (const int32_t item : held.truth.row(u)) {
      is_in[static_cast<size_t>(item)] = true;
    }
  }
  return is_in;
}

// Held out for anybody, and without an event in training.
std::vector<int32_t> hidden_items(const HeldOut& held, const at::Tensor& item_events) {
  const std::vector<bool> is_held = items_of(held);
  const at::Tensor events = item_events.to(at::kDouble).contiguous();
  std::vector<int32_t> items;
  for (int32_t item = 0; item < std::ssize(is_held); ++item) {
    if (is_held[static_cast<size_t>(item)] && events.const_data_ptr<double>()[item] <= 0) {
      items.push_back(item);
    }
  }
  return items;
}

// A tenth of the hidden items.
std::vector<bool> judged_items(std::vector<int32_t> items, int64_t num_items, uint64_t seed) {
  RandomStream random(seed, "validation/items");
  std::vector<bool> is_chosen(static_cast<size_t>(num_items));
  items.resize(
      static_cast<size_t>(draw_to_front(items, (std::ssize(items) + kJudgedShare - 1) / kJudgedShare, random)));
  for (const int32_t item : items) {
    is_chosen[static_cast<size_t>(item)] = true;
  }
  return is_chosen;
}

ValidationUsers set_items_apart(const HeldOut& validation, const at::Tensor& item_events, uint64_t seed) {
  const std::vector<bool> hidden = judged_items(hidden_items(validation, item_events), validation.truth.num_cols, seed);
  const auto is_hidden = [&](int32_t item) { return static_cast<bool>(hidden[static_cast<size_t>(item)]); };
  HeldOut judging = sample_users(with_truth(validation, is_hidden), kMostJudged, seed);
  HeldOut fitting = with_truth(validation, std::not_fn(is_hidden));
  if (std::ssize(judging.users) < kFewestJudged || fitting.users.empty()) {
    return {.fitting = validation, .judging = {}};
  }
  return {.fitting = std::move(fitting), .judging = std::move(judging), .by_item = true};
}

}  // namespace

bool hides_items(const HeldOut& held, const at::Tensor& item_events) {
  const at::Tensor events = item_events.to(at::kDouble).contiguous();
  int64_t hidden = 0;
  for (int64_t u = 0; u < held.truth.num_rows(); ++u) {
    for (const int32_t item : held.truth.row(u)) {
      hidden += events.const_data_ptr<double>()[item] > 0 ? 0 : 1;
    }
  }
  return 2 * hidden > held.truth.nnz();
}

Csr hidden_candidates(const HeldOut& held, const at::Tensor& item_events, uint64_t seed) {
  std::vector<int32_t> items = hidden_items(held, item_events);
  RandomStream random(seed, "validation/candidates");
  const int64_t most = std::max(kFewestCandidates, kMostCells / std::max<int64_t>(1, std::ssize(held.users)));
  items.resize(static_cast<size_t>(draw_to_front(items, most, random)));
  std::vector<int32_t> rows, columns;
  for (int32_t u = 0; u < std::ssize(held.users); ++u) {
    rows.insert(rows.end(), items.size(), u);
    columns.insert(columns.end(), items.begin(), items.end());
  }
  return csr_from_coordinates(std::ssize(held.users), held.truth.num_cols, rows, columns,
                              std::vector<float>(rows.size(), 1), Repeats::kMax);
}

at::Tensor weights_of_hidden_items(const HeldOut& held) {
  constexpr double kOfOneItem = 5;  // users, as if finding it for one told a sixth of finding it for another
  const at::Tensor users = at::zeros({held.truth.num_cols}, at::kDouble);
  users.index_add_(0, held.truth.columns.to(at::kLong), at::ones({held.truth.nnz()}, at::kDouble));
  const at::Tensor weights = users.add(kOfOneItem).reciprocal();
  const double mean =
      weights.mul(users).sum().item<double>() / static_cast<double>(std::max<int64_t>(1, held.truth.nnz()));
  return weights.div(std::max(mean, 1e-9)).to(at::kFloat);
}

ValidationUsers set_apart(const HeldOut& validation, const at::Tensor& item_events, uint64_t seed) {
  if (hides_items(validation, item_events)) {
    return set_items_apart(validation, item_events, seed);
  }
  const int64_t count = std::min(kMostJudged, std::ssize(validation.users) / kJudgedShare);
  if (count < kFewestJudged) {
    return {.fitting = validation, .judging = {}};
  }
  HeldOut judging = sample_users(validation, count, seed);
  const std::vector<bool> judged = users_of(judging, std::ranges::max(validation.users, {}, &UserState::user).user + 1);
  std::vector<int32_t> rows;
  for (size_t u = 0; u < validation.users.size(); ++u) {
    if (!judged[static_cast<size_t>(validation.users[u].user)]) {
      rows.push_back(static_cast<int32_t>(u));
    }
  }
  return {.fitting = take_users(validation, rows), .judging = std::move(judging)};
}

Split hold_back(const Dataset& dataset, const Split& split, const ValidationUsers& users) {
  Split held = {split.part.clone()};
  if (users.judging.users.empty()) {
    return held;
  }
  const std::vector<bool> is_held =
      users.by_item ? items_of(users.judging) : users_of(users.judging, dataset.users.size());
  const at::Tensor& side = users.by_item ? dataset.events.item : dataset.events.user;
  uint8_t* const part = held.part.data_ptr<uint8_t>();
  const int32_t* const row = side.const_data_ptr<int32_t>();
  for (int64_t i = 0; i < dataset.events.size(); ++i) {
    if (part[i] == kValidation && is_held[static_cast<size_t>(row[i])]) {
      part[i] = kTest;
    }
  }
  return held;
}

}  // namespace haina
