#include "data/inference/infer_fields.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

#include "config/toml_text.h"
#include "data/inference/column_roles.h"
#include "data/inference/looked_at.h"
#include "data/parse_cell.h"
#include "text/action_words.h"

namespace haina {
namespace {

constexpr int64_t kMostStates = 20;  // values of a column such as an order's status

// A code that is different in almost every row: a second id. Numbers of ids say nothing as numbers.
bool is_second_id(const ColumnProfile& column) {
  return column.hints.id() && column.stats.filled > 10 && 10 * column.distinct() > 9 * column.stats.filled &&
         !column.words();
}

// The field's type, or nothing with the reason as a doubt.
std::string type_of(const TableProfile& table, size_t c, InferredFile& file) {
  const ColumnProfile& column = table.columns[c];
  if (is_second_id(column)) {
    file.doubts.push_back(
        {Spoils::kFields, fmt::format("column '{}' is another id; it is left out", column.name), column.name});
    return "";
  }
  const bool codes = column.stats.numeric() && column.whole && (column.hints.id() || !table.preview->header);
  if (codes && !file.sources.empty() && file.sources.front().kind == SourceKind::kEvents) {
    return "category";  // numbers that name something
  }
  if (column.hints.of(Meaning::kTitle) >= 3 && column.hints.mainly(Meaning::kTitle) && !column.list &&
      !column.stats.numeric() && column.stats.filled > 0 && column.stats.per_cell(column.stats.links) < 0.5 &&
      (column.words() || column.distinct() > 20)) {
    return "text";
  }
  if (!column.list && column.stats.quantity() && !column.whole && column.distinct() > 1 && column.time_unit.empty()) {
    return "number";  // fractions are no names
  }
  std::vector<std::string> doubts;
  std::string type = field_type(table.preview->columns[c], column.stats, doubts);
  for (std::string& doubt : doubts) {
    file.doubts.push_back({Spoils::kFields, std::move(doubt), column.name});
  }
  return type;
}

bool has_key(const InferredSource& source, const std::string& key) {
  return std::ranges::any_of(source.columns, [&](const auto& column) { return column.first == key; });
}

void add_field(const TableProfile& table, size_t c, InferredSource& source, InferredFile& file) {
  const std::string& name = table.columns[c].name;
  std::string type = type_of(table, c, file);
  if (type.empty()) {
    return;
  }
  std::string key = name;
  if (name == "user" || name == "item" || name == "name" || has_key(source, name)) {
    // Such a key is a role here. The names of things keep a place of their own.
    const bool names_things = type == "text" || (table.columns[c].words() && type == "category");
    if (!names_things || has_key(source, "name") || (name != "name" && name != "item" && name != "user")) {
      file.doubts.push_back({Spoils::kFields,
                             fmt::format("column '{}' has the name of a role or of another column; rename it to use it "
                                         "as a field",
                                         name),
                             name});
      return;
    }
    key = "name";
    type = name;
  }
  source.columns.emplace_back(key, type);
  file.reasons.push_back(fmt::format("'{}': a field, {}", name, key == "name" ? "the name" : type));
}

// What a column of an event log may be, beside its roles.
enum class Described { kEvent, kItem, kUser };

Described described_by(const TableProfile& table, size_t c, size_t user, size_t item) {
  const ColumnProfile& column = table.columns[c];
  const NameHints& hints = column.hints;
  const auto strongest = [&](std::initializer_list<Meaning> meanings) {
    int most = 0;
    for (const Meaning meaning : meanings) {
      most = std::max(most, hints.of(meaning));
    }
    return most;
  };
  const int of_item = strongest({Meaning::kItem, Meaning::kCategory, Meaning::kPrice, Meaning::kTitle});
  const int of_user = strongest({Meaning::kUser, Meaning::kProfile});
  const bool of_event = strongest({Meaning::kSession, Meaning::kOrder, Meaning::kRow, Meaning::kContext, Meaning::kTime,
                                   Meaning::kAmount}) >= std::max({3, of_item, of_user}) ||
                        column.name == "text" || column.name == "comment";
  if (!table.preview->header) {
    // Codes beside the item's that are fewer: its category.
    return c == item + 1 && column.id_like() && column.distinct() < table.columns[item].distinct() ? Described::kItem
                                                                                                   : Described::kEvent;
  }
  if (of_event || column.stats.filled == 0) {
    return Described::kEvent;
  }
  const double by_item = table.determines(item, c);
  const double by_user = table.determines(user, c);
  const double by_chance =
      column.stats.filled == 0 ? 1 : 1.0 / static_cast<double>(std::max<int64_t>(1, column.distinct()));
  const bool item_decides = by_item > 0.9 && by_item > by_chance + 0.05;
  const bool user_decides = by_user > 0.9 && by_user > by_chance + 0.05;
  if (of_item >= 2 && of_item >= of_user && (item_decides || !user_decides || column.constant())) {
    return item_decides || column.constant() || of_item >= 3 ? Described::kItem : Described::kEvent;
  }
  if (of_user >= 2 && of_user > of_item && (user_decides || column.constant())) {
    return Described::kUser;
  }
  if (column.constant()) {
    return Described::kEvent;
  }
  return item_decides && by_item >= by_user ? Described::kItem : user_decides ? Described::kUser : Described::kEvent;
}

// Of the columns without a role one that could be a rating or an amount, where the events have none.
std::optional<size_t> possible_value(const TableProfile& table, const std::vector<size_t>& columns,
                                     const InferredFile& file) {
  if (file.sources.empty() || file.sources.front().kind != SourceKind::kEvents ||
      has_key(file.sources.front(), "value")) {
    return std::nullopt;
  }
  const auto found = std::ranges::find_if(columns, [&](size_t c) {
    const ColumnProfile& column = table.columns[c];
    return column.stats.numeric() && !column.constant() && !column.hints.id() && !column.list && !column.key() &&
           !means_something_else(column) && !plausible_times(column);
  });
  return found == columns.end() ? std::nullopt : std::optional(*found);
}

// A column such as an order's status, in which some rows say that the deal was called off.
std::optional<Doubt> doubt_of_refusals(const TableProfile& table, size_t c) {
  const ColumnProfile& column = table.columns[c];
  std::map<std::string, int64_t> counts;
  for (const std::vector<std::string>& row : table.preview->rows) {
    const std::string cell(trimmed(row[c]));
    counts[cell] += cell.empty() ? 0 : 1;
  }
  std::vector<std::string> refusals;
  std::string usual;
  for (const auto& [value, count] : counts) {
    const auto word = action_word(value);
    if (word && word->deed == Deed::kRefused) {
      refusals.push_back(fmt::format("'{}' ({})", value, count));
    } else if (!value.empty() && (usual.empty() || count > counts[usual])) {
      usual = value;
    }
  }
  if (refusals.empty() || usual.empty() || column.distinct() > kMostStates || refusals.size() > 5) {
    return std::nullopt;
  }
  return Doubt{
      Spoils::kGoal,
      fmt::format("column '{0}' holds {1}{2}: such rows count as events like the others; to read one kind of "
                  "rows alone, write where = {{ {3} = {4} }} in its [[source]], to tell them apart action = {5}",
                  column.name, fmt::join(refusals, ", "), looked_at(*table.preview), toml_key(column.name),
                  toml_string(usual), toml_string(column.name)),
      column.name};
}

}  // namespace

void add_unused(const TableProfile& table, const std::vector<size_t>& columns, InferredFile& file) {
  std::vector<std::string> names;
  for (const size_t c : columns) {
    const std::string& name = table.columns[c].name;
    names.push_back(fmt::format("'{}'", name));
    file.reasons.push_back(fmt::format("'{}': not used", name));
  }
  const std::optional<size_t> value = possible_value(table, columns, file);
  const std::string aside = value ? fmt::format("; if '{}' says how much or how well, write value = {} in columns",
                                                table.columns[*value].name, toml_string(table.columns[*value].name))
                                  : "";
  if (names.size() == 1) {
    file.doubts.push_back(
        {Spoils::kFields, fmt::format("column {} is not used{}", names[0], aside), table.columns[columns[0]].name});
  } else if (!names.empty()) {
    file.doubts.push_back({Spoils::kFields, fmt::format("columns {} are not used{}", fmt::join(names, ", "), aside)});
  }
  for (const size_t c : columns) {
    if (!file.sources.empty() && file.sources.front().kind == SourceKind::kEvents) {
      if (auto doubt = doubt_of_refusals(table, c)) {
        file.doubts.push_back(std::move(*doubt));
      }
    }
  }
}

void add_fields(const TableProfile& table, const TableRoles& roles, InferredSource& source, InferredFile& file) {
  for (size_t c = 0; c < table.columns.size(); ++c) {
    if (!roles.why.contains(c)) {
      add_field(table, c, source, file);
    }
  }
}

void add_described_entities(const TableProfile& table, const TableRoles& roles, bool items_known, bool users_known,
                            InferredFile& file) {
  const size_t user = roles.columns.at("user");
  const size_t item = roles.columns.at("item");
  InferredSource of_items = {.kind = SourceKind::kItems, .decimal = file.sources.front().decimal};
  of_items.columns.emplace_back("item", table.columns[item].name);
  InferredSource of_users = {.kind = SourceKind::kUsers, .decimal = file.sources.front().decimal};
  of_users.columns.emplace_back("user", table.columns[user].name);
  std::vector<size_t> unused;
  for (size_t c = 0; c < table.columns.size(); ++c) {
    if (roles.why.contains(c)) {
      continue;
    }
    const std::string& name = table.columns[c].name;
    const Described whose = table.columns[c].list ? Described::kEvent : described_by(table, c, user, item);
    const size_t before = file.doubts.size();
    if (whose == Described::kItem && !items_known) {
      add_field(table, c, of_items, file);
    } else if (whose == Described::kUser && !users_known) {
      add_field(table, c, of_users, file);
    } else {
      unused.push_back(c);
    }
    if (file.doubts.size() > before) {
      file.reasons.push_back(fmt::format("'{}': not used", name));
    }
  }
  add_unused(table, unused, file);
  for (InferredSource* const source : {&of_items, &of_users}) {
    if (source->columns.size() > 1) {
      file.doubts.push_back(
          {Spoils::kFields,
           fmt::format("column '{}'{} describe{} the {} of each row; read from the same rows as its fields",
                       source->columns[1].first == "name" ? source->columns[1].second : source->columns[1].first,
                       source->columns.size() > 2 ? fmt::format(" and {} more", source->columns.size() - 2) : "",
                       source->columns.size() > 2 ? "" : "s", source->kind == SourceKind::kItems ? "item" : "user"),
           ""});
      file.sources.push_back(std::move(*source));
    }
  }
}

}  // namespace haina
