// NumPy's .npy: a matrix of real numbers in C order. The column "#row" is the row's number from 0, "vector" the row. In
// places the line is the row, from 1. NumPy has no bfloat16: ml_dtypes writes it as '<V2', whose byte order no other
// type of two bytes has. '|V2' are two bytes of anything.
#include <c10/util/BFloat16.h>
#include <c10/util/Half.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/formats/format.h"

namespace haina {
namespace {

static_assert(std::endian::native == std::endian::little, "the file's little-endian numbers are copied as they are");

constexpr std::string_view kMagic = "\x93NUMPY";

template <class Number>
double number_at(const char* data) {
  Number number;
  std::memcpy(&number, data, sizeof(Number));
  return static_cast<double>(number);
}

struct NumberType {
  std::string_view descr;  // as the header writes it
  size_t width;            // bytes of a number
  double (*read)(const char*);
};
constexpr auto kNumberTypes = std::to_array<NumberType>({{"<f2", 2, number_at<c10::Half>},
                                                         {"<f4", 4, number_at<float>},
                                                         {"<f8", 8, number_at<double>},
                                                         {"<V2", 2, number_at<c10::BFloat16>},
                                                         {"bfloat16", 2, number_at<c10::BFloat16>},
                                                         {"|i1", 1, number_at<int8_t>},
                                                         {"<i2", 2, number_at<int16_t>},
                                                         {"<i4", 4, number_at<int32_t>},
                                                         {"<i8", 8, number_at<int64_t>},
                                                         {"|u1", 1, number_at<uint8_t>},
                                                         {"<u2", 2, number_at<uint16_t>},
                                                         {"<u4", 4, number_at<uint32_t>},
                                                         {"<u8", 8, number_at<uint64_t>},
                                                         {"|b1", 1, number_at<uint8_t>}});

struct Layout {
  const NumberType* type = nullptr;
  int64_t num_rows = 0;
  int64_t num_columns = 0;
  size_t begin = 0;  // byte where the numbers begin
};

Error damaged(const std::string& file, const std::string& why, size_t byte) {
  return {ErrorCode::kBadData, "damaged .npy file: " + why, fmt::format("{}:byte {}", file, byte),
          "write it again with numpy.save"};
}

// The header's text after "'key':", without leading blanks.
std::optional<std::string_view> value_of(std::string_view header, const std::string& key) {
  const size_t at = header.find("'" + key + "':");
  if (at == std::string_view::npos) {
    return std::nullopt;
  }
  header.remove_prefix(at + key.size() + 3);
  header.remove_prefix(std::min(header.find_first_not_of(' '), header.size()));
  return header;
}

// "(3, 4)" as 3 and 4; nothing if the text is not a tuple of counts.
std::optional<std::vector<int64_t>> shape_of(std::string_view text) {
  const size_t close = text.find(')');
  if (!text.starts_with('(') || close == std::string_view::npos) {
    return std::nullopt;
  }
  std::vector<int64_t> shape;
  text = text.substr(1, close - 1);
  while (!text.empty()) {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    if (text.empty()) {
      break;
    }
    int64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc() || count < 0) {
      return std::nullopt;
    }
    text.remove_prefix(static_cast<size_t>(end - text.data()));
    if (!text.empty() && text.front() != ',') {
      return std::nullopt;
    }
    text.remove_prefix(text.empty() ? 0 : 1);
    shape.push_back(count);
  }
  return shape;
}

// Fills in where the numbers begin, and returns the header: a Python dictionary as text.
Result<std::string_view> read_header(std::string_view bytes, const std::string& file, Layout& layout) {
  if (!bytes.starts_with(kMagic) || bytes.size() < 12) {
    return fail(damaged(file, "it does not begin as one", 0));
  }
  const auto byte = [&](size_t i) { return static_cast<size_t>(static_cast<unsigned char>(bytes[i])); };
  const bool wide = byte(6) >= 2;
  if (byte(6) < 1 || byte(6) > 3) {
    return fail({ErrorCode::kUnsupported, fmt::format(".npy version {}", byte(6)), file + ":byte 6",
                 "write it again with numpy.save"});
  }
  const size_t length = wide ? byte(8) | byte(9) << 8U | byte(10) << 16U | byte(11) << 24U : byte(8) | byte(9) << 8U;
  const size_t begin = wide ? 12 : 10;
  layout.begin = begin + length;
  if (layout.begin > bytes.size()) {
    return fail(damaged(file, fmt::format("a header of {} bytes does not fit", length), 8));
  }
  return bytes.substr(begin, length);
}

// Whether the shape matches the bytes after the header.
Status check_size(const Layout& layout, size_t num_bytes, const std::string& file) {
  const size_t held = num_bytes / layout.type->width;
  const auto columns = static_cast<size_t>(layout.num_columns);
  // Divided, not multiplied: the product of two counts from a file may overflow.
  const bool exact =
      columns == 0 ? held == 0 : held % columns == 0 && held / columns == static_cast<size_t>(layout.num_rows);
  if (!exact || num_bytes % layout.type->width != 0) {
    return fail(damaged(
        file,
        fmt::format("its shape ({}, {}) does not fit its {} bytes", layout.num_rows, layout.num_columns, num_bytes),
        layout.begin));
  }
  return columns == 0 ? fail(damaged(file, "its rows are empty", layout.begin)) : ok();
}

// Of a sound file that holds something else than rows of known numbers.
Error unsupported(std::string_view type, std::string_view order, size_t dimensions, const std::string& file) {
  const std::string descr(type.substr(0, std::min(type.find_first_of(",}"), size_t{20})));
  const bool known_type = std::ranges::any_of(
      kNumberTypes, [&](const NumberType& known) { return descr == fmt::format("'{}'", known.descr); });
  const bool bytes = descr.starts_with("'|V") || descr.starts_with("'<V");
  const std::string what = !known_type                  ? fmt::format("a .npy file of type {}{}", descr,
                                                     bytes ? ", which does not say what numbers its bytes are" : "")
                           : order.starts_with("False") ? fmt::format("a .npy file with {} dimensions", dimensions)
                                                        : "a .npy file in Fortran order";
  return {ErrorCode::kUnsupported, what, file + ":byte 10",
          bytes ? "save x.astype('float32') with the library that wrote it, with two dimensions"
                : "save numpy.ascontiguousarray(x, dtype='<f4') with two dimensions"};
}

Result<Layout> read_layout(std::string_view bytes, const std::string& file) {
  Layout layout;
  HAINA_TRY(const std::string_view header, read_header(bytes, file, layout));
  const auto type = value_of(header, "descr");
  const auto order = value_of(header, "fortran_order");
  const auto shape_text = value_of(header, "shape");
  const auto shape = shape_text ? shape_of(*shape_text) : std::nullopt;
  if (!type || !order || !shape) {
    return fail(damaged(file, "its header gives no descr, fortran_order and shape", 10));
  }
  const auto found = std::ranges::find_if(
      kNumberTypes, [&](const NumberType& known) { return type->starts_with(fmt::format("'{}'", known.descr)); });
  if (found == kNumberTypes.end() || !order->starts_with("False") || shape->size() != 2) {
    return fail(unsupported(*type, *order, shape->size(), file));
  }
  layout.type = &*found;
  layout.num_rows = (*shape)[0];
  layout.num_columns = (*shape)[1];
  HAINA_OK(check_size(layout, bytes.size() - layout.begin, file));
  return layout;
}

Status read_npy(std::string_view bytes, const std::string& file, RowSink& sink) {
  HAINA_TRY(const Layout layout, read_layout(bytes, file));
  const std::vector<ColumnConfig>& columns = sink.source().columns;
  for (const ColumnConfig& column : columns) {
    if (column.column != "#row" && column.column != "vector") {
      return fail({ErrorCode::kBadData, fmt::format("a .npy file has no column '{}'", column.column), column.place,
                   "name \"#row\", the row's number from 0, and \"vector\""});
    }
  }
  std::vector<double> vector(static_cast<size_t>(layout.num_columns));
  std::vector<Cell> cells(columns.size());
  const char* data = bytes.data() + layout.begin;
  for (int64_t row = 0; row < layout.num_rows; ++row) {
    for (double& value : vector) {
      value = layout.type->read(data);
      data += layout.type->width;
    }
    const std::string name = fmt::format("{}", row);
    for (size_t i = 0; i < columns.size(); ++i) {
      cells[i] =
          columns[i].column == "#row" ? Cell{.text = name, .typed = true} : Cell{.numbers = vector, .is_list = true};
    }
    HAINA_OK(sink.add({file, row + 1, 0, {}}, cells, {}));
  }
  return ok();
}

Status preview_npy(const FileStart& start, FilePreview& preview) {
  if (!start.bytes.starts_with(kMagic)) {
    return fail(not_readable(start, "damaged .npy file: it does not begin as one"));
  }
  Layout ignored;  // a header that cannot be read is an error of the reading
  const auto header = read_header(start.bytes, start.path.string(), ignored);
  const auto type = header ? value_of(*header, "descr") : std::nullopt;
  if (type && type->starts_with("'<V2'")) {
    preview.doubts.emplace_back("its numbers have two bytes and no type: they are read as bfloat16");
  }
  preview.doubts.emplace_back(
      "row n is assumed to belong to the item whose id is n; otherwise give ids = { item = \"map.json\" }");
  return ok();
}

}  // namespace

FormatEntry npy_format() {
  return {
      .name = "npy",
      .summary = "NumPy's .npy: a matrix with one vector per row.",
      .extensions = {".npy"},
      .sniff = [](const FileStart& start) { return start.bytes.starts_with(kMagic) ? Match::kCertain : Match::kNo; },
      .columns = {{.name = "#row", .role = "item"}, {.name = "vector", .list = ListKind::kNumbers}},
      .preview = preview_npy,
      .read_whole = read_npy};
}

}  // namespace haina
