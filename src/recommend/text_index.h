// Which items hold the words that a user types: titles, texts, categories and tags, ranked by BM25 (Xapian). Words are
// cut and stemmed as the text encoder does it, in any language.
#pragma once

#include <ATen/ATen.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "data/dataset.h"

namespace haina {

class WordIndex {
 public:
  // language: of guess_language().
  explicit WordIndex(const std::string& language);
  // Of all items of the dataset, of which nothing is kept.
  static WordIndex of(const Dataset& dataset);
  WordIndex(WordIndex&&) noexcept;
  WordIndex& operator=(WordIndex&&) noexcept;
  ~WordIndex();
  // The words of that item from now on. Any thread.
  void put(int32_t item, const std::vector<std::string_view>& texts);
  // BM25 of the query, over the largest of all: float32 [items], 0 where an item has none of the words. Any thread.
  at::Tensor match(const std::string& query, int64_t items) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace haina
