// The items that lists are made of: those of the dataset, and in the rows after them those that came in since training.
#pragma once

#include <ATen/ATen.h>

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "data/dataset.h"
#include "fusion/fusion.h"

namespace haina {

using Cells = std::map<std::string, std::vector<std::string>>;  // "movies.genres" -> cells as text

// {"movies.genres": ["Drama"], "year": 1999}: full names of fields of that side, or bare ones where only one field has
// it; null is left out. kInvalidArgument, at the name, for one that there is not or that cannot be given live.
Result<Cells> parse_cells(const nlohmann::json& object, std::span<const Field> fields, Side side,
                          const std::string& at);
nlohmann::json to_json(const Cells& cells);

// Replaced as a whole, never changed: lists in the making keep theirs.
struct AddedItems {
  std::vector<std::string> ids, titles;
  std::vector<Cells> cells;
  std::unordered_map<std::string, int32_t> rows;
  at::Tensor vectors;                          // float32 [added, width], unit length; undefined without a network
  Csr near;                                    // [added, dataset's items]: whose scores stand for theirs; rows sum to 1
  std::unordered_map<int32_t, Cells> changed;  // rows of the dataset, with what has been said of them since
  int64_t size() const { return std::ssize(ids); }
};

// What a prepared row holds, as text: tags one by one; empty where it is missing.
std::vector<std::string> cells_of(const Field& field, int32_t row, const Dataset& dataset);
// A title among the cells, else the id.
std::string title_of(const Cells& cells, std::span<const Field> fields, const std::string& id);
// Fuses the items in, whose ids, titles, and cells stand by then. evidence: float32 [added, width], a sum of unit
// vectors of histories that took the item, or undefined; each counts as much as the content from kContentWeight on.
Status fuse_added(const Dataset& dataset, const std::optional<FusionNetwork>& network, const at::Tensor& evidence,
                  const at::Tensor& evidence_count, AddedItems& added);

class Catalogue {
 public:
  explicit Catalogue(const Dataset& dataset, std::shared_ptr<const AddedItems> added = nullptr)
      : dataset_(&dataset), added_(std::move(added)) {}
  const Dataset& dataset() const { return *dataset_; }
  const AddedItems* added() const { return added_.get(); }
  int64_t size() const { return dataset_->items.size() + (added_ ? added_->size() : 0); }
  bool is_added(int32_t item) const { return item >= dataset_->items.size(); }
  std::optional<int32_t> find(const std::string& id) const;
  std::string id(int32_t item) const;
  const std::string& title(int32_t item) const;
  // What is said of an item in a field, as text: tags one by one; empty where it is missing.
  std::vector<std::string> cells(const Field& field, int32_t item) const;
  // The item of the dataset that stands for another in a history: itself, or the nearest. -1: there is none.
  int32_t stand_in(int32_t item) const;
  // Unit vectors, float32 [items.size(), width]. The network must be there.
  at::Tensor vectors(const FusionNetwork& network, std::span<const int32_t> items) const;

 private:
  const Dataset* dataset_;
  std::shared_ptr<const AddedItems> added_;
};

}  // namespace haina
