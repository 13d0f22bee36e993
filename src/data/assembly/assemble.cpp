#include "data/assembly/assemble.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "data/assembly/build_fields.h"
#include "data/assembly/build_events.h"
#include "data/cleaning/impute.h"
#include "data/assembly/media_files.h"
#include "data/rows/table_cells.h"

namespace haina {
namespace {

// What every kind of source must have, else nothing can be made of it.
Status require_roles(const SourceTable& source) {
  static const std::map<SourceKind, std::vector<std::vector<const char*>>> kNeeded = {
      {SourceKind::kEvents, {{"user", "item"}}},
      {SourceKind::kImpressions, {{"user", "item"}}},
      {SourceKind::kItems, {{"item"}}},
      {SourceKind::kUsers, {{"user"}}},
      {SourceKind::kVectors, {{"item"}, {"user"}}},
      {SourceKind::kSocial, {{"user", "other"}}},
      {SourceKind::kLinks, {{"item", "other"}, {"item", "entity"}, {"head", "relation", "tail"}}},
      {SourceKind::kValues, {{"item", "name"}, {"tag", "name"}, {"entity", "name"}}}};
  const auto needed = kNeeded.find(source.config->kind);
  if (needed == kNeeded.end()) {
    return ok();
  }
  const auto has = [&](const char* role) { return source.table->GetColumnByName(role) != nullptr; };
  if (std::ranges::any_of(needed->second, [&](const auto& roles) { return std::ranges::all_of(roles, has); })) {
    return ok();
  }
  std::vector<std::string> ways;
  for (const auto& roles : needed->second) {
    ways.push_back(fmt::format("{}", fmt::join(roles, " and ")));
  }
  return fail(
      {ErrorCode::kInvalidArgument,
       fmt::format("source '{}' of kind '{}' lacks {}", source.config->name, to_string(source.config->kind),
                   fmt::join(ways, ", or ")),
       source.config->place,
       fmt::format("name the columns: columns = {{ {} = \"…\" }}", fmt::join(needed->second.front(), " = \"…\", "))});
}

}  // namespace

Result<Dataset> assemble(const Config& config, std::vector<SourceTable> tables, QualityReport& quality) {
  for (const SourceTable& source : tables) {
    HAINA_OK(require_roles(source));
  }
  HAINA_TRY(const ValueNames value_texts, names_of_values(tables));
  Dataset dataset;
  dataset.name = config.name;
  HAINA_OK(gather_events(config, tables, dataset, quality));

  // From here on no id is added but those that only content or negatives know, and none where a core is asked for.
  for (const SourceTable& source : tables) {
    if (source.table == nullptr || source.config->kind == SourceKind::kValues ||
        source.config->kind == SourceKind::kMedia || source.config->part == Part::kNegatives) {
      continue;
    }
    const bool more_users = config.clean.min_user_events == 0;
    const bool more_items = config.clean.min_item_events == 0;
    const bool social = source.config->kind == SourceKind::kSocial;
    if (more_users) {
      add_ids(*source.table, "user", dataset.users);
    }
    if (more_items) {
      add_ids(*source.table, "item", dataset.items);
    }
    if (social ? more_users : more_items) {
      add_ids(*source.table, "other", social ? dataset.users : dataset.items);
    }
  }
  HAINA_OK(gather_negatives(config.clean, tables, dataset, quality));
  for (SourceTable& source : tables) {
    if (source.table == nullptr) {
      continue;
    }
    const SourceKind kind = source.config->kind;
    if (kind == SourceKind::kItems || kind == SourceKind::kUsers || kind == SourceKind::kVectors) {
      const Side side =
          column_of(*source.table, "item") != nullptr && kind != SourceKind::kUsers ? Side::kItem : Side::kUser;
      add_entity_fields(source, side, side == Side::kItem ? dataset.items : dataset.users, config.clean, value_texts,
                        dataset, quality);
      source.table.reset();
    } else if (kind == SourceKind::kEvents) {
      add_assigned_tags(source, value_texts, dataset);
      source.table.reset();
    }
  }
  for (const SourceTable& source : tables) {
    if (source.config->kind == SourceKind::kMedia) {
      add_media_field(source, dataset, quality);
    }
  }
  add_tie_fields(tables, dataset);

  set_titles(dataset);
  HAINA_OK(impute(config.clean, dataset, quality));
  for (const Field& field : dataset.fields) {
    quality.missing[field.full_name()] =
        field.num_rows == 0 ? 0.0 : 1 - field.present().to(at::kFloat).mean().item<double>();
  }
  quality.totals = {{"users", dataset.users.size()},
                    {"items", dataset.items.size()},
                    {"events", dataset.events.size()},
                    {"goals", dataset.events.goal.sum().item<int64_t>()}};
  if (dataset.negatives.nnz() > 0) {
    quality.totals["negatives"] = dataset.negatives.nnz();
  }
  dataset.quality = quality.to_json();
  return dataset;
}

}  // namespace haina
