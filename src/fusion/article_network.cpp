#include "fusion/article_network.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "base/seed.h"

namespace haina {

ArticleNetwork::ArticleNetwork(int64_t width, bool history, uint64_t seed)
    : extracted_(std::max<int64_t>(2, width / 16)) {
  at::Generator generator = make_generator(seed, "fusion/article");
  // He et al. (2015): the variance that keeps the scale behind a rectifier.
  const auto weight = [&](const std::string& name, int64_t out, int64_t in) {
    return register_parameter(
        name, at::normal(0, std::sqrt(2.0 / static_cast<double>(in)), {out, in}, generator, at::kFloat));
  };
  const auto layer = [&](const std::string& name, int64_t out, int64_t in) {
    return Layer{.weight = weight(name, out, in), .bias = register_parameter(name + "_bias", at::zeros({out}))};
  };
  const auto extractor = [&](const std::string& name) {
    Extractor made = {.first_bias = register_parameter(name + "0_bias", at::zeros({width})), .layers = {}};
    int64_t in = width;
    for (int i = 1; i <= 4; ++i) {
      const int64_t out = i == 4 ? extracted_ : std::max(extracted_, in / 2);
      made.layers.push_back(layer(fmt::format("{}{}", name, i), out, in));
      in = out;
    }
    return made;
  };
  item_ = extractor("item");
  user_ = extractor("user");
  if (history) {
    history_map_ = weight("history", width, extracted_);
  }
  from_user_ = weight("from_user", extracted_, extracted_);
  from_item_ = weight("from_item", extracted_, extracted_);
  fusion_bias_ = register_parameter("fusion_bias", at::zeros({extracted_}));
  second_ = layer("second", extracted_ / 2, extracted_);
  last_ = layer("last", 1, extracted_ / 2);
}

at::Tensor ArticleNetwork::extract(const Extractor& extractor, const at::Tensor& x) const {
  at::Tensor h = at::relu(x + extractor.first_bias);
  for (size_t i = 0; i < extractor.layers.size(); ++i) {
    h = at::linear(h, extractor.layers[i].weight, extractor.layers[i].bias);
    h = i + 1 < extractor.layers.size() ? at::relu(h) : h;
  }
  return h / h.norm(2, -1, true).clamp_min(1e-6);
}

at::Tensor ArticleNetwork::item(const at::Tensor& sources) const { return extract(item_, sources); }

at::Tensor ArticleNetwork::user(const at::Tensor& sources, const at::Tensor& history) const {
  const double scale = std::sqrt(static_cast<double>(extracted_));
  return extract(user_,
                 history.defined() && reads_history() ? sources + at::linear(history * scale, history_map_) : sources);
}

at::Tensor ArticleNetwork::prepared(const at::Tensor& items) const {
  return at::linear(items * std::sqrt(static_cast<double>(extracted_)), from_item_, fusion_bias_);
}

at::Tensor ArticleNetwork::recommend(const at::Tensor& first) const {
  const at::Tensor h = at::relu(at::linear(at::relu(first), second_.weight, second_.bias));
  return at::linear(h, last_.weight, last_.bias).squeeze(-1);
}

at::Tensor ArticleNetwork::match(const at::Tensor& users, const at::Tensor& items) const {
  return recommend(at::linear(users * std::sqrt(static_cast<double>(extracted_)), from_user_) + prepared(items));
}

at::Tensor ArticleNetwork::match_all(const at::Tensor& users, const at::Tensor& prepared_items) const {
  const at::Tensor mine = at::linear(users * std::sqrt(static_cast<double>(extracted_)), from_user_);
  at::Tensor logits = at::empty({users.size(0), prepared_items.size(0)}, prepared_items.options());
  for (int64_t b = 0; b < users.size(0); ++b) {  // one at a time: [items, d] is the largest tensor
    logits[b].copy_(recommend(prepared_items + mine[b]));
  }
  return logits;
}

}  // namespace haina
