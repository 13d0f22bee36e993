#include "data/formats/arrow_values.h"

#include <arrow/compute/api.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <string_view>

#include "base/utf8.h"
#include "data/formats/number_text.h"

namespace haina {
namespace {

using Json = nlohmann::json;

constexpr int64_t kYear0 = -62167219200000000;
constexpr int64_t kYear10000 = 253402300800000000;  // microseconds; ISO times end here, and begin at year 0
constexpr size_t kUuidBytes = 16;

std::string iso_of(int64_t micros) {
  if (micros >= kYear10000 || micros < kYear0) {
    return fmt::format("{} microseconds", micros);
  }
  const auto day = std::chrono::floor<std::chrono::days>(
      std::chrono::sys_time<std::chrono::microseconds>(std::chrono::microseconds(micros)));
  const std::chrono::year_month_day date(day);
  const int64_t rest = micros - std::chrono::microseconds(day.time_since_epoch()).count();
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), rest / 3600000000,
                     rest / 60000000 % 60, rest / 1000000 % 60, rest % 1000000);
}

std::string text_of_bytes(std::string_view bytes) {
  const bool readable = is_valid_utf8(bytes) && std::ranges::none_of(bytes, [](char c) {
                          return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
                        });
  if (readable) {
    return std::string(bytes);
  }
  std::string text;
  for (size_t i = 0; i < bytes.size(); ++i) {
    const bool dash = bytes.size() == kUuidBytes && (i == 4 || i == 6 || i == 8 || i == 10);
    text += fmt::format("{}{:02x}", dash ? "-" : "", static_cast<unsigned char>(bytes[i]));
  }
  return text;
}

// A decimal without exponent and without zeros behind the point: "33" for 33.0000000000.
std::string without_scale(const std::string& unscaled, int32_t scale) {
  const bool negative = unscaled.starts_with('-');
  std::string digits = unscaled.substr(negative ? 1 : 0);
  if (scale < 0) {
    digits += digits == "0" ? std::string() : std::string(static_cast<size_t>(-scale), '0');
    return (negative ? "-" : "") + digits;
  }
  const auto decimals = static_cast<size_t>(scale);
  if (digits.size() <= decimals) {
    digits.insert(0, decimals + 1 - digits.size(), '0');
  }
  if (decimals > 0) {
    digits.insert(digits.size() - decimals, 1, '.');
    while (digits.ends_with('0')) {
      digits.pop_back();
    }
    if (digits.ends_with('.')) {
      digits.pop_back();
    }
  }
  return negative && digits != "0" ? "-" + digits : digits;
}

template <class Array>
WriteCell whole_numbers_of(const arrow::Array& array) {
  const auto& typed = static_cast<const Array&>(array);
  return [&typed](int64_t row, std::string& text) { text = fmt::format("{}", typed.Value(row)); };
}

template <class Array>
WriteCell floats_of(const arrow::Array& array) {
  const auto& typed = static_cast<const Array&>(array);
  return [&typed](int64_t row, std::string& text) {
    const auto number = typed.Value(row);
    const auto whole = static_cast<double>(number);
    text = std::isfinite(number) && whole != std::floor(whole) ? fmt::format("{}", number) : number_text(whole);
  };
}

template <class Array>
WriteCell strings_of(const arrow::Array& array) {
  const auto& typed = static_cast<const Array&>(array);
  return [&typed](int64_t row, std::string& text) { text = typed.GetView(row); };
}

template <class Array>
WriteCell bytes_of(const arrow::Array& array) {
  const auto& typed = static_cast<const Array&>(array);
  return [&typed](int64_t row, std::string& text) { text = text_of_bytes(typed.GetView(row)); };
}

template <class Array, class Decimal>
WriteCell decimals_of(const arrow::Array& array) {
  const auto& typed = static_cast<const Array&>(array);
  const int32_t scale = static_cast<const arrow::DecimalType&>(*array.type()).scale();
  return [&typed, scale](int64_t row, std::string& text) {
    text = without_scale(Decimal(typed.GetValue(row)).ToIntegerString(), scale);
  };
}

WriteCell any_scalar_of(const arrow::Array& array) {
  return [&array](int64_t row, std::string& text) {
    const auto scalar = array.GetScalar(row);
    text = scalar.ok() ? (*scalar)->ToString() : "";
  };
}

bool is_list(const arrow::DataType& type) {
  return type.id() == arrow::Type::LIST || type.id() == arrow::Type::LARGE_LIST ||
         type.id() == arrow::Type::FIXED_SIZE_LIST;
}

arrow::Result<Json> json_object(const arrow::StructArray& array, int64_t row) {
  Json object = Json::object();
  for (int f = 0; f < array.num_fields(); ++f) {
    ARROW_ASSIGN_OR_RAISE(object[array.type()->field(f)->name()], json_value(array.field(f), row));
  }
  return object;
}

arrow::Result<Json> json_map(const arrow::MapArray& array, int64_t row) {
  Json object = Json::object();
  for (int64_t at = array.value_offset(row); at < array.value_offset(row + 1); ++at) {
    ARROW_ASSIGN_OR_RAISE(const Json key, json_value(array.keys(), at));
    ARROW_ASSIGN_OR_RAISE(object[key.is_string() ? key.get<std::string>() : key.dump()], json_value(array.items(), at));
  }
  return object;
}

arrow::Result<Json> json_scalar(const arrow::Array& array, int64_t row) {
  const arrow::Type::type type = array.type_id();
  if (type == arrow::Type::BOOL) {
    return static_cast<const arrow::BooleanArray&>(array).Value(row);
  }
  std::string text;
  text_writer(array)(row, text);
  if (arrow::is_integer(type)) {
    return Json::parse(text);
  }
  // A float keeps its kind, whatever its value is: lists of floats are vectors.
  if (type == arrow::Type::FLOAT || type == arrow::Type::DOUBLE) {
    return type == arrow::Type::FLOAT
               ? Json(static_cast<double>(static_cast<const arrow::FloatArray&>(array).Value(row)))
               : Json(static_cast<const arrow::DoubleArray&>(array).Value(row));
  }
  return is_valid_utf8(text) ? Json(text) : Json(text_of_bytes(text));
}

}  // namespace

arrow::Result<std::shared_ptr<arrow::Array>> plain_array(const std::shared_ptr<arrow::Array>& array) {
  const arrow::DataType& type = *array->type();
  std::shared_ptr<arrow::DataType> wanted;
  switch (type.id()) {
    case arrow::Type::EXTENSION:
      return plain_array(static_cast<const arrow::ExtensionArray&>(*array).storage());
    case arrow::Type::DICTIONARY: {
      const auto& coded = static_cast<const arrow::DictionaryArray&>(*array);
      ARROW_ASSIGN_OR_RAISE(const auto values, plain_array(coded.dictionary()));
      ARROW_ASSIGN_OR_RAISE(const arrow::Datum taken, arrow::compute::Take(values, coded.indices()));
      return taken.make_array();
    }
    case arrow::Type::DATE32:
    case arrow::Type::DATE64:
      wanted = arrow::timestamp(arrow::TimeUnit::MICRO);
      break;
    case arrow::Type::TIMESTAMP:  // the instant stays, whatever the zone
      wanted = arrow::timestamp(arrow::TimeUnit::MICRO, static_cast<const arrow::TimestampType&>(type).timezone());
      break;
    case arrow::Type::HALF_FLOAT:
      wanted = arrow::float32();
      break;
    case arrow::Type::LIST:
    case arrow::Type::FIXED_SIZE_LIST:
      wanted = arrow::large_list(static_cast<const arrow::BaseListType&>(type).value_type());
      break;
    default:
      return array;
  }
  arrow::compute::CastOptions options = arrow::compute::CastOptions::Safe(wanted);
  options.allow_time_truncate = true;  // times are kept to the microsecond
  return arrow::compute::Cast(*array, wanted, options);
}

WriteCell text_writer(const arrow::Array& array) {
  switch (array.type_id()) {
    case arrow::Type::INT8:
      return whole_numbers_of<arrow::Int8Array>(array);
    case arrow::Type::INT16:
      return whole_numbers_of<arrow::Int16Array>(array);
    case arrow::Type::INT32:
      return whole_numbers_of<arrow::Int32Array>(array);
    case arrow::Type::INT64:
      return whole_numbers_of<arrow::Int64Array>(array);
    case arrow::Type::UINT8:
      return whole_numbers_of<arrow::UInt8Array>(array);
    case arrow::Type::UINT16:
      return whole_numbers_of<arrow::UInt16Array>(array);
    case arrow::Type::UINT32:
      return whole_numbers_of<arrow::UInt32Array>(array);
    case arrow::Type::UINT64:
      return whole_numbers_of<arrow::UInt64Array>(array);
    case arrow::Type::FLOAT:
      return floats_of<arrow::FloatArray>(array);
    case arrow::Type::DOUBLE:
      return floats_of<arrow::DoubleArray>(array);
    case arrow::Type::BOOL:
      return whole_numbers_of<arrow::BooleanArray>(array);
    case arrow::Type::STRING:
      return strings_of<arrow::StringArray>(array);
    case arrow::Type::LARGE_STRING:
      return strings_of<arrow::LargeStringArray>(array);
    case arrow::Type::STRING_VIEW:
      return strings_of<arrow::StringViewArray>(array);
    case arrow::Type::BINARY:
      return bytes_of<arrow::BinaryArray>(array);
    case arrow::Type::LARGE_BINARY:
      return bytes_of<arrow::LargeBinaryArray>(array);
    case arrow::Type::BINARY_VIEW:
      return bytes_of<arrow::BinaryViewArray>(array);
    case arrow::Type::FIXED_SIZE_BINARY:
      return bytes_of<arrow::FixedSizeBinaryArray>(array);
    case arrow::Type::DECIMAL128:
      return decimals_of<arrow::Decimal128Array, arrow::Decimal128>(array);
    case arrow::Type::DECIMAL256:
      return decimals_of<arrow::Decimal256Array, arrow::Decimal256>(array);
    case arrow::Type::TIMESTAMP:  // plain_array() has made them microseconds
      return [&array](int64_t row, std::string& text) {
        text = iso_of(static_cast<const arrow::TimestampArray&>(array).Value(row));
      };
    case arrow::Type::NA:
      return [](int64_t, std::string&) {};
    default:
      return any_scalar_of(array);
  }
}

bool has_inner_values(const arrow::DataType& type) {
  if (type.id() == arrow::Type::EXTENSION) {
    return has_inner_values(*static_cast<const arrow::ExtensionType&>(type).storage_type());
  }
  if (is_list(type)) {
    return arrow::is_nested(static_cast<const arrow::BaseListType&>(type).value_type()->id());
  }
  return arrow::is_nested(type.id());
}

arrow::Result<Json> json_value(const std::shared_ptr<arrow::Array>& array, int64_t row) {
  if (array->IsNull(row)) {
    return Json();
  }
  switch (array->type_id()) {
    case arrow::Type::STRUCT:
      return json_object(static_cast<const arrow::StructArray&>(*array), row);
    case arrow::Type::MAP:
      return json_map(static_cast<const arrow::MapArray&>(*array), row);
    case arrow::Type::LIST:
    case arrow::Type::LARGE_LIST:
    case arrow::Type::FIXED_SIZE_LIST: {
      ARROW_ASSIGN_OR_RAISE(const auto one, plain_array(array->Slice(row, 1)));
      const auto& list = static_cast<const arrow::LargeListArray&>(*one);
      Json elements = Json::array();
      for (int64_t at = list.value_offset(0); at < list.value_offset(1); ++at) {
        ARROW_ASSIGN_OR_RAISE(Json element, json_value(list.values(), at));
        elements.push_back(std::move(element));
      }
      return elements;
    }
    default: {
      ARROW_ASSIGN_OR_RAISE(const auto one, plain_array(array->Slice(row, 1)));
      return one->IsNull(0) ? arrow::Result<Json>(Json()) : json_scalar(*one, 0);
    }
  }
}

}  // namespace haina
