#include "data/inference/table_roles.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/ascii.h"
#include "data/inference/column_roles.h"
#include "data/inference/headerless_roles.h"

namespace haina {
namespace {

using Columns = std::vector<GuessedColumn>;

void give(TableRoles& roles, const std::string& role, const GuessedColumn& column) {
  roles.columns[role] = column.column;
  roles.why[column.column] = column.why;
}

// A person's answer to "which column is the user?": that column stands first.
void put_answer_first(const TableProfile& table, const DoubtAnswers& answers, const std::string& role,
                      Columns& columns) {
  const auto answer = answers.find(table.name() + ":" + role);
  for (size_t c = 0; answer != answers.end() && c < table.columns.size(); ++c) {
    if (table.columns[c].name == answer->second) {
      columns.insert(columns.begin(), {c, 100, "you said so"});
    }
  }
}

// A question with all columns as choices, the assumed one first.
Doubt role_doubt(const TableProfile& table, const std::string& role, size_t assumed, std::string text) {
  Doubt doubt = {Spoils::kRoles, std::move(text), table.columns[assumed].name, table.name() + ":" + role, {}};
  doubt.choices.push_back({fmt::format("the {} is in column '{}'", role, doubt.column), doubt.column});
  for (size_t c = 0; c < table.columns.size(); ++c) {
    const ColumnProfile& column = table.columns[c];
    if (c != assumed && !column.list && !column.constant()) {
      doubt.choices.push_back({fmt::format("the {} is in column '{}'", role, column.name), column.name});
    }
  }
  return doubt;
}

bool has_evidence_of_events(const TableProfile& table, const std::set<size_t>& taken) {
  std::vector<Doubt> unused;
  return time_column(table, taken, unused) || value_column(table, taken) || action_column(table, taken);
}

// Columns with the exact names of roles that no shape shows: tag, head, relation, tail, entity, weight.
std::map<std::string, size_t> named_roles(const TableProfile& table) {
  std::map<std::string, size_t> roles;
  for (size_t c = 0; c < table.columns.size(); ++c) {
    if (!table.columns[c].list) {
      const std::string role = role_of_header(table.columns[c].name);
      if (!role.empty()) {
        roles.emplace(role, c);
      }
    }
  }
  return roles;
}

// Pairs of users, or pairs of items: two columns of one kind and none of the other.
bool find_ties(const TableProfile& table, const KnownIds& known, TableRoles& roles) {
  std::vector<size_t> users, items, plain;
  for (size_t c = 0; c < table.columns.size(); ++c) {
    const ColumnProfile& column = table.columns[c];
    const NameHints& hints = column.hints;
    // "user_age" is what a user is like, and no user.
    const bool pair = (hints.of(Meaning::kUser) >= 2 && hints.mainly(Meaning::kUser)) ||
                      (hints.of(Meaning::kOther) >= 2 && hints.mainly(Meaning::kOther)) ||
                      (hints.of(Meaning::kItem) >= 2 && hints.mainly(Meaning::kItem));
    if (!column.id_like() || (means_something_else(column) && !pair)) {
      continue;
    }
    const IdSide side = side_of(column.ids, known);
    if (hints.of(Meaning::kUser) >= 2 || hints.of(Meaning::kOther) >= 2) {
      users.push_back(c);
    } else if (hints.of(Meaning::kItem) >= 2 && hints.mainly(Meaning::kItem)) {
      items.push_back(c);
    } else if (side != IdSide::kNeither) {
      (side == IdSide::kUser ? users : items).push_back(c);
    } else if (column.time_unit.empty()) {
      plain.push_back(c);
    }
  }
  const auto tie = [&](SourceKind kind, const char* first, size_t a, const char* second, size_t b) {
    roles.kind = kind;
    give(roles, first, {a, 0, "the first of a pair"});
    give(roles, second, {b, 0, "the second of a pair"});
    return true;
  };
  const auto alike = [&](size_t a, size_t b) {
    return share_within(table.columns[a].ids, table.columns[b].ids) > 0.2 ||
           share_within(table.columns[b].ids, table.columns[a].ids) > 0.2;
  };
  // Who is followed or trusted is the other one, wherever it stands: fields of JSON have no order.
  const auto passive = [&](size_t c) {
    const NameHints& hints = table.columns[c].hints;
    const std::string word = ascii_lower(table.columns[c].name);
    const bool active = word.find("follower") != std::string::npos || word.find("truster") != std::string::npos;
    return hints.of(Meaning::kOther) >= 2 && !active;
  };
  const bool another =
      std::ranges::any_of(users, [&](size_t c) { return table.columns[c].hints.of(Meaning::kOther) >= 2; });
  std::ranges::stable_partition(users, [&](size_t c) { return !passive(c); });
  if (another && users.size() == 1 && plain.size() == 1 && items.empty() && table.columns.size() <= 3 &&
      alike(plain[0], users[0])) {
    return tie(SourceKind::kSocial, "user", plain[0], "other", users[0]);
  }
  if (items.empty() && users.size() >= 2 && (another || alike(users[0], users[1]))) {
    return tie(SourceKind::kSocial, "user", users[0], "other", users[1]);
  }
  if (users.empty() && items.size() >= 2 && alike(items[0], items[1]) && !table.columns[items[0]].key()) {
    return tie(SourceKind::kLinks, "item", items[0], "other", items[1]);
  }
  if (items.empty() && users.empty() && plain.size() == 2 && table.columns.size() <= 3 && alike(plain[0], plain[1]) &&
      about_ties(table.file)) {
    return tie(SourceKind::kSocial, "user", plain[0], "other", plain[1]);
  }
  return false;
}

// A table with both ids is one of users (or items) all the same if that id is different in each row and the file tells
// of what users (items) are like.
std::optional<SourceKind> table_of_one_side(const TableProfile& table, const TableRoles& roles, const KnownIds& known) {
  const size_t user = roles.columns.at("user");
  const size_t item = roles.columns.at("item");
  const std::set<size_t> taken = {user, item};
  const auto count = [&](Meaning meaning) {
    return std::ranges::count_if(table.columns, [&](const ColumnProfile& column) {
      return column.hints.of(meaning) >= 3 && column.hints.mainly(meaning);
    });
  };
  if (table.num_rows() <= 10 || action_column(table, taken)) {
    return std::nullopt;
  }
  const bool other_events = !known.users.empty() && !known.items.empty();
  if (table.columns[user].key() && (count(Meaning::kProfile) >= 2 || !table.columns[item].key()) &&
      (count(Meaning::kProfile) >= 2 || (about_users(table.file) && other_events && !value_column(table, taken)))) {
    return SourceKind::kUsers;
  }
  if (table.columns[item].key() && (about_items(table.file) || other_events) && count(Meaning::kTitle) >= 1 &&
      count(Meaning::kTitle) + count(Meaning::kCategory) + count(Meaning::kPrice) >= 2) {
    return SourceKind::kItems;
  }
  return std::nullopt;
}

void find_event_details(const TableProfile& table, TableRoles& roles) {
  std::set<size_t> taken;
  for (const auto& [role, column] : roles.columns) {
    taken.insert(column);
  }
  const auto find = [&](const char* role, const std::optional<GuessedColumn>& found) {
    if (found && !roles.has(role)) {
      give(roles, role, *found);
      taken.insert(found->column);
    }
  };
  find("time", time_column(table, taken, roles.doubts));
  find("action", action_column(table, taken));
  find("value", value_column(table, taken));
}

// The user's column where only the item's is known, and the other way round.
std::optional<GuessedColumn> other_side(const TableProfile& table, size_t owner, const std::string& role,
                                        TableRoles& roles) {
  const std::optional<GuessedColumn> found = repeating_column(table, owner);
  if (!found || !has_evidence_of_events(table, {owner, found->column})) {
    return std::nullopt;
  }
  const std::string& name = table.columns[found->column].name;
  roles.doubts.push_back(role_doubt(table, role, found->column,
                                    fmt::format("no column is called {}; '{}' ({}) is taken for it",
                                                role == "user" ? "a user" : "an item", name, found->why)));
  return found;
}

void doubt_weak_user(const TableProfile& table, const GuessedColumn& user, TableRoles& roles) {
  const ColumnProfile& column = table.columns[user.column];
  if (user.score >= 24) {
    return;
  }
  const bool order = column.hints.of(Meaning::kOrder) > column.hints.of(Meaning::kSession);
  roles.doubts.push_back(
      role_doubt(table, "user", user.column,
                 fmt::format("no column names the user; each {} ('{}') is taken for a user of its own",
                             order ? "order" : "session", column.name)));
}

// Two columns could be the item (or the user) as well: both are named so, and neither is finer.
void doubt_rivals(const TableProfile& table, const std::string& role, const Columns& columns, size_t chosen,
                  size_t other, TableRoles& roles) {
  const auto own = std::ranges::find(columns, chosen, &GuessedColumn::column);
  for (const GuessedColumn& rival : columns) {
    if (own != columns.end() && rival.column != chosen && rival.column != other && rival.score >= 38 &&
        rival.score + 4 >= own->score && own->score < 100) {
      roles.doubts.push_back(
          role_doubt(table, role, chosen,
                     fmt::format("both '{}' and '{}' could be the {}; the first is taken", table.columns[chosen].name,
                                 table.columns[rival.column].name, role)));
      return;
    }
  }
}

bool find_events(const TableProfile& table, const KnownIds& known, const Columns& users, const Columns& items,
                 TableRoles& roles) {
  std::optional<GuessedColumn> user, item;
  if (!items.empty() && !users.empty() && items[0].column == users[0].column) {
    (items[0].score > users[0].score ? item : user) = items[0].score > users[0].score ? items[0] : users[0];
  }
  for (const GuessedColumn& column : items) {
    item = !item && (!user || user->column != column.column) &&
                   (users.empty() || users[0].column != column.column || column.score > users[0].score)
               ? std::optional(column)
               : item;
  }
  for (const GuessedColumn& column : users) {
    user = !user && (!item || item->column != column.column) ? std::optional(column) : user;
  }
  roles.sure = user && item && user->score >= 24;
  const auto repeats = [&](const GuessedColumn& column) { return !table.columns[column.column].key(); };
  if (user && !item && user->score >= 24 && repeats(*user)) {
    item = other_side(table, user->column, "item", roles);
  } else if (item && !user && repeats(*item)) {
    user = other_side(table, item->column, "user", roles);
  }
  if (!user || !item) {
    return false;
  }
  give(roles, "user", *user);
  give(roles, "item", *item);
  if (const auto kind = table_of_one_side(table, roles, known); kind && user->score < 100 && item->score < 100) {
    roles.columns.erase(*kind == SourceKind::kUsers ? "item" : "user");
    roles.kind = kind;
    return true;
  }
  doubt_weak_user(table, *user, roles);
  doubt_rivals(table, "user", users, user->column, item->column, roles);
  doubt_rivals(table, "item", items, item->column, user->column, roles);
  roles.kind = SourceKind::kEvents;
  find_event_details(table, roles);
  return true;
}

// Of the columns that are named about as well as the first: one whose ids another file names, else one that is
// different in every row.
GuessedColumn key_among(const TableProfile& table, const KnownIds& known, const Columns& columns) {
  const auto weight = [&](const GuessedColumn& column) {
    const ColumnProfile& profile = table.columns[column.column];
    const bool near = column.score + 10 >= columns[0].score;
    const bool met = side_of(profile.ids, known) != IdSide::kNeither && !profile.words();
    return near ? (profile.key() ? 2 : 0) + (met ? 1 : 0) : -1;
  };
  return *std::ranges::max_element(columns, {}, weight);
}

// A table of items or users by its key.
bool find_entity(const TableProfile& table, const KnownIds& known, const Columns& users, const Columns& items,
                 TableRoles& roles) {
  const auto plain =
      std::ranges::find_if(table.columns, [](const ColumnProfile& c) { return is_plain_id(c.name) && !c.list; });
  const int item = items.empty() ? 0 : items[0].score;
  // The key of a table loses points as a user of events, and none here.
  const int key = users.empty() || !table.columns[users[0].column].key() ? 0 : 3;
  const int user = users.empty() || users[0].score + key < 24 ? 0 : users[0].score;
  if (plain != table.columns.end() && std::max(item, user) < 38) {
    const IdSide side = side_of(plain->ids, known);
    const bool of_user =
        side == IdSide::kUser || (side == IdSide::kNeither && about_users(table.file) && !about_items(table.file));
    roles.kind = of_user ? SourceKind::kUsers : SourceKind::kItems;
    give(roles, of_user ? "user" : "item",
         {static_cast<size_t>(plain - table.columns.begin()), 0, "the file's name says whose id it is"});
    if (side == IdSide::kNeither && !about_users(table.file) && !about_items(table.file)) {
      roles.doubts.push_back(
          {Spoils::kRoles,
           fmt::format("column '{}' is taken for the item, though nothing says whose id it is", plain->name),
           plain->name});
    }
    return true;
  }
  if (item == 0 && user == 0) {
    return false;
  }
  roles.kind = item > user ? SourceKind::kItems : SourceKind::kUsers;
  give(roles, item > user ? "item" : "user", key_among(table, known, item > user ? items : users));
  roles.sure = std::max(item, user) >= 38;
  return true;
}

// No column's name hints at anything: "x1", "field2".
bool names_nothing(const TableProfile& table) {
  return std::ranges::all_of(
      table.columns, [](const ColumnProfile& column) { return column.hints.none() && !is_plain_id(column.name); });
}

// No column is called a user or an item.
bool names_neither(const TableProfile& table) {
  return std::ranges::none_of(table.columns, [](const ColumnProfile& column) {
    return column.hints.of(Meaning::kUser) >= 2 || column.hints.of(Meaning::kItem) >= 2;
  });
}

}  // namespace

TableRoles table_roles(const TableProfile& table, const KnownIds& known, const DoubtAnswers& answers) {
  TableRoles roles;
  const std::map<std::string, size_t> named = named_roles(table);
  const auto take_named = [&](std::initializer_list<const char*> wanted) {
    for (const char* const role : wanted) {
      if (const auto found = named.find(role); found != named.end() && !roles.why.contains(found->second)) {
        give(roles, role, {found->second, 0, "its name is that of the role"});
      }
    }
  };
  if (table.preview->header && named.empty() && names_nothing(table)) {
    if (TableRoles shape = roles_by_shape(table, known, answers); shape.kind) {
      return shape;
    }
  }
  Columns users = user_columns(table, known);
  Columns items = item_columns(table, known);
  put_answer_first(table, answers, "user", users);
  put_answer_first(table, answers, "item", items);
  if (named.contains("head") && named.contains("tail")) {
    roles.kind = SourceKind::kLinks;
    take_named({"head", "relation", "tail"});
  } else if (named.contains("entity") && !items.empty() && users.empty()) {
    roles.kind = SourceKind::kLinks;
    give(roles, "item", items[0]);
    take_named({"entity"});
  } else if (!table.preview->header) {
    return headerless_roles(table, known, answers);
  } else if (named.contains("tag") && named.contains("name") && names_neither(table)) {
    roles.kind = SourceKind::kValues;
    take_named({"tag", "name"});
  } else if (find_ties(table, known, roles)) {
    take_named({"weight"});
  } else if (find_events(table, known, users, items, roles)) {
    if (roles.kind == SourceKind::kEvents) {
      take_named({"tag", "weight"});
    }
  } else if (!find_entity(table, known, users, items, roles)) {
    return roles_by_shape(table, known, answers);
  }
  if (roles.kind == SourceKind::kItems || roles.kind == SourceKind::kUsers) {
    take_named({"name"});
  }
  return roles;
}

}  // namespace haina
