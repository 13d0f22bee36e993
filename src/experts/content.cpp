// Content: items whose tags, categories, links and words resemble those of the user's latest items (tf-idf, cosine),
// and whose given vectors point the same way. It can score an item without any event. One instance uses all sources,
// and if there are several, one more instance uses each source alone, since sources deserve different weights. Cost:
// one pass over the features to fit, and one per scored user.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "experts/expert.h"
#include "experts/history_matrix.h"
#include "experts/item_features.h"
#include "kernels/csr_tensors.h"
#include "kernels/sparse_products.h"
#include "kernels/tf_idf.h"

namespace haina {
namespace {

// float32 [rows, d]: the vectors minus their mean, which does not tell rows apart, scaled to length 1; 0 where missing.
at::Tensor unit_directions(const Field& field) {
  const at::Tensor present = at::isfinite(field.numbers).all(1, true);
  const at::Tensor vectors = at::where(present, field.numbers, 0.0F);
  const at::Tensor mean = vectors.sum(0, true).div_(present.sum().clamp_min(1));
  const at::Tensor centered = vectors.sub(mean).mul_(present);
  return centered.div(centered.norm(2, 1, true).clamp_min(1e-12));
}

class Content final : public Expert {
 public:
  explicit Content(const Params& p) : window_(p.integer("window")), decay_(p.number("decay")) {}

  Status fit(const Interactions& train, const FitContext& context) override {
    HAINA_OK(require_order(decay_, context));
    const int64_t n = train.num_items;
    std::vector<Csr> bags = feature_bags(context.fields, Side::kItem, n, Words::kCount);
    std::vector<at::Tensor> vectors;
    for (const Field& field : context.fields) {
      if (field.side == Side::kItem && field.type == FieldType::kVector && field.num_rows == n) {
        vectors.push_back(unit_directions(field));
      }
    }
    if (bags.empty() && vectors.empty()) {
      return fail({ErrorCode::kBadData,
                   "content needs vectors of items, or tags, categories, links or texts that two items share; there "
                   "are none",
                   "", "add a source of items with such columns, or remove this expert from the configuration"});
    }
    // Each source that knows an item gives it a row of length 1. Dividing by the root of their number gives the joined
    // row length 1 as well.
    at::Tensor num_sources = at::zeros({n, 1}, at::kFloat);
    for (Csr& bag : bags) {
      bag = tf_idf(bag);
      num_sources.add_(bag.offsets.diff().gt(0).unsqueeze(1));
    }
    for (const at::Tensor& directions : vectors) {
      num_sources.add_(directions.norm(2, 1, true).gt(0.5));
    }
    const at::Tensor scale = num_sources.clamp_min(1).rsqrt_();
    features_ = hconcat(bags, n);
    float* const values = features_.values.data_ptr<float>();
    const auto offsets = features_.row_offsets();
    for (size_t i = 0; i + 1 < offsets.size(); ++i) {
      for (int64_t c = offsets[i]; c < offsets[i + 1]; ++c) {
        values[c] *= scale.const_data_ptr<float>()[i];
      }
    }
    vectors_ = vectors.empty() ? at::empty({n, 0}, at::kFloat) : at::cat(vectors, 1).mul_(scale).contiguous();
    by_feature_ = transpose(features_);
    return ok();
  }

  at::Tensor score(std::span<const UserState> users) const override {
    const int64_t n = features_.num_rows();
    const Csr recent = recent_items(users);
    at::Tensor scores = vectors_.size(1) > 0 ? at::mm(multiply(recent, vectors_), vectors_.t())
                                             : at::zeros({std::ssize(users), n}, at::kFloat);
    float* const out = scores.data_ptr<float>();
    at::parallel_for(0, std::ssize(users), 4, [&](int64_t begin, int64_t end) {
      SparseAccumulator profile(features_.num_cols);
      for (int64_t u = begin; u < end; ++u) {
        const auto history = recent.row(u);
        const auto ages = recent.row_values(u);
        for (size_t i = 0; i < history.size(); ++i) {
          const auto columns = features_.row(history[i]);
          const auto values = features_.row_values(history[i]);
          for (size_t c = 0; c < columns.size(); ++c) {
            profile.add(columns[c], ages[i] * values[c]);
          }
        }
        // By feature, so that items which share none with the profile cost nothing.
        for (const int32_t feature : profile.columns()) {
          const auto items = by_feature_.row(feature);
          const auto values = by_feature_.row_values(feature);
          for (size_t i = 0; i < items.size(); ++i) {
            out[u * n + items[i]] += values[i] * profile.at(feature);
          }
        }
        profile.clear();
      }
    });
    return scores;
  }

  TensorMap state() const override {
    TensorMap state;
    put_csr("features", features_, state);
    if (vectors_.size(1) > 0) {
      state["vectors"] = vectors_;
    }
    return state;
  }

  Status restore(const TensorMap& state, const std::string& where) override {
    HAINA_TRY(features_, take_csr(state, "features", where));
    vectors_ = at::empty({features_.num_rows(), 0}, at::kFloat);
    if (state.contains("vectors")) {
      HAINA_TRY(vectors_, take_tensor(state, "vectors", at::kFloat, 2, where));
    }
    if (vectors_.size(0) != features_.num_rows()) {
      return fail(
          {ErrorCode::kBadData,
           fmt::format("content has vectors of {} items but features of {}", vectors_.size(0), features_.num_rows()),
           where, "run haina train again"});
    }
    by_feature_ = transpose(features_);
    return ok();
  }

 private:
  // [users, items]: the weights of the latest items of each history.
  Csr recent_items(std::span<const UserState> users) const {
    std::vector<int32_t> rows, columns;
    std::vector<float> values;
    for (size_t u = 0; u < users.size(); ++u) {
      const std::vector<UserEvent>& history = users[u].history;
      double weight = 1;
      int64_t left = window_;
      for (auto event = history.rbegin(); event != history.rend() && left > 0; ++event, weight *= decay_) {
        if (const int32_t item = row_of(event->item); item >= 0 && item < features_.num_rows()) {
          rows.push_back(static_cast<int32_t>(u));
          columns.push_back(item);
          values.push_back(static_cast<float>(weight));
          --left;
        }
      }
    }
    return csr_from_coordinates(std::ssize(users), features_.num_rows(), rows, columns, values, Repeats::kSum);
  }

  int64_t window_;
  double decay_;
  Csr features_;        // [items, features of all sources]; together with vectors_, rows have length 1
  Csr by_feature_;      // its transpose
  at::Tensor vectors_;  // float32 [items, dimensions of all vector fields], maybe 0 columns
};

}  // namespace

ExpertEntry content_entry() {
  return {
      .name = "content",
      .summary = "Items whose tags, categories, links, words and vectors resemble those of the user's latest items.",
      .evidence = Evidence::kOwn,
      .needs_history = true,
      .params = {{.name = "window",
                  .value = 1e6,
                  .min = 1,
                  .max = 1e6,
                  .doc = "number of latest events that form the profile"},
                 {.name = "decay",
                  .value = 1,
                  .min = 0,
                  .max = 1,
                  .doc = "weight of each earlier event relative to the next; below 1, events must be in order"}},
      .uses_fields = true,
      .make = [](const Params& p) { return std::make_unique<Content>(p); },
      .variants = {{{"decay", 0.9}, {"window", 50}}, {{"decay", 0.7}, {"window", 20}}},
      .per_source = true};
}

}  // namespace haina
