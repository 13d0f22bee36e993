#include "data/inference/headerless_roles.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <set>

#include "data/inference/column_roles.h"
#include "data/inference/list_columns.h"
#include "data/parse_cell.h"

namespace haina {
namespace {

constexpr double kMet = 0.3;  // of the ids of a table of users or items: those that another table repeats

void give_role(TableRoles& roles, const std::string& role, size_t column, std::string why) {
  roles.columns[role] = column;
  roles.why[column] = std::move(why);
}

// 0, 1, 2, …: the number of the row.
bool counts_rows(const TableProfile& table, size_t column) {
  double expected = 0;
  for (size_t r = 0; r < table.preview->rows.size(); ++r) {
    const auto number = parse_number(trimmed(table.preview->rows[r][column]));
    constexpr double kExact = 9e15;  // larger numbers differ from their successors as text alone
    if (!number || *number > kExact || (r > 0 && *number != expected)) {
      return false;
    }
    expected = *number + 1;
  }
  return table.preview->rows.size() > 2;
}

bool names_things(const ColumnProfile& column) {
  return !column.list && column.words() && list_type(column.stats).empty() && !column.written_time();
}

// The id of a table of users or items: different in every row, neither a fraction, a list, nor a written time. One
// whose ids repeat in another file goes first, then codes before titles and times, then the left one.
std::optional<size_t> key_column(const TableProfile& table, const KnownIds& known) {
  std::optional<size_t> best;
  int most = -1;
  for (size_t c = 0; c < table.columns.size(); ++c) {
    const ColumnProfile& column = table.columns[c];
    if (!column.id_like() || !column.stats.unique() || !list_type(column.stats).empty()) {
      continue;
    }
    const bool met = share_within(column.ids, known.repeating) > kMet;
    const int weight = (met ? 4 : 0) + (column.words() ? 0 : 2) + (plausible_times(column) ? 0 : 1);
    if (weight > most) {
      most = weight;
      best = c;
    }
  }
  return best;
}

// Whose ids a column holds, by a table whose key is called alike.
IdSide side_by_name(const TableProfile& table, size_t c, const KnownIds& known) {
  const bool user = known.user_names.contains(table.columns[c].name);
  const bool item = known.item_names.contains(table.columns[c].name);
  return !table.preview->header || user == item ? IdSide::kNeither : user ? IdSide::kUser : IdSide::kItem;
}

// By such a name, or by its ids.
IdSide side_of_column(const TableProfile& table, size_t c, const KnownIds& known) {
  const IdSide side = side_by_name(table, c, known);
  return side == IdSide::kNeither ? side_of(table.columns[c].ids, known) : side;
}

// Users or items: by ids that another file names, by the file's name, or by titles. Nothing if none of them tells.
std::optional<SourceKind> kind_of_entities(const TableProfile& table, size_t id, const KnownIds& known) {
  const IdSide side = side_of_column(table, id, known);
  const bool of_users = about_users(table.file) && !about_items(table.file);
  bool titles = false;
  for (size_t c = 0; c < table.columns.size() && table.columns.size() > 2; ++c) {
    titles = titles || (c != id && names_things(table.columns[c]) && table.columns[c].key());
  }
  if (side == IdSide::kUser || (side == IdSide::kNeither && of_users)) {
    return SourceKind::kUsers;
  }
  const bool items = side == IdSide::kItem || about_items(table.file) || titles;
  return items ? std::optional(SourceKind::kItems) : std::nullopt;
}

// A table of users or items: its id, and the first column that holds names of items.
TableRoles entity_roles(const TableProfile& table, size_t id, SourceKind kind) {
  TableRoles roles;
  const bool users = kind == SourceKind::kUsers;
  roles.kind = kind;
  roles.by_shape = true;
  give_role(roles, users ? "user" : "item", id, "it is different in every row");
  for (size_t c = 0; c < table.columns.size() && !users; ++c) {
    const ColumnProfile& column = table.columns[c];
    if (c != id && names_things(column) && column.stats.per_cell(std::ssize(column.stats.distinct)) > 0.8) {
      give_role(roles, "name", c, "its words are different in almost every row");
      break;
    }
  }
  return roles;
}

// Leaves out the columns that `unlikely` says, if two others remain.
void leave_out(std::vector<size_t>& columns, const std::function<bool(size_t)>& unlikely) {
  std::vector<size_t> kept;
  std::ranges::copy_if(columns, std::back_inserter(kept), std::not_fn(unlikely));
  if (kept.size() >= 2) {
    columns = std::move(kept);
  }
}

// Columns that may be a user or an item, from the left, without those that another one decides (an item's category).
// Under a header the columns may stand in any order: then ratings and columns with gaps are none, if others are.
std::vector<size_t> open_columns(const TableProfile& table, const std::set<size_t>& taken) {
  std::vector<size_t> open;
  for (size_t c = 0; c < table.columns.size(); ++c) {
    if (!taken.contains(c) && table.columns[c].id_like() && !counts_rows(table, c)) {
      open.push_back(c);
    }
  }
  if (table.preview->header) {
    leave_out(open, [&](size_t c) {
      const ColumnStats& stats = table.columns[c].stats;
      return stats.numeric() && table.columns[c].distinct() <= 12 && stats.least >= -1 && stats.most <= 100;
    });
    leave_out(open, [&](size_t c) { return 50 * table.columns[c].stats.filled < 49 * table.num_rows(); });
  }
  if (open.size() > 2) {
    const std::vector<size_t> all = open;
    leave_out(open, [&](size_t c) {
      return std::ranges::any_of(all, [&](size_t other) {
        return other != c && table.columns[other].distinct() > table.columns[c].distinct() &&
               !table.columns[other].key() && table.columns[other].distinct() > 10 && table.determines(other, c) > 0.98;
      });
    });
  }
  return open;
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

// Of the columns the user's and the item's: by the ids that another file names, the one of codes beside one of titles,
// or the first two.
std::pair<size_t, size_t> user_and_item(const TableProfile& table, const KnownIds& known,
                                        const std::vector<size_t>& open, std::string& why) {
  std::vector<size_t> users, items, others;
  const bool named =
      std::ranges::any_of(open, [&](size_t c) { return side_by_name(table, c, known) != IdSide::kNeither; });
  for (const size_t c : open) {
    const IdSide side = named ? side_by_name(table, c, known) : side_of_column(table, c, known);
    (side == IdSide::kUser ? users : side == IdSide::kItem ? items : others).push_back(c);
  }
  const auto first_but = [&](size_t taken) { return open[0] == taken ? open[1] : open[0]; };
  // Two columns of the same side are numbers that any numbered ids hold.
  if (users.size() == 1 && items.size() <= 1) {
    why = "by ids that another file names";
    return {users[0], !items.empty() ? items[0] : !others.empty() ? others[0] : first_but(users[0])};
  }
  if (items.size() == 1 && users.empty()) {
    why = "by ids that another file names";
    return {!others.empty() ? others[0] : first_but(items[0]), items[0]};
  }
  if (table.columns[open[0]].words() && !table.columns[open[1]].words()) {
    why = "by the words of its titles";
    return {open[1], open[0]};
  }
  return {open[0], open[1]};
}

// "column '#1'", "column 'x2' (number 3)".
std::string place_of(const TableProfile& table, size_t c) {
  return fmt::format("column '{}'{}", table.columns[c].name,
                     table.preview->header ? fmt::format(" (number {})", c + 1) : "");
}

Doubt place_doubt(const TableProfile& table, size_t user, size_t item, const std::string& why) {
  Doubt doubt = {Spoils::kRoles,
                 fmt::format("{}: {} is assumed to be the user, {} the item ({}); if that is wrong, exchange them in "
                             "columns",
                             table.preview->header ? "no name says what the columns are" : "no header",
                             place_of(table, user), place_of(table, item), why.empty() ? "by their places" : why),
                 "",
                 table.name() + ":user",
                 {}};
  doubt.choices = {
      {fmt::format("the user is in column {}, the item in column {}", user + 1, item + 1), table.columns[user].name},
      {fmt::format("the user is in column {}, the item in column {}", item + 1, user + 1), table.columns[item].name}};
  return doubt;
}

Doubt entity_doubt(const TableProfile& table, size_t id, SourceKind kind) {
  const char* const side = kind == SourceKind::kUsers ? "user" : "item";
  return {Spoils::kRoles,
          fmt::format("{}: {} is assumed to be the {}, since it is different in every row; if that is wrong, change "
                      "{} in columns",
                      table.preview->header ? "no name says what the columns are" : "no header", place_of(table, id),
                      side, side),
          table.columns[id].name};
}

// Events: time and action by their forms, then user, item and value from the left.
TableRoles event_roles(const TableProfile& table, const KnownIds& known, const DoubtAnswers& answers) {
  TableRoles roles;
  std::set<size_t> taken;
  const auto take = [&](const char* role, size_t column, std::string why) {
    give_role(roles, role, column, std::move(why));
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

// By the file's name: ties of users, or links between items. Empty columns do not count.
std::optional<TableRoles> tie_roles(const TableProfile& table) {
  TableRoles roles;
  std::vector<size_t> filled;
  for (size_t c = 0; c < table.columns.size(); ++c) {
    if (table.columns[c].stats.filled > 0) {
      filled.push_back(c);
    }
  }
  const size_t n = filled.size();
  const bool weighted = n == 3 && table.columns[filled[2]].stats.numeric() && table.columns[filled[2]].stats.least > 0;
  if ((n == 2 || (weighted && table.columns[filled[2]].distinct() <= 12)) && about_ties(table.file)) {
    roles.kind = SourceKind::kSocial;
    give_role(roles, "user", filled[0], "the file's name tells of ties");
    give_role(roles, "other", filled[1], "the file's name tells of ties");
    return roles;
  }
  if ((n == 2 || n == 3) && about_links(table.file)) {
    roles.kind = SourceKind::kLinks;
    give_role(roles, "head", filled[0], "the file's name tells of links");
    if (n == 3) {
      give_role(roles, "relation", filled[1], "the file's name tells of links");
    }
    give_role(roles, "tail", filled[n - 1], "the file's name tells of links");
    return roles;
  }
  return std::nullopt;
}

// A table whose names say nothing, with a column that is different in every row and whose ids another table repeats.
TableRoles entity_by_shape(const TableProfile& table, const KnownIds& known) {
  const std::optional<size_t> id = key_column(table, known);
  const bool met = id && (share_within(table.columns[*id].ids, known.repeating) > kMet ||
                          side_of_column(table, *id, known) != IdSide::kNeither);
  const std::optional<SourceKind> kind = met ? kind_of_entities(table, *id, known) : std::nullopt;
  if (!kind) {
    return {};
  }
  TableRoles roles = entity_roles(table, *id, *kind);
  roles.doubts.push_back(entity_doubt(table, *id, *kind));
  return roles;
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
    return entity_by_shape(table, known);
  }
  return roles;
}

TableRoles headerless_roles(const TableProfile& table, const KnownIds& known, const DoubtAnswers& answers) {
  if (auto ties = tie_roles(table)) {
    return *ties;
  }
  const std::optional<size_t> id = key_column(table, known);
  const std::optional<SourceKind> kind =
      id && !about_events(table.file) ? kind_of_entities(table, *id, known) : std::nullopt;
  if (kind) {
    TableRoles roles = entity_roles(table, *id, *kind);
    roles.doubts.push_back(entity_doubt(table, *id, *kind));
    return roles;
  }
  return event_roles(table, known, answers);
}

}  // namespace haina
