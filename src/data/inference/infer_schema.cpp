#include "data/inference/infer_schema.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstddef>
#include <set>
#include <utility>

#include "base/ascii.h"
#include "data/inference/column_roles.h"
#include "data/inference/infer_fields.h"
#include "data/inference/infer_goal.h"
#include "data/inference/looked_at.h"
#include "data/inference/table_profile.h"
#include "data/inference/table_roles.h"

namespace haina {
namespace fs = std::filesystem;
namespace {

// Columns whose meaning the format defines: nothing is left to infer but the kind.
bool is_defined(const FilePreview& preview) {
  return std::ranges::any_of(preview.columns, [](const PreviewColumn& column) { return !column.role.empty(); });
}

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

// Values of some column as ids that all tables of the folder share.
void add_ids(const TableProfile& table, size_t column, std::set<std::string>& ids) {
  ids.insert(table.columns[column].ids.begin(), table.columns[column].ids.end());
}

// Ids of users and items that some table names surely: by its names alone.
KnownIds surely_known(const std::vector<TableProfile>& tables, const DoubtAnswers& answers) {
  KnownIds known;
  for (const TableProfile& table : tables) {
    if (is_defined(*table.preview) || !table.preview->header) {
      continue;
    }
    const TableRoles roles = table_roles(table, {}, answers);
    if (!roles.kind || !roles.sure) {
      continue;
    }
    if (const auto user = roles.columns.find("user"); user != roles.columns.end()) {
      add_ids(table, user->second, known.users);
    }
    if (const auto item = roles.columns.find("item"); item != roles.columns.end()) {
      add_ids(table, item->second, known.items);
    }
  }
  for (const TableProfile& table : tables) {
    for (size_t c = 0; c < table.columns.size(); ++c) {
      if (table.columns[c].id_like() && !table.columns[c].key()) {
        add_ids(table, c, known.repeating);
      }
    }
  }
  return known;
}

// Adds the ids of users and items in tables whose names do not say them: that have no header, or none that is known.
void add_guessed_ids(const std::vector<TableProfile>& tables, const DoubtAnswers& answers, KnownIds& known) {
  const KnownIds sure = known;
  for (const TableProfile& table : tables) {
    if (is_defined(*table.preview)) {
      continue;
    }
    const TableRoles roles = table_roles(table, sure, answers);
    if (!roles.by_shape) {
      continue;
    }
    const bool users = roles.kind == SourceKind::kUsers;
    const size_t id = roles.columns.at(users ? "user" : "item");
    add_ids(table, id, users ? known.users : known.items);
    if (table.preview->header) {
      (users ? known.user_names : known.item_names).insert(table.columns[id].name);
    }
  }
}

// So large a weight is a count, as of plays, not a trust in the row.
void use_weight_as_value(const TableProfile& table, TableRoles& roles) {
  const auto weight = roles.columns.find("weight");
  if (weight != roles.columns.end() && !roles.has("value") && table.columns[weight->second].stats.most > 10) {
    roles.columns["value"] = weight->second;
    roles.columns.erase("weight");
  }
}

// "rating", or "rating:none=-1" where that number says no value.
std::string value_text(const std::string& name, const InferredGoal& goal) {
  return goal.no_value.empty() ? name : fmt::format("{}:none={}", name, fmt::join(goal.no_value, ","));
}

// The unit of a time column; a question where its dates do not tell day from month.
std::string time_unit_of(const TableProfile& table, const ColumnProfile& column, const DoubtAnswers& answers,
                         InferredFile& file) {
  const ColumnStats& stats = column.stats;
  const bool by_order = column.time_unit == "d.m.y" || column.time_unit == "m/d/y";
  if (!by_order || stats.either_order == 0 || stats.day_first != stats.month_first) {
    return column.time_unit;
  }
  const bool month_first = column.time_unit == "m/d/y";
  Doubt doubt = {Spoils::kTime,
                 fmt::format("the dates in '{}' do not tell day from month ('{}'); read with the {} first", column.name,
                             stats.ambiguous_date, month_first ? "month" : "day"),
                 column.name, table.name() + ":" + column.name + ":unit"};
  doubt.choices = {{"the day is first", "d.m.y"}, {"the month is first", "m/d/y"}};
  if (month_first) {
    std::swap(doubt.choices[0], doubt.choices[1]);
  }
  const auto answer = answers.find(doubt.key);
  file.doubts.push_back(std::move(doubt));
  return answer == answers.end() ? column.time_unit : answer->second;
}

std::string time_text(const ColumnProfile& column, const std::string& unit) {
  return unit.empty() ? column.name : column.name + ":" + unit;
}

void add_value(const TableProfile& table, size_t c, const DoubtAnswers& answers, InferredSource& source,
               InferredFile& file) {
  const std::string& name = table.columns[c].name;
  InferredGoal goal = infer_goal(table, c, file.doubts);
  if (const auto answer = answers.find("goal:" + goal_name(name)); answer != answers.end()) {
    goal.condition = answer->second == "every" ? "" : answer->second;
  }
  source.columns.emplace_back("value", value_text(name, goal));
  source.goal = goal.condition.empty() ? "" : goal_name(name) + " " + goal.condition;
}

// Missing ids beyond what a reader lets pass are left out, counted, and said.
void allow_missing_ids(const TableProfile& table, const TableRoles& roles, InferredSource& source, InferredFile& file) {
  for (const char* const role : {"user", "item"}) {
    const auto found = roles.columns.find(role);
    if (found == roles.columns.end() || table.num_rows() == 0) {
      continue;
    }
    const ColumnProfile& column = table.columns[found->second];
    const double missing = 1 - static_cast<double>(column.stats.filled) / static_cast<double>(table.num_rows());
    if (missing > 0.02) {
      file.doubts.push_back({Spoils::kRows,
                             fmt::format("{:.0f} %{} have no {} in column '{}'; they are left out", 100 * missing,
                                         looked_at(*table.preview).empty() ? " of the rows" : looked_at(*table.preview),
                                         role, column.name),
                             column.name});
      source.settings.emplace_back("max_rejects", fmt::format("{:.2f}", std::min(1.0, missing + 0.2)));
      return;
    }
  }
}

InferredSource source_of(const TableProfile& table, const TableRoles& roles, const DoubtAnswers& answers,
                         InferredFile& file) {
  InferredSource source = {.kind = *roles.kind};
  if (table.decimal == ',') {
    source.decimal.assign(1, ',');  // not = ",": GCC 12 warns without cause
  }
  for (const auto& [role, c] : roles.columns) {
    const ColumnProfile& column = table.columns[c];
    if (role == "time") {
      source.time = column.name;
      source.columns.emplace_back(role, time_text(column, time_unit_of(table, column, answers, file)));
    } else if (role == "value") {
      add_value(table, c, answers, source, file);
    } else {
      source.columns.emplace_back(role, column.name);
    }
    if (role == "action") {
      source.actions.assign(column.ids.begin(), column.ids.end());
    }
    source.tagged = source.tagged || (role == "tag" && source.kind == SourceKind::kEvents);
    file.reasons.push_back(fmt::format("'{}': {}, because {}", column.name, role, roles.why.at(c)));
  }
  allow_missing_ids(table, roles, source, file);
  return source;
}

// Two columns of ids, both different in every row.
bool is_id_map(const TableProfile& table, const TableRoles& roles) {
  const bool entity = *roles.kind == SourceKind::kItems || *roles.kind == SourceKind::kUsers;
  return entity && table.columns.size() == 2 && table.num_rows() > 10 &&
         std::ranges::all_of(table.columns, [](const ColumnProfile& column) {
           return column.key() && column.id_like() && !column.words() && (column.whole || column.hints.id());
         });
}

// A table of items with several rows an item: an exploded join, or a row a property.
void doubt_repeated_rows(const TableProfile& table, const TableRoles& roles, const InferredSource& source,
                         InferredFile& file) {
  const char* const side = roles.has("item") ? "item" : "user";
  const ColumnProfile& id = table.columns[roles.columns.at(side)];
  if (table.num_rows() > 10 && 10 * id.distinct() < 9 * id.stats.filled && source.columns.size() > 1) {
    file.doubts.push_back(
        {Spoils::kRoles,
         fmt::format("{} rows{} describe {} {}s: of each field the most frequent value counts, of tags all "
                     "of them; if the rows are what users did, name the user's column",
                     id.stats.filled, looked_at(*table.preview), id.distinct(), side),
         id.name});
  }
}

std::vector<size_t> without_role(const TableProfile& table, const TableRoles& roles) {
  std::vector<size_t> columns;
  for (size_t c = 0; c < table.columns.size(); ++c) {
    if (!roles.why.contains(c)) {
      columns.push_back(c);
    }
  }
  return columns;
}

// "'a', 'b' and 3 more".
std::string shown_columns(const TableProfile& table) {
  constexpr size_t kShown = 12;
  std::vector<std::string> names;
  for (size_t c = 0; c < std::min(kShown, table.columns.size()); ++c) {
    names.push_back(fmt::format("'{}'", table.columns[c].name));
  }
  const size_t more = table.columns.size() - names.size();
  return fmt::format("{}{}", fmt::join(names, ", "), more > 0 ? fmt::format(" and {} more", more) : "");
}

InferredFile infer_file(const TableProfile& table, const KnownIds& known, const DoubtAnswers& answers,
                        const std::set<SourceKind>& described) {
  InferredFile file;
  TableRoles roles = table_roles(table, known, answers);
  file.doubts = std::move(roles.doubts);
  if (!roles.kind) {
    file.left_out = fmt::format("no column looks like a user or an item, of {}", shown_columns(table));
    return file;
  }
  if (is_id_map(table, roles)) {
    file.is_id_map = true;
    file.left_out = fmt::format(
        "a map of ids ('{}' to '{}'), which no source needs as the ids stand; where one does, write ids = {{ item = "
        "\"{}\" }}",
        table.columns[0].name, table.columns[1].name, table.name());
    return file;
  }
  const bool events = *roles.kind == SourceKind::kEvents;
  if (events) {
    use_weight_as_value(table, roles);
  }
  file.sources.push_back(source_of(table, roles, answers, file));
  InferredSource& source = file.sources.front();
  if (events) {
    source.part = part_of_name(table.file);
    std::set<size_t> taken;
    for (const auto& [column, why] : roles.why) {
      taken.insert(column);
    }
    source.action = roles.has("action") ? "" : constant_deed(table, taken);
    if (roles.has("tag")) {
      add_unused(table, without_role(table, roles), file);
    } else {
      add_described_entities(table, roles, described.contains(SourceKind::kItems),
                             described.contains(SourceKind::kUsers), file);
    }
  } else if (source.kind == SourceKind::kItems || source.kind == SourceKind::kUsers) {
    add_fields(table, roles, source, file);
    const bool vectors = source.columns.size() > 1 && std::ranges::all_of(source.columns, [](const auto& column) {
                           return column.first == "item" || column.first == "user" || column.second == "vector";
                         });
    source.kind = vectors ? SourceKind::kVectors : source.kind;
    doubt_repeated_rows(table, roles, source, file);
  } else {
    add_unused(table, without_role(table, roles), file);
  }
  return file;
}

}  // namespace

std::optional<Part> part_of_word(const std::string& word) {
  static const std::map<std::string, Part> parts = {{"train", Part::kTrain},      {"training", Part::kTrain},
                                                    {"valid", Part::kValidation}, {"validation", Part::kValidation},
                                                    {"val", Part::kValidation},   {"dev", Part::kValidation},
                                                    {"test", Part::kTest},        {"testing", Part::kTest}};
  const auto found = parts.find(word);
  return found == parts.end() ? std::nullopt : std::optional(found->second);
}

Part part_of_name(const fs::path& file) {
  const std::string name = ascii_lower(file.filename().string());
  for (size_t at = 0; at < name.size();) {
    const size_t end = std::min(name.find_first_of("._-", at), name.size());
    if (const std::optional<Part> part = part_of_word(name.substr(at, end - at))) {
      return *part;
    }
    at = end + 1;
  }
  return Part::kAll;
}

std::vector<InferredFile> infer_sources(std::span<const FileToInfer> files, const DoubtAnswers& answers) {
  std::vector<TableProfile> tables;
  for (const FileToInfer& file : files) {
    tables.push_back(table_profile(file.file, *file.preview));
  }
  KnownIds known = surely_known(tables, answers);
  add_guessed_ids(tables, answers, known);
  // Which sides have a table of their own: an event log's columns do not describe them again.
  std::set<SourceKind> described;
  for (const TableProfile& table : tables) {
    if (!is_defined(*table.preview)) {
      const TableRoles roles = table_roles(table, known, answers);
      const bool entity = roles.kind == SourceKind::kItems || roles.kind == SourceKind::kUsers;
      if (entity && table.columns.size() > 1) {
        described.insert(*roles.kind);
      }
    }
  }
  std::vector<InferredFile> inferred;
  for (size_t f = 0; f < files.size(); ++f) {
    InferredFile file;
    if (is_defined(*files[f].preview)) {
      file.sources.push_back(infer_defined(*files[f].preview, files[f].file));
    } else {
      file = infer_file(tables[f], known, answers, described);
    }
    for (const std::string& doubt : files[f].preview->doubts) {
      file.doubts.push_back({Spoils::kRows, doubt});
    }
    for (Doubt& doubt : file.doubts) {
      doubt.file = files[f].file.filename().string();
      if (doubt.spoils != Spoils::kFields && doubt.rows.empty()) {
        doubt.rows = tables[f].sample_rows(3);
      }
    }
    inferred.push_back(std::move(file));
  }
  return inferred;
}

}  // namespace haina
