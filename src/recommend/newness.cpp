#include "recommend/newness.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ascii.h"

namespace haina {
namespace {

bool holds_one_of(std::string_view text, std::span<const std::string_view> words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return text.find(word) != std::string_view::npos; });
}

// "published_at" and "release_year", not "sale_ends".
bool names_a_beginning(const std::string& field) {
  static constexpr std::array<std::string_view, 6> kNames = {"year", "date", "release", "publish", "created", "added"};
  static constexpr std::array<std::string_view, 5> kEnds = {"end", "expir", "until", "updat", "birth"};
  const std::string name = ascii_lower(field);
  return holds_one_of(name, kNames) && !holds_one_of(name, kEnds);
}

// The first item field of that type that says when an item began; nullptr: none.
const Field* beginning(const Dataset& dataset, FieldType type) {
  const auto found = std::ranges::find_if(dataset.fields, [&](const Field& field) {
    return field.side == Side::kItem && field.type == type && names_a_beginning(field.name);
  });
  return found == dataset.fields.end() ? nullptr : &*found;
}

}  // namespace

at::Tensor item_newness(const Catalog& catalog, const at::Tensor& hidden) {
  const auto is_there = [&](int64_t item) { return !hidden.defined() || !hidden.const_data_ptr<bool>()[item]; };
  const int64_t known = catalog.dataset().items.size();
  at::Tensor newness = at::zeros({catalog.size()});
  float* const out = newness.data_ptr<float>();
  const Field* const dates = beginning(catalog.dataset(), FieldType::kDate);
  const Field* const field = dates != nullptr ? dates : beginning(catalog.dataset(), FieldType::kNumber);
  if (field != nullptr && known > 0) {
    std::vector<std::vector<std::string>> rows;
    for (int32_t item = 0; item < known; ++item) {
      rows.push_back(catalog.cells(*field, item));
    }
    const Field current = field_of_cells(field->full_name(), Side::kItem, field->type, rows);
    const float* const numbers = current.numbers.const_data_ptr<float>();
    std::vector<float> sorted;
    for (int64_t item = 0; item < known; ++item) {
      if (std::isfinite(numbers[item]) && is_there(item)) {
        sorted.push_back(numbers[item]);
      }
    }
    std::ranges::sort(sorted);
    for (int64_t item = 0; item < known; ++item) {
      if (std::isfinite(numbers[item]) && is_there(item)) {
        const auto place = std::ranges::lower_bound(sorted, numbers[item]) - sorted.begin();
        out[item] = static_cast<float>(place) / static_cast<float>(sorted.size());
      }
    }
  }
  std::vector<int64_t> added;
  for (int64_t item = known; item < catalog.size(); ++item) {
    if (is_there(item)) {
      added.push_back(item);
    }
  }
  for (size_t place = 0; place < added.size(); ++place) {
    out[added[place]] = 1 + static_cast<float>(place + 1) / static_cast<float>(added.size());
  }
  return newness;
}

}  // namespace haina
