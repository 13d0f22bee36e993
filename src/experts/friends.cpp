// Friends: items of the user's friends. Each friend's votes and popular items can be damped. Cost: nothing to fit.
#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "experts/expert.h"
#include "experts/history_matrix.h"
#include "kernels/csr_tensors.h"
#include "kernels/sparse_products.h"

namespace haina {
namespace {

class Friends final : public Expert {
 public:
  explicit Friends(const Params& p) : vote_power_(p.number("vote_power")), pop_power_(p.number("pop_power")) {}

  Status fit(const Interactions& train, const FitContext& context) override {
    HAINA_OK(require_events(train));
    if (std::ranges::none_of(context.fields, [](const Field& field) { return field.type == FieldType::kSocial; })) {
      return fail({ErrorCode::kBadData, "friends needs a source of ties between users, and there is none", "",
                   "add a source of kind social, or remove this expert from the configuration"});
    }
    votes_ = binary_matrix(train);
    const std::vector<float> pop = column_counts(votes_);
    float* const values = votes_.values.data_ptr<float>();
    const int32_t* const columns = votes_.columns.const_data_ptr<int32_t>();
    const auto offsets = votes_.row_offsets();
    for (size_t u = 0; u + 1 < offsets.size(); ++u) {
      for (int64_t i = offsets[u]; i < offsets[u + 1]; ++i) {
        values[i] = static_cast<float>(std::pow(static_cast<double>(offsets[u + 1] - offsets[u]), -vote_power_) *
                                       std::pow(pop[static_cast<size_t>(columns[i])], -pop_power_));
      }
    }
    return ok();
  }

  at::Tensor score(std::span<const UserState> users) const override {
    const int64_t n = votes_.num_cols;
    at::Tensor scores = at::zeros({std::ssize(users), n}, at::kFloat);
    float* const out = scores.data_ptr<float>();
    for (int64_t u = 0; u < std::ssize(users); ++u) {
      for (const UserId id : users[static_cast<size_t>(u)].friends) {
        const int32_t other = row_of(id);
        if (other < 0 || other >= votes_.num_rows() || other == users[static_cast<size_t>(u)].user) {
          continue;
        }
        const auto columns = votes_.row(other);
        const auto values = votes_.row_values(other);
        for (size_t c = 0; c < columns.size(); ++c) {
          out[u * n + columns[c]] += values[c];
        }
      }
    }
    return scores;
  }

  TensorMap state() const override {
    TensorMap state;
    put_csr("votes", votes_, state);
    return state;
  }

  Status restore(const TensorMap& state, const std::string& where) override {
    HAINA_TRY(votes_, take_csr(state, "votes", where));
    return ok();
  }

 private:
  double vote_power_, pop_power_;
  Csr votes_;  // [users, items]: the vote of each user for each of the user's items
};

}  // namespace

ExpertEntry friends_entry() {
  return {.name = "friends",
          .summary = "Items of the user's friends.",
          .evidence = Evidence::kOwn,
          .channel = "friends",
          .params = {{.name = "vote_power",
                      .value = 0,
                      .min = 0,
                      .max = 2,
                      .doc = "a friend's votes are divided by the length of the friend's history to this power"},
                     {.name = "pop_power",
                      .value = 0,
                      .min = 0,
                      .max = 2,
                      .doc = "votes are divided by the item's popularity to this power"}},
          .uses_fields = true,
          .make = [](const Params& p) { return std::make_unique<Friends>(p); }};
}

}  // namespace haina
