#include "data/assembly/build_ties.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "data/assembly/build_fields.h"
#include "data/field_types/field_parts.h"
#include "data/rows/table_cells.h"

namespace haina {
namespace {

using ItemsOfEntity = std::map<std::string, std::vector<int32_t>, std::less<>>;

// What entities are called: "m.0f8l9c" is "France", or "France (m.0f8l9c)" where another entity has that label. So
// entities stay apart, whatever they are called.
class EntityNames {
 public:
  EntityNames(const std::vector<SourceTable>& tables, const ValueLabels& labels) {
    for (const SourceTable& source : tables) {
      if (const auto own = labels.find(source.config->name + ".entity"); own != labels.end()) {
        label_of_.insert(own->second.begin(), own->second.end());
      }
    }
    for (const auto& [entity, label] : label_of_) {
      ++entities_of_[label];
    }
  }
  std::string operator()(std::string_view entity) const {
    const auto found = label_of_.find(entity);
    if (found == label_of_.end() || found->second.empty()) {
      return std::string(entity);
    }
    const bool is_alone = entities_of_.at(found->second) == 1;
    return is_alone ? found->second : fmt::format("{} ({})", found->second, entity);
  }

 private:
  CodeLabels label_of_;
  std::map<std::string, int64_t> entities_of_;  // by label
};

// Nothing where no source links items to entities.
std::optional<ItemsOfEntity> items_of_entities(const std::vector<SourceTable>& tables, const Vocabulary& items) {
  std::optional<ItemsOfEntity> items_of_entity;
  for (const SourceTable& source : tables) {
    const bool has_links = source.table != nullptr && source.config->kind == SourceKind::kLinks;
    const arrow::Array* const entity = has_links ? column_of(*source.table, "entity") : nullptr;
    if (entity == nullptr) {
      continue;
    }
    if (!items_of_entity) {
      items_of_entity.emplace();
    }
    const arrow::Array* const item = column_of(*source.table, "item");
    for (int64_t r = 0; r < entity->length(); ++r) {
      if (const auto row = items.find(text_at(item, r))) {
        (*items_of_entity)[std::string(text_at(entity, r))].push_back(*row);
      }
    }
  }
  return items_of_entity;
}

// Ties between two users (social) or two items (links), with the weights of the source.
Field tie_field(const SourceTable& source, const Dataset& dataset) {
  const bool social = source.config->kind == SourceKind::kSocial;
  const Vocabulary& ids = social ? dataset.users : dataset.items;
  Field field = new_field(*source.config, social ? "friends" : "links", social ? Side::kUser : Side::kItem,
                          social ? FieldType::kSocial : FieldType::kLinks, ids.size());
  field.target = social ? Field::Target::kUsers : Field::Target::kItems;
  const arrow::Array* const one = column_of(*source.table, social ? "user" : "item");
  const arrow::Array* const other = column_of(*source.table, "other");
  const arrow::Array* const weight = column_of(*source.table, "weight");
  BagEntries entries;
  for (int64_t r = 0; r < other->length(); ++r) {
    const auto from = ids.find(text_at(one, r));
    const auto to = ids.find(text_at(other, r));
    if (from && to) {
      entries.add(*from, *to, static_cast<float>(number_at(weight, r).value_or(1)));
    }
  }
  field.bags = entries.to_csr(ids.size(), ids.size());
  return field;
}

// Triples (head, relation, tail) as tags of the items that stand for the head, "relation|tail", and of those that stand
// for the tail, "~relation|head".
Field entity_field(const SourceTable& source, const ItemsOfEntity& items_of_entity, const EntityNames& called,
                   const Dataset& dataset) {
  Field field = new_field(*source.config, "entities", Side::kItem, FieldType::kLinks, dataset.items.size());
  const arrow::Array* const head = column_of(*source.table, "head");
  const arrow::Array* const relation = column_of(*source.table, "relation");
  const arrow::Array* const tail = column_of(*source.table, "tail");
  BagEntries entries;
  const auto add = [&](std::string_view entity, const std::string& value) {
    if (const auto found = items_of_entity.find(entity); found != items_of_entity.end()) {
      for (const int32_t item : found->second) {
        entries.add(item, field.values.find_or_add(value));
      }
    }
  };
  for (int64_t r = 0; r < head->length(); ++r) {
    const std::string name(text_at(relation, r));
    add(text_at(head, r), fmt::format("{}|{}", name, called(text_at(tail, r))));
    add(text_at(tail, r), fmt::format("~{}|{}", name, called(text_at(head, r))));
  }
  field.bags = entries.to_csr(field.num_rows, field.values.size());
  return field;
}

// Entities of items, where no triple says how they relate to others: each is a value of its items.
Field entities_of_items(const SourceTable& source, const EntityNames& called, const Dataset& dataset) {
  Field field = new_field(*source.config, "entities", Side::kItem, FieldType::kLinks, dataset.items.size());
  const arrow::Array* const item = column_of(*source.table, "item");
  const arrow::Array* const entity = column_of(*source.table, "entity");
  const arrow::Array* const weight = column_of(*source.table, "weight");
  BagEntries entries;
  for (int64_t r = 0; r < entity->length(); ++r) {
    if (const auto row = dataset.items.find(text_at(item, r))) {
      entries.add(*row, field.values.find_or_add(called(text_at(entity, r))),
                  static_cast<float>(number_at(weight, r).value_or(1)));
    }
  }
  field.bags = entries.to_csr(field.num_rows, field.values.size());
  return field;
}

bool has_triples(const std::vector<SourceTable>& tables) {
  return std::ranges::any_of(tables, [](const SourceTable& source) {
    return source.table != nullptr && source.config->kind == SourceKind::kLinks &&
           column_of(*source.table, "head") != nullptr;
  });
}

}  // namespace

void add_tie_fields(const std::vector<SourceTable>& tables, Dataset& dataset, const ValueLabels& labels) {
  const EntityNames called(tables, labels);
  const std::optional<ItemsOfEntity> items_of_entity = items_of_entities(tables, dataset.items);
  for (const SourceTable& source : tables) {
    const SourceKind kind = source.config->kind;
    if (source.table == nullptr || (kind != SourceKind::kSocial && kind != SourceKind::kLinks)) {
      continue;
    }
    if (column_of(*source.table, "other") != nullptr) {
      Field field = tie_field(source, dataset);
      if (!join_live_rows(field, *source.config, dataset)) {
        dataset.fields.push_back(std::move(field));
      }
    }
    if (kind == SourceKind::kLinks && column_of(*source.table, "entity") != nullptr && !has_triples(tables)) {
      dataset.fields.push_back(entities_of_items(source, called, dataset));
    }
    if (kind == SourceKind::kLinks && column_of(*source.table, "head") != nullptr && items_of_entity) {
      dataset.fields.push_back(entity_field(source, *items_of_entity, called, dataset));
    }
  }
}

}  // namespace haina
