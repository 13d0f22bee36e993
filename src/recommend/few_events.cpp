#include "recommend/few_events.h"

#include <ATen/ATen.h>

#include <cstddef>

namespace haina {
namespace {

constexpr double kLikeness = 3, kTaken = 1, kNewness = 0.5;  // weights, in standard deviations of a ranker's score
constexpr size_t kRecent = 10;                               // newest items of the history that are compared with

}  // namespace

bool has_few_events(const Dataset& dataset) {
  return dataset.events.size() == 0 ||
         (dataset.events.size() < 1000 && dataset.events.goal.sum().item<int64_t>() < kFewEvents);
}

at::Tensor few_events_scores(const Catalog& catalog, const LazyContentIndex& content, const UserState& state,
                             const at::Tensor& trend) {
  const ContentIndex& index = content.get(catalog);
  at::Tensor scores = index.newness() * kNewness;
  at::Tensor likeness = at::zeros({catalog.size()});
  size_t compared = 0;
  for (auto event = state.history.rbegin(); event != state.history.rend() && compared < kRecent; ++event, ++compared) {
    likeness += index.similarity_to(row_of(event->item));
  }
  if (compared > 0) {
    scores += likeness * (kLikeness / static_cast<double>(compared));
  }
  if (trend.defined()) {
    scores += trend.log1p() * kTaken;
  }
  return scores;
}

}  // namespace haina
