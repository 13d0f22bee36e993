// The items that lists are made of: the rows of the dataset, followed by the items added since training.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "data/dataset.h"
#include "fusion/fusion.h"
#include "recommend/added_items.h"

namespace haina {

// Reads {"movies.genres": ["Drama"], "year": 1999}. Names are full names of fields of that side, or bare names that
// only one field has; a null value is skipped. Values have the form of the field's column in `sources`: with the
// separator "|", "jazz|old" is two tags. kInvalidArgument, at "AT.NAME", for an unknown name, a value of the wrong
// type, several values of a field that has one, or a field that cannot be set after training.
Result<Cells> parse_cells(const nlohmann::json& object, std::span<const Field> fields, Side side, const std::string& at,
                          std::span<const SourceConfig> sources = {});
nlohmann::json to_json(const Cells& cells);

// The value of a row in the prepared dataset as text, one cell per tag; empty where it is missing.
std::vector<std::string> cells_of(const Field& field, int32_t row, const Dataset& dataset);
class Catalog {
 public:
  explicit Catalog(const Dataset& dataset, std::shared_ptr<const AddedItems> added = nullptr)
      : dataset_(&dataset), added_(std::move(added)) {}
  const Dataset& dataset() const { return *dataset_; }
  const AddedItems* added() const { return added_.get(); }
  int64_t size() const { return dataset_->items.size() + (added_ ? added_->size() : 0); }
  bool is_added(int32_t item) const { return item >= dataset_->items.size(); }
  std::optional<int32_t> find(const std::string& id) const;
  std::string id(int32_t item) const;
  const std::string& title(int32_t item) const;
  // The current value of a field of an item as text, one cell per tag; empty where it is missing.
  std::vector<std::string> cells(const Field& field, int32_t item) const;
  // The item of the dataset that represents an item in a history: itself, or for an added item the nearest one; -1:
  // none.
  int32_t stand_in(int32_t item) const;
  // Unit vectors of items, float32 [items.size(), width].
  at::Tensor vectors(const FusionNetwork& network, std::span<const int32_t> items) const;

 private:
  const Dataset* dataset_;
  std::shared_ptr<const AddedItems> added_;
};

}  // namespace haina
