// What the ranker learns from: candidates of validation users with the scores of every model and the held-out items
// among them.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "data/split.h"
#include "kernels/csr.h"
#include "ranking/item_support.h"
#include "ranking/log_views.h"

namespace haina {

// The ranker learns and is compared by NDCG at this cut-off, whatever metric training chooses by.
inline constexpr int64_t kRankerCutoff = 10;
// So many best items of each model are candidates.
inline constexpr int64_t kBestOfModel = 100;

class RankerSamples {
 public:
  struct User {
    std::vector<int32_t> items;   // [candidates], ascending
    std::vector<float> features;  // [candidates, models], standardised scores
    std::vector<float> logs;      // [candidates, models], log views
    std::vector<float> best;      // [models], the log view of each model's best item
    std::vector<float> relevant;  // [candidates], the gain of a held-out item, else 0
    double ideal = 0;             // DCG of the best possible list; counts held-out items outside the candidates too
    double weight = 0;            // the mean gain of the user's held-out items
    std::vector<float> user_features;  // [kUserFeatures]
  };
  // gains: float32 [items] from support_gains; undefined: 1 each.
  RankerSamples(int64_t num_models, LogViews views, at::Tensor gains = {})
      : num_models_(num_models), views_(std::move(views)), gains_(std::move(gains)) {}
  // scores: num_models tensors float32 [B, items], as the models return them; row b belongs to held.users[first + b].
  // The candidates are the kBestOfModel best items of every model outside the history, or those that the users come
  // with.
  void add(std::span<const at::Tensor> scores, const HeldOut& held, int64_t first);
  // The same with features as Ranker::score reads them under this support; itself where that changes nothing.
  RankerSamples with(const ItemSupport& support) const;
  const std::vector<User>& users() const { return *users_; }
  int64_t num_models() const { return num_models_; }
  const LogViews& views() const { return views_; }
  // Whether the users came with candidates.
  bool given_candidates() const { return given_candidates_; }

 private:
  User user_of(std::span<const at::Tensor> raw, std::span<const float* const> standardised,
               std::vector<int32_t> candidates, std::span<const int32_t> truth, const UserState& state) const;
  float gain_of(int32_t item) const;

  bool given_candidates_ = false;
  int64_t num_models_;
  LogViews views_;
  at::Tensor gains_;
  std::shared_ptr<std::vector<User>> users_ = std::make_shared<std::vector<User>>();  // which copies share
};

// What finding a held-out item is worth: float32 [items], undefined unless at least a fifth of the catalog has no
// training event. Held-out pairs are then mostly of well-known items, while future requests are not, so the items with
// 0, 1 to 2, 3 to 8 and more events are weighted to count equally as groups. truth: [users, items]. item_counts:
// float32 [items], training events.
at::Tensor support_gains(const Csr& truth, const at::Tensor& item_counts);

}  // namespace haina
