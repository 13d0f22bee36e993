#include "data/assembly/assemble.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "data/assembly/build_events.h"
#include "data/assembly/build_fields.h"
#include "data/assembly/build_negatives.h"
#include "data/assembly/build_ties.h"
#include "data/assembly/media_files.h"
#include "data/assembly/value_labels.h"
#include "data/cleaning/impute.h"
#include "data/rows/table_cells.h"

namespace haina {
namespace {

// Each kind of source needs one of these sets of columns.
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

bool has_events_source(const std::vector<SourceTable>& tables) {
  return std::ranges::any_of(tables,
                             [](const SourceTable& source) { return source.config->kind == SourceKind::kEvents; });
}

// Adds the ids that only content and ties name, unless [clean] asks for a core.
void add_ids_without_events(const CleanConfig& clean, const std::vector<SourceTable>& tables, Dataset& dataset) {
  const bool add_users = clean.min_user_events == 0;
  const bool add_items = clean.min_item_events == 0;
  const auto has = [&](SourceKind kind) {
    return std::ranges::any_of(tables, [&](const SourceTable& source) { return source.config->kind == kind; });
  };
  // Vectors of ids that no table of items or users knows are left-overs, not new items.
  const bool closed_users = has(SourceKind::kUsers);
  const bool closed_items = has(SourceKind::kItems);
  for (const SourceTable& source : tables) {
    const SourceKind kind = source.config->kind;
    if (source.table == nullptr || kind == SourceKind::kValues || kind == SourceKind::kMedia ||
        source.config->part == Part::kNegatives) {
      continue;
    }
    const bool vectors = kind == SourceKind::kVectors;
    if (add_users && !(vectors && closed_users)) {
      add_ids(*source.table, "user", dataset.users);
    }
    if (add_items && !(vectors && closed_items)) {
      add_ids(*source.table, "item", dataset.items);
    }
    const bool social = kind == SourceKind::kSocial;
    if (social ? add_users : add_items) {
      add_ids(*source.table, "other", social ? dataset.users : dataset.items);
    }
  }
}

// Vectors of ids that the dataset does not have.
void name_unknown_vectors(const std::vector<SourceTable>& tables, const Dataset& dataset, QualityReport& quality) {
  for (const SourceTable& source : tables) {
    if (source.config->kind != SourceKind::kVectors || source.table == nullptr) {
      continue;
    }
    const bool of_items = column_of(*source.table, "item") != nullptr;
    const arrow::Array* const ids = column_of(*source.table, of_items ? "item" : "user");
    for (int64_t r = 0; ids != nullptr && r < ids->length(); ++r) {
      if (!(of_items ? dataset.items : dataset.users).find(text_at(ids, r))) {
        quality.count("vector of an unknown id left out", source.config->name,
                      [&] { return fmt::format("'{}'", text_at(ids, r)); });
      }
    }
  }
}

// Columns of users and items first, then media, then ties; each in the order of haina.toml.
void add_fields(const CleanConfig& clean, std::vector<SourceTable>& tables, const ValueLabels& labels, Dataset& dataset,
                QualityReport& quality) {
  for (SourceTable& source : tables) {
    if (source.table == nullptr) {
      continue;
    }
    const SourceKind kind = source.config->kind;
    if (kind == SourceKind::kItems || kind == SourceKind::kUsers || kind == SourceKind::kVectors) {
      const bool of_items = column_of(*source.table, "item") != nullptr && kind != SourceKind::kUsers;
      add_entity_fields(source, of_items ? Side::kItem : Side::kUser, clean, labels, dataset, quality);
      source.table.reset();
    } else if (kind == SourceKind::kEvents) {
      add_assigned_tags(source, labels, dataset);
      source.table.reset();
    }
  }
  for (const SourceTable& source : tables) {
    if (source.config->kind == SourceKind::kMedia && source.table != nullptr) {
      add_media_fields(source, dataset, quality);
    }
  }
  add_tie_fields(tables, dataset, labels);
}

void count_missing_and_totals(const Dataset& dataset, QualityReport& quality) {
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
}

}  // namespace

Result<Dataset> assemble(const Config& config, std::vector<SourceTable> tables, QualityReport& quality) {
  for (const SourceTable& source : tables) {
    HAINA_OK(require_roles(source));
  }
  HAINA_TRY(const ValueLabels labels, value_labels(tables));
  Dataset dataset;
  dataset.name = config.name;
  HAINA_OK(build_events(config, tables, dataset, quality));
  add_ids_without_events(config.clean, tables, dataset);
  if (dataset.events.size() == 0 && dataset.items.size() == 0 && !has_events_source(tables)) {
    return fail({ErrorCode::kBadData, "no source has events or items", config.file.string(),
                 "add a [[source]] of kind = \"events\" with user and item columns, or of kind = \"items\""});
  }
  HAINA_OK(build_negatives(config.clean, tables, dataset, quality));
  // From here on no id is added.
  name_unknown_vectors(tables, dataset, quality);
  add_fields(config.clean, tables, labels, dataset, quality);
  set_titles(dataset);
  HAINA_OK(impute(config.clean, dataset, quality));
  count_missing_and_totals(dataset, quality);
  dataset.quality = quality.to_json();
  return dataset;
}

}  // namespace haina
