// The values of Arrow arrays as text and as JSON: one form whatever the type is, so that ids meet those of other files.
#pragma once

#include <arrow/api.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

namespace haina {

// Writes the cell of a row as text; empty for a number that is not finite.
using WriteCell = std::function<void(int64_t row, std::string& text)>;

// The array with dictionaries decoded, extensions as their storage, all times in microseconds, and all lists as large
// lists.
arrow::Result<std::shared_ptr<arrow::Array>> plain_array(const std::shared_ptr<arrow::Array>& array);

// How to write a scalar of an array that plain_array() made, which must outlive the result. Decimals lose zeros at
// their end; bytes are text where they are readable, a UUID where there are 16, else hexadecimal digits.
WriteCell text_writer(const arrow::Array& array);

// Structs, maps, and lists of anything but scalars.
bool has_inner_values(const arrow::DataType& type);
// Structs and maps as objects, lists as arrays, scalars as numbers or text, null where missing.
arrow::Result<nlohmann::json> json_value(const std::shared_ptr<arrow::Array>& array, int64_t row);

}  // namespace haina
