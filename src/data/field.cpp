#include "data/field.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "data/parse_cell.h"

namespace haina {

at::Tensor Field::present() const {
  at::Tensor mask = at::zeros({num_rows}, at::kBool);
  bool* const out = mask.data_ptr<bool>();
  switch (type) {
    case FieldType::kId:
    case FieldType::kBehaviour:
      return at::ones({num_rows}, at::kBool);
    case FieldType::kNumber:
      return at::isfinite(numbers);
    case FieldType::kVector:
      return at::isfinite(numbers).all(1);
    case FieldType::kCategory:
      return codes.ge(0);
    case FieldType::kTags:
    case FieldType::kLinks:
    case FieldType::kSocial:
      for (int64_t r = 0; r < num_rows; ++r) {
        out[r] = !bags.row(r).empty();
      }
      return mask;
    case FieldType::kText:
    case FieldType::kMedia:
      for (int64_t r = 0; r < num_rows; ++r) {
        out[r] = !texts[static_cast<size_t>(r)].empty();
      }
      return mask;
  }
  return mask;
}

std::string_view to_string(FieldType type) {
  switch (type) {
    case FieldType::kId:
      return "id";
    case FieldType::kBehaviour:
      return "behaviour";
    case FieldType::kNumber:
      return "number";
    case FieldType::kCategory:
      return "category";
    case FieldType::kTags:
      return "tags";
    case FieldType::kText:
      return "text";
    case FieldType::kVector:
      return "vector";
    case FieldType::kLinks:
      return "links";
    case FieldType::kSocial:
      return "social";
    case FieldType::kMedia:
      return "media";
  }
  return "";
}

bool is_made_of_cells(FieldType type) {
  return type == FieldType::kNumber || type == FieldType::kCategory || type == FieldType::kTags ||
         type == FieldType::kText || type == FieldType::kVector || type == FieldType::kLinks;
}

Field field_of_cells(const std::string& full_name, Side side, FieldType type,
                     const std::vector<std::vector<std::string>>& rows) {
  HAINA_ASSERT(is_made_of_cells(type));
  Field field;
  const size_t dot = full_name.find('.');
  field.source = full_name.substr(0, dot);
  field.name = dot == std::string::npos ? "" : full_name.substr(dot + 1);
  field.side = side;
  field.type = type;
  field.num_rows = std::ssize(rows);
  const auto number_of = [](const std::string& cell) {
    return static_cast<float>(parse_number(cell).value_or(std::numeric_limits<double>::quiet_NaN()));
  };
  const bool bags = type == FieldType::kTags || type == FieldType::kLinks;
  int64_t width = type == FieldType::kNumber ? 1 : 0;
  for (const std::vector<std::string>& cells : rows) {
    width = type == FieldType::kVector ? std::max(width, std::ssize(cells)) : width;
  }
  if (type == FieldType::kNumber || type == FieldType::kVector) {
    field.numbers = at::full({field.num_rows, width}, std::nanf(""));
  }
  field.codes = type == FieldType::kCategory ? at::full({field.num_rows}, -1, at::kInt) : at::Tensor();
  field.texts.resize(type == FieldType::kText ? rows.size() : 0);
  std::vector<int32_t> of_row, columns;
  for (size_t r = 0; r < rows.size(); ++r) {
    for (size_t i = 0; i < rows[r].size() && (bags || type == FieldType::kVector || i == 0); ++i) {
      const std::string& cell = rows[r][i];
      if (bags) {
        of_row.push_back(static_cast<int32_t>(r));
        columns.push_back(field.values.find_or_add(cell));
      } else if (type == FieldType::kCategory) {
        field.codes.data_ptr<int32_t>()[r] = field.values.find_or_add(cell);
      } else if (type == FieldType::kText) {
        field.texts[r] = cell;
      } else {
        field.numbers.data_ptr<float>()[static_cast<int64_t>(r) * width + static_cast<int64_t>(i)] = number_of(cell);
      }
    }
  }
  if (bags) {
    field.bags = csr_from_coordinates(field.num_rows, field.values.size(), of_row, columns,
                                      std::vector<float>(columns.size(), 1.0F), Repeats::kMax);
  } else if (type == FieldType::kNumber) {
    field.numbers = field.numbers.squeeze(1);
  }
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

}  // namespace haina
