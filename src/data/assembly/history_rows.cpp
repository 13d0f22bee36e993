#include "data/assembly/history_rows.h"

#include <arrow/compute/api.h>

#include <algorithm>
#include <cstdint>
#include <unordered_set>

#include "data/assembly/code_column.h"
#include "data/rows/table_cells.h"

namespace haina {
namespace {

constexpr int64_t kSecond = 1'000'000;

arrow::Result<std::shared_ptr<arrow::Table>> once_each(const std::shared_ptr<arrow::Table>& table) {
  const CodeColumn users = code_column(*column_of(*table, "user"));
  const CodeColumn items = code_column(*column_of(*table, "item"));
  std::unordered_set<uint64_t> seen;
  arrow::BooleanBuilder kept;
  for (size_t r = 0; r < users.codes.size(); ++r) {
    const uint64_t pair = static_cast<uint64_t>(users.codes[r]) << 32 | static_cast<uint32_t>(items.codes[r]);
    ARROW_RETURN_NOT_OK(kept.Append(seen.insert(pair).second));
  }
  ARROW_ASSIGN_OR_RAISE(const auto mask, kept.Finish());
  ARROW_ASSIGN_OR_RAISE(const arrow::Datum filtered, arrow::compute::Filter(table, mask));
  return filtered.table()->CombineChunks();
}

arrow::Result<std::shared_ptr<arrow::Table>> dated_before(const std::shared_ptr<arrow::Table>& table) {
  const int place = table->schema()->GetFieldIndex("time");
  if (place < 0 || table->column(place)->num_chunks() == 0) {
    return table;
  }
  const auto& times = static_cast<const arrow::TimestampArray&>(*table->column(place)->chunk(0));
  int64_t first = INT64_MAX;
  for (int64_t r = 0; r < times.length(); ++r) {
    if (times.IsValid(r) && times.Value(r) > 0) {
      first = std::min(first, times.Value(r));
    }
  }
  arrow::TimestampBuilder builder(times.type(), arrow::default_memory_pool());
  for (int64_t r = 0; r < times.length(); ++r) {
    ARROW_RETURN_NOT_OK(first == INT64_MAX ? builder.AppendNull() : builder.Append(first - kSecond));
  }
  ARROW_ASSIGN_OR_RAISE(const auto before, builder.Finish());
  return table->SetColumn(place, table->field(place), std::make_shared<arrow::ChunkedArray>(before));
}

}  // namespace

Result<std::shared_ptr<arrow::Table>> without_repeated_history(std::shared_ptr<arrow::Table> table,
                                                               const SourceConfig& source) {
  if (column_of(*table, "user") == nullptr || column_of(*table, "item") == nullptr) {
    return table;
  }
  auto changed = once_each(table);
  changed = changed.ok() ? dated_before(*changed) : changed;
  if (!changed.ok()) {
    return fail({ErrorCode::kBadData, changed.status().message(), source.place, "free some memory"});
  }
  return *changed;
}

}  // namespace haina
