#include "data/field.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <span>

#include "base/ascii.h"
#include "base/error.h"
#include "data/field_type.h"

namespace haina {

at::Tensor Field::present() const { return entry_of(type).present(*this); }

std::string_view to_string(FieldType type) { return entry_of(type).name; }

bool parses_from_text(FieldType type) { return entry_of(type).from_text != nullptr; }

Field field_of_cells(const std::string& full_name, Side side, FieldType type,
                     const std::vector<std::vector<std::string>>& rows) {
  HAINA_ASSERT(parses_from_text(type));
  Field field;
  const size_t dot = full_name.find('.');
  field.source = full_name.substr(0, dot);
  field.name = dot == std::string::npos ? "" : full_name.substr(dot + 1);
  field.side = side;
  field.type = type;
  field.num_rows = std::ssize(rows);
  entry_of(type).from_text(rows, field);
  return field;
}

LeakScan without_pairs(const Field& field, const Csr& held_out) {
  LeakScan scan = {field, 0};
  if (!field.has_authors()) {
    return scan;
  }
  const int64_t total = field.assigned_user.size(0);
  const int32_t* const user = field.assigned_user.const_data_ptr<int32_t>();
  const int32_t* const item = field.assigned_item.const_data_ptr<int32_t>();
  const int32_t* const value = field.assigned_value.const_data_ptr<int32_t>();
  std::vector<int32_t> users, items, values;
  for (int64_t i = 0; i < total; ++i) {
    if (user[i] >= 0 && user[i] < held_out.num_rows() && std::ranges::binary_search(held_out.row(user[i]), item[i])) {
      ++scan.dropped;
      continue;
    }
    users.push_back(user[i]);
    items.push_back(item[i]);
    values.push_back(value[i]);
  }
  const std::vector<float> ones(users.size(), 1.0F);
  const std::vector<int32_t>& rows = field.side == Side::kItem ? items : users;
  scan.field.bags = csr_from_coordinates(field.num_rows, field.bags.num_cols, rows, values, ones, Repeats::kSum);
  const auto as_tensor = [](const std::vector<int32_t>& v) { return at::tensor(v, at::kInt); };
  scan.field.assigned_user = as_tensor(users);
  scan.field.assigned_item = as_tensor(items);
  scan.field.assigned_value = as_tensor(values);
  return scan;
}

bool names_title(std::string_view field) {
  static constexpr std::array<std::string_view, 9> kItems = {"product", "item", "movie", "film",   "book",
                                                             "song",    "game", "video", "article"};
  const std::string name = ascii_lower(std::string(field));
  const std::string_view last = std::string_view(name).substr(name.rfind('.') + 1);
  return name == "name" || last == "headline" || last.ends_with("title") ||
         std::ranges::any_of(kItems, [&](std::string_view item) {
           return last.starts_with(item) && last.ends_with("name") && last.size() <= item.size() + 5;
         });
}

}  // namespace haina
