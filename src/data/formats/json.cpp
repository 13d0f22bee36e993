// A JSON document: an array of objects, or one object that holds a value under each id. Elements are parsed one by one,
// so that a bad one costs its own row alone. The column "#key" is the id, "#value" all that is stored under it.
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/utf8.h"
#include "data/formats/format.h"
#include "data/formats/json_paths.h"
#include "data/formats/json_records.h"
#include "data/parse_cell.h"

namespace haina {
namespace {

// Walks over the elements of the outermost array or object.
class Document {
 public:
  Document(std::string_view text, const std::string& file, RowSink& sink) : text_(text), file_(file), rows_(sink) {}

  // `records`: the path of a list inside the document; empty: the document itself.
  Status read(const std::string& records) {
    if (!records.empty()) {
      const std::vector<RecordList> lists = find_record_lists(text_);
      const auto list = std::ranges::find(lists, records, &RecordList::path);
      if (list == lists.end()) {
        return broken(fmt::format("the document has no list of objects at '{}'", records));
      }
      line_ += std::ranges::count(text_.substr(0, list->begin), '\n');
      at_ = list->begin;
      text_ = text_.substr(0, list->begin + list->length);
    }
    skip_space();
    if (at_ == text_.size() || (text_[at_] != '[' && text_[at_] != '{')) {
      return broken("no JSON array or object begins here");
    }
    close_ = text_[at_] == '[' ? ']' : '}';
    ++at_;
    skip_space();
    while (at_ < text_.size() && text_[at_] != close_) {
      HAINA_OK(read_element());
    }
    if (at_ == text_.size()) {
      return broken("the JSON ends before its last bracket");
    }
    ++at_;
    skip_space();
    if (at_ < text_.size()) {
      return broken("text follows the end of the JSON");
    }
    return rows_.finish(file_);
  }

 private:
  Status read_element() {
    const int64_t first_line = line_;
    std::optional<std::string> key;
    if (close_ == '}') {
      HAINA_TRY(key, read_key());
    }
    const size_t end = value_end(',');
    if (end == text_.size()) {
      line_ = first_line;
      return broken("the JSON ends inside the element that begins here");
    }
    const std::string_view value = text_.substr(at_, end - at_);
    HAINA_OK(rows_.add({file_, first_line, static_cast<int64_t>(at_), value}, key));
    line_ += std::ranges::count(value, '\n');
    at_ = end + (text_[end] == ',' ? 1 : 0);
    skip_space();
    return ok();
  }

  Result<std::optional<std::string>> read_key() {
    const size_t end = value_end(':');
    const std::string_view quoted = text_.substr(at_, end - at_);
    const auto parsed = is_valid_utf8(quoted) && quoted.starts_with('"') ? nlohmann::json::parse(quoted, nullptr, false)
                                                                         : nlohmann::json();
    if (end == text_.size() || text_[end] != ':' || !parsed.is_string()) {
      return fail(broken("a key in double quotes and a colon are expected here").error());
    }
    line_ += std::ranges::count(quoted, '\n');
    at_ = end + 1;
    skip_space();
    return std::optional(parsed.get<std::string>());
  }

  // Where the value that begins here ends: at `until`, a comma or the closing bracket of the outermost level.
  size_t value_end(char until) const {
    JsonNesting nesting;
    size_t end = at_;
    for (; end < text_.size(); ++end) {
      const char c = text_[end];
      if (!nesting.in_string() && nesting.depth() == 0 && (c == until || c == close_ || c == ',')) {
        break;
      }
      nesting.step(c);
    }
    return end;
  }

  void skip_space() {
    for (; at_ < text_.size() && is_json_space(text_[at_]); ++at_) {
      line_ += text_[at_] == '\n' ? 1 : 0;
    }
  }

  Status broken(const std::string& what) const {
    return fail({ErrorCode::kBadData, what, fmt::format("{}:{}", file_, line_), "export the whole file again"});
  }

  std::string_view text_;
  const std::string& file_;
  JsonRows rows_;
  size_t at_ = 0;
  int64_t line_ = 1;
  char close_ = ']';
};

Status read_document(std::string_view text, const std::string& file, RowSink& sink) {
  return Document(text, file, sink).read(sink.source().records);
}

// The elements of the outermost array or object. The text may be cut off: elements are parsed one by one, and an
// unfinished last one is left out.
Status preview_elements(std::string_view text, const FileStart& start, FilePreview& preview) {
  JsonPreview rows(preview);
  const size_t open = text.find_first_of("[{");
  if (open == std::string_view::npos) {
    return rows.finish(start);
  }
  const bool keyed = text[open] == '{';
  size_t begin = open + 1;
  const auto add_element = [&](size_t end) {
    const std::string_view element = trimmed(text.substr(begin, end - begin));
    const auto parsed =
        nlohmann::json::parse(keyed ? fmt::format("{{{}}}", element) : std::string(element), nullptr, false);
    if (keyed && parsed.is_object() && parsed.size() == 1) {
      rows.add_keyed(parsed.begin().key(), *parsed.begin());
    } else if (!keyed) {
      rows.add_value(parsed);
    }
    begin = end + 1;
  };
  JsonNesting nesting;
  for (size_t i = open; i < text.size() && !rows.full(); ++i) {
    const bool outermost = !nesting.in_string() && nesting.depth() == 1;
    if (outermost && (text[i] == ',' || text[i] == ']' || text[i] == '}')) {
      add_element(i);
    }
    nesting.step(text[i]);
    if (nesting.depth() == 0) {
      break;
    }
  }
  return rows.finish(start);
}

// Lists of records below the names of an envelope, {"data": [{…}, …], "next": 7}, are sources; a document that holds a
// list under each of many ids is read by its keys.
Status preview_document(const FileStart& start, FilePreview& preview) {
  constexpr size_t kMostLists = 8;
  std::vector<RecordList> lists = find_record_lists(start.text);
  if (lists.empty() || lists.size() > kMostLists) {
    return preview_elements(start.text, start, preview);
  }
  std::ranges::stable_sort(lists, std::greater(), &RecordList::length);
  const FilePreview empty = preview;
  for (const RecordList& list : lists) {
    FilePreview one = empty;
    if (!preview_elements(start.text.substr(list.begin, list.length), start, one)) {
      continue;
    }
    one.settings.emplace_back("records", nlohmann::json(list.path).dump());
    if (preview.rows.empty()) {
      preview = std::move(one);
    } else {
      one.part = list.path.substr(list.path.rfind('.') + 1);
      preview.others.push_back(std::move(one));
    }
  }
  return preview.rows.empty() ? preview_elements(start.text, start, preview) : ok();
}

Match sniff_document(const FileStart& start) {
  const std::string_view text = trimmed(start.text);
  return text.starts_with('{') || text.starts_with('[') ? Match::kLikely : Match::kNo;
}

}  // namespace

FormatEntry json_format() {
  return {
      .name = "json",
      .summary =
          "A JSON document: an array of objects, an object that holds a value under each id, or lists of objects in "
          "it (records).",
      .extensions = {".json"},
      .content = Content::kText,
      .sniff = sniff_document,
      .preview = preview_document,
      .read_whole = read_document};
}

}  // namespace haina
