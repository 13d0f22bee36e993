// What the cells of items say alone: how much items have in common by categories, tags, and words of titles and texts,
// and how new they are. What lists go by where there is no network, or nothing to learn from yet.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>

#include "kernels/csr.h"
#include "recommend/catalog.h"

namespace haina {

class ContentIndex {
 public:
  // O(cells of the catalog). A word or value counts log(1 + items / items that have it), hidden ones left out. hidden:
  // bool [items]; undefined: none.
  ContentIndex(const Catalog& catalog, const at::Tensor& hidden);
  // float32 [items]: the cosine of each item's words and values with those of `item`, from 0 to 1.
  at::Tensor similarity_to(int32_t item) const;

  // item_newness() of the catalog and the hidden items.
  const at::Tensor& newness() const { return newness_; }

 private:
  at::Tensor newness_;
  Csr words_;  // [items, words]; rows of unit length, or empty
};

// The index of one state of a catalog, made when it is first asked for. Any number of threads may call get.
class LazyContentIndex {
 public:
  LazyContentIndex() = default;
  // hidden: bool [items of the catalog]: those that no list may hold, see item_newness().
  explicit LazyContentIndex(at::Tensor hidden) : hidden_(std::move(hidden)) {}
  // catalog: the same in every call.
  const ContentIndex& get(const Catalog& catalog) const {
    const std::scoped_lock lock(mutex_);
    if (!index_) {
      index_.emplace(catalog, hidden_);
    }
    return *index_;
  }

 private:
  at::Tensor hidden_;
  mutable std::mutex mutex_;
  mutable std::optional<ContentIndex> index_;
};

}  // namespace haina
