// The number by which training chooses: the mean of one ranking metric over validation users. Items of a user's history
// are left out; where the users come with candidates, only these and the truth are ranked.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "data/split.h"
#include "data/user_state.h"
#include "kernels/topk.h"

namespace haina {

// How many validation users a choice is made on. The standard error of a mean around 0.2 is below 0.005 with so many,
// and that of a difference between two settings is far smaller, because both are measured on the same users. On large
// datasets most of the time goes into scoring these users.
constexpr int64_t kValidationUsers = 4096;

// The users of these rows of `held`, in this order, with their truth and candidates.
HeldOut take_users(const HeldOut& held, std::span<const int32_t> rows);
// At most `most` users, drawn without repeats and kept in their order. The same seed gives the same users.
HeldOut sample_users(const HeldOut& held, int64_t most, uint64_t seed);

// metric: as parse_metric_spec reads it, "ndcg@10"; asserted to be valid, as the configuration checks it. score returns
// float32 [users.size(), items]; it is called with up to 256 users at a time. A user without truth counts 0. With
// held.item_weights it is the weighted mean over the pairs of a user and a held-out item, each judged alone.
using ScoreAll = std::function<at::Tensor(std::span<const UserState>)>;
double validation_metric(const ScoreAll& score, const HeldOut& held, const std::string& metric);

// The same for a model that returns lists: each user's k best items outside the history. held: without candidates.
using BestOfAll = std::function<RankedLists(std::span<const UserState>, int64_t k)>;
double validation_metric_of_lists(const BestOfAll& best, const HeldOut& held, const std::string& metric);

}  // namespace haina
