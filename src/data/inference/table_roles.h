// What a table is about (events, items, users, ties, links, names of codes) and which of its columns has which role.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/source_kinds.h"
#include "data/inference/doubt.h"
#include "data/inference/event_columns.h"
#include "data/inference/table_profile.h"

namespace haina {

struct TableRoles {
  std::optional<SourceKind> kind;         // nothing: no column can be a user or an item
  std::map<std::string, size_t> columns;  // role -> column
  std::map<size_t, std::string> why;      // column -> the reason of its role
  bool sure = false;                      // names or known ids say it, not the shape alone
  bool by_shape = false;                  // users or items of which no name tells
  std::vector<Doubt> doubts;
  bool has(const std::string& role) const { return columns.contains(role); }
};

TableRoles table_roles(const TableProfile& table, const KnownIds& known, const DoubtAnswers& answers);

}  // namespace haina
