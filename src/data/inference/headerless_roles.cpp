#include "data/inference/headerless_roles.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "data/inference/column_roles.h"
#include "data/parse_cell.h"

namespace haina {
namespace {

void give(TableRoles& roles, const std::string& role, size_t column, std::string why) {
  roles.columns[role] = column;
  roles.why[column] = std::move(why);
}

// 0, 1, 2, …: the number of the row.
bool counts_rows(const TableProfile& table, size_t column) {
  double expected = 0;
  for (size_t r = 0; r < table.preview->rows.size(); ++r) {
    const auto number = parse_number(trimmed(table.preview->rows[r][column]));
    if (!number || (r > 0 && *number != expected)) {
      return false;
    }
    expected = *number + 1;
  }
  return table.preview->rows.size() > 2;
}

// The column that is different in every row; of several the shortest.
std::optional<size_t> key_column(const TableProfile& table) {
  std::optional<size_t> id;
  const auto length = [&](size_t c) { return table.columns[c].stats.per_cell(table.columns[c].stats.bytes); };
  for (size_t c = 0; c < table.columns.size(); ++c) {
    if (table.columns[c].stats.unique() && !table.columns[c].list && (!id || length(c) < length(*id))) {
      id = c;
    }
  }
  return id;
}

// A table of users or items: its id, and the first column that holds names of items.
TableRoles entity_roles(const TableProfile& table, size_t id, IdSide side) {
  TableRoles roles;
  const bool users =
      side == IdSide::kUser || (side == IdSide::kNeither && about_users(table.file) && !about_items(table.file));
  roles.kind = users ? SourceKind::kUsers : SourceKind::kItems;
  give(roles, users ? "user" : "item", id, "it is different in every row");
  for (size_t c = 0; c < table.columns.size() && !users; ++c) {
    const ColumnProfile& column = table.columns[c];
    if (c != id && !column.list && column.words() && column.stats.per_cell(std::ssize(column.stats.distinct)) > 0.8) {
      give(roles, "name", c, "its words are different in almost every row");
      break;
    }
  }
  return roles;
}

// Columns that may be a user or an item, from the left, without those that another one decides (an item's category).
std::vector<size_t> open_columns(const TableProfile& table, const std::set<size_t>& taken) {
  std::vector<size_t> open;
  for (size_t c = 0; c < table.columns.size(); ++c) {
    if (!taken.contains(c) && table.columns[c].id_like() && !counts_rows(table, c)) {
      open.push_back(c);
    }
  }
  if (open.size() <= 2) {
    return open;
  }
  std::vector<size_t> kept;
  for (const size_t c : open) {
    const bool decided = std::ranges::any_of(open, [&](size_t other) {
      return other != c && table.columns[other].distinct() > table.columns[c].distinct() &&
             !table.columns[other].key() && table.columns[other].distinct() > 10 && table.determines(other, c) > 0.98;
    });
    if (!decided) {
      kept.push_back(c);
    }
  }
  return kept.size() < 2 ? open : kept;
}

// Ratings and counts: the first column of few numbers, or one of fractions.
std::optional<size_t> value_of(const TableProfile& table, const std::set<size_t>& taken, size_t item) {
  std::optional<size_t> fractions;
  for (size_t c = 0; c < table.columns.size(); ++c) {
    const ColumnProfile& column = table.columns[c];
    if (taken.contains(c) || column.list || !column.stats.numeric() || column.constant() || counts_rows(table, c)) {
      continue;
    }
    if (column.distinct() <= 21 && (column.distinct() <= 12 || table.determines(item, c) < 0.9)) {
      return c;
    }
    fractions = !fractions && !column.whole ? std::optional(c) : fractions;
  }
  return fractions;
}

// Of two columns the user's: the one whose ids are users in another file, the one of codes beside one of titles, or the
// first.
std::pair<size_t, size_t> user_and_item(const TableProfile& table, const KnownIds& known,
                                        const std::vector<size_t>& open, std::string& why) {
  for (const size_t c : open) {
    const IdSide side = side_of(table.columns[c].ids, known);
    if (side != IdSide::kNeither) {
      const size_t other = open[0] == c ? open[1] : open[0];
      why = "by ids that another file names";
      return side == IdSide::kUser ? std::pair(c, other) : std::pair(other, c);
    }
  }
  if (table.columns[open[0]].words() && !table.columns[open[1]].words()) {
    why = "by the words of its titles";
    return {open[1], open[0]};
  }
  return {open[0], open[1]};
}

Doubt place_doubt(const TableProfile& table, size_t user, size_t item, const std::string& why) {
  Doubt doubt = {Spoils::kRoles,
                 fmt::format("{}: column {} is assumed to be the user, column {} the item ({}); if that is wrong, "
                             "exchange them in columns",
                             table.preview->header ? "no name says what the columns are" : "no header", user + 1,
                             item + 1, why.empty() ? "by their places" : why),
                 "",
                 table.name() + ":user",
                 {}};
  doubt.choices = {
      {fmt::format("the user is in column {}, the item in column {}", user + 1, item + 1), table.columns[user].name},
      {fmt::format("the user is in column {}, the item in column {}", item + 1, user + 1), table.columns[item].name}};
  return doubt;
}

// Events: time and action by their forms, then user, item and value from the left.
TableRoles event_roles(const TableProfile& table, const KnownIds& known, const DoubtAnswers& answers) {
  TableRoles roles;
  std::set<size_t> taken;
  const auto take = [&](const char* role, size_t column, std::string why) {
    give(roles, role, column, std::move(why));
    taken.insert(column);
  };
  if (const auto action = action_column(table, {})) {
    take("action", action->column, action->why);
  }
  std::set<size_t> not_time = taken;
  if (table.columns.size() <= 2) {
    not_time = {0, 1};
  }
  if (const auto time = time_column(table, not_time, roles.doubts)) {
    take("time", time->column, time->why);
  }
  const std::vector<size_t> open = open_columns(table, taken);
  if (open.size() < 2) {
    return roles;
  }
  std::string why;
  auto [user, item] = user_and_item(table, known, open, why);
  const auto answer = answers.find(table.name() + ":user");
  if (answer != answers.end() && answer->second == table.columns[item].name) {
    std::swap(user, item);
  }
  take("user", user, "a column of ids, " + (why.empty() ? "by its place" : why));
  take("item", item, "a column of ids, " + (why.empty() ? "by its place" : why));
  if (const auto value = value_of(table, taken, item)) {
    take("value", *value, "its numbers look like ratings or counts");
  }
  roles.kind = SourceKind::kEvents;
  roles.doubts.push_back(place_doubt(table, user, item, why));
  return roles;
}

// By the file's name: ties of users, or links between items.
std::optional<TableRoles> tie_roles(const TableProfile& table) {
  TableRoles roles;
  const size_t n = table.columns.size();
  const bool weighted = n == 3 && table.columns[2].stats.numeric() && table.columns[2].stats.least > 0;
  if ((n == 2 || (weighted && table.columns[2].distinct() <= 12)) && about_ties(table.file)) {
    roles.kind = SourceKind::kSocial;
    give(roles, "user", 0, "the file's name tells of ties");
    give(roles, "other", 1, "the file's name tells of ties");
    return roles;
  }
  if ((n == 2 || n == 3) && about_links(table.file)) {
    roles.kind = SourceKind::kLinks;
    give(roles, "head", 0, "the file's name tells of links");
    if (n == 3) {
      give(roles, "relation", 1, "the file's name tells of links");
    }
    give(roles, "tail", n - 1, "the file's name tells of links");
    return roles;
  }
  return std::nullopt;
}

}  // namespace

TableRoles roles_by_shape(const TableProfile& table, const KnownIds& known, const DoubtAnswers& answers) {
  TableRoles roles = event_roles(table, known, answers);
  const auto repeats = [&](const char* role) {
    const auto found = roles.columns.find(role);
    return found != roles.columns.end() && !means_something_else(table.columns[found->second]) &&
           10 * table.columns[found->second].distinct() < 9 * table.columns[found->second].stats.filled;
  };
  if (!repeats("user") || !repeats("item") || (!roles.has("time") && !roles.has("action") && !roles.has("value"))) {
    return {};
  }
  return roles;
}

TableRoles headerless_roles(const TableProfile& table, const KnownIds& known, const DoubtAnswers& answers) {
  if (auto ties = tie_roles(table)) {
    return *ties;
  }
  const std::optional<size_t> id = key_column(table);
  if (id && !about_events(table.file)) {
    const IdSide side = side_of(table.columns[*id].ids, known);
    const bool titles = std::ranges::any_of(
        table.columns, [](const ColumnProfile& column) { return !column.list && column.words() && column.key(); });
    if (about_items(table.file) || about_users(table.file) || side != IdSide::kNeither ||
        (titles && table.columns.size() > 2)) {
      return entity_roles(table, *id, side);
    }
  }
  return event_roles(table, known, answers);
}

}  // namespace haina
