#include "data/source_reader.h"

#include <arrow/io/compressed.h>
#include <arrow/io/file.h>
#include <arrow/util/compression.h>
#include <fmt/format.h>
#include <glob.h>

#include <set>

#include "base/files.h"
#include "base/suggest.h"
#include "data/cells.h"
#include "data/delimited.h"

namespace haina {
namespace fs = std::filesystem;
namespace {

constexpr size_t kLongestCell = 65536;
constexpr size_t kMostColumns = 100000;
constexpr int64_t kKeptRejects = 1000;
constexpr double kLatestTime = 9.2e18;  // ns in the year 2261: beyond, int64 overflows

// The whole text, unpacked where the name says .gz or .zst.
Result<std::string> read_bytes(const fs::path& path) {
  const std::string extension = path.extension().string();
  if (extension != ".gz" && extension != ".zst") {
    return read_text(path);
  }
  std::string text;
  const auto read = [&]() -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(const auto file, arrow::io::ReadableFile::Open(path.string()));
    ARROW_ASSIGN_OR_RAISE(const auto codec, arrow::util::Codec::Create(extension == ".gz" ? arrow::Compression::GZIP : arrow::Compression::ZSTD));
    ARROW_ASSIGN_OR_RAISE(const auto stream, arrow::io::CompressedInputStream::Make(codec.get(), file));
    while (true) {
      ARROW_ASSIGN_OR_RAISE(const auto buffer, stream->Read(1 << 20));
      if (buffer->size() == 0) {
        return arrow::Status::OK();
      }
      text.append(reinterpret_cast<const char*>(buffer->data()), static_cast<size_t>(buffer->size()));
    }
  };
  std::error_code code;
  if (!fs::exists(path, code)) {
    errno = ENOENT;
    return fail(io_error(path, "cannot read"));
  }
  if (const arrow::Status status = read(); !status.ok()) {
    return fail({ErrorCode::kBadData, "damaged or truncated compressed file: " + status.message(), fmt::format("{}:byte {}", path.string(), text.size()),
                 "copy the file again from where it came"});
  }
  return text;
}

Result<std::vector<fs::path>> expand_paths(const SourceConfig& source, const ReadOptions& options) {
  HAINA_TRY(const std::string expanded, expand_environment(source.path, source.place));
  const fs::path path = fs::path(expanded).is_absolute() ? fs::path(expanded) : options.base / expanded;
  if (expanded.find_first_of("*?[") == std::string::npos) {
    return std::vector<fs::path>{path};
  }
  glob_t found = {};
  std::vector<fs::path> paths;
  if (::glob(path.c_str(), 0, nullptr, &found) == 0) {
    paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  }
  ::globfree(&found);
  if (paths.empty()) {
    return fail({ErrorCode::kNotFound, fmt::format("no file matches '{}'", path.string()), source.place, "check the pattern"});
  }
  return paths;
}

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
  bool add(const std::vector<std::string_view>& cells, Reject& reject) {
    for (size_t i = 0; i < cells.size(); ++i) {
      const std::string_view cell = cells[i];
      const ColumnConfig& column = source_.columns[i];
      const auto refuse = [&](const char* code, std::string message) {
        reject.field = column.role.empty() ? column.column : column.role;
        reject.code = code;
        reject.message = fmt::format("column '{}': {}", column.column, message);
        return false;
      };
      if (cell.find('\0') != std::string_view::npos) {
        return refuse("nul", "holds a NUL byte");
      }
      if (!is_valid_utf8(cell)) {
        return refuse("encoding", "is not valid UTF-8");
      }
      if (cell.size() > kLongestCell && types_[i] == CellType::kText && must_be_there(column)) {
        return refuse("long", fmt::format("an id of {} bytes", cell.size()));
      }
      if (cell.empty() && must_be_there(column)) {
        return refuse("empty", "is empty");
      }
      parsed_[i] = {};
      std::string why;
      if (types_[i] == CellType::kNumber && !cell.empty()) {
        parsed_[i].number = number_of(cell, source_.decimal == ",", why);
        if (!parsed_[i].number) {
          return refuse("number", why);
        }
      } else if (types_[i] == CellType::kTime && !cell.empty()) {
        const auto iso = parse_iso_time(trimmed(cell));
        parsed_[i].number = iso ? std::optional(static_cast<double>(*iso)) : number_of(cell, false, why);
        if (parsed_[i].number && std::abs(*parsed_[i].number) > kLatestTime) {
          return refuse("time", fmt::format("'{}' is no time in any unit", cell.substr(0, 100)));
        }
        // A column is either ISO or numbers of one unit, as its first sound cell says.
        if (!parsed_[i].number || (time_seen_[i] && iso_[i] != iso.has_value()) || (column.type == "iso" && !iso)) {
          return refuse("time", fmt::format("cannot read '{}' as a time like those before", cell.substr(0, 100)));
        }
      } else if (types_[i] == CellType::kVector) {
        for (const std::string& part : parts_of(cell, column.separator)) {
          const auto number = number_of(part, false, why);
          if (!number) {
            return refuse("number", why);
          }
          parsed_[i].vector.push_back(*number);
        }
      }
    }
    for (size_t i = 0; i < cells.size(); ++i) {
      if (types_[i] == CellType::kTime && parsed_[i].number) {
        iso_[i] = parse_iso_time(trimmed(cells[i])).has_value();
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
      fields.push_back(arrow::field(column.role.empty() ? column.column : column.role, array->type()));
      arrays.push_back(array);
    }
    return arrow::Table::Make(arrow::schema(fields), arrays);
  }

 private:
  struct Parsed {
    std::optional<double> number;
    std::vector<double> vector;
  };

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

  void append(size_t i, std::string_view cell) {
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
        for (const std::string& part : parts_of(cell, source_.columns[i].separator)) {
          check(static_cast<arrow::LargeStringBuilder&>(*builder.value_builder()).Append(part));
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
    if (unit.empty()) {
      const auto middle = magnitudes.begin() + std::ssize(magnitudes) / 2;
      std::nth_element(magnitudes.begin(), middle, magnitudes.end());
      const double typical = magnitudes.empty() ? 0 : *middle;
      unit = iso ? "iso" : typical < 1e11 ? "s" : typical < 1e14 ? "ms" : typical < 1e17 ? "us" : "ns";
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

std::string without_type(const std::string& header) { return header.substr(0, header.find(':')); }

// For every configured column its place in the file.
Result<std::vector<size_t>> locate(const SourceConfig& source, const std::vector<std::string>& header, const std::string& file) {
  std::set<std::string> names;
  for (const std::string& name : header) {
    if (!names.insert(name).second) {
      return fail({ErrorCode::kBadData, fmt::format("two columns are called '{}'", name), file + ":1", "give each column its own name"});
    }
  }
  std::vector<size_t> places;
  for (const ColumnConfig& column : source.columns) {
    size_t place = header.size();
    for (size_t i = 0; i < header.size(); ++i) {
      if (header[i] == column.column || without_type(header[i]) == column.column) {
        place = i;
        break;
      }
    }
    if (place == header.size()) {
      std::vector<std::string> known;
      for (const std::string& name : header) {
        known.push_back(without_type(name));
      }
      const std::string hint = header.size() == 1 ? "; only one column was found: check the delimiter" : "";
      return fail({ErrorCode::kBadData, fmt::format("no column '{}' (asked for at {})", column.column, column.place), file + ":1",
                   did_you_mean(column.column, known) + hint});
    }
    places.push_back(place);
  }
  return places;
}

Status write_rejects(const fs::path& path, const std::vector<Reject>& rejects) {
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
  fs::create_directories(path.parent_path(), ignored);
  return write_text(path, text);
}

}  // namespace

Result<ReadResult> read_source(const SourceConfig& given, const ReadOptions& options) {
  HAINA_TRY(const std::vector<fs::path> paths, expand_paths(given, options));
  if (!given.format.empty() && given.format != "csv" && given.format != "tsv" && given.format != "delimited") {
    return fail({ErrorCode::kUnsupported, fmt::format("format '{}' cannot be read", given.format), given.place, "give csv, tsv or delimited text"});
  }
  if (given.columns.empty()) {
    return fail({ErrorCode::kInvalidArgument, fmt::format("source '{}' names no columns", given.name), given.place,
                 "write columns = { user = \"…\", item = \"…\" }, or run haina init"});
  }
  ReadResult result;
  TableBuilder builder(given);
  std::vector<Reject> rejects;
  for (const fs::path& path : paths) {
    HAINA_TRY(std::string text, read_bytes(path));
    const std::string file = path.string();
    if (text.empty()) {
      return fail({ErrorCode::kBadData, "the file is empty", file, "export it again"});
    }
    if (text.starts_with("\xEF\xBB\xBF")) {
      text.erase(0, 3);
    }
    if (given.encoding == "latin-1" || (given.encoding.empty() && !is_valid_utf8(text) && text.find('\0') == std::string::npos)) {
      text = latin1_to_utf8(text);
      result.seen["encoding"] = "latin-1";
    }
    const std::string_view head = std::string_view(text).substr(0, std::min<size_t>(text.size(), 1 << 16));
    Dialect dialect = given.delimiter.empty() ? guess_dialect(head.substr(0, head.rfind('\n') + 1)) : Dialect{given.delimiter, true};
    dialect.quotes = given.quote != "none";
    result.seen["delimiter"] = dialect.delimiter;
    const bool headerless = given.header == "no" || std::ranges::any_of(given.columns, [](const ColumnConfig& c) { return c.column.starts_with('#'); });
    result.seen["header"] = !headerless;
    std::vector<size_t> places;
    size_t width = 0;
    Status broken = ok();
    scan_delimited(text, dialect, [&](const DelimitedRow& row) {
      if (places.empty()) {
        width = row.cells.size();
        std::vector<std::string> header = row.cells;
        if (headerless) {
          for (size_t i = 0; i < width; ++i) {
            header[i] = fmt::format("#{}", i + 1);
          }
        }
        auto located = width > kMostColumns ? fail({ErrorCode::kBadData, fmt::format("{} columns", width), file + ":1", "check the delimiter"})
                                            : locate(given, header, file);
        if (!located) {
          broken = fail(located.error());
          return false;
        }
        places = *located;
        if (!headerless) {
          return true;
        }
      }
      ++result.read;
      if ((result.read & 0xFFFF) == 0 && options.stop != nullptr && options.stop->requested()) {
        broken = fail({ErrorCode::kInterrupted, "stopped while reading", file, "run it again"});
        return false;
      }
      Reject reject = {file, row.line, 0, row.byte, "", "", "", std::string(row.raw.substr(0, 1000))};
      bool sound = row.cells.size() == width && !row.open_quote;
      if (row.open_quote) {
        reject.code = "quote";
        reject.message = "a quote opens and never closes";
      } else if (!sound) {
        reject.code = "ragged";
        reject.message = fmt::format("{} cells where the first row has {}", row.cells.size(), width);
      } else {
        std::vector<std::string_view> cells;
        for (const size_t place : places) {
          cells.emplace_back(row.cells[place]);
        }
        sound = builder.add(cells, reject);
        if (!sound) {
          for (size_t i = 0; i < places.size(); ++i) {
            const ColumnConfig& column = given.columns[i];
            if ((column.role.empty() ? column.column : column.role) == reject.field) {
              reject.column = static_cast<int64_t>(places[i]) + 1;
            }
          }
        }
      }
      ++(sound ? result.accepted : result.rejected);
      if (!sound) {
        rejects.push_back(std::move(reject));
      }
      return true;
    });
    HAINA_OK(broken);
  }
  if (!rejects.empty() && !options.rejects_file.empty()) {
    HAINA_OK(write_rejects(options.rejects_file, rejects));
  }
  if (result.read == 0) {
    return fail({ErrorCode::kBadData, "no rows", paths.front().string() + ":1", "check the delimiter and the header line"});
  }
  if (result.accepted == 0 || static_cast<double>(result.rejected) > given.max_rejects * static_cast<double>(result.read)) {
    const Reject& first = rejects.front();
    const std::string kept = options.rejects_file.empty() ? "" : "; all of them: " + options.rejects_file.string();
    return fail({ErrorCode::kBadData, fmt::format("{} of {} rows are bad; the first: {}", result.rejected, result.read, first.message),
                 fmt::format("{}:{}:{}", first.file, first.line, std::max<int64_t>(1, first.column)),
                 "mend the rows, or raise max_rejects of this [[source]]" + kept});
  }
  rejects.resize(std::min<size_t>(rejects.size(), kKeptRejects));
  result.first_rejects = std::move(rejects);
  HAINA_TRY(result.table, builder.finish(result.seen));
  return result;
}

}  // namespace haina
