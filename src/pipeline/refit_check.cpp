#include "pipeline/refit_check.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstddef>
#include <vector>

#include "data/hold_out_rules.h"
#include "data/user_state.h"
#include "kernels/csr.h"
#include "metrics/validation_metric.h"

namespace haina {
namespace {

constexpr int64_t kJudgedShare = 10;  // one of so many
constexpr int64_t kFewestJudged = 50;
constexpr int64_t kMostJudged = 1000;

std::vector<bool> rows_of(const HeldOut& held, int64_t num_users) {
  std::vector<bool> is_in(static_cast<size_t>(num_users));
  for (const UserState& user : held.users) {
    is_in[static_cast<size_t>(user.user)] = true;
  }
  return is_in;
}

}  // namespace

ValidationUsers set_apart(const HeldOut& validation, uint64_t seed) {
  const int64_t count = std::min(kMostJudged, std::ssize(validation.users) / kJudgedShare);
  if (count < kFewestJudged) {
    return {.fitting = validation, .judging = {}};
  }
  ValidationUsers users;
  users.judging = sample_users(validation, count, seed);
  const int64_t last = std::ranges::max(validation.users, {}, &UserState::user).user;
  const std::vector<bool> judged = rows_of(users.judging, last + 1);
  std::vector<int32_t> rows;
  for (size_t u = 0; u < validation.users.size(); ++u) {
    if (!judged[static_cast<size_t>(validation.users[u].user)]) {
      rows.push_back(static_cast<int32_t>(u));
      users.fitting.users.push_back(validation.users[u]);
    }
  }
  users.fitting.truth = take_rows(validation.truth, rows);
  users.fitting.among = validation.among.num_rows() > 0 ? take_rows(validation.among, rows) : empty_csr(0, 0);
  return users;
}

Split hold_back(const Dataset& dataset, const Split& split, const HeldOut& users) {
  Split held = {split.part.clone()};
  const std::vector<bool> is_held = rows_of(users, dataset.users.size());
  uint8_t* const part = held.part.data_ptr<uint8_t>();
  const int32_t* const user = dataset.events.user.const_data_ptr<int32_t>();
  for (int64_t i = 0; i < dataset.events.size(); ++i) {
    if (part[i] == kValidation && is_held[static_cast<size_t>(user[i])]) {
      part[i] = kTest;
    }
  }
  return held;
}

}  // namespace haina
