#include "pipeline/explain/partial_dependence.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "experts/expert.h"
#include "metrics/intervals.h"

namespace haina {
namespace {

using nlohmann::json;

constexpr int64_t kMostItems = 300;  // that have a value, evenly spread
constexpr size_t kMostUsers = 128;
constexpr int64_t kDeciles = 10;

// These rows of a field.
Field rows_of_field(const Field& field, const std::vector<int32_t>& rows) {
  Field part;
  part.source = field.source;
  part.name = field.name;
  part.side = field.side;
  part.type = field.type;
  part.target = field.target;
  part.values = field.values;
  part.num_rows = std::ssize(rows);
  const at::Tensor index = at::tensor(std::vector<int64_t>(rows.begin(), rows.end()), at::kLong);
  if (field.numbers.defined()) {
    part.numbers = field.numbers.index_select(0, index);
  }
  if (field.images.defined()) {
    part.images = field.images.index_select(0, index);
    part.has_image = field.has_image.index_select(0, index);
  }
  if (field.codes.defined()) {
    part.codes = field.codes.index_select(0, index);
  }
  if (field.bags.offsets.defined()) {
    part.bags = take_rows(field.bags, rows);
  }
  for (size_t r = 0; r < rows.size() && !field.texts.empty(); ++r) {
    part.texts.push_back(field.texts[static_cast<size_t>(rows[r])]);
  }
  return part;
}

// The rows with a value, at most kMostItems, evenly spread.
std::vector<int32_t> spread_rows(const Field& field) {
  std::vector<int32_t> rows;
  for (int64_t r = 0; r < field.num_rows; ++r) {
    if (std::isfinite(field.numbers.const_data_ptr<float>()[r])) {
      rows.push_back(static_cast<int32_t>(r));
    }
  }
  const int64_t all = std::ssize(rows), count = std::min(all, kMostItems);
  for (int64_t i = 0; i < count; ++i) {
    rows[static_cast<size_t>(i)] = rows[static_cast<size_t>(i * all / count)];
  }
  rows.resize(static_cast<size_t>(count));
  return rows;
}

// The least value, the nine deciles between and the greatest; each once, ascending.
std::vector<float> deciles(const Field& field) {
  std::vector<float> sorted;
  const float* const numbers = field.numbers.const_data_ptr<float>();
  std::copy_if(numbers, numbers + field.num_rows, std::back_inserter(sorted), [](float v) { return std::isfinite(v); });
  std::ranges::sort(sorted);
  std::vector<float> values;
  for (int64_t d = 0; d <= kDeciles && !sorted.empty(); ++d) {
    const float value = sorted[static_cast<size_t>(d * (std::ssize(sorted) - 1) / kDeciles)];
    if (values.empty() || value > values.back()) {
      values.push_back(value);
    }
  }
  return values;
}

// Points of one field; fewer than two where the field has a single value.
Result<std::vector<json>> points_of(const FusionNetwork& network, std::span<const UserState> users,
                                    std::vector<Field> fields, const std::string& moved, std::span<const float> values,
                                    int64_t items, const StopFlag* stop) {
  HAINA_TRY(const at::Tensor as_they_are, network.fuse(fields, items));
  const at::Tensor base = network.score_vectors(users, as_they_are).to(at::kDouble);  // [users, items]
  const at::Tensor mean = base.mean(1, true);
  const at::Tensor deviation = base.std(1, false, true).clamp_min(1e-9);
  const auto field = std::ranges::find(fields, moved, &Field::full_name);
  std::vector<json> points;
  for (const float value : values) {
    if (stop != nullptr && stop->requested()) {
      return interrupted();
    }
    field->numbers = at::full({items}, value, at::kFloat);
    HAINA_TRY(const at::Tensor vectors, network.fuse(fields, items));
    const at::Tensor scores = (network.score_vectors(users, vectors).to(at::kDouble) - mean) / deviation;
    const Interval score = bootstrap_means(scores.mean(1, true).contiguous()).front();
    points.push_back({{"value", value}, {"score", score.value}, {"low", score.low}, {"high", score.high}});
  }
  return points;
}

}  // namespace

Result<json> partial_dependence(const Dataset& dataset, const Model& model, std::span<const UserState> users,
                                const StopFlag* stop) {
  std::vector<json> moved;
  if (!model.network || users.empty()) {
    return json::array();
  }
  const std::span<const UserState> some = users.first(std::min(users.size(), kMostUsers));
  const std::vector<std::string> read = model.network->item_sources();
  const auto is_read = [&](const Field& field) {
    return field.side == Side::kItem && field.target == Field::Target::kValues &&
           std::ranges::find(read, field.full_name()) != read.end();
  };
  for (const Field& field : dataset.fields) {
    if (!is_read(field) || (field.type != FieldType::kNumber && field.type != FieldType::kDate)) {
      continue;
    }
    const std::vector<int32_t> rows = spread_rows(field);
    const std::vector<float> values = deciles(field);
    if (values.size() < 2) {
      continue;
    }
    std::vector<Field> fields;
    for (const Field& one : dataset.fields) {
      if (is_read(one)) {
        fields.push_back(rows_of_field(one, rows));
      }
    }
    HAINA_TRY(std::vector<json> points,
              points_of(*model.network, some, std::move(fields), field.full_name(), values, std::ssize(rows), stop));
    const auto score = [](const json& point) { return point.at("score").get<double>(); };
    const auto [least, most] = std::ranges::minmax(points, {}, score);
    moved.push_back({{"field", field.full_name()},
                     {"type", to_string(field.type)},
                     {"users", some.size()},
                     {"items", rows.size()},
                     {"range", score(most) - score(least)},
                     {"points", std::move(points)}});
  }
  std::ranges::stable_sort(moved, std::greater(), [](const json& one) { return one.at("range").get<double>(); });
  return json(std::move(moved));
}

}  // namespace haina
