// Why an item stands in a list: shares of sources and experts, the nearest of the history, the channel that brought it.
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "recommend/channels.h"

namespace haina {

class ReasonGiver {
 public:
  // items: the list's, whose reasons are given one by one. `input` must outlive this.
  ReasonGiver(const ChannelInput& input, std::vector<int32_t> items, double query_weight);
  // {"sources": {name: share}, "experts": {name: share}, "nearest": [{"item", "title", "similarity"}], "channel",
  // "text"}: of the item at that place of the list.
  nlohmann::json why(size_t place) const;

 private:
  const ChannelInput& input_;
  std::vector<int32_t> items_;
  double query_weight_;
  std::vector<std::string> names_;
  std::vector<at::Tensor> standard_;  // float32 [1, items] a model
  at::Tensor weights_;                // float32 [1, models]
  at::Tensor parts_;                  // float32 [list, sources], zero for what was added; undefined without a network
  at::Tensor vectors_;                // float32 [list, width]
  std::vector<std::pair<Channel, at::Tensor>> channels_;
};

}  // namespace haina
