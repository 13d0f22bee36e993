#include "data/assembly/shuffle_tables.h"

#include <arrow/api.h>
#include <arrow/compute/api.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <numeric>
#include <string>
#include <utility>

#include "base/seed.h"
#include "data/rows/table_cells.h"

namespace haina {
namespace {

constexpr std::array kIds = {"user", "item", "other"};

arrow::Result<std::shared_ptr<arrow::Array>> renamed(const arrow::Array& names, uint64_t seed) {
  arrow::LargeStringBuilder builder;
  for (int64_t r = 0; r < names.length(); ++r) {
    ARROW_RETURN_NOT_OK(names.IsNull(r)
                            ? builder.AppendNull()
                            : builder.Append(fmt::format("{:016x}", derive_seed(seed, text_at(&names, r)))));
  }
  return builder.Finish();
}

arrow::Result<std::shared_ptr<arrow::Array>> renamed_ids(const std::shared_ptr<arrow::Array>& ids, uint64_t seed) {
  if (ids->type_id() != arrow::Type::DICTIONARY) {
    return renamed(*ids, seed);
  }
  const auto& coded = static_cast<const arrow::DictionaryArray&>(*ids);
  ARROW_ASSIGN_OR_RAISE(const auto names, renamed(*coded.dictionary(), seed));
  return arrow::DictionaryArray::FromArrays(coded.type(), coded.indices(), names);
}

// Rows in random order; users in random order with their rows as they are, where these are in order.
std::vector<int64_t> random_order(const arrow::Table& table, bool in_order, uint64_t seed, const std::string& name) {
  const arrow::Array* const users = in_order ? column_of(table, "user") : nullptr;
  RandomStream random(seed, "shuffle rows/" + name);
  std::vector<uint64_t> keys;
  keys.reserve(static_cast<size_t>(table.num_rows()));
  for (int64_t r = 0; r < table.num_rows(); ++r) {
    keys.push_back(users == nullptr ? random.next() : derive_seed(seed, text_at(users, r)));
  }
  std::vector<int64_t> order(keys.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, {}, [&](int64_t row) { return keys[static_cast<size_t>(row)]; });
  return order;
}

arrow::Result<std::shared_ptr<arrow::Table>> shuffled(std::shared_ptr<arrow::Table> table, const SourceConfig& source,
                                                      uint64_t seed) {
  const bool in_order = source.order == RowOrder::kRows && column_of(*table, "time") == nullptr;
  arrow::Int64Builder rows;
  ARROW_RETURN_NOT_OK(rows.AppendValues(random_order(*table, in_order, seed, source.name)));
  ARROW_ASSIGN_OR_RAISE(const auto order, rows.Finish());
  for (const char* const id : kIds) {
    const int place = table->schema()->GetFieldIndex(id);
    if (place < 0 || table->column(place)->num_chunks() == 0) {
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(const auto ids, renamed_ids(table->column(place)->chunk(0), seed));
    ARROW_ASSIGN_OR_RAISE(
        table, table->SetColumn(place, arrow::field(id, ids->type()), std::make_shared<arrow::ChunkedArray>(ids)));
  }
  ARROW_ASSIGN_OR_RAISE(const arrow::Datum taken, arrow::compute::Take(table, order));
  return taken.table()->CombineChunks();
}

}  // namespace

Status shuffle_tables(uint64_t seed, std::vector<SourceTable>& tables) {
  for (SourceTable& source : tables) {
    if (seed == 0 || source.table == nullptr || source.table->num_rows() == 0) {
      continue;
    }
    auto table = shuffled(std::move(source.table), *source.config, seed);
    if (!table.ok()) {
      return fail({ErrorCode::kIo, table.status().message(), source.config->place, "free some memory"});
    }
    source.table = *table;
  }
  return ok();
}

}  // namespace haina
