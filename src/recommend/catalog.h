// The items that lists are made of: the rows of the dataset, followed by the items added since training.
#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "config/config.h"
#include "data/dataset.h"
#include "fusion/fusion.h"

namespace haina {

using Cells = std::map<std::string, std::vector<std::string>>;  // "movies.genres" -> cells as text

// Reads {"movies.genres": ["Drama"], "year": 1999}. Names are full names of fields of that side, or bare names that
// only one field has; a null value is skipped. Values have the form of the field's column in `sources`: with the
// separator "|", "jazz|old" is two tags. kInvalidArgument, at "AT.NAME", for an unknown name, a value of the wrong
// type, several values of a field that has one, or a field that cannot be set after training.
Result<Cells> parse_cells(const nlohmann::json& object, std::span<const Field> fields, Side side, const std::string& at,
                          std::span<const SourceConfig> sources = {});
nlohmann::json to_json(const Cells& cells);

// Items added since training. Immutable once published: a change replaces the whole object, and lists being built keep
// the one that they started with.
struct AddedItems {
  std::vector<std::string> ids, titles;
  std::vector<Cells> cells;
  std::unordered_map<std::string, int32_t> rows;
  at::Tensor vectors;  // float32 [added, width], unit length; undefined without a network
  Csr near;            // [added, dataset's items]: weights of the items whose scores stand in; rows sum to 1
  std::unordered_map<int32_t, Cells> changed;  // rows of the dataset -> the cells set since training
  int64_t size() const { return std::ssize(ids); }
};

// The value of a row in the prepared dataset as text, one cell per tag; empty where it is missing.
std::vector<std::string> cells_of(const Field& field, int32_t row, const Dataset& dataset);
// The title among the cells: a text field named title or name, else the first text, else the id.
std::string title_of(const Cells& cells, std::span<const Field> fields, const std::string& id);
// Computes vectors and nearest items of `added`, whose ids, titles and cells are set. The vector of an item is the
// normalised sum of kContentWeight x the content's vector and `evidence`.
//   evidence        float32 [added, width]: sum of unit vectors of the histories that took the item; undefined: none
//   evidence_count  float32 [added]: how many histories
Status fuse_added(const Dataset& dataset, const std::optional<FusionNetwork>& network, const at::Tensor& evidence,
                  const at::Tensor& evidence_count, AddedItems& added);

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
