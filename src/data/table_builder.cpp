#include "data/table_builder.h"

#include <ATen/Parallel.h>
#include <arrow/array/concatenate.h>
#include <arrow/array/util.h>
#include <arrow/buffer_builder.h>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <set>

#include "data/cells.h"
#include "data/delimited.h"
#include "data/read_input.h"

namespace haina {
namespace {

constexpr size_t kLongestCell = 65536;
constexpr int64_t kBeyond = INT64_MIN;  // a time that no int64 of microseconds holds
constexpr double kLatestTime = 9.2e18;  // ns in the year 2261: beyond, int64 overflows

bool must_be_there(const ColumnConfig& column) {
  static const std::set<std::string> roles = {"user",     "item", "other",  "tag", "head",
                                              "relation", "tail", "entity", "name"};
  return roles.contains(column.role);
}

// A finite number, or why not.
std::optional<double> number_of(std::string_view cell, bool decimal_comma, std::string& why) {
  const auto value = parse_number(trimmed(cell), decimal_comma ? ',' : '.');
  if (!value) {
    why = fmt::format("cannot read '{}' as a finite number", cell.substr(0, 100));
  }
  return value;
}

bool refuse(Reject& reject, const char* code, std::string message) {
  reject.code = code;
  reject.message = std::move(message);
  return false;
}

bool check_text(std::string_view text, Reject& reject) {
  if (text.find('\0') != std::string_view::npos) {
    return refuse(reject, "nul", "holds a NUL byte");
  }
  return is_valid_utf8(text) || refuse(reject, "encoding", "is not valid UTF-8");
}

void check(const arrow::Status& status) {
  if (!status.ok()) {
    throw std::bad_alloc();  // builders fail for want of memory alone
  }
}

class HugeBuffer final : public arrow::MutableBuffer {
 public:
  explicit HugeBuffer(Bytes bytes)
      : MutableBuffer(reinterpret_cast<uint8_t*>(bytes.data()), std::ssize(bytes.view())), bytes_(std::move(bytes)) {}

 private:
  Bytes bytes_;
};

std::shared_ptr<arrow::Buffer> allocate(int64_t bytes) {
  return std::make_shared<HugeBuffer>(Bytes::uninitialised(static_cast<size_t>(std::max<int64_t>(bytes, 64))));
}

// Blocks of one column as one array, block by block on all cores; a block goes as soon as it is copied.
// arrow::Concatenate for other types.
std::shared_ptr<arrow::Array> join(arrow::ArrayVector parts) {
  if (parts.size() == 1) {
    return parts.front();
  }
  const auto type = parts.front()->type();
  const bool text = type->id() == arrow::Type::LARGE_STRING;
  if (!text && type->id() != arrow::Type::DOUBLE) {
    const auto joined = arrow::Concatenate(parts);
    check(joined.status());
    return *joined;
  }
  std::vector<int64_t> rows = {0}, bytes = {0};
  int64_t nulls = 0;
  for (const auto& part : parts) {
    rows.push_back(rows.back() + part->length());
    bytes.push_back(bytes.back() +
                    (text ? static_cast<const arrow::LargeStringArray&>(*part).total_values_length() : 0));
    nulls += part->null_count();
  }
  std::shared_ptr<arrow::Buffer> valid;
  if (nulls > 0) {
    arrow::TypedBufferBuilder<bool> bits;
    check(bits.Reserve(rows.back()));
    for (const auto& part : parts) {
      for (int64_t i = 0; i < part->length(); ++i) {
        bits.UnsafeAppend(part->IsValid(i));
      }
    }
    check(bits.Finish(&valid));
  }
  const std::shared_ptr<arrow::Buffer> fixed = allocate((rows.back() + (text ? 1 : 0)) * 8);  // numbers, or offsets
  const std::shared_ptr<arrow::Buffer> data = text ? allocate(bytes.back()) : nullptr;
  at::parallel_for(0, std::ssize(parts), 1, [&](int64_t first, int64_t last) {
    for (int64_t p = first; p < last; ++p) {
      const auto at = static_cast<size_t>(p);
      uint8_t* const to = fixed->mutable_data() + rows[at] * 8;
      if (text) {
        const auto& part = static_cast<const arrow::LargeStringArray&>(*parts[at]);
        auto* const offsets = reinterpret_cast<int64_t*>(to);
        for (int64_t i = 0; i < part.length(); ++i) {
          offsets[i] = bytes[at] + part.value_offset(i) - part.value_offset(0);
        }
        std::memcpy(data->mutable_data() + bytes[at], part.raw_data() + part.value_offset(0),
                    static_cast<size_t>(part.total_values_length()));
      } else {
        std::memcpy(to, static_cast<const arrow::DoubleArray&>(*parts[at]).raw_values(),
                    static_cast<size_t>(parts[at]->length()) * 8);
      }
      parts[at].reset();
    }
  });
  if (text) {
    reinterpret_cast<int64_t*>(fixed->mutable_data())[rows.back()] = bytes.back();
    return std::make_shared<arrow::LargeStringArray>(rows.back(), fixed, data, valid, nulls);
  }
  return std::make_shared<arrow::DoubleArray>(rows.back(), fixed, valid, nulls);
}

std::vector<std::string> parts_of(std::string_view cell, const std::string& separator) {
  std::vector<std::string> parts;
  for (size_t at = 0; at < cell.size();) {
    size_t end = separator.empty() ? std::string_view::npos : cell.find(separator, at);
    end = end == std::string_view::npos ? cell.size() : end;
    std::string_view part = cell.substr(at, end - at);
    while (part.starts_with(' ')) {
      part.remove_prefix(1);
    }
    while (part.ends_with(' ')) {
      part.remove_suffix(1);
    }
    if (!part.empty()) {
      parts.emplace_back(part);
    }
    at = end + std::max<size_t>(1, separator.size());
  }
  return parts;
}

// The numbers become times: `numbers` must own its values. The unit by the magnitude of the median, which a few absurd
// cells do not move: it lies between 1973 and 5138 in just one of s, ms, µs, ns. Of ten thousand rows, spread evenly.
std::shared_ptr<arrow::Array> times_of(const arrow::DoubleArray& numbers, std::string unit, bool iso,
                                       nlohmann::json& seen) {
  const int64_t n = numbers.length();
  std::vector<double> magnitudes;
  for (int64_t i = 0; i < n; i += std::max<int64_t>(1, n / 10000)) {
    if (!numbers.IsNull(i)) {
      magnitudes.push_back(std::abs(numbers.Value(i)));
    }
  }
  if (iso) {
    unit = "iso";  // in microseconds already, whatever unit numbers would have had
  }
  if (unit.empty()) {
    const auto middle = magnitudes.begin() + std::ssize(magnitudes) / 2;
    std::nth_element(magnitudes.begin(), middle, magnitudes.end());
    const double typical = magnitudes.empty() ? 0 : *middle;
    unit = typical < 1e11 ? "s" : typical < 1e14 ? "ms" : typical < 1e17 ? "us" : "ns";
  }
  seen["time_unit"] = unit;
  const double factor = unit == "s" ? 1e6 : unit == "ms" ? 1e3 : unit == "ns" ? 1e-3 : 1;
  // In place: a time is as wide as the number it was.
  auto* const out = const_cast<int64_t*>(reinterpret_cast<const int64_t*>(numbers.raw_values()));
  std::atomic<int64_t> beyond = 0;
  at::parallel_for(0, n, 1 << 16, [&](int64_t begin, int64_t end) {
    int64_t absurd = 0;
    for (int64_t i = begin; i < end; ++i) {
      const double time = numbers.raw_values()[i] * factor;
      const bool sound = std::abs(time) <= 9e18;
      absurd += sound || numbers.IsNull(i) ? 0 : 1;
      out[i] = sound ? static_cast<int64_t>(time) : kBeyond;
    }
    beyond += absurd;
  });
  std::shared_ptr<arrow::Buffer> valid = numbers.null_bitmap();
  if (beyond > 0) {
    arrow::TypedBufferBuilder<bool> bits;
    check(bits.Reserve(n));
    for (int64_t i = 0; i < n; ++i) {
      bits.UnsafeAppend(numbers.IsValid(i) && out[i] != kBeyond);
    }
    check(bits.Finish(&valid));
  }
  return std::make_shared<arrow::TimestampArray>(arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"), n, numbers.values(),
                                                 valid, numbers.null_count() + beyond);
}

// Whole and decimal numbers of up to fifteen digits, exactly rounded: an integer below 2^53 over a power of ten below
// 10^22. false: ask parse_number.
bool plain_number(std::string_view text, double& value) {
  static constexpr double kPowers[] = {1,   1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                       1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
  const bool negative = !text.empty() && text[0] == '-';
  size_t at = negative ? 1 : 0;
  if (text.size() - at == 0 || text.size() - at > 16) {
    return false;
  }
  int64_t digits = 0;
  size_t count = 0;
  size_t decimals = 0;
  bool point = false;
  for (; at < text.size(); ++at) {
    const auto digit = static_cast<unsigned char>(text[at] - '0');
    if (digit <= 9) {
      digits = digits * 10 + digit;
      ++count;
      decimals += point ? 1 : 0;
    } else if (text[at] == '.' && !point && count > 0) {
      point = true;
    } else {
      return false;
    }
  }
  if (count == 0 || count > 15 || (point && decimals == 0)) {
    return false;
  }
  value = static_cast<double>(digits) / kPowers[decimals];
  value = negative ? -value : value;
  return true;
}

}  // namespace

TableBuilder::CellType TableBuilder::cell_type(const ColumnConfig& column) {
  if (column.role == "time") {
    return CellType::kTime;
  }
  if (column.role == "value" || column.role == "weight" || column.type == "number") {
    return CellType::kNumber;
  }
  return column.type == "tags" ? CellType::kTags : column.type == "vector" ? CellType::kVector : CellType::kText;
}

TableBuilder::TableBuilder(const SourceConfig& source) : source_(source) {
  for (const ColumnConfig& column : source.columns) {
    const CellType type = cell_type(column);
    types_.push_back(type);
    auto* const pool = arrow::default_memory_pool();
    switch (type) {
      case CellType::kText:
        builders_.push_back(std::make_unique<arrow::LargeStringBuilder>(pool));
        break;
      case CellType::kNumber:
      case CellType::kTime:
        builders_.push_back(std::make_unique<arrow::DoubleBuilder>(pool));
        break;
      case CellType::kTags:
        builders_.push_back(
            std::make_unique<arrow::ListBuilder>(pool, std::make_shared<arrow::LargeStringBuilder>(pool)));
        break;
      case CellType::kVector:
        builders_.push_back(std::make_unique<arrow::ListBuilder>(pool, std::make_shared<arrow::DoubleBuilder>(pool)));
        break;
    }
    iso_.push_back(type == CellType::kTime && column.type == "iso");
    time_seen_.push_back(false);
    needed_.push_back(must_be_there(column));
    only_plain_ = only_plain_ && type != CellType::kTags && type != CellType::kVector;
  }
  parsed_.resize(types_.size());
  plain_.resize(types_.size());
}

void TableBuilder::follow(const TableBuilder& earlier) {
  iso_ = earlier.iso_;
  time_seen_ = earlier.time_seen_;
}

bool TableBuilder::times_known() const {
  for (size_t i = 0; i < types_.size(); ++i) {
    if (types_[i] == CellType::kTime && !time_seen_[i]) {
      return false;
    }
  }
  return true;
}

void TableBuilder::reserve(int64_t rows, int64_t bytes) {
  for (size_t i = 0; i < builders_.size(); ++i) {
    check(builders_[i]->Reserve(rows));
    if (types_[i] == CellType::kText) {
      // A share of the bytes to start with; more is taken where it is needed. Room to spare would be cleared for
      // nothing.
      check(static_cast<arrow::LargeStringBuilder&>(*builders_[i]).ReserveData(bytes / (4 * std::ssize(builders_))));
    }
  }
}

bool TableBuilder::add_plain(std::span<const std::string_view> cells) {
  if (!only_plain_) {
    return false;
  }
  for (size_t i = 0; i < cells.size(); ++i) {
    const std::string_view cell = cells[i];
    if (types_[i] == CellType::kText) {
      if ((cell.empty() && needed_[i]) || cell.size() > kLongestCell) {
        return false;
      }
      continue;
    }
    double& number = plain_[i];
    if (cell.empty()) {
      number = std::nan("");
      continue;
    }
    const bool time = types_[i] == CellType::kTime;
    if (time && (!time_seen_[i] || iso_[i])) {  // the first says what the others are; ISO has its own parser
      const auto iso = time_seen_[i] ? parse_iso_time(cell) : std::nullopt;
      if (!iso) {
        return false;
      }
      number = static_cast<double>(*iso);
      continue;
    }
    if ((!time && source_.decimal == ",") || !plain_number(cell, number)) {
      const auto parsed = parse_number(cell, !time && source_.decimal == "," ? ',' : '.');
      if (!parsed || (time && std::abs(*parsed) > kLatestTime)) {
        return false;
      }
      number = *parsed;
    }
  }
  for (size_t i = 0; i < cells.size(); ++i) {
    if (types_[i] == CellType::kText) {
      auto& builder = static_cast<arrow::LargeStringBuilder&>(*builders_[i]);
      if (cells[i].empty()) {
        builder.UnsafeAppendNull();
      } else {
        check(builder.ReserveData(std::ssize(cells[i])));
        builder.UnsafeAppend(cells[i].data(), std::ssize(cells[i]));
      }
    } else {
      auto& builder = static_cast<arrow::DoubleBuilder&>(*builders_[i]);
      std::isnan(plain_[i]) ? builder.UnsafeAppendNull() : builder.UnsafeAppend(plain_[i]);
    }
  }
  return true;
}

std::shared_ptr<arrow::Table> TableBuilder::finish(std::span<const std::unique_ptr<TableBuilder>> builders,
                                                   nlohmann::json& seen) {
  TableBuilder& first = *builders.front();
  std::vector<std::shared_ptr<arrow::Field>> fields;
  std::vector<std::shared_ptr<arrow::Array>> arrays;
  for (size_t i = 0; i < first.builders_.size(); ++i) {
    arrow::ArrayVector parts;
    bool iso = false;
    for (const std::unique_ptr<TableBuilder>& builder : builders) {
      std::shared_ptr<arrow::Array> part;
      check(builder->builders_[i]->Finish(&part));
      iso = iso || (builder->iso_[i] && (builder->time_seen_[i] || builders.size() == 1));
      if (part->length() > 0 || builders.size() == 1) {
        parts.push_back(std::move(part));
      }
    }
    if (parts.empty()) {
      parts.push_back(*arrow::MakeEmptyArray(first.builders_[i]->type()));
    }
    std::shared_ptr<arrow::Array> array = join(std::move(parts));
    const ColumnConfig& column = first.source_.columns[i];
    if (first.types_[i] == CellType::kTime) {
      array = times_of(static_cast<const arrow::DoubleArray&>(*array), column.type, iso, seen);
    }
    fields.push_back(arrow::field(role_or_name(column), array->type()));
    arrays.push_back(std::move(array));
  }
  return arrow::Table::Make(arrow::schema(fields), arrays);
}

bool TableBuilder::add(std::span<const Cell> cells, Reject& reject, size_t& column_at) {
  for (size_t i = 0; i < cells.size(); ++i) {
    column_at = i;
    parsed_[i] = {};
    if (!(cells[i].is_list ? check_list(i, cells[i], reject) : check_cell(i, cells[i], reject))) {
      reject.field = role_or_name(source_.columns[i]);
      reject.message = fmt::format("column '{}': {}", source_.columns[i].column, reject.message);
      return false;
    }
  }
  for (size_t i = 0; i < cells.size(); ++i) {
    if (types_[i] == CellType::kTime && parsed_[i].number) {
      iso_[i] = parsed_[i].iso;
      time_seen_[i] = true;
    }
    append(i, cells[i]);
  }
  return true;
}

bool TableBuilder::check_cell(size_t i, const Cell& given, Reject& reject) {
  const std::string_view cell = given.text;
  const ColumnConfig& column = source_.columns[i];
  if (!check_text(cell, reject)) {
    return false;
  }
  if (cell.size() > kLongestCell && types_[i] == CellType::kText && must_be_there(column)) {
    return refuse(reject, "long", fmt::format("an id of {} bytes", cell.size()));
  }
  if (cell.empty() && must_be_there(column)) {
    return refuse(reject, "empty", "is empty");
  }
  std::string why;
  Parsed& parsed = parsed_[i];
  if (types_[i] == CellType::kNumber && !cell.empty()) {
    parsed.number = number_of(cell, source_.decimal == "," && !given.typed, why);
    return parsed.number || refuse(reject, "number", why);
  }
  if (types_[i] == CellType::kTime && !cell.empty()) {
    const auto iso = parse_iso_time(trimmed(cell));
    parsed.iso = iso.has_value();
    parsed.number = iso ? std::optional(static_cast<double>(*iso)) : number_of(cell, false, why);
    if (parsed.number && std::abs(*parsed.number) > kLatestTime) {
      return refuse(reject, "time", fmt::format("'{}' is no time in any unit", cell.substr(0, 100)));
    }
    // A column is either ISO or numbers of one unit, as its first sound cell says.
    if (!parsed.number || (time_seen_[i] && iso_[i] != parsed.iso) || (column.type == "iso" && !parsed.iso)) {
      return refuse(reject, "time", fmt::format("cannot read '{}' as a time like those before", cell.substr(0, 100)));
    }
  }
  if (types_[i] == CellType::kVector) {
    for (const std::string& part : parts_of(cell, column.separator)) {
      const auto number = number_of(part, false, why);
      if (!number) {
        return refuse(reject, "number", why);
      }
      parsed.vector.push_back(*number);
    }
  }
  return true;
}

bool TableBuilder::check_list(size_t i, const Cell& cell, Reject& reject) {
  if (types_[i] != CellType::kTags && types_[i] != CellType::kVector) {
    return refuse(reject, "list", "holds a list where one value is wanted");
  }
  if (types_[i] == CellType::kVector &&
      !std::ranges::all_of(cell.numbers, [](double number) { return std::isfinite(number); })) {
    return refuse(reject, "number", "holds a number that is not finite");
  }
  if (types_[i] == CellType::kTags && !cell.numbers.empty()) {
    return refuse(reject, "list", "holds numbers where tags are wanted");
  }
  parsed_[i].vector.assign(cell.numbers.begin(), cell.numbers.end());
  for (const std::string& part : cell.parts) {
    if (!check_text(part, reject)) {
      return false;
    }
    if (types_[i] == CellType::kVector) {
      std::string why;
      const auto number = number_of(part, false, why);
      if (!number) {
        return refuse(reject, "number", why);
      }
      parsed_[i].vector.push_back(*number);
    }
  }
  return true;
}

void TableBuilder::append(size_t i, const Cell& given) {
  const std::string_view cell = given.text;
  switch (types_[i]) {
    case CellType::kText: {
      auto& builder = static_cast<arrow::LargeStringBuilder&>(*builders_[i]);
      check(cell.empty() ? builder.AppendNull() : builder.Append(cell));
      return;
    }
    case CellType::kNumber:
    case CellType::kTime: {
      auto& builder = static_cast<arrow::DoubleBuilder&>(*builders_[i]);
      check(parsed_[i].number ? builder.Append(*parsed_[i].number) : builder.AppendNull());
      return;
    }
    case CellType::kTags: {
      auto& builder = static_cast<arrow::ListBuilder&>(*builders_[i]);
      check(builder.Append());
      const auto put = [&](const std::string& part) {
        check(static_cast<arrow::LargeStringBuilder&>(*builder.value_builder()).Append(part));
      };
      if (given.is_list) {
        std::ranges::for_each(given.parts, put);
      } else {
        std::ranges::for_each(parts_of(cell, source_.columns[i].separator), put);
      }
      return;
    }
    case CellType::kVector: {
      auto& builder = static_cast<arrow::ListBuilder&>(*builders_[i]);
      check(builder.Append());
      check(static_cast<arrow::DoubleBuilder&>(*builder.value_builder()).AppendValues(parsed_[i].vector));
      return;
    }
  }
}

}  // namespace haina
