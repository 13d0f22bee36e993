#include "recommend/added_items.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "data/field_type.h"
#include "kernels/topk.h"

namespace haina {
namespace {

constexpr int64_t kNear = 10;         // items of the dataset whose scores represent an added item's
constexpr double kSharpness = 10;     // weight of a near item: softmax of kSharpness x cosine
constexpr double kContentWeight = 5;  // the content counts as much as so many histories that took the item
constexpr int64_t kBatch = 256;       // items that are compared with the dataset's at once

struct NearItem {
  int32_t item;
  float weight;
};

// The nearest trained items of each vector, ascending by item; none for a vector of zeros, which has no content that
// the network knows. vectors: float32 [n, width]; trained: float32 [items, width].
std::vector<std::vector<NearItem>> nearest(const at::Tensor& vectors, const at::Tensor& trained) {
  const int64_t near = std::min(kNear, trained.size(0));
  std::vector<std::vector<NearItem>> all(static_cast<size_t>(vectors.size(0)));
  for (int64_t begin = 0; begin < vectors.size(0); begin += kBatch) {
    const int64_t size = std::min(kBatch, vectors.size(0) - begin);
    const at::Tensor batch = vectors.narrow(0, begin, size);
    const RankedLists lists = top_k(at::matmul(batch, trained.t()).contiguous(), near);
    const at::Tensor share = at::softmax(lists.scores * kSharpness, 1).contiguous();
    const at::Tensor norms = batch.norm(2, 1).contiguous();
    for (int64_t r = 0; r < size && near > 0; ++r) {
      if (norms.const_data_ptr<float>()[r] <= 0) {
        continue;
      }
      std::vector<NearItem>& row = all[static_cast<size_t>(begin + r)];
      for (int64_t i = r * near; i < (r + 1) * near; ++i) {
        row.push_back({lists.items.const_data_ptr<int32_t>()[i], share.const_data_ptr<float>()[i]});
      }
      std::ranges::sort(row, {}, &NearItem::item);
    }
  }
  return all;
}

// `before` with other rows; `rows`: ascending, the numbers of the new ones. There are `count` rows afterwards.
Csr with_rows(const Csr& before, int64_t count, std::span<const int32_t> rows,
              std::span<const std::vector<NearItem>> near) {
  std::vector<int64_t> offsets = {0};
  std::vector<int32_t> columns;
  std::vector<float> values;
  const int64_t old_count = before.offsets.defined() ? before.num_rows() : 0;
  auto next = rows.begin();
  for (int64_t r = 0; r < count; ++r) {
    if (next != rows.end() && *next == r) {
      for (const NearItem& item : near[static_cast<size_t>(next - rows.begin())]) {
        columns.push_back(item.item);
        values.push_back(item.weight);
      }
      ++next;
    } else if (r < old_count) {
      std::ranges::copy(before.row(r), std::back_inserter(columns));
      std::ranges::copy(before.row_values(r), std::back_inserter(values));
    }
    offsets.push_back(std::ssize(columns));
  }
  return {before.num_cols, at::tensor(offsets, at::kLong), at::tensor(columns, at::kInt),
          at::tensor(values, at::kFloat)};
}

// float32 [rows, width]: `before` with zeros for further rows. A tensor of its own.
at::Tensor grown(const at::Tensor& before, int64_t rows, int64_t width) {
  at::Tensor after = at::zeros({rows, width});
  if (before.defined()) {
    after.narrow(0, 0, before.size(0)).copy_(before);
  }
  return after;
}

}  // namespace

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

std::vector<at::Tensor> AddedItems::vectors() const {
  std::vector<at::Tensor> vectors;
  for (const auto& part : parts_) {
    if (part->vectors.defined()) {
      vectors.push_back(part->vectors);
    }
  }
  return vectors;
}

const float* AddedItems::vector(int64_t row) const {
  const at::Tensor& vectors = part_of(row).vectors;
  return vectors.const_data_ptr<float>() + row % kPart * vectors.size(1);
}

at::Tensor AddedItems::dot(const at::Tensor& vector) const {
  std::vector<at::Tensor> each;
  for (const auto& part : parts_) {
    each.push_back(at::mv(part->vectors, vector));
  }
  return each.empty() ? at::zeros({0}) : at::cat(each);
}

at::Tensor AddedItems::standing_in(const at::Tensor& scores) const {
  const at::Tensor column = scores.t().contiguous();
  std::vector<at::Tensor> each;
  for (const auto& part : parts_) {
    each.push_back(multiply(part->near, column).t());
  }
  return each.empty() ? at::zeros({1, 0}) : at::cat(each, 1);
}

AddedItems::Part& AddedItems::changing(int64_t row) {
  const auto number = static_cast<size_t>(row / kPart);
  std::shared_ptr<Part>& part = changing_[number];
  if (part == nullptr) {
    part = number < parts_.size() ? std::make_shared<Part>(*parts_[number]) : std::make_shared<Part>();
    number < parts_.size() ? void(parts_[number] = part) : parts_.push_back(part);
  }
  return *part;
}

void AddedItems::put(const std::string& id, const Cells& cells, std::span<const Field> fields) {
  const auto known = find(id);
  const int64_t row = known ? *known : size_;
  auto item = std::make_shared<const AddedItem>(id, title_of(cells, fields, id), cells);
  Part& part = changing(row);
  if (known) {
    part.items[static_cast<size_t>(row % kPart)] = std::move(item);
    return;
  }
  part.items.push_back(std::move(item));
  rows_.set(id, static_cast<int32_t>(row));
  ++size_;
}

// float32 [rows, width], from the cells of these rows alone.
Result<at::Tensor> AddedItems::content_of(const Dataset& dataset, const FusionNetwork& network,
                                          std::span<const int32_t> rows) const {
  std::vector<Field> fields;
  for (const Field& field : dataset.fields) {
    if (field.side != Side::kItem || !parses_from_text(field.type) || field.target != Field::Target::kValues) {
      continue;
    }
    std::vector<std::vector<std::string>> texts;
    bool any = false;
    for (const int32_t row : rows) {
      const Cells& cells = item(row).cells;
      const auto found = cells.find(field.full_name());
      texts.push_back(found == cells.end() ? std::vector<std::string>() : found->second);
      any = any || !texts.back().empty();
    }
    if (any) {
      fields.push_back(field_of_cells(field.full_name(), Side::kItem, field.type, texts));
    }
  }
  return network.fuse(fields, std::ssize(rows));
}

// Places these rows, ascending, by their content, float32 [rows, width], and their adopters.
void AddedItems::set_vectors(const FusionNetwork& network, std::span<const int32_t> rows, const at::Tensor& content,
                             const std::map<std::string, Adopters>& adopters) {
  const at::Tensor trained = network.item_vectors();
  const int64_t width = trained.size(1);
  at::Tensor vectors = content.clone();
  for (size_t i = 0; i < rows.size(); ++i) {
    const auto found = adopters.find(item(rows[i]).id);
    if (found == adopters.end() || found->second.count == 0) {
      continue;
    }
    at::Tensor vector = vectors[static_cast<int64_t>(i)];
    const at::Tensor joined = vector * kContentWeight + at::tensor(found->second.sum);
    vector.copy_(joined / joined.norm().clamp_min(1e-6));
  }
  const std::vector<std::vector<NearItem>> near = nearest(vectors, trained);
  for (size_t begin = 0; begin < rows.size();) {
    const int64_t first = rows[begin] / kPart * kPart;
    size_t end = begin;
    std::vector<int32_t> inside;
    for (; end < rows.size() && rows[end] < first + kPart; ++end) {
      inside.push_back(static_cast<int32_t>(rows[end] - first));
    }
    Part& part = changing(first);
    const int64_t count = std::ssize(part.items);
    part.content = grown(part.content, count, width);
    part.vectors = grown(part.vectors, count, width);
    const auto from = static_cast<int64_t>(begin), size = static_cast<int64_t>(end - begin);
    const at::Tensor at_rows = at::tensor(inside, at::kLong);
    part.content.index_copy_(0, at_rows, content.narrow(0, from, size));
    part.vectors.index_copy_(0, at_rows, vectors.narrow(0, from, size));
    part.near.num_cols = trained.size(0);
    part.near = with_rows(part.near, count, inside, std::span(near).subspan(begin, end - begin));
    begin = end;
  }
}

Result<std::vector<int32_t>> AddedItems::update(const Dataset& dataset, const std::optional<FusionNetwork>& network,
                                                std::span<const std::pair<std::string, Cells>> items,
                                                const std::map<std::string, Adopters>& adopters) {
  std::set<int32_t> set_rows;                // of the catalog
  std::set<int32_t> with_content, to_place;  // rows of added items: those with new cells; those and all with adopters
  const auto known = static_cast<int32_t>(dataset.items.size());
  for (const auto& [id, cells] : items) {
    if (const auto row = dataset.items.find(id)) {
      changed_.set(*row, cells);
      set_rows.insert(*row);
      continue;
    }
    put(id, cells, dataset.fields);
    with_content.insert(*find(id));
    set_rows.insert(known + *find(id));
  }
  to_place = with_content;
  for (const auto& [id, all] : adopters) {
    if (const auto row = find(id)) {
      to_place.insert(*row);
    }
  }
  if (network && !to_place.empty()) {
    const std::vector<int32_t> rows(to_place.begin(), to_place.end());
    const std::vector<int32_t> encoded(with_content.begin(), with_content.end());
    at::Tensor content = at::zeros({std::ssize(rows), network->item_vectors().size(1)});
    if (!encoded.empty()) {
      HAINA_TRY(const at::Tensor fused, content_of(dataset, *network, encoded));
      int64_t next = 0;
      for (size_t i = 0; i < rows.size(); ++i) {
        if (with_content.contains(rows[i])) {
          content[static_cast<int64_t>(i)].copy_(fused[next++]);
        }
      }
    }
    for (size_t i = 0; i < rows.size(); ++i) {
      if (!with_content.contains(rows[i])) {  // only the adopters are new
        content[static_cast<int64_t>(i)].copy_(part_of(rows[i]).content[rows[i] % kPart]);
      }
    }
    set_vectors(*network, rows, content, adopters);
  }
  for (const auto& [number, part] : changing_) {
    if (!network) {
      part->near = empty_csr(std::ssize(part->items), known);
    }
  }
  changing_.clear();
  return std::vector<int32_t>(set_rows.begin(), set_rows.end());
}

}  // namespace haina
