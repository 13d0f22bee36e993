#include "data/rows/row_sink.h"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

#include "data/rows/row_block_builder.h"

namespace haina {
namespace fs = std::filesystem;
namespace {

constexpr size_t kKeptRejects = 1000;           // in memory; the rejects file has all
constexpr int64_t kRowsAtOnce = 1 << 16;        // rows added one by one that are made columns together
constexpr size_t kRejectBytesAtOnce = 1 << 20;  // of the rejects file that are written together

std::string csv_quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    result += c == '"' ? "\"\"" : std::string(1, c);
  }
  return result + "\"";
}

fs::path temporary(const fs::path& file) { return file.string() + ".tmp"; }

}  // namespace

std::string place_of(const Reject& reject) {
  const std::string place = fmt::format("{}:{}", reject.file, reject.line);
  return reject.column == 0 ? place : fmt::format("{}:{}", place, reject.column);
}

RowSink::RowSink(const SourceConfig& source, const ReadOptions& options)
    : source_(source), options_(options), columns_(source), builder_(std::make_unique<RowBlockBuilder>(source)) {}

RowSink::~RowSink() {
  if (reject_file_) {
    std::error_code ignored;  // the temporary file is ours and incomplete
    fs::remove(temporary(options_.rejects_file), ignored);
  }
}

Status RowSink::count(std::string_view file) {
  ++result_.read;
  if ((result_.read & 0xFFFF) == 0 && options_.stop != nullptr && options_.stop->requested()) {
    return fail({ErrorCode::kInterrupted, "stopped while reading", std::string(file), "run it again"});
  }
  return ok();
}

Status RowSink::keep(Reject reject) {
  if (reject.code == kNotWanted) {
    --result_.read;
    return ok();
  }
  ++result_.rejected;
  invalid_texts_ += reject.code == "encoding" ? 1 : 0;
  headers_ += reject.code == "header" ? 1 : 0;
  if (!options_.rejects_file.empty()) {
    reject_rows_ +=
        fmt::format("{},{},{},{},{},{},{},{}\n", csv_quoted(reject.file), reject.line, reject.column, reject.byte,
                    csv_quoted(reject.field), reject.code, csv_quoted(reject.message), csv_quoted(reject.raw));
    if (reject_rows_.size() > kRejectBytesAtOnce) {
      HAINA_OK(write_rejects());
    }
  }
  if (result_.first_rejects.size() < kKeptRejects) {
    result_.first_rejects.push_back(std::move(reject));
  }
  return ok();
}

Status RowSink::write_rejects() {
  if (!reject_file_) {
    std::error_code ignored;  // if this fails, create() gives the reason
    fs::create_directories(options_.rejects_file.parent_path(), ignored);
    HAINA_TRY(FileWriter file, FileWriter::create(temporary(options_.rejects_file)));
    reject_file_.emplace(std::move(file));
    HAINA_OK(reject_file_->write("file,line,column,byte,field,code,message,raw\n"));
  }
  HAINA_OK(reject_file_->write(reject_rows_));
  reject_rows_.clear();
  return ok();
}

Status RowSink::add(const RowPlace& place, std::span<const Cell> cells, std::span<const size_t> columns) {
  HAINA_OK(count(place.file));
  Reject reject;
  size_t column_at = 0;
  if (builder_->add(cells, reject, column_at)) {
    ++result_.accepted;
    if (builder_->num_rows() == kRowsAtOnce) {
      flush();
    }
    return ok();
  }
  reject.file = place.file;
  reject.line = place.line;
  reject.column = columns.empty() ? 0 : static_cast<int64_t>(columns[column_at]) + 1;
  reject.byte = place.byte;
  reject.raw = place.raw.substr(0, 1000);
  return keep(std::move(reject));
}

Status RowSink::reject(const RowPlace& place, const char* code, std::string message) {
  HAINA_OK(count(place.file));
  return keep({std::string(place.file), place.line, 0, place.byte, "", code, std::move(message),
               std::string(place.raw.substr(0, 1000))});
}

void RowSink::set_constants(std::vector<std::string> cells) {
  flush();
  constants_ = std::move(cells);
  source_of_file_.reset();
  if (!constants_.empty()) {
    source_of_file_ = source_;
    source_of_file_->columns.resize(source_.columns.size() - constants_.size());
  }
  builder_->set_constants(constants_);
}
void RowSink::use_decimal(char mark) { builder_->use_decimal(mark); }

bool RowSink::times_known() const { return builder_->times_known(); }

std::unique_ptr<RowBlockBuilder> RowSink::new_builder() {
  if (spare_.empty()) {
    spare_.push_back(std::make_unique<RowBlockBuilder>(source_));
  }
  std::unique_ptr<RowBlockBuilder> builder = std::move(spare_.back());
  spare_.pop_back();
  builder->clear();
  builder->follow(*builder_);
  builder->set_constants(constants_);
  return builder;
}

void RowSink::flush() {
  if (builder_->num_rows() > 0) {
    std::unique_ptr<RowBlockBuilder> next = new_builder();
    const std::span<ColumnBlock> columns = builder_->columns();
    columns_.append({&columns, 1});
    spare_.push_back(std::exchange(builder_, std::move(next)));
  }
}

Status RowSink::append(std::vector<RowBlock> blocks, std::string_view file) {
  flush();
  std::vector<std::span<ColumnBlock>> columns;
  for (RowBlock& block : blocks) {
    result_.read += block.accepted + std::ssize(block.rejects);
    result_.accepted += block.accepted;
    for (Reject& reject : block.rejects) {
      HAINA_OK(keep(std::move(reject)));
    }
    columns.push_back(block.builder->columns());
  }
  columns_.append(columns);
  if (!blocks.empty()) {
    builder_->follow(*blocks.back().builder);
  }
  for (RowBlock& block : blocks) {
    spare_.push_back(std::move(block.builder));
  }
  if (options_.stop != nullptr && options_.stop->requested()) {
    return fail({ErrorCode::kInterrupted, "stopped while reading", std::string(file), "run it again"});
  }
  return ok();
}

Status RowSink::close_rejects() {
  if (options_.rejects_file.empty()) {
    return ok();
  }
  if (result_.rejected == 0) {
    std::error_code ignored;  // a file of an earlier reading; no count refers to it
    fs::remove(options_.rejects_file, ignored);
    return ok();
  }
  HAINA_OK(write_rejects());
  HAINA_OK(reject_file_->close());
  if (std::rename(temporary(options_.rejects_file).c_str(), options_.rejects_file.c_str()) != 0) {
    return fail(io_error(options_.rejects_file, "cannot write"));
  }
  reject_file_.reset();
  return ok();
}

Result<ReadResult> RowSink::finish(const std::string& file) {
  HAINA_OK(close_rejects());
  if (result_.read == 0) {  // a header alone: a new shop has no events yet
    result_.detected["no_rows"] = file;
  }
  const int64_t bad = result_.rejected - headers_;
  if (result_.read > 0 &&
      (result_.accepted == 0 ||
       static_cast<double>(bad) > source_.max_rejects * static_cast<double>(result_.read - headers_))) {
    const Reject& first = result_.first_rejects.front();
    const std::string kept = options_.rejects_file.empty() ? "" : "; all of them: " + options_.rejects_file.string();
    return fail({ErrorCode::kBadData,
                 fmt::format("{} of {} rows are bad; the first: {}", result_.rejected, result_.read, first.message),
                 place_of(first), "fix the rows, or raise max_rejects of this [[source]]" + kept});
  }
  flush();
  result_.table = columns_.finish(result_.detected);
  const nlohmann::json odd_columns = result_.detected.value("not_numbers", nlohmann::json::object());
  for (const auto& [name, odd] : odd_columns.items()) {
    const auto cells = odd["cells"].get<int64_t>();
    if (static_cast<double>(cells) > source_.max_rejects * static_cast<double>(result_.accepted)) {
      return fail({ErrorCode::kBadData,
                   fmt::format("column '{}': {} of {} cells are no numbers; the first: '{}'", name, cells,
                               result_.accepted, odd["first"].get<std::string>()),
                   file, fmt::format("write {} = \"category\" or \"text\" in the columns of this [[source]]", name)});
    }
  }
  return std::move(result_);
}

}  // namespace haina
