#include "data/inference/find_joins.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>

#include "base/ascii.h"
#include "config/toml_text.h"
#include "data/inference/role_by_name.h"
#include "data/parse_cell.h"

namespace haina {
namespace {

constexpr double kMeet = 0.3;       // of the references in the preview that name an order in the other
constexpr double kKeyFilled = 0.9;  // of the keys

bool has_role(const FilePreview& preview, const std::string& role) {
  return std::ranges::any_of(preview.columns,
                             [&](const PreviewColumn& column) { return role_by_name(column.name) == role; });
}

std::string plain_name(std::string name) {
  std::erase_if(name, [](char c) { return c == '_' || c == '-' || c == ' ' || c == '.'; });
  return ascii_lower(std::move(name));
}

// The row of each key; nothing if a key repeats or most are empty.
std::optional<std::map<std::string, size_t>> keys_of(const FilePreview& preview, size_t column) {
  std::map<std::string, size_t> keys;
  for (size_t r = 0; r < preview.rows.size(); ++r) {
    const std::string key(trimmed(preview.rows[r][column]));
    if (!key.empty() && !keys.emplace(key, r).second) {
      return std::nullopt;
    }
  }
  const bool filled = static_cast<double>(keys.size()) >= kKeyFilled * static_cast<double>(preview.rows.size());
  return keys.size() >= 2 && filled ? std::optional(std::move(keys)) : std::nullopt;
}

bool is_column(const FilePreview& preview, const std::string& name) {
  return std::ranges::find(preview.columns, name, &PreviewColumn::name) != preview.columns.end();
}

// "timestamp" of "timestamp:ms".
std::string header_of(const FilePreview& preview, const std::string& value) {
  return is_column(preview, value) ? value : value.substr(0, value.rfind(':'));
}

}  // namespace

std::optional<OrderJoin> find_order_join(const FilePreview& orders, const FilePreview& rows) {
  if (!orders.header || !rows.header || !has_role(orders, "user") || has_role(orders, "item") ||
      !has_role(rows, "item") || has_role(rows, "user")) {
    return std::nullopt;
  }
  for (size_t key = 0; key < orders.columns.size(); ++key) {
    const std::string role = role_by_name(orders.columns[key].name);
    if (role == "user" || role == "time" || orders.columns[key].list != ListKind::kNone) {
      continue;
    }
    const auto keys = keys_of(orders, key);
    if (!keys) {
      continue;
    }
    for (size_t c = 0; c < rows.columns.size(); ++c) {
      if (role_by_name(rows.columns[c].name) == "item" || rows.columns[c].list != ListKind::kNone) {
        continue;
      }
      int64_t met = 0;
      std::set<std::string> distinct;
      for (const std::vector<std::string>& row : rows.rows) {
        distinct.insert(row[c]);
      }
      for (const std::string& reference : distinct) {
        met += keys->contains(std::string(trimmed(reference))) ? 1 : 0;
      }
      const bool meets = !distinct.empty() && static_cast<double>(met) >= kMeet * static_cast<double>(distinct.size());
      if (plain_name(rows.columns[c].name) == plain_name(orders.columns[key].name) && (meets || met > 0)) {
        return OrderJoin{key, c};
      }
    }
  }
  return std::nullopt;
}

FilePreview joined_preview(const FilePreview& orders, const FilePreview& rows, const OrderJoin& join) {
  FilePreview joined = rows;
  const auto keys = keys_of(orders, join.key);
  std::vector<size_t> taken;
  for (size_t c = 0; c < orders.columns.size(); ++c) {
    if (c != join.key && !is_column(rows, orders.columns[c].name)) {
      taken.push_back(c);
      joined.columns.push_back(orders.columns[c]);
    }
  }
  for (size_t r = 0; r < joined.rows.size(); ++r) {
    const auto found = keys->find(std::string(trimmed(rows.rows[r][join.reference])));
    const size_t order = found == keys->end() ? r % orders.rows.size() : found->second;
    for (const size_t c : taken) {
      joined.rows[r].push_back(orders.rows[order][c]);
    }
  }
  // The reference itself is an id that repeats, as that of a user does.
  joined.columns.erase(joined.columns.begin() + static_cast<std::ptrdiff_t>(join.reference));
  for (std::vector<std::string>& row : joined.rows) {
    row.erase(row.begin() + static_cast<std::ptrdiff_t>(join.reference));
  }
  return joined;
}

std::pair<InferredSource, InferredSource> split_joined(const InferredSource& joined, const FilePreview& orders,
                                                       const FilePreview& rows, const OrderJoin& join,
                                                       const std::string& orders_name) {
  InferredSource of_orders;
  of_orders.kind = SourceKind::kOrders;
  of_orders.columns = {{"order", orders.columns[join.key].name}};
  InferredSource of_rows = joined;
  of_rows.columns = {{"order", rows.columns[join.reference].name}};
  static const std::set<std::string> taken = {"user", "time", "action", "value", "weight"};
  for (const auto& [role, value] : joined.columns) {
    const bool own = is_column(rows, header_of(rows, value));
    if (own) {
      of_rows.columns.emplace_back(role, value);
    } else if (taken.contains(role)) {
      of_orders.columns.emplace_back(role, value);
    }
  }
  of_rows.settings.emplace_back("join", toml_string(orders_name));
  return {std::move(of_orders), std::move(of_rows)};
}

}  // namespace haina
