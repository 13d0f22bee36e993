#include "data/read_rows.h"

#include <fmt/format.h>

#include <iterator>

#include "base/files.h"
#include "data/table_builder.h"

namespace haina {
namespace {

constexpr int64_t kKeptRejects = 1000;

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
    text += fmt::format("{},{},{},{},{},{},{},{}\n", quoted(r.file), r.line, r.column, r.byte, quoted(r.field), r.code,
                        quoted(r.message), quoted(r.raw));
  }
  std::error_code ignored;
  std::filesystem::create_directories(path.parent_path(), ignored);
  return write_text(path, text);
}

}  // namespace

std::string role_or_name(const ColumnConfig& column) { return column.role.empty() ? column.column : column.role; }

std::string place_of(const Reject& reject) {
  const std::string place = fmt::format("{}:{}", reject.file, reject.line);
  return reject.column == 0 ? place : fmt::format("{}:{}", place, reject.column);
}

RowSink::RowSink(const SourceConfig& source, const ReadOptions& options)
    : source_(source), options_(options), builders_(1) {
  builders_.back() = std::make_unique<TableBuilder>(source);
}

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
  if (builders_.back()->add(cells, reject, column_at)) {
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
  rejects_.push_back({std::string(place.file), place.line, 0, place.byte, "", code, std::move(message),
                      std::string(place.raw.substr(0, 1000))});
  return ok();
}

bool RowSink::times_known() const { return builders_.back()->times_known(); }

std::unique_ptr<TableBuilder> RowSink::following() const {
  auto builder = std::make_unique<TableBuilder>(source_);
  builder->follow(*builders_.back());
  return builder;
}

Status RowSink::absorb(RowBlock block, std::string_view file) {
  result_.read += block.accepted + std::ssize(block.rejects);
  result_.accepted += block.accepted;
  result_.rejected += std::ssize(block.rejects);
  std::ranges::move(block.rejects, std::back_inserter(rejects_));
  builders_.push_back(std::move(block.builder));
  if (options_.stop != nullptr && options_.stop->requested()) {
    return fail({ErrorCode::kInterrupted, "stopped while reading", std::string(file), "run it again"});
  }
  builders_.push_back(following());
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
  if (result_.accepted == 0 ||
      static_cast<double>(result_.rejected) > source_.max_rejects * static_cast<double>(result_.read)) {
    const Reject& first = rejects_.front();
    const std::string kept = options_.rejects_file.empty() ? "" : "; all of them: " + options_.rejects_file.string();
    return fail({ErrorCode::kBadData,
                 fmt::format("{} of {} rows are bad; the first: {}", result_.rejected, result_.read, first.message),
                 place_of(first), "mend the rows, or raise max_rejects of this [[source]]" + kept});
  }
  rejects_.resize(std::min<size_t>(rejects_.size(), kKeptRejects));
  result_.first_rejects = std::move(rejects_);
  result_.table = TableBuilder::finish(builders_, result_.seen);
  return std::move(result_);
}

}  // namespace haina
