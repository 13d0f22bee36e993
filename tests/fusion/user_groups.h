// A user profile field: three groups in turn.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>

#include "data/field.h"

namespace haina {

inline Field group_of_users(int64_t users) {
  Field group;
  group.source = "users";
  group.name = "group";
  group.side = Side::kUser;
  group.type = FieldType::kCategory;
  group.num_rows = users;
  group.codes = at::arange(users).remainder(3).to(at::kInt);
  for (const char* const name : {"x", "y", "z"}) {
    group.values.find_or_add(name);
  }
  return group;
}

}  // namespace haina
