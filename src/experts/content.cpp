// Content: items whose tags, categories and links resemble those of the latest items of the history (tf-idf, cosine).
// The one expert here that knows an item nobody has taken yet. Cost: one pass over the features, to fit and for every
// score.
#include <ATen/Parallel.h>

#include "experts/expert.h"
#include "experts/parts.h"

namespace haina {
namespace {

class Content final : public Expert {
 public:
  explicit Content(const Params& p) : window_(p.integer("window")), decay_(p.number("decay")) {}

  Status fit(const Interactions& train, const FitContext& context) override {
    std::vector<Csr> parts = item_bags(context.fields, train.num_items);
    if (parts.empty()) {
      return fail({ErrorCode::kBadData,
                   "content needs tags, categories or links of items, and there are none that two items share", "",
                   "add a source of items with such columns, or leave this expert out"});
    }
    for (Csr& part : parts) {
      part = tf_idf(part);
    }
    features_ = side_by_side(parts, train.num_items, true);
    by_feature_ = transpose(features_);
    return ok();
  }

  at::Tensor score(std::span<const UserState> users) const override {
    const int64_t n = features_.num_rows();
    at::Tensor scores = at::zeros({std::ssize(users), n}, at::kFloat);
    float* const out = scores.data_ptr<float>();
    at::parallel_for(0, std::ssize(users), 4, [&](int64_t begin, int64_t end) {
      std::vector<float> profile(static_cast<size_t>(features_.num_cols));
      for (int64_t u = begin; u < end; ++u) {
        std::ranges::fill(profile, 0.0F);
        const std::vector<UserEvent>& history = users[static_cast<size_t>(u)].history;
        double weight = 1;
        int64_t left = window_;
        bool known = false;
        for (auto event = history.rbegin(); event != history.rend() && left > 0; ++event, --left, weight *= decay_) {
          const int32_t item = row_of(event->item);
          if (item < 0 || item >= n) {
            continue;
          }
          const auto columns = features_.row(item);
          for (size_t c = 0; c < columns.size(); ++c) {
            profile[static_cast<size_t>(columns[c])] += static_cast<float>(weight) * features_.row_values(item)[c];
            known = true;
          }
        }
        // Feature by feature, so that an item without any of the profile's costs nothing.
        for (int64_t c = 0; known && c < by_feature_.num_rows(); ++c) {
          const float wanted = profile[static_cast<size_t>(c)];
          const auto items = wanted != 0 ? by_feature_.row(c) : std::span<const int32_t>();
          const auto values = wanted != 0 ? by_feature_.row_values(c) : std::span<const float>();
          for (size_t i = 0; i < items.size(); ++i) {
            out[u * n + items[i]] += values[i] * wanted;
          }
        }
      }
    });
    return scores;
  }

  TensorMap state() const override {
    TensorMap state;
    put_csr("features", features_, state);
    return state;
  }

  Status restore(const TensorMap& state, const std::string& where) override {
    HAINA_TRY(features_, take_csr(state, "features", where));
    by_feature_ = transpose(features_);
    return ok();
  }

 private:
  int64_t window_;
  double decay_;
  Csr features_;    // [items, features of all sources side by side], rows of length 1
  Csr by_feature_;  // its transpose
};

}  // namespace

ExpertEntry content_entry() {
  return {
      .name = "content",
      .summary = "Items with tags, categories and links like those of the latest items of the history.",
      .params = {{.name = "window", .value = 50, .min = 1, .max = 1e6, .doc = "latest events that make the profile"},
                 {.name = "decay", .value = 0.9, .min = 0, .max = 1, .doc = "weight of each earlier event"}},
      .uses_fields = true,
      .make = [](const Params& p) { return std::make_unique<Content>(p); }};
}

}  // namespace haina
