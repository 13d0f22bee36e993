// Full-text search over items: titles, texts, categories and tags, ranked by BM25 (Xapian). Words are split and stemmed
// by the tokenizer of the text encoder, in any language.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "data/dataset.h"

namespace haina {

class TextIndex {
 public:
  // language: as guess_language() returns it.
  explicit TextIndex(const std::string& language);
  // Indexes all items of the dataset and keeps no reference to it.
  static TextIndex of(const Dataset& dataset);
  TextIndex(TextIndex&&) noexcept;
  TextIndex& operator=(TextIndex&&) noexcept;
  ~TextIndex();
  // Replaces the texts of one item. Any thread.
  void put(int32_t item, const std::vector<std::string_view>& texts);
  // The item is as if it had never been added: its words count for no other item. Any thread.
  void remove(int32_t item);
  // BM25 score of each item for the query, divided by the largest: float32 [items], 0 where an item has none of the
  // words. Any thread.
  at::Tensor match(const std::string& query, int64_t items) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace haina
