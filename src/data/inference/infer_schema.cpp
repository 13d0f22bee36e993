#include "data/inference/infer_schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <map>
#include <set>
#include <string_view>

#include "data/inference/column_roles.h"
#include "data/inference/column_stats.h"

namespace haina {
namespace fs = std::filesystem;
namespace {

using Doubts = std::vector<std::string>;

bool is_entity(SourceKind kind) { return kind == SourceKind::kItems || kind == SourceKind::kUsers; }

// Columns whose meaning the format defines: nothing is left to infer but the kind.
InferredSource infer_defined(const FilePreview& preview, const fs::path& file) {
  InferredSource source;
  for (const PreviewColumn& column : preview.columns) {
    if (!column.role.empty()) {
      source.columns.emplace_back(column.role, column.name);
    } else if (column.list == ListKind::kNumbers) {
      source.columns.emplace_back(column.name, "vector");
      source.kind = SourceKind::kVectors;
    }
  }
  source.part = source.kind == SourceKind::kEvents ? part_of_name(file) : Part::kAll;
  return source;
}

// Which column has which role; the others become fields, or are not used.
struct Roles {
  std::map<std::string, size_t> columns;
  std::vector<size_t> others = {};
  bool has(const std::string& role) const { return columns.contains(role); }
};

// A plain "id", or the keys of a document: the file's name says whose.
void use_plain_id(const FilePreview& preview, const fs::path& file, Roles& roles) {
  if (roles.has("user") || roles.has("item") || roles.has("head") || roles.has("tag")) {
    return;
  }
  const auto id = std::ranges::find_if(roles.others, [&](size_t c) { return is_plain_id(preview.columns[c].name); });
  if (id != roles.others.end()) {
    roles.columns[about_users(file) && !about_items(file) ? "user" : "item"] = *id;
    roles.others.erase(id);
  }
}

Roles find_roles(const FilePreview& preview, const fs::path& file, const std::vector<ColumnStats>& stats,
                 Doubts& doubts) {
  std::map<size_t, std::string> names;
  if (preview.header) {
    for (size_t c = 0; c < preview.columns.size(); ++c) {
      names[c] = role_of_header(preview.columns[c].name);
    }
  } else {
    names = roles_by_content(file, stats, doubts);
  }
  Roles roles;
  for (size_t c = 0; c < preview.columns.size(); ++c) {
    const std::string& role = names[c];
    const bool is_list = preview.columns[c].list != ListKind::kNone;
    if (role.empty() || is_list || !roles.columns.emplace(role, c).second) {
      roles.others.push_back(c);
    }
  }
  use_plain_id(preview, file, roles);
  return roles;
}

std::optional<SourceKind> kind_of(const Roles& roles) {
  return (roles.has("head") && roles.has("tail")) || (roles.has("item") && roles.has("entity")) ? SourceKind::kLinks
         : roles.has("user") && roles.has("other")                                              ? SourceKind::kSocial
         : roles.has("user") && roles.has("item")                                               ? SourceKind::kEvents
         : roles.has("item")                                                                    ? SourceKind::kItems
         : roles.has("user")                                                                    ? SourceKind::kUsers
         : roles.has("tag") && roles.has("name")                                                ? SourceKind::kValues
                                                 : std::optional<SourceKind>();
}

// Whether a source of that kind can use the role.
bool is_role_of(SourceKind kind, const std::string& role) {
  static const std::map<SourceKind, std::set<std::string>> roles = {
      {SourceKind::kEvents, {"user", "item", "value", "time", "action", "weight", "tag"}},
      {SourceKind::kItems, {"item", "user", "name"}},
      {SourceKind::kUsers, {"item", "user", "name"}},
      {SourceKind::kSocial, {"user", "other", "weight"}},
      {SourceKind::kLinks, {"head", "relation", "tail", "item", "entity", "weight"}},
      {SourceKind::kValues, {"tag", "name"}}};
  return roles.at(kind).contains(role);
}

// Adds the columns that have roles; those that the kind cannot use join roles.others.
void add_roles(const FilePreview& preview, const std::vector<ColumnStats>& stats, Roles& roles, InferredSource& source,
               Doubts& doubts) {
  const bool events = source.kind == SourceKind::kEvents;
  for (const auto& [role, c] : roles.columns) {
    const std::string& name = preview.columns[c].name;
    if (!is_role_of(source.kind, role)) {
      if (is_entity(source.kind) && role_of_header(name) == name) {
        doubts.push_back(fmt::format("column '{}' has the name of a role; rename it to use it as a field", name));
      } else {
        roles.others.push_back(c);
      }
      continue;
    }
    if (role == "time") {
      const std::string unit = time_unit(stats[c]);
      if (unit.empty()) {
        doubts.push_back(fmt::format("column '{}' has the name of a time and holds none; it is left out", name));
        continue;
      }
      source.time = name;
      source.columns.emplace_back(role, name.find(':') == std::string::npos ? name + ":" + unit : name);
      continue;
    }
    source.columns.emplace_back(role, name);
    if (role == "value" && events) {
      source.goal = star_goal(name, stats[c]);
    } else if (role == "action") {
      source.actions.assign(stats[c].distinct.begin(), stats[c].distinct.end());
    } else if (role == "tag" && events) {
      source.tagged = true;
    }
  }
}

// Columns without a role are fields of items and users, and are not used by other kinds.
void add_others(const FilePreview& preview, const std::vector<ColumnStats>& stats, std::vector<size_t> others,
                InferredSource& source, Doubts& doubts) {
  std::ranges::sort(others);
  for (const size_t c : others) {
    const std::string& name = preview.columns[c].name;
    if (!is_entity(source.kind)) {
      doubts.push_back(fmt::format("column '{}' is not used", name));
    } else if (const std::string type = field_type(preview.columns[c], stats[c], doubts); !type.empty()) {
      source.columns.emplace_back(name, type);
    }
  }
}

}  // namespace

Part part_of_name(const fs::path& file) {
  std::string name = file.filename().string();
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  static const std::map<std::string, Part> parts = {{"train", Part::kTrain},           {"valid", Part::kValidation},
                                                    {"validation", Part::kValidation}, {"val", Part::kValidation},
                                                    {"dev", Part::kValidation},        {"test", Part::kTest}};
  for (size_t at = 0; at < name.size();) {
    const size_t end = std::min(name.find_first_of("._-", at), name.size());
    if (const auto found = parts.find(name.substr(at, end - at)); found != parts.end()) {
      return found->second;
    }
    at = end + 1;
  }
  return Part::kAll;
}

std::optional<InferredSource> infer_source(const FilePreview& preview, const fs::path& file, Doubts& doubts) {
  doubts.insert(doubts.end(), preview.doubts.begin(), preview.doubts.end());
  if (std::ranges::any_of(preview.columns, [](const PreviewColumn& column) { return !column.role.empty(); })) {
    return infer_defined(preview, file);
  }
  InferredSource source;
  std::vector<ColumnStats> stats;
  for (size_t c = 0; c < preview.columns.size(); ++c) {
    stats.push_back(column_stats(preview, c, '.'));
  }
  if (decimal_mark(preview, stats) == ',') {
    source.decimal.assign(1, ',');  // not = ",": GCC 12 warns without cause
    for (size_t c = 0; c < stats.size(); ++c) {
      stats[c] = column_stats(preview, c, ',');
    }
  }
  Roles roles = find_roles(preview, file, stats, doubts);
  const std::optional<SourceKind> kind = kind_of(roles);
  if (!kind) {
    doubts.emplace_back("no column looks like a user or an item");
    return std::nullopt;
  }
  source.kind = *kind;
  const bool events = source.kind == SourceKind::kEvents;
  if (const auto weight = roles.columns.find("weight");
      events && weight != roles.columns.end() && !roles.has("value") && stats[weight->second].most > 10) {
    roles.columns["value"] = weight->second;  // so large a weight is a count, as of plays, not a trust in the row
    roles.columns.erase("weight");
  }
  add_roles(preview, stats, roles, source, doubts);
  add_others(preview, stats, std::move(roles.others), source, doubts);
  if (events) {
    source.part = part_of_name(file);
  }
  return source;
}

}  // namespace haina
