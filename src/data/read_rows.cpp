#include "data/read_rows.h"

#include <fmt/format.h>

#include <cmath>
#include <set>

#include "base/files.h"
#include "data/cells.h"
#include "data/delimited.h"

namespace haina {
namespace {

constexpr size_t kLongestCell = 65536;
constexpr int64_t kKeptRejects = 1000;
constexpr double kLatestTime = 9.2e18;  // ns in the year 2261: beyond, int64 overflows

enum class CellType { kText, kNumber, kTime, kTags, kVector };

CellType cell_type(const ColumnConfig& column) {
  if (column.role == "time") {
    return CellType::kTime;
  }
  if (column.role == "value" || column.role == "weight" || column.type == "number") {
    return CellType::kNumber;
  }
  return column.type == "tags" ? CellType::kTags : column.type == "vector" ? CellType::kVector : CellType::kText;
}

bool must_be_there(const ColumnConfig& column) {
  static const std::set<std::string> roles = {"user", "item", "other", "tag", "head", "relation", "tail", "entity", "name"};
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

Status write_rejects(const std::filesystem::path& path, const std::vector<Reject>& rejects) {
  const auto quoted = [](const std::string& text) {
    std::string result = "\"";
    for (const char c : text) {
      result += c == '"' ? "\"\"" : std::string(1, c);
    }
    return result + "\"";
  };
  std::string text = "file,line,column,byte,field,code,message,raw\n";
  for (const Reject& r : rejects) {
    text += fmt::format("{},{},{},{},{},{},{},{}\n", quoted(r.file), r.line, r.column, r.byte, quoted(r.field), r.code, quoted(r.message), quoted(r.raw));
  }
  std::error_code ignored;
  std::filesystem::create_directories(path.parent_path(), ignored);
  return write_text(path, text);
}

}  // namespace

// Rows of one source, cell by cell, into Arrow builders; times stay numbers until their unit is known from all of them.
class TableBuilder {
 public:
  explicit TableBuilder(const SourceConfig& source) : source_(source) {
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
          builders_.push_back(std::make_unique<arrow::ListBuilder>(pool, std::make_shared<arrow::LargeStringBuilder>(pool)));
          break;
        case CellType::kVector:
          builders_.push_back(std::make_unique<arrow::ListBuilder>(pool, std::make_shared<arrow::DoubleBuilder>(pool)));
          break;
      }
      iso_.push_back(type == CellType::kTime && column.type == "iso");
      time_seen_.push_back(false);
    }
    parsed_.resize(types_.size());
  }

  // cells[i] belongs to source.columns[i]. Nothing is added unless every cell is sound.
  bool add(std::span<const Cell> cells, Reject& reject, size_t& column_at) {
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

  Result<std::shared_ptr<arrow::Table>> finish(nlohmann::json& seen) {
    std::vector<std::shared_ptr<arrow::Field>> fields;
    std::vector<std::shared_ptr<arrow::Array>> arrays;
    for (size_t i = 0; i < builders_.size(); ++i) {
      std::shared_ptr<arrow::Array> array;
      check(builders_[i]->Finish(&array));
      const ColumnConfig& column = source_.columns[i];
      if (types_[i] == CellType::kTime) {
        array = times_of(static_cast<const arrow::DoubleArray&>(*array), column.type, iso_[i], seen);
      }
      fields.push_back(arrow::field(role_or_name(column), array->type()));
      arrays.push_back(array);
    }
    return arrow::Table::Make(arrow::schema(fields), arrays);
  }

 private:
  struct Parsed {
    std::optional<double> number;
    std::vector<double> vector;
    bool iso = false;
  };

  static bool refuse(Reject& reject, const char* code, std::string message) {
    reject.code = code;
    reject.message = std::move(message);
    return false;
  }

  static bool check_text(std::string_view text, Reject& reject) {
    if (text.find('\0') != std::string_view::npos) {
      return refuse(reject, "nul", "holds a NUL byte");
    }
    return is_valid_utf8(text) || refuse(reject, "encoding", "is not valid UTF-8");
  }

  bool check_cell(size_t i, const Cell& given, Reject& reject) {
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

  bool check_list(size_t i, const Cell& cell, Reject& reject) {
    if (types_[i] != CellType::kTags && types_[i] != CellType::kVector) {
      return refuse(reject, "list", "holds a list where one value is wanted");
    }
    if (types_[i] == CellType::kVector && !std::ranges::all_of(cell.numbers, [](double number) { return std::isfinite(number); })) {
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

  static void check(const arrow::Status& status) {
    if (!status.ok()) {
      throw std::bad_alloc();  // builders fail for want of memory alone
    }
  }

  static std::vector<std::string> parts_of(std::string_view cell, const std::string& separator) {
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

  void append(size_t i, const Cell& given) {
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
        const auto put = [&](const std::string& part) { check(static_cast<arrow::LargeStringBuilder&>(*builder.value_builder()).Append(part)); };
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

  // The unit by the magnitude of the median, which a few absurd cells do not move: it lies between 1973 and 5138 in just one of s, ms, µs, ns.
  static std::shared_ptr<arrow::Array> times_of(const arrow::DoubleArray& numbers, std::string unit, bool iso, nlohmann::json& seen) {
    std::vector<double> magnitudes;
    for (int64_t i = 0; i < numbers.length(); ++i) {
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
    arrow::TimestampBuilder builder(arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"), arrow::default_memory_pool());
    for (int64_t i = 0; i < numbers.length(); ++i) {
      const double micros = numbers.IsNull(i) ? 0 : numbers.Value(i) * factor;
      check(numbers.IsNull(i) || std::abs(micros) > 9e18 ? builder.AppendNull() : builder.Append(static_cast<int64_t>(micros)));
    }
    std::shared_ptr<arrow::Array> array;
    check(builder.Finish(&array));
    return array;
  }

  const SourceConfig& source_;
  std::vector<CellType> types_;
  std::vector<std::unique_ptr<arrow::ArrayBuilder>> builders_;
  std::vector<bool> iso_, time_seen_;
  std::vector<Parsed> parsed_;
};

std::string role_or_name(const ColumnConfig& column) { return column.role.empty() ? column.column : column.role; }

std::string place_of(const Reject& reject) {
  const std::string place = fmt::format("{}:{}", reject.file, reject.line);
  return reject.column == 0 ? place : fmt::format("{}:{}", place, reject.column);
}

RowSink::RowSink(const SourceConfig& source, const ReadOptions& options)
    : source_(source), options_(options), builder_(std::make_unique<TableBuilder>(source)) {}

RowSink::~RowSink() = default;

Status RowSink::count(std::string_view file) {
  ++result_.read;
  if ((result_.read & 0xFFFF) == 0 && options_.stop != nullptr && options_.stop->requested()) {
    return fail({ErrorCode::kInterrupted, "stopped while reading", std::string(file), "run it again"});
  }
  return ok();
}

Status RowSink::add(const RowPlace& place, std::span<const Cell> cells, std::span<const size_t> columns) {
  HAINA_OK(count(place.file));
  Reject reject;
  size_t column_at = 0;
  if (builder_->add(cells, reject, column_at)) {
    ++result_.accepted;
    return ok();
  }
  ++result_.rejected;
  reject.file = place.file;
  reject.line = place.line;
  reject.column = columns.empty() ? 0 : static_cast<int64_t>(columns[column_at]) + 1;
  reject.byte = place.byte;
  reject.raw = place.raw.substr(0, 1000);
  rejects_.push_back(std::move(reject));
  return ok();
}

Status RowSink::refuse(const RowPlace& place, const char* code, std::string message) {
  HAINA_OK(count(place.file));
  ++result_.rejected;
  rejects_.push_back({std::string(place.file), place.line, 0, place.byte, "", code, std::move(message), std::string(place.raw.substr(0, 1000))});
  return ok();
}

Result<ReadResult> RowSink::finish(const std::string& file) {
  if (!options_.rejects_file.empty()) {
    if (rejects_.empty()) {
      std::error_code ignored;  // what cannot be removed is an old file of ours, which no count mentions
      std::filesystem::remove(options_.rejects_file, ignored);
    } else {
      HAINA_OK(write_rejects(options_.rejects_file, rejects_));
    }
  }
  if (result_.read == 0) {
    return fail({ErrorCode::kBadData, "no rows", file + ":1", "check the delimiter and the header line"});
  }
  if (result_.accepted == 0 || static_cast<double>(result_.rejected) > source_.max_rejects * static_cast<double>(result_.read)) {
    const Reject& first = rejects_.front();
    const std::string kept = options_.rejects_file.empty() ? "" : "; all of them: " + options_.rejects_file.string();
    return fail({ErrorCode::kBadData, fmt::format("{} of {} rows are bad; the first: {}", result_.rejected, result_.read, first.message), place_of(first),
                 "mend the rows, or raise max_rejects of this [[source]]" + kept});
  }
  rejects_.resize(std::min<size_t>(rejects_.size(), kKeptRejects));
  result_.first_rejects = std::move(rejects_);
  HAINA_TRY(result_.table, builder_->finish(result_.seen));
  return std::move(result_);
}

}  // namespace haina
