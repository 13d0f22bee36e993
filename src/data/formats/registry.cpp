#include <algorithm>
#include <array>
#include <functional>
#include <utility>

#include "base/suggest.h"
#include "data/formats/format.h"
#include "data/io/byte_stream.h"

namespace haina {

#define HAINA_FORMAT(name) FormatEntry name##_format();
#include "data/formats/formats.def"
#undef HAINA_FORMAT

std::span<const FormatEntry> format_entries() {
  static const std::array entries = {
#define HAINA_FORMAT(name) name##_format(),
#include "data/formats/formats.def"
#undef HAINA_FORMAT
  };
  return entries;
}

Result<const FormatEntry*> find_format(const std::string& name, const std::string& where) {
  std::vector<std::string> known;
  for (const FormatEntry& entry : format_entries()) {
    if (entry.name == name) {
      return &entry;
    }
    known.push_back(entry.name);
  }
  return fail({ErrorCode::kInvalidArgument, "unknown format '" + name + "'", where, did_you_mean(name, known)});
}

FileStart file_start(const std::filesystem::path& path, std::string_view bytes, std::string_view text) {
  return {.path = path, .extension = uncompressed_name(path).extension().string(), .bytes = bytes, .text = text};
}

namespace {

enum class Guesses { kIgnore, kCount };

Match match_format(const FormatEntry& entry, const FileStart& start, Guesses guesses) {
  const Match content = entry.sniff(start);
  const bool counts = content != Match::kLikely || guesses == Guesses::kCount;
  const bool named = std::ranges::find(entry.extensions, start.extension) != entry.extensions.end();
  return std::max(counts ? content : Match::kNo, named ? Match::kName : Match::kNo);
}

}  // namespace

const FormatEntry& detect_format(const FileStart& start) {
  return *std::ranges::max_element(
      format_entries(), {}, [&](const FormatEntry& entry) { return match_format(entry, start, Guesses::kIgnore); });
}

std::vector<const FormatEntry*> likely_formats(const FileStart& start) {
  std::vector<std::pair<Match, const FormatEntry*>> matches;
  for (const FormatEntry& entry : format_entries()) {
    if (const Match match = match_format(entry, start, Guesses::kCount); match != Match::kNo) {
      matches.emplace_back(match, &entry);
    }
  }
  std::ranges::stable_sort(matches, std::greater(), [](const auto& match) { return match.first; });
  std::vector<const FormatEntry*> entries;
  for (const auto& [match, entry] : matches) {
    if (match < matches.front().first && matches.front().first == Match::kCertain) {
      break;
    }
    entries.push_back(entry);
  }
  return entries;
}

Error not_readable(const FileStart& start, std::string what) {
  std::string names;
  for (const FormatEntry& entry : format_entries()) {
    names += (names.empty() ? "" : ", ") + entry.name;
  }
  return {ErrorCode::kBadData, std::move(what), start.path.string(),
          "known formats: " + names + "; each may be compressed as .gz or .zst"};
}

}  // namespace haina
