#include "ranking/ranker_samples.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <iterator>

#include "config/ranking_metrics.h"
#include "data/mask_history.h"
#include "kernels/topk.h"
#include "ranking/standardise.h"
#include "ranking/user_features.h"

namespace haina {
namespace {

std::vector<float> to_vector(const at::Tensor& tensor) {
  const at::Tensor flat = tensor.contiguous();
  return std::vector<float>(flat.const_data_ptr<float>(), flat.const_data_ptr<float>() + flat.numel());
}

void append_row(const RankedLists& lists, int64_t row, std::vector<int32_t>& to) {
  const int32_t* const items = lists.items.const_data_ptr<int32_t>() + row * lists.items.size(1);
  std::copy_if(items, items + lists.items.size(1), std::back_inserter(to), [](int32_t item) { return item >= 0; });
}

void sort_unique(std::vector<int32_t>& items) {
  std::ranges::sort(items);
  items.erase(std::unique(items.begin(), items.end()), items.end());
}

}  // namespace

float RankerSamples::gain_of(int32_t item) const {
  return gains_.defined() ? gains_.const_data_ptr<float>()[item] : 1.0F;
}

RankerSamples::User RankerSamples::user_of(std::span<const at::Tensor> raw, std::span<const float* const> standardised,
                                           std::vector<int32_t> candidates, std::span<const int32_t> truth,
                                           const UserState& state) const {
  User user;
  std::vector<float> gains;  // of the held-out items
  for (const int32_t item : truth) {
    gains.push_back(gain_of(item));
    user.weight += static_cast<double>(gains.back()) / static_cast<double>(truth.size());
  }
  std::ranges::sort(gains, std::greater());
  user.ideal = ideal_dcg(gains, kRankerCutoff);
  user.user_features = to_vector(user_features_of({&state, 1}));
  user.logs =
      to_vector(views_.of(raw, at::tensor(std::vector<int64_t>(candidates.begin(), candidates.end()), at::kLong)));
  user.best = to_vector(views_.best(raw));
  for (const int32_t item : candidates) {
    user.relevant.push_back(std::ranges::binary_search(truth, item) ? gain_of(item) : 0);
    for (const float* const scores : standardised) {
      user.features.push_back(scores[item]);
    }
  }
  user.items = std::move(candidates);
  return user;
}

void RankerSamples::add(std::span<const at::Tensor> scores, const HeldOut& held, int64_t first) {
  const int64_t batch = scores[0].size(0);
  const int64_t items = scores[0].size(1);
  const std::span<const UserState> states(held.users.data() + first, static_cast<size_t>(batch));
  std::vector<std::vector<int32_t>> candidates(static_cast<size_t>(batch));
  given_candidates_ = held.among.num_rows() > 0;
  for (int64_t b = 0; b < batch && given_candidates_; ++b) {
    for (const Csr* const ranked : {&held.among, &held.truth}) {
      const auto row = ranked->row(first + b);
      candidates[static_cast<size_t>(b)].insert(candidates[static_cast<size_t>(b)].end(), row.begin(), row.end());
    }
  }
  std::vector<at::Tensor> standardised;
  for (const at::Tensor& of_model : scores) {
    standardised.push_back(standardise(of_model));
    if (given_candidates_) {
      continue;
    }
    const RankedLists lists = top_k_unseen(of_model, states, kBestOfModel);
    for (int64_t b = 0; b < batch; ++b) {
      append_row(lists, b, candidates[static_cast<size_t>(b)]);
    }
  }
  for (int64_t b = 0; b < batch; ++b) {
    std::vector<at::Tensor> raw;
    std::vector<const float*> rows;
    for (size_t m = 0; m < scores.size(); ++m) {
      raw.push_back(scores[m][b]);
      rows.push_back(standardised[m].const_data_ptr<float>() + b * items);
    }
    std::vector<int32_t>& own = candidates[static_cast<size_t>(b)];
    sort_unique(own);
    users_->push_back(user_of(raw, rows, std::move(own), held.truth.row(first + b), states[static_cast<size_t>(b)]));
  }
}

RankerSamples RankerSamples::with(const ItemSupport& support) const {
  if (!support.changes()) {
    return *this;
  }
  RankerSamples changed = *this;
  changed.users_ = std::make_shared<std::vector<User>>(*users_);
  const auto models = static_cast<size_t>(num_models_), network = static_cast<size_t>(support.network);
  std::vector<at::Tensor> trusts;
  for (size_t m = 0; m < models; ++m) {
    trusts.push_back(support.trust(m, support.goals.size(0)));
  }
  for (User& user : *changed.users_) {
    for (size_t c = 0; c < user.items.size(); ++c) {
      float* const row = user.features.data() + c * models;
      for (size_t m = 0; m < models; ++m) {
        if (trusts[m].defined()) {
          const float trust = trusts[m].const_data_ptr<float>()[user.items[c]];
          row[m] = trust * row[m] + (1 - trust) * row[network];
        }
      }
    }
  }
  return changed;
}

at::Tensor support_gains(const Csr& truth, const at::Tensor& item_counts) {
  constexpr double kManyUnknown = 0.2;  // share of the catalog
  constexpr double kMostGain = 20;      // so that a handful of targets does not decide
  constexpr std::array kBounds = {1.0F, 3.0F, 9.0F};
  const float* const counts = item_counts.const_data_ptr<float>();
  const auto group_of = [&](int64_t item) {
    return static_cast<size_t>(std::ranges::upper_bound(kBounds, counts[item]) - kBounds.begin());
  };
  if (item_counts.eq(0).to(at::kFloat).mean().item<double>() < kManyUnknown) {
    return {};
  }
  std::array<double, kBounds.size() + 1> targets = {};
  for (const int32_t item : std::span(truth.columns.const_data_ptr<int32_t>(), static_cast<size_t>(truth.nnz()))) {
    ++targets[group_of(item)];
  }
  at::Tensor gains = at::ones({item_counts.size(0)});
  for (int64_t item = 0; item < gains.size(0); ++item) {
    const double share = targets[group_of(item)] / static_cast<double>(std::max<int64_t>(1, truth.nnz()));
    gains.data_ptr<float>()[item] =
        static_cast<float>(std::min(kMostGain, 1 / (static_cast<double>(targets.size()) * std::max(share, 1e-9))));
  }
  return gains;
}

}  // namespace haina
