// JSON lines: one object per line. A place's line is the line, its column 0.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/utf8.h"
#include "data/formats/format.h"
#include "data/formats/json_records.h"
#include "data/parse_cell.h"

namespace haina {
namespace {

class JsonLinesReader final : public TextReader {
 public:
  JsonLinesReader(const std::string& file, RowSink& sink) : file_(file), rows_(sink) {}

  Result<size_t> read(std::string_view text, bool last) override {
    size_t at = 0;
    while (at < text.size()) {
      const size_t end = std::min(text.find('\n', at), text.size());
      if (end == text.size() && !last) {
        break;
      }
      const std::string_view row = text.substr(at, end - at);
      ++line_;
      if (!std::ranges::all_of(row, is_json_space)) {
        HAINA_OK(rows_.add({file_, line_, byte_ + static_cast<int64_t>(at), row}, std::nullopt));
      }
      at = std::min(end + 1, text.size());
    }
    byte_ += static_cast<int64_t>(at);
    return at;
  }

  Status finish() override { return rows_.finish(file_); }

 private:
  std::string file_;
  JsonRows rows_;
  int64_t line_ = 0, byte_ = 0;
};

// The first line is an object by itself, and a second begins below.
bool has_object_lines(std::string_view text) {
  const std::string_view first = text.substr(0, text.find('\n'));
  const size_t second = text.find_first_not_of(" \t\r\n", first.size());
  return second != std::string_view::npos && text[second] == '{' && is_valid_utf8(first) &&
         nlohmann::json::parse(first, nullptr, false).is_object();
}

Match sniff_json_lines(const FileStart& start) {
  if (has_object_lines(start.text)) {
    return start.extension == ".json" ? Match::kCertain : Match::kLikely;  // many files called .json are JSON lines
  }
  const bool named = start.extension == ".jsonl" || start.extension == ".ndjson";
  return named && trimmed(start.text).starts_with('{') ? Match::kLikely : Match::kNo;
}

Status preview_json_lines(const FileStart& start, FilePreview& preview) {
  JsonPreview rows(preview);
  for (size_t at = 0; at < start.text.size() && !rows.full();) {
    const size_t end = std::min(start.text.find('\n', at), start.text.size());
    const auto object = nlohmann::json::parse(start.text.substr(at, end - at), nullptr, false);
    rows.add_value(object);
    at = end + 1;
  }
  return rows.finish(start);
}

}  // namespace

FormatEntry jsonl_format() {
  return {.name = "jsonl",
          .summary = "JSON lines: one object per line.",
          .extensions = {".jsonl", ".ndjson"},
          .content = Content::kText,
          .sniff = sniff_json_lines,
          .preview = preview_json_lines,
          .make_text_reader = [](const std::string& file, RowSink& sink) -> std::unique_ptr<TextReader> {
            return std::make_unique<JsonLinesReader>(file, sink);
          }};
}

}  // namespace haina
