#include "data/assembly/build_negatives.h"

#include <fmt/format.h>

#include <cstdint>

#include "data/assembly/build_events.h"
#include "data/rows/table_cells.h"

namespace haina {

Status build_negatives(const CleanConfig& clean, std::vector<SourceTable>& tables, Dataset& dataset,
                       QualityReport& quality) {
  std::vector<int32_t> rows, columns;
  for (SourceTable& source : tables) {
    if (source.config->part != Part::kNegatives) {
      continue;
    }
    if (source.config->kind != SourceKind::kEvents || assigns_tags(source)) {
      return fail({ErrorCode::kInvalidArgument,
                   fmt::format("source '{}' has part = \"negatives\", which needs pairs of a user and an item",
                               source.config->name),
                   source.config->place, "write kind = \"events\" with user and item columns, or remove the part"});
    }
    const arrow::Array* const user = column_of(*source.table, "user");
    const arrow::Array* const item = column_of(*source.table, "item");
    for (int64_t r = 0; user != nullptr && item != nullptr && r < user->length(); ++r) {
      const auto user_row = dataset.users.find(text_at(user, r));
      auto item_row = dataset.items.find(text_at(item, r));
      if (user_row && !item_row && clean.min_item_events == 0) {
        quality.count("item known from negatives only", source.config->name,
                      [&] { return std::string(text_at(item, r)); });
        item_row = dataset.items.find_or_add(text_at(item, r));
      }
      if (!user_row || !item_row) {
        quality.count("negative of an unknown user or item dropped", source.config->name,
                      [&] { return fmt::format("user {}, item {}", text_at(user, r), text_at(item, r)); });
        continue;
      }
      rows.push_back(*user_row);
      columns.push_back(*item_row);
    }
    source.table.reset();
  }
  if (!rows.empty()) {
    dataset.negatives = csr_from_coordinates(dataset.users.size(), dataset.items.size(), rows, columns,
                                             std::vector<float>(rows.size(), 1), Repeats::kMax);
  }
  return ok();
}

}  // namespace haina
