// What the article's form of the network makes of users, and what it says of items' sources.
#include <ATen/ATen.h>
#include <torch/autograd.h>

#include <cstdint>
#include <set>
#include <span>
#include <vector>

#include "fusion/module.h"
#include "fusion/pair_sampler.h"

namespace haina {

at::Tensor FusionModule::article_vectors(std::span<const UserState> users) const {
  at::Tensor history;
  if (article->reads_history()) {
    history = at::zeros({std::ssize(users), article->extracted()});
    for (size_t b = 0; b < users.size(); ++b) {
      std::set<int32_t> distinct;
      std::vector<int64_t> rows;
      for (auto event = users[b].history.rbegin();
           event != users[b].history.rend() && std::ssize(rows) < PairSampler::kLongest; ++event) {
        const int32_t item = row_of(event->item);
        if (item >= 0 && item < num_items && distinct.insert(item).second) {
          rows.push_back(item);
        }
      }
      if (!rows.empty()) {
        history[static_cast<int64_t>(b)] = final_items.index_select(0, at::tensor(rows, at::kLong)).mean(0);
      }
    }
    history = history.to(device);
  }
  return article->user(profile_vectors(users).to(device) / kUserGain, history).cpu();
}

at::Tensor FusionModule::article_source_parts(const at::Tensor& contributions, const at::Tensor& average,
                                              const at::Tensor& user) const {
  constexpr int kSteps = 64;
  const at::AutoGradMode with_grad(true);
  const at::Tensor above = contributions - average, start = average.sum(0);
  const at::Tensor way = above.sum(1), users = user.unsqueeze(0).expand({way.size(0), -1});
  at::Tensor gradients = at::zeros_like(way);
  for (int step = 0; step < kSteps; ++step) {
    const at::Tensor x = (start + way * ((step + 0.5) / kSteps)).detach().requires_grad_();
    const at::Tensor logits = article->match(users, article->item(x / kRowScale));
    gradients += torch::autograd::grad({logits.sum()}, {x})[0];
  }
  return at::matmul(above, gradients.unsqueeze(2)).squeeze(2) / kSteps;
}

}  // namespace haina
