// Fields without cells: every row has a value, and nothing is saved.
#pragma once

#include <ATen/ATen.h>

#include <string>
#include <string_view>

#include "base/error.h"
#include "base/tensors_file.h"
#include "data/field.h"
#include "data/field_type.h"

namespace haina {

inline FieldTypeEntry type_without_cells(std::string_view name) {
  return {.name = name,
          .present = [](const Field& field) { return at::ones({field.num_rows}, at::kBool); },
          .save = [](const Field&, const std::string&, TensorMap&) {},
          .load = [](Field&, const TensorMap&, const std::string&, const std::string&) { return ok(); },
          .is_sound = [](const Field&, const DatasetSize&) { return true; }};
}

}  // namespace haina
