// Which columns of a table name the user, the item, the time, the value and the action of an event. By the shape of the
// columns, by ids that other tables of the same folder know, and by hints of names.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "data/inference/doubt.h"
#include "data/inference/table_profile.h"

namespace haina {

// Ids that other tables of the same folder name surely.
struct KnownIds {
  std::set<std::string> users;
  std::set<std::string> items;
  // Names of the columns that key tables of users and of items whose names say nothing else: "x2".
  std::set<std::string> user_names = {};
  std::set<std::string> item_names = {};
  std::set<std::string> repeating = {};  // ids in columns of any table in which they repeat, as in logs
};
enum class IdSide { kNeither, kUser, kItem };
// Whose ids a column holds: at least half of them are known on one side, and clearly fewer on the other.
IdSide side_of(const std::set<std::string>& ids, const KnownIds& known);

// Whether a column without a telling name holds times: written dates, or numbers that are times since 1990.
bool plausible_times(const ColumnProfile& column);

// A name that says what the column is, and it is neither user nor item.
bool means_something_else(const ColumnProfile& column);

struct GuessedColumn {
  size_t column = 0;
  int score = 0;    // 20 and above: the name says it, or the ids do
  std::string why;  // for haina init --explain
};

// The columns that may name the user or the item, the most likely first.
std::vector<GuessedColumn> user_columns(const TableProfile& table, const KnownIds& known);
std::vector<GuessedColumn> item_columns(const TableProfile& table, const KnownIds& known);
// A further column that names users or items by its shape alone: it repeats, and `owner`, the column of the other side,
// does not decide it.
std::optional<GuessedColumn> repeating_column(const TableProfile& table, size_t owner);

// The finest column of times. Columns that are called a time and hold none that can be read are doubts.
std::optional<GuessedColumn> time_column(const TableProfile& table, const std::set<size_t>& taken,
                                         std::vector<Doubt>& doubts);
// The column of ratings, counts or amounts.
std::optional<GuessedColumn> value_column(const TableProfile& table, const std::set<size_t>& taken);
// A small vocabulary of deeds.
std::optional<GuessedColumn> action_column(const TableProfile& table, const std::set<size_t>& taken);
// The one value of a column of deeds that never changes; empty if there is none.
std::string constant_deed(const TableProfile& table, const std::set<size_t>& taken);

}  // namespace haina
