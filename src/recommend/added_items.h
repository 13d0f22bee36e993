// The items that came since training, and cells that were changed since. A snapshot is never changed once published:
// update() works on a copy, and lists being built keep the snapshot that they started with. Copies share all parts that
// did not change, so that one more item costs the same beside ten items and beside a hundred thousand.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "data/dataset.h"
#include "fusion/fusion.h"
#include "kernels/csr.h"
#include "recommend/shared_map.h"

namespace haina {

using Cells = std::map<std::string, std::vector<std::string>>;  // "movies.genres" -> cells as text

struct AddedItem {
  std::string id, title;
  Cells cells;
};

// Whoever took an added item: the sum of the unit vectors of their histories.
struct Adopters {
  std::vector<float> sum;  // [width]
  int64_t count = 0;       // of histories
};

class AddedItems {
 public:
  static constexpr int64_t kPart = 4096;  // items whose vectors are copied when one of them changes: 4 MB

  // Up to kPart items, in order; all parts but the last one have kPart.
  struct Part {
    std::vector<std::shared_ptr<const AddedItem>> items;
    at::Tensor content;  // float32 [items, width], unit length: from the cells alone; undefined without a network
    at::Tensor vectors;  // float32 [items, width], unit length: with the adopters; undefined without a network
    Csr near;            // [items, dataset's items]: weights of the items whose scores stand in; rows sum to 1
  };

  int64_t size() const { return size_; }
  const AddedItem& item(int64_t row) const {
    return *parts_[static_cast<size_t>(row / kPart)]->items[static_cast<size_t>(row % kPart)];
  }
  std::optional<int32_t> find(const std::string& id) const {
    const int32_t* const row = rows_.find(id);
    return row == nullptr ? std::nullopt : std::optional(*row);
  }
  std::span<const std::shared_ptr<const Part>> parts() const { return parts_; }
  std::vector<at::Tensor> vectors() const;  // of each part; empty where there is no network
  const float* vector(int64_t row) const;   // float32 [width]
  std::span<const int32_t> near(int64_t row) const { return part_of(row).near.row(row % kPart); }
  std::span<const float> near_weights(int64_t row) const { return part_of(row).near.row_values(row % kPart); }
  at::Tensor dot(const at::Tensor& vector) const;          // float32 [size]; vector: float32 [width]
  at::Tensor standing_in(const at::Tensor& scores) const;  // float32 [1, size]; scores: [1, dataset's items]
  // The cells that a row of the dataset got since training; nullptr: none.
  const Cells* changed(int32_t row) const { return changed_.find(row); }

  // Sets the cells of items; one that neither the dataset nor this has is added. Then the vectors and nearest items of
  // these, and of the items whose adopters are given, are computed: the vector of an item is the normalised sum of
  // kContentWeight x the content's vector and the adopters'. adopters: by id, of added items. Returns the rows of the
  // catalog whose cells were set, ascending. O(items given x (kPart + dataset's items)).
  Result<std::vector<int32_t>> update(const Dataset& dataset, const std::optional<FusionNetwork>& network,
                                      std::span<const std::pair<std::string, Cells>> items,
                                      const std::map<std::string, Adopters>& adopters);

 private:
  const Part& part_of(int64_t row) const { return *parts_[static_cast<size_t>(row / kPart)]; }
  void put(const std::string& id, const Cells& cells, std::span<const Field> fields);
  Part& changing(int64_t row);  // the row's part, which from then on belongs to this object alone
  Result<at::Tensor> content_of(const Dataset& dataset, const FusionNetwork& network,
                                std::span<const int32_t> rows) const;
  void set_vectors(const FusionNetwork& network, std::span<const int32_t> rows, const at::Tensor& content,
                   const std::map<std::string, Adopters>& adopters);

  int64_t size_ = 0;
  std::vector<std::shared_ptr<const Part>> parts_;
  std::map<size_t, std::shared_ptr<Part>> changing_;  // during update(): parts that no other object has
  SharedMap<std::string, int32_t> rows_;              // by id
  SharedMap<int32_t, Cells> changed_;                 // rows of the dataset
};

// The title among the cells: a text field named title or name, else the first text, else the id.
std::string title_of(const Cells& cells, std::span<const Field> fields, const std::string& id);

}  // namespace haina
