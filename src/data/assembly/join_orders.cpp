#include "data/assembly/join_orders.h"

#include <arrow/compute/api.h>
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/suggest.h"
#include "data/assembly/code_column.h"
#include "data/rows/table_cells.h"

namespace haina {
namespace {

constexpr const char* kJoined[] = {"user", "time", "action", "value", "weight"};

Result<const SourceTable*> orders_of(const SourceConfig& source, const std::vector<SourceTable>& tables) {
  std::vector<std::string> known;
  for (const SourceTable& table : tables) {
    if (table.config->kind != SourceKind::kOrders) {
      continue;
    }
    if (table.config->name == source.join) {
      if (column_of(*table.table, "order") == nullptr) {
        return fail({ErrorCode::kInvalidArgument,
                     fmt::format("source '{}' of kind 'orders' names no order", table.config->name),
                     table.config->place, "write columns = { order = \"order_id\", user = \"user_id\" }"});
      }
      return &table;
    }
    known.push_back(table.config->name);
  }
  return fail({ErrorCode::kInvalidArgument,
               fmt::format("source '{}' joins '{}', which is no source of kind 'orders'", source.name, source.join),
               place_of(source, "join"), did_you_mean(source.join, known)});
}

// The row of each order's id; of several the first.
std::unordered_map<std::string_view, int64_t> rows_of_orders(const SourceTable& orders, QualityReport& quality) {
  std::unordered_map<std::string_view, int64_t> rows;
  const arrow::Array* const ids = column_of(*orders.table, "order");
  for (int64_t r = 0; r < ids->length(); ++r) {
    if (!rows.try_emplace(text_at(ids, r), r).second) {
      quality.count("order named again, its first row is used", orders.config->name,
                    [&] { return fmt::format("order {}", text_at(ids, r)); });
    }
  }
  return rows;
}

arrow::Result<std::shared_ptr<arrow::Table>> joined(const SourceTable& events, const SourceTable& orders,
                                                    QualityReport& quality) {
  const auto rows = rows_of_orders(orders, quality);
  const arrow::Array* const ids = column_of(*events.table, "order");
  arrow::Int64Builder taken;
  arrow::BooleanBuilder kept;
  ARROW_RETURN_NOT_OK(kept.Reserve(ids->length()));
  for (int64_t r = 0; r < ids->length(); ++r) {
    const auto found = rows.find(text_at(ids, r));
    kept.UnsafeAppend(found != rows.end());
    if (found != rows.end()) {
      ARROW_RETURN_NOT_OK(taken.Append(found->second));
    } else {
      quality.count("event of an unknown order dropped", events.config->name,
                    [&] { return fmt::format("order {}", text_at(ids, r)); });
    }
  }
  ARROW_ASSIGN_OR_RAISE(const auto mask, kept.Finish());
  ARROW_ASSIGN_OR_RAISE(const auto places, taken.Finish());
  ARROW_ASSIGN_OR_RAISE(const arrow::Datum filtered, arrow::compute::Filter(events.table, mask));
  std::shared_ptr<arrow::Table> table = filtered.table();
  for (const char* const name : kJoined) {
    const auto column = orders.table->GetColumnByName(name);
    if (column == nullptr || table->GetColumnByName(name) != nullptr) {
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(const arrow::Datum values, arrow::compute::Take(column, places));
    ARROW_ASSIGN_OR_RAISE(
        table, table->AddColumn(table->num_columns(), arrow::field(name, column->type()), values.chunked_array()));
  }
  return table->CombineChunks();
}

}  // namespace

Status join_orders(std::vector<SourceTable>& tables, QualityReport& quality) {
  for (SourceTable& source : tables) {
    if (source.config->join.empty()) {
      continue;
    }
    if (column_of(*source.table, "order") == nullptr) {
      return fail(
          {ErrorCode::kInvalidArgument, fmt::format("source '{}' joins orders and names none", source.config->name),
           place_of(*source.config, "join"), "write columns = { order = \"order_id\", item = \"product_id\" }"});
    }
    HAINA_TRY(const SourceTable* const orders, orders_of(*source.config, tables));
    const auto table = joined(source, *orders, quality);
    if (!table.ok()) {
      return fail({ErrorCode::kBadData, table.status().message(), place_of(*source.config, "join"),
                   "free some memory, or read fewer rows at once"});
    }
    source.table = *table;
  }
  std::erase_if(tables, [](const SourceTable& source) { return source.config->kind == SourceKind::kOrders; });
  return ok();
}

}  // namespace haina
