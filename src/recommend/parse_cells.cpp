// Cells of items and users as the API takes them, in the form that their columns have in the project's files.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>

#include "base/suggest.h"
#include "data/field_type.h"
#include "data/parse_cell.h"
#include "data/rows/list_cell.h"
#include "recommend/catalog.h"

namespace haina {
namespace {

using Json = nlohmann::json;

constexpr size_t kMostCells = 4096;        // of one field of one item
constexpr size_t kLongestCell = 64 << 10;  // bytes
constexpr double kLargestNumber = 1e30;    // models compute in single precision, in which larger ones are infinite

// Where an error is, and how it is made.
struct CellPlace {
  const std::string& at;
  const std::string& name;
  tl::unexpected<Error> wrong(std::string what, std::string hint) const {
    return fail({ErrorCode::kInvalidArgument, std::move(what), at + "." + name, std::move(hint)});
  }
};

// A cell as text; nullopt for anything but a string, a number or a boolean.
std::optional<std::string> cell_of(const Json& value) {
  if (value.is_string()) {
    return value.get<std::string>();
  }
  if (value.is_number() || value.is_boolean()) {
    return value.dump();
  }
  return std::nullopt;
}

// The field of that full name, or the only one of that bare name.
Result<const Field*> field_named(const std::string& name, std::span<const Field> fields, Side side,
                                 const CellPlace& place) {
  const Field* found = nullptr;
  std::vector<std::string> known;
  int bare = 0;
  for (const Field& field : fields) {
    if (field.side != side) {
      continue;
    }
    if (field.full_name() == name) {
      return &field;
    }
    known.push_back(field.name);
    known.push_back(field.full_name());
    if (field.name == name) {
      found = &field;
      ++bare;
    }
  }
  if (bare == 1) {
    return found;
  }
  const char* const kind = side == Side::kItem ? "item" : "user";
  return place.wrong(
      bare > 1 ? fmt::format("several {} fields are named '{}'", kind, name)
               : fmt::format("no {} field is named '{}'", kind, name),
      known.empty() ? fmt::format("leave it out: the project has no {} fields", kind) : did_you_mean(name, known));
}

// How the field's column is written in its source; nullptr where the configuration does not say.
const SourceConfig* source_of(const Field& field, std::span<const SourceConfig> sources) {
  const auto found = std::ranges::find(sources, field.source, &SourceConfig::name);
  return found == sources.end() ? nullptr : &*found;
}
std::string separator_of(const Field& field, const SourceConfig* source) {
  if (source == nullptr) {
    return "";
  }
  const auto column = std::ranges::find(source->columns, field.name, &ColumnConfig::column);
  return column == source->columns.end() ? "" : column->separator;
}

// Numbers of text as C writes them, whatever the source's decimal mark.
Status read_numbers(const Field& field, const SourceConfig* source, const CellPlace& place,
                    std::vector<std::string>& cells) {
  const char decimal = source == nullptr || source->decimal.empty() ? '.' : source->decimal.front();
  for (std::string& cell : cells) {
    const auto plain = parse_number(cell);
    const auto number = plain ? plain : parse_number(cell, decimal);
    if (!number || std::abs(*number) > kLargestNumber) {
      return place.wrong(fmt::format("'{}' is no number that models can take: '{}'", place.name, cell),
                         "write a number from -1e30 to 1e30");
    }
    if (!plain) {
      cell = fmt::format("{}", *number);
    }
  }
  if (field.type == FieldType::kVector && !cells.empty() && std::ssize(cells) != field.numbers.size(1)) {
    return place.wrong(fmt::format("{} numbers, where {} has {}", cells.size(), place.name, field.numbers.size(1)),
                       "give a vector of the trained length");
  }
  return ok();
}

Result<std::vector<std::string>> cells_of_field(const Json& value, const Field& field, const SourceConfig* source,
                                                const CellPlace& place) {
  const bool many =
      field.type == FieldType::kTags || field.type == FieldType::kLinks || field.type == FieldType::kVector;
  const std::string separator = many ? separator_of(field, source) : "";
  const bool split = many && !(value.is_array() && separator == kListSeparator);  // a list in a list is an element
  std::vector<std::string> cells;
  for (const Json& one : value.is_array() ? value : Json::array({value})) {
    const auto cell = cell_of(one);
    if (!cell || cell->size() > kLongestCell || cells.size() >= kMostCells) {
      return place.wrong(
          fmt::format("'{}' is neither text nor a number, nor a list of up to {}", place.name, kMostCells),
          R"(write "text", 12.5 or ["a", "b"])");
    }
    if (split) {
      std::ranges::move(split_list(*cell, separator), std::back_inserter(cells));
    } else {
      cells.push_back(*cell);
    }
  }
  if (!many && cells.size() > 1) {
    return place.wrong(fmt::format("'{}' is a list of {} values, but {} is a {}: one value", place.name, cells.size(),
                                   field.full_name(), to_string(field.type)),
                       "give one value");
  }
  if (field.type == FieldType::kNumber || field.type == FieldType::kVector) {
    HAINA_OK(read_numbers(field, source, place, cells));
  }
  if (field.type == FieldType::kImage) {
    HAINA_OK(entry_of(field.type).check_text(field, cells, place.at + "." + place.name));
  }
  return cells;
}

}  // namespace

Result<Cells> parse_cells(const Json& object, std::span<const Field> fields, Side side, const std::string& at,
                          std::span<const SourceConfig> sources) {
  Cells cells;
  for (const auto& [name, value] : object.items()) {
    const CellPlace place = {at, name};
    HAINA_TRY(const Field* const field, field_named(name, fields, side, place));
    if (!parses_from_text(field->type) || field->target != Field::Target::kValues) {
      return place.wrong(fmt::format("{} of type {} cannot be given live", field->full_name(), to_string(field->type)),
                         "add it to the source's file and train again");
    }
    if (!value.is_null()) {
      HAINA_TRY(cells[field->full_name()], cells_of_field(value, *field, source_of(*field, sources), place));
    }
  }
  return cells;
}

}  // namespace haina
