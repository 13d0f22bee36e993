#include "recommend/catalog.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "data/field_type.h"
#include "kernels/topk.h"

namespace haina {
namespace {

using Json = nlohmann::json;

constexpr int64_t kNear = 10;         // items of the dataset whose scores represent an added item's
constexpr double kSharpness = 10;     // weight of a near item: softmax of kSharpness x cosine
constexpr double kContentWeight = 5;  // the content counts as much as so many histories that took the item

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

std::string title_of(const Cells& cells, std::span<const Field> fields, const std::string& id) {
  const std::string* text = nullptr;
  for (const Field& field : fields) {
    const auto found =
        field.side == Side::kItem && field.type == FieldType::kText ? cells.find(field.full_name()) : cells.end();
    if (found == cells.end() || found->second.empty() || found->second.front().empty()) {
      continue;
    }
    if (names_title(field.name)) {
      return found->second.front();
    }
    text = text == nullptr ? &found->second.front() : text;
  }
  return text == nullptr ? id : *text;
}

Status fuse_added(const Dataset& dataset, const std::optional<FusionNetwork>& network, const at::Tensor& evidence,
                  const at::Tensor& evidence_count, AddedItems& added) {
  const int64_t count = added.size();
  added.near = empty_csr(count, dataset.items.size());
  if (!network || count == 0) {
    return ok();
  }
  std::vector<Field> fields;
  for (const Field& field : dataset.fields) {
    if (field.side != Side::kItem || !parses_from_text(field.type) || field.target != Field::Target::kValues) {
      continue;
    }
    std::vector<std::vector<std::string>> rows;
    bool any = false;
    for (const Cells& cells : added.cells) {
      const auto found = cells.find(field.full_name());
      rows.push_back(found == cells.end() ? std::vector<std::string>() : found->second);
      any = any || !rows.back().empty();
    }
    if (any) {
      fields.push_back(field_of_cells(field.full_name(), Side::kItem, field.type, rows));
    }
  }
  HAINA_TRY(at::Tensor vectors, network->fuse(fields, count));
  if (evidence.defined()) {
    const at::Tensor joined = vectors * kContentWeight + evidence;
    vectors = at::where(evidence_count.gt(0).unsqueeze(1), joined / joined.norm(2, -1, true).clamp_min(1e-6), vectors);
  }
  added.vectors = vectors.contiguous();
  const at::Tensor trained = network->item_vectors();
  const int64_t near = std::min(kNear, trained.size(0));
  std::vector<int32_t> rows, columns;
  std::vector<float> weights;
  constexpr int64_t kBatch = 256;
  for (int64_t begin = 0; begin < count; begin += kBatch) {
    const int64_t size = std::min(kBatch, count - begin);
    const RankedLists lists = top_k(at::matmul(vectors.narrow(0, begin, size), trained.t()).contiguous(), near);
    const at::Tensor share = at::softmax(lists.scores * kSharpness, 1).contiguous();
    for (int64_t r = 0; r < size; ++r) {
      if (vectors[begin + r].norm().item<float>() <= 0) {
        continue;  // no content that the network knows
      }
      for (int64_t i = 0; i < near; ++i) {
        rows.push_back(static_cast<int32_t>(begin + r));
        columns.push_back(lists.items.const_data_ptr<int32_t>()[r * near + i]);
        weights.push_back(share.const_data_ptr<float>()[r * near + i]);
      }
    }
  }
  added.near = csr_from_coordinates(count, dataset.items.size(), rows, columns, weights, Repeats::kSum);
  return ok();
}

std::optional<int32_t> Catalog::find(const std::string& id) const {
  if (const auto row = dataset_->items.find(id)) {
    return row;
  }
  if (added_ == nullptr) {
    return std::nullopt;
  }
  const auto found = added_->rows.find(id);
  return found == added_->rows.end() ? std::nullopt
                                     : std::optional(static_cast<int32_t>(dataset_->items.size()) + found->second);
}

std::string Catalog::id(int32_t item) const {
  return is_added(item) ? added_->ids[static_cast<size_t>(item - dataset_->items.size())]
                        : std::string(dataset_->items.name(item));
}

const std::string& Catalog::title(int32_t item) const {
  return is_added(item) ? added_->titles[static_cast<size_t>(item - dataset_->items.size())]
                        : dataset_->titles[static_cast<size_t>(item)];
}

std::vector<std::string> Catalog::cells(const Field& field, int32_t item) const {
  const Cells* set = nullptr;
  if (is_added(item)) {
    set = &added_->cells[static_cast<size_t>(item - dataset_->items.size())];
  } else if (added_ != nullptr) {
    const auto found = added_->changed.find(item);
    set = found == added_->changed.end() ? nullptr : &found->second;
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
  const auto near = added_->near.row(row);
  if (near.empty()) {
    return -1;
  }
  const auto weights = added_->near.row_values(row);
  return near[static_cast<size_t>(std::ranges::max_element(weights) - weights.begin())];
}

at::Tensor Catalog::vectors(const FusionNetwork& network, std::span<const int32_t> items) const {
  const at::Tensor known = network.item_vectors();
  const int64_t width = known.size(1);
  at::Tensor vectors = at::zeros({std::ssize(items), width});
  for (size_t i = 0; i < items.size(); ++i) {
    const bool is_new = is_added(items[i]);
    const float* const from = is_new ? added_->vectors.const_data_ptr<float>() : known.const_data_ptr<float>();
    const int64_t row = is_new ? items[i] - dataset_->items.size() : items[i];
    std::copy_n(from + row * width, width, vectors.data_ptr<float>() + static_cast<int64_t>(i) * width);
  }
  return vectors;
}

}  // namespace haina
