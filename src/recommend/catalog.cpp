#include "recommend/catalog.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/suggest.h"
#include "data/field_type.h"
#include "data/parse_cell.h"
#include "kernels/topk.h"

namespace haina {
namespace {

using Json = nlohmann::json;

constexpr int64_t kNear = 10;              // items of the dataset whose scores represent an added item's
constexpr double kSharpness = 10;          // weight of a near item: softmax of kSharpness x cosine
constexpr double kContentWeight = 5;       // the content counts as much as so many histories that took the item
constexpr size_t kMostCells = 4096;        // of one field of one item
constexpr size_t kLongestCell = 64 << 10;  // bytes

bool is_title(const std::string& name) { return name == "title" || name == "name" || name == "movie_title"; }

// A cell as text; nullopt for anything but a string, a number or a boolean.
std::optional<std::string> cell_of(const Json& value) {
  if (value.is_string()) {
    return value.get<std::string>();
  }
  if (value.is_number() || value.is_boolean()) {
    return value.dump();
  }
  return std::nullopt;
}

}  // namespace

Result<Cells> parse_cells(const Json& object, std::span<const Field> fields, Side side, const std::string& at) {
  const auto wrong = [&](const std::string& name, std::string what, std::string hint) {
    return fail({ErrorCode::kInvalidArgument, std::move(what), at + "." + name, std::move(hint)});
  };
  Cells cells;
  for (const auto& [name, value] : object.items()) {
    const Field* found = nullptr;
    std::vector<std::string> known;
    int bare = 0;
    for (const Field& field : fields) {
      if (field.side != side) {
        continue;
      }
      known.push_back(field.name);
      known.push_back(field.full_name());
      if (field.full_name() == name) {
        found = &field;
        bare = 1;
        break;
      }
      if (field.name == name) {
        found = &field;
        ++bare;
      }
    }
    if (found == nullptr || bare > 1) {
      const char* const kind = side == Side::kItem ? "item" : "user";
      return wrong(
          name,
          bare > 1 ? fmt::format("several {} fields are named '{}'", kind, name)
                   : fmt::format("no {} field is named '{}'", kind, name),
          known.empty() ? fmt::format("leave it out: the project has no {} fields", kind) : did_you_mean(name, known));
    }
    if (!parses_from_text(found->type) || found->target != Field::Target::kValues) {
      return wrong(name, fmt::format("{} of type {} cannot be given live", found->full_name(), to_string(found->type)),
                   "add it to the source's file and train again");
    }
    if (value.is_null()) {
      continue;
    }
    std::vector<std::string>& into = cells[found->full_name()];
    for (const Json& one : value.is_array() ? value : Json::array({value})) {
      const auto cell = cell_of(one);
      if (!cell || cell->size() > kLongestCell || into.size() >= kMostCells) {
        return wrong(name, fmt::format("'{}' is neither text nor a number, nor a list of up to {}", name, kMostCells),
                     R"(write "text", 12.5 or ["a", "b"])");
      }
      into.push_back(*cell);
    }
    const bool numeric = found->type == FieldType::kNumber || found->type == FieldType::kVector;
    if (numeric && !std::ranges::all_of(into, [](const std::string& cell) { return parse_number(cell).has_value(); })) {
      return wrong(name, fmt::format("'{}' is no number", name), "write a number");
    }
    if (found->type == FieldType::kVector && std::ssize(into) != found->numbers.size(1)) {
      return wrong(name, fmt::format("{} numbers, where {} has {}", into.size(), name, found->numbers.size(1)),
                   "give a vector of the trained length");
    }
  }
  return cells;
}

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
    if (is_title(field.name)) {
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
