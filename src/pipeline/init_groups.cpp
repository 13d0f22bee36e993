#include "pipeline/init_groups.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <map>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

#include "config/config.h"
#include "data/inference/preview_file.h"
#include "data/io/byte_stream.h"
#include "data/io/partitions.h"
#include "pipeline/init_files.h"

namespace haina {
namespace fs = std::filesystem;
namespace {

constexpr int kDeepest = 6;           // folders inside folders
constexpr size_t kLooked = 12;        // files of a group that are previewed
constexpr size_t kLongestNumber = 8;  // hexadecimal digits from this length on are a number, as in a UUID
constexpr double kSharedRows = 0.2;   // of two files' first rows: they are versions of one data set

constexpr std::array kMonths = {"january",   "february", "march",    "april",    "may", "june", "july", "august",
                                "september", "october",  "november", "december", "jan", "feb",  "mar",  "apr",
                                "jun",       "jul",      "aug",      "sep",      "oct", "nov",  "dec"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }

bool is_uuid(std::string_view text) {
  constexpr std::string_view kForm = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  return std::ranges::equal(text, kForm, [](char c, char form) {
    return form == '-' ? c == '-' : std::isxdigit(static_cast<unsigned char>(c)) != 0;
  });
}

// How many characters of a number, of hexadecimal digits or of a month's name begin here; 0: none.
size_t number_at(std::string_view text, size_t at) {
  size_t hex = at;
  while (hex < text.size() && std::isxdigit(static_cast<unsigned char>(text[hex])) != 0) {
    ++hex;
  }
  const bool word_begins = at == 0 || std::isalnum(static_cast<unsigned char>(text[at - 1])) == 0;
  if (word_begins && is_uuid(text.substr(at, 36))) {
    return 36;
  }
  if (word_begins && hex - at >= kLongestNumber && (hex == text.size() || !is_letter(text[hex]))) {
    return hex - at;
  }
  size_t digits = at;
  while (digits < text.size() && is_digit(text[digits])) {
    ++digits;
  }
  if (digits > at) {
    return digits - at;
  }
  for (const std::string_view month : kMonths) {
    const bool same = std::ranges::equal(text.substr(at, month.size()), month,
                                         [](unsigned char a, unsigned char b) { return std::tolower(a) == b; });
    if (word_begins && same && (at + month.size() == text.size() || !is_letter(text[at + month.size()]))) {
      return month.size();
    }
  }
  return 0;
}

// A name with '*' for each number and month: "events-*-*.csv". Extensions stay: ".mp3" is no number.
std::string mask_name(const std::string& name, bool is_file) {
  const size_t equals = name.find('=');
  if (!is_file && equals != std::string::npos && equals > 0) {
    return name.substr(0, equals + 1) + "*";
  }
  size_t extension = is_file ? uncompressed_name(name).extension().string().size() : 0;
  extension += is_file ? name.size() - uncompressed_name(name).string().size() : 0;
  if (is_file && std::ranges::all_of(std::string_view(name).substr(name.size() - extension),
                                     [](char c) { return c == '.' || is_digit(c); })) {
    extension = 0;  // "part.0001"
  }
  const std::string_view stem = std::string_view(name).substr(0, name.size() - extension);
  std::string mask;
  for (size_t at = 0; at < stem.size();) {
    const size_t length = number_at(stem, at);
    if (length == 0) {
      mask += stem[at++];
      continue;
    }
    mask += mask.ends_with('*') ? "" : "*";
    at += length;
  }
  return mask + name.substr(name.size() - extension);
}

// The words of a mask without what differs: "events" for "events-*-*.csv".
std::string words_of(const fs::path& mask) {
  std::string words = source_name(mask);
  while (words.find("__") != std::string::npos) {
    words.replace(words.find("__"), 2, "_");
  }
  const auto edge = [](char c) { return c == '_' || c == '-' || c == '.'; };
  while (!words.empty() && edge(words.back())) {
    words.pop_back();
  }
  while (!words.empty() && edge(words.front())) {
    words.erase(0, 1);
  }
  return words;
}

bool says_nothing(const std::string& name) {
  static const std::set<std::string> generic = {"",       "part",      "data",    "file",   "output", "part-r",
                                                "part-m", "part_c000", "part--c", "part-c", "chunk",  "source"};
  return generic.contains(name) || name.starts_with("part-") || name.starts_with("part_");
}

// The name of a source by its mask, relative to the folder looked at: that of the file, or of the nearest folder that
// is neither a number nor a partition.
std::string name_of(const fs::path& mask) {
  std::string name = words_of(mask.filename());
  for (fs::path folder = mask.parent_path(); says_nothing(name) && !folder.empty(); folder = folder.parent_path()) {
    const std::string words =
        folder.filename().string().find('=') == std::string::npos ? words_of(folder.filename()) : "";
    name = words.empty() || words == "source" ? name : words;
  }
  return name.empty() ? "source" : name;
}

bool is_own_output(const fs::path& folder) {
  static const std::set<std::string> names = {"prepared", "models", "rejects", "__pycache__", "__MACOSX"};
  return names.contains(folder.filename().string());
}

bool is_marker(const fs::path& file) {
  const std::string name = file.filename().string();
  const bool without_extension = name.find('.') == std::string::npos;
  return (name.starts_with('_') && without_extension) || name.starts_with('.') || name.ends_with(".crc");
}

// Files below a folder, without folders of pictures.
void collect(const fs::path& folder, int depth, std::vector<fs::path>& files) {
  std::error_code code;
  std::vector<fs::path> entries;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, code)) {
    entries.push_back(entry.path());
  }
  std::ranges::sort(entries);
  for (const fs::path& entry : entries) {
    if (is_marker(entry) || is_documentation(entry) || is_media(entry)) {
      continue;
    }
    if (!fs::is_directory(entry, code)) {
      files.push_back(entry);
    } else if (depth < kDeepest && !is_own_output(entry)) {
      collect(entry, depth + 1, files);
    }
  }
}

fs::path mask_of(const fs::path& file, const fs::path& base) {
  fs::path mask;
  for (const fs::path& part : fs::relative(file, base).parent_path()) {
    mask /= mask_name(part.string(), false);
  }
  return mask / mask_name(file.filename().string(), true);
}

// Whether the pattern names these files and no others.
bool matches_only(const FileGroup& group) {
  SourceConfig source;
  source.path = group.pattern.string();
  auto found = expand_paths(source, {});
  if (!found) {
    return false;
  }
  std::ranges::sort(*found);
  return *found == group.files;
}

bool same_columns(const FilePreview& one, const FilePreview& other) {
  return one.format == other.format && one.header == other.header &&
         std::ranges::equal(one.columns, other.columns, {}, &PreviewColumn::name, &PreviewColumn::name);
}

// JSON records often leave out members that are empty: one of the sets of columns need only hold most of the other's.
bool similar_columns(const FilePreview& one, const FilePreview& other) {
  if (same_columns(one, other)) {
    return true;
  }
  if (one.format != other.format || (one.format != "json" && one.format != "jsonl")) {
    return false;
  }
  const auto shared = std::ranges::count_if(one.columns, [&](const PreviewColumn& column) {
    return std::ranges::find(other.columns, column.name, &PreviewColumn::name) != other.columns.end();
  });
  return 2 * shared > std::ssize(one.columns) && 2 * shared > std::ssize(other.columns);
}

bool share_rows(const FilePreview& one, const FilePreview& other) {
  const std::set<std::vector<std::string>> rows(one.rows.begin(), one.rows.end());
  const auto shared = std::ranges::count_if(other.rows, [&](const auto& row) { return rows.contains(row); });
  return other.columns.size() >= 2 && shared >= 5 &&
         static_cast<double>(shared) > kSharedRows * static_cast<double>(std::min(rows.size(), other.rows.size()));
}

// Adds rows of another file of the group, and the columns that its path names.
void append_rows(const FilePreview& more, const fs::path& file, size_t most, FilePreview& preview) {
  const auto partitions = partitions_of(file);
  for (const auto& [name, value] : partitions) {
    if (std::ranges::find(preview.columns, name, &PreviewColumn::name) == preview.columns.end()) {
      preview.columns.push_back({.name = name});
    }
  }
  for (const PreviewColumn& column : more.columns) {
    if (std::ranges::find(preview.columns, column.name, &PreviewColumn::name) == preview.columns.end()) {
      preview.columns.push_back(column);
      preview.columns.back().lists.clear();
    }
  }
  for (size_t r = 0; r < std::min(most, more.rows.size()); ++r) {
    std::vector<std::string>& row = preview.rows.emplace_back();
    for (PreviewColumn& column : preview.columns) {
      const auto own = std::ranges::find(more.columns, column.name, &PreviewColumn::name);
      const auto partition = std::ranges::find(partitions, column.name, &std::pair<std::string, std::string>::first);
      const bool found = own != more.columns.end();
      row.push_back(partition != partitions.end() ? partition->second
                    : found                       ? more.rows[r][static_cast<size_t>(own - more.columns.begin())]
                                                  : "");
      if (column.list != ListKind::kNone) {
        column.lists.resize(preview.rows.size());
        column.lists.back() = found && r < own->lists.size() ? own->lists[r] : std::vector<std::string>();
      }
    }
  }
}

}  // namespace

std::vector<FileGroup> group_files(const std::vector<fs::path>& files, std::vector<std::string>& doubts) {
  std::error_code code;
  std::vector<fs::path> all;
  fs::path base;
  bool any_beside = false;  // a file that lies in no folder of its own
  for (const fs::path& file : files) {
    const fs::path path = fs::absolute(file).lexically_normal();
    base = path.parent_path();
    if (fs::is_directory(path, code)) {
      if (!is_own_output(path) && !is_marker(path)) {
        collect(path, 1, all);
      }
    } else if (!is_documentation(path) && !is_marker(path)) {
      any_beside = any_beside || !is_media(path);
      all.push_back(path);
    }
  }
  std::map<fs::path, FileGroup> groups;
  for (const fs::path& file : all) {
    const fs::path mask = mask_of(file, base);
    FileGroup& group = groups[mask];
    group.files.push_back(file);
    group.pattern = base / mask;
  }
  std::vector<FileGroup> result;
  for (auto& [mask, group] : groups) {
    const bool partitioned = mask.string().find("=*") != std::string::npos;
    const fs::path folder = group.files.front().parent_path();
    const bool job =
        fs::exists(folder / "_SUCCESS", code) || group.files.front().filename().string().starts_with("part-");
    if (any_beside && group.files.size() == 1 && mask.has_parent_path() && !partitioned && !job) {
      doubts.push_back(
          fmt::format("{}: left out, it lies in a folder beside other files; to use it, move it up or run "
                      "haina init on that folder",
                      fs::relative(group.files.front(), base).string()));
      continue;
    }
    std::ranges::sort(group.files);
    const bool several = group.files.size() > 1;
    group.name = several || job || partitioned ? name_of(mask) : source_name(group.files.front());
    if (several && matches_only(group)) {
      result.push_back(std::move(group));
    } else {
      std::ranges::move(single_files(group), std::back_inserter(result));
    }
  }
  return result;
}

std::vector<FileGroup> single_files(const FileGroup& group) {
  std::vector<FileGroup> singles;
  for (const fs::path& file : group.files) {
    singles.push_back({.name = group.files.size() == 1 ? group.name : source_name(file), .files = {file}});
  }
  return singles;
}

Result<FilePreview> preview_group(const FileGroup& group) {
  std::vector<std::pair<fs::path, FilePreview>> looked;
  const size_t step = std::max<size_t>(1, group.files.size() / kLooked);
  std::optional<Error> first;
  for (size_t i = 0; i < group.files.size() && looked.size() <= kLooked; i += step) {
    auto preview = preview_file(group.files[i]);
    if (!preview) {
      first = first ? first : preview.error();
    } else {
      looked.emplace_back(group.files[i], std::move(*preview));
    }
  }
  if (looked.empty()) {
    return fail(first.value_or(Error{ErrorCode::kBadData, "no rows", group.files.front().string(), "export it again"}));
  }
  const auto differ = [&](const fs::path& file, const std::string& how) {
    return fail({ErrorCode::kUnsupported,
                 fmt::format("{} {} {}, so each file is a source of its own", file.filename().string(), how,
                             looked.front().first.filename().string()),
                 file.string(), "give them the same columns, or list one source with a path for all of them"});
  };
  for (size_t i = 1; i < looked.size(); ++i) {
    if (!similar_columns(looked.front().second, looked[i].second)) {
      return differ(looked[i].first, "has other columns than");
    }
    if (share_rows(looked[i - 1].second, looked[i].second)) {
      return differ(looked[i].first, "repeats rows of");
    }
  }
  FilePreview preview = looked.front().second;
  const bool partitions = !partitions_of(group.files.front()).empty();
  if (looked.size() == 1 && !partitions) {
    return preview;
  }
  preview.rows.clear();
  for (PreviewColumn& column : preview.columns) {
    column.lists.clear();
  }
  const size_t most = std::max<size_t>(kPreviewRows / looked.size(), 50);
  for (const auto& [file, one] : looked) {
    append_rows(one, file, most, preview);
  }
  for (std::vector<std::string>& row : preview.rows) {
    row.resize(preview.columns.size());
  }
  return preview;
}

}  // namespace haina
