// Why an item is on a list: how much each source and each expert contributed to its score, the most similar items of
// the user's history, and the channel that ranks it highest.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "recommend/channels.h"
#include "recommend/recommendation_list.h"

namespace haina {

class Explainer {
 public:
  // items: rows of the catalog, the list to explain. query_weight: factor of the query's text match in the score.
  // `input` must outlive this.
  Explainer(const ChannelInput& input, std::vector<int32_t> items, double query_weight);
  // position: of the item in the list, from 0.
  Explanation explain(size_t position) const;

 private:
  using Contributions = std::map<std::string, double>;
  // Adds what a model contributes to the item's score.
  void add(size_t model, double contribution, size_t position, Contributions& experts, Contributions& sources) const;
  void add_network_sources(size_t position, double contribution, Contributions& sources) const;
  std::vector<NearestItem> nearest_of(size_t position) const;

  const ChannelInput& input_;
  std::vector<int32_t> items_;
  double query_weight_;
  std::vector<std::string> names_;         // of the models
  std::vector<std::string> source_names_;  // the source that each expert's contribution counts for
  std::vector<int32_t> history_;           // distinct rows of the history, ascending
  at::Tensor history_vectors_;             // float32 [history, width]; undefined without a network or a history
  std::vector<at::Tensor> standardised_;   // float32 [1, items] per model; undefined where it was not scored
  at::Tensor weights_;                     // float32 [1, models]: the ranker's weights for this user
  at::Tensor source_parts_;                // float32 [list, sources]; zero for added items; undefined: no network
  at::Tensor vectors_;                     // float32 [list, width]; undefined without a network
  std::vector<std::pair<Channel, at::Tensor>> channels_;
};

}  // namespace haina
