// Which items hold the words that a user types: titles, texts, categories and tags, by word.
#pragma once

#include <ATen/ATen.h>

#include <string>
#include <unordered_map>
#include <vector>

#include "data/dataset.h"

namespace haina {

class QueryIndex {
 public:
  // Goes once through all words of all items; keeps nothing of `dataset`.
  explicit QueryIndex(const Dataset& dataset);
  // The share of the query's weight, of which rare words have more, found among each item's words: float32 [items],
  // from 0 to 1. Words that no item has weigh nothing. Any thread.
  at::Tensor match(const std::string& query) const;

 private:
  int64_t num_items_;
  std::string language_;
  std::unordered_map<std::string, std::vector<int32_t>> holders_;  // items of a word, ascending
};

}  // namespace haina
