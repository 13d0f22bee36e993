#include "recommend/catalog.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "data/field_type.h"

namespace haina {
namespace {

using Json = nlohmann::json;

}  // namespace

Json to_json(const Cells& cells) {
  Json json = Json::object();
  for (const auto& [name, values] : cells) {
    json[name] = values;
  }
  return json;
}

std::vector<std::string> cells_of(const Field& field, int32_t row, const Dataset& dataset) {
  std::vector<std::string> cells;
  switch (field.type) {
    case FieldType::kNumber:
      if (const float value = field.numbers.const_data_ptr<float>()[row]; std::isfinite(value)) {
        cells.push_back(fmt::format("{}", value));
      }
      break;
    case FieldType::kDate:
    case FieldType::kImage:
      cells = entry_of(field.type).to_text(field, row, dataset.items);
      break;
    case FieldType::kCategory:
      if (const int32_t code = field.codes.const_data_ptr<int32_t>()[row]; code >= 0) {
        cells.emplace_back(field.values.name(code));
      }
      break;
    case FieldType::kTags:
    case FieldType::kLinks:
      for (const int32_t value : field.bags.row(row)) {
        cells.emplace_back(field.target == Field::Target::kItems ? dataset.items.name(value)
                                                                 : field.values.name(value));
      }
      break;
    case FieldType::kText:
    case FieldType::kMedia:
      if (!field.texts[static_cast<size_t>(row)].empty()) {
        cells.push_back(field.texts[static_cast<size_t>(row)]);
      }
      break;
    case FieldType::kVector:
      for (int64_t i = 0; i < field.numbers.size(1); ++i) {
        cells.push_back(fmt::format("{}", field.numbers.const_data_ptr<float>()[row * field.numbers.size(1) + i]));
      }
      break;
    default:
      break;
  }
  return cells;
}

std::optional<int32_t> Catalog::find(const std::string& id) const {
  if (const auto row = dataset_->items.find(id)) {
    return row;
  }
  if (added_ == nullptr) {
    return std::nullopt;
  }
  const auto found = added_->find(id);
  return found ? std::optional(static_cast<int32_t>(dataset_->items.size()) + *found) : std::nullopt;
}

std::string Catalog::id(int32_t item) const {
  return is_added(item) ? added_->item(item - dataset_->items.size()).id : std::string(dataset_->items.name(item));
}

const std::string& Catalog::title(int32_t item) const {
  return is_added(item) ? added_->item(item - dataset_->items.size()).title
                        : dataset_->titles[static_cast<size_t>(item)];
}

std::vector<std::string> Catalog::cells(const Field& field, int32_t item) const {
  const Cells* set = nullptr;
  if (is_added(item)) {
    set = &added_->item(item - dataset_->items.size()).cells;
  } else if (added_ != nullptr) {
    set = added_->changed(item);
  }
  if (set != nullptr) {
    const auto found = set->find(field.full_name());
    if (found != set->end()) {
      return found->second;
    }
  }
  if (is_added(item)) {
    return {};
  }
  return cells_of(field, item, *dataset_);
}

int32_t Catalog::stand_in(int32_t item) const {
  if (!is_added(item)) {
    return item;
  }
  const auto row = item - dataset_->items.size();
  const auto near = added_->near(row);
  if (near.empty()) {
    return -1;
  }
  const auto weights = added_->near_weights(row);
  return near[static_cast<size_t>(std::ranges::max_element(weights) - weights.begin())];
}

at::Tensor Catalog::vectors(const FusionNetwork& network, std::span<const int32_t> items) const {
  const at::Tensor known = network.item_vectors();
  const int64_t width = known.size(1);
  at::Tensor vectors = at::zeros({std::ssize(items), width});
  for (size_t i = 0; i < items.size(); ++i) {
    const bool is_new = is_added(items[i]);
    const float* const from =
        is_new ? added_->vector(items[i] - dataset_->items.size()) : known.const_data_ptr<float>() + items[i] * width;
    std::copy_n(from, width, vectors.data_ptr<float>() + static_cast<int64_t>(i) * width);
  }
  return vectors;
}

}  // namespace haina
