#include "data/inference/split_preview.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <iterator>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "config/toml_text.h"
#include "data/inference/item_lists.h"
#include "data/inference/role_by_name.h"
#include "data/parse_cell.h"

namespace haina {
namespace {

constexpr double kFilled = 0.9;    // cells of a column that a kind of records has
constexpr double kEmpty = 0.1;     // and of one that it lacks
constexpr size_t kMostKinds = 12;  // of records in one file

using Rows = std::vector<size_t>;

double filled_share(const FilePreview& preview, size_t column, const Rows& rows) {
  const auto filled = std::ranges::count_if(rows, [&](size_t r) { return !trimmed(preview.rows[r][column]).empty(); });
  return rows.empty() ? 0 : static_cast<double>(filled) / static_cast<double>(rows.size());
}

// The rows of a preview, and those of its columns that have cells in them.
FilePreview sub_preview(const FilePreview& preview, const Rows& rows, const std::set<size_t>& without) {
  FilePreview part = preview;
  part.columns.clear();
  part.rows.assign(rows.size(), {});
  for (size_t c = 0; c < preview.columns.size(); ++c) {
    const PreviewColumn& column = preview.columns[c];
    if (without.contains(c) || filled_share(preview, c, rows) == 0) {
      continue;
    }
    PreviewColumn own = column;
    own.lists.clear();
    for (size_t i = 0; i < rows.size(); ++i) {
      part.rows[i].push_back(preview.rows[rows[i]][c]);
      if (column.list != ListKind::kNone) {
        own.lists.push_back(rows[i] < column.lists.size() ? column.lists[rows[i]] : std::vector<std::string>());
      }
    }
    part.columns.push_back(std::move(own));
  }
  return part;
}

// The rows of each value of a column; nothing if it has too many or an empty one.
std::optional<std::map<std::string, Rows>> rows_by_value(const FilePreview& preview, size_t column) {
  std::map<std::string, Rows> kinds;
  for (size_t r = 0; r < preview.rows.size(); ++r) {
    const std::string value(trimmed(preview.rows[r][column]));
    if (value.empty() || (kinds[value].push_back(r), kinds.size() > kMostKinds)) {
      return std::nullopt;
    }
  }
  return kinds.size() < 2 ? std::nullopt : std::optional(std::move(kinds));
}

// Whether one kind of records has a user, or an item, and another has none.
bool kinds_differ(const FilePreview& preview, const std::vector<std::string>& roles,
                  const std::map<std::string, Rows>& kinds) {
  for (const char* const role : {"user", "item"}) {
    bool some_have = false;
    bool some_lack = false;
    for (const auto& [value, rows] : kinds) {
      double most = 0;
      for (size_t c = 0; c < preview.columns.size(); ++c) {
        most = roles[c] == role ? std::max(most, filled_share(preview, c, rows)) : most;
      }
      some_have = some_have || most >= kFilled;
      some_lack = some_lack || most <= kEmpty;
    }
    if (some_have && some_lack) {
      return true;
    }
  }
  return false;
}

std::string suffix_of(std::string value) {
  std::ranges::replace_if(value, [](unsigned char c) { return std::isalnum(c) == 0 && c != '_' && c != '-'; }, '_');
  return value;
}

// Several kinds of records in one file, told apart by the values of a column: a part for each.
std::vector<FilePreview> split_kinds(const FilePreview& preview) {
  std::optional<std::map<std::string, Rows>> best;
  size_t key = 0;
  std::vector<std::string> roles;
  for (const PreviewColumn& column : preview.columns) {
    roles.push_back(role_by_name(column.name));
  }
  for (size_t c = 0; c < preview.columns.size(); ++c) {
    auto kinds = preview.columns[c].list == ListKind::kNone ? rows_by_value(preview, c) : std::nullopt;
    if (kinds && kinds_differ(preview, roles, *kinds) && (!best || kinds->size() < best->size())) {
      best = std::move(kinds);
      key = c;
    }
  }
  if (!best) {
    return {preview};
  }
  const std::string& name = preview.columns[key].name;
  std::vector<FilePreview> parts;
  for (const auto& [value, rows] : *best) {
    FilePreview part = sub_preview(preview, rows, {key});
    part.part = part.part.empty() ? suffix_of(value) : part.part + "_" + suffix_of(value);
    part.settings.emplace_back("where", fmt::format("{{ {} = {} }}", toml_key(name), toml_string(value)));
    const bool has_action =
        std::ranges::any_of(part.columns, [](const auto& c) { return role_by_name(c.name) == "action"; });
    if (!has_action) {
      part.settings.emplace_back("action", toml_string(value));
    }
    part.doubts.push_back(
        fmt::format("holds several kinds of records, told apart by '{}': this source reads those with "
                    "'{}'",
                    name, value));
    parts.push_back(std::move(part));
  }
  return parts;
}

}  // namespace

std::vector<PreviewPart> split_preview(FilePreview preview) {
  std::vector<FilePreview> records = std::move(preview.others);
  preview.others.clear();
  records.insert(records.begin(), std::move(preview));
  std::vector<PreviewPart> parts;
  for (const FilePreview& one : records) {
    const bool defined = std::ranges::any_of(one.columns, [](const auto& column) { return !column.role.empty(); });
    if (defined || one.rows.empty()) {
      parts.push_back({.preview = one, .suffix = one.part, .header = one.header});
      continue;
    }
    for (FilePreview& kind : split_kinds(one)) {
      std::vector<PreviewPart> impressions = split_impressions(kind);
      if (!impressions.empty()) {
        std::ranges::move(impressions, std::back_inserter(parts));
        continue;
      }
      std::optional<PreviewPart> basket = split_basket(kind);
      const std::string suffix = kind.part;
      const bool header = kind.header;
      parts.push_back(basket ? std::move(*basket) : PreviewPart{.preview = std::move(kind), .header = header});
      parts.back().suffix = suffix;
    }
  }
  return parts;
}

void finish_part(const PreviewPart& part, bool first, InferredSource& source) {
  source.kind = first ? part.kind.value_or(source.kind) : source.kind;
  for (const auto& [key, value] : part.preview.settings) {
    const bool of_events = key == "action" || key == "history";
    if (first ? !(key == "action" && !source.action.empty()) : !of_events) {
      source.settings.emplace_back(key, value);
    }
  }
  for (auto& [key, value] : source.columns) {
    for (const auto& [plain, own] : part.names) {
      if (value == plain || value.starts_with(plain + ":")) {
        value = own + value.substr(plain.size());
        break;
      }
    }
  }
  for (const auto& [plain, own] : part.names) {
    source.time = source.time == plain ? own : source.time;
  }
}

}  // namespace haina
