#include "data/field.h"

#include <algorithm>

#include "base/error.h"

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

std::string_view to_string(Side side) { return side == Side::kUser ? "user" : "item"; }

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
