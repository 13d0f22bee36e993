#include "data/assemble.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <numeric>
#include <set>

#include "base/suggest.h"

namespace haina {
namespace {

// A column of a source's table, or nothing.
const arrow::Array* column_of(const arrow::Table& table, const std::string& name) {
  const auto column = table.GetColumnByName(name);
  return column == nullptr || column->num_chunks() == 0 ? nullptr : column->chunk(0).get();
}

std::string_view text_at(const arrow::Array* column, int64_t row) {
  return column == nullptr || column->IsNull(row) ? std::string_view() : static_cast<const arrow::LargeStringArray*>(column)->GetView(row);
}

std::optional<double> number_at(const arrow::Array* column, int64_t row) {
  return column == nullptr || column->IsNull(row) ? std::nullopt : std::optional(static_cast<const arrow::DoubleArray*>(column)->Value(row));
}

// "rating >= 4": a value column and a bound; "watch": an action.
struct Goal {
  std::string name, op;
  double bound = 0;
  bool met(double value) const {
    return op == ">=" ? value >= bound : op == ">" ? value > bound : op == "<=" ? value <= bound : op == "<" ? value < bound : op == "==" ? value == bound : value != bound;
  }
};

Result<std::vector<Goal>> parse_goals(const Config& config) {
  std::vector<Goal> goals;
  for (const std::string& text : config.goal) {
    const size_t at = text.find_first_of("<>=!");
    Goal goal;
    goal.name = text.substr(0, at);
    goal.name.erase(goal.name.find_last_not_of(' ') + 1);
    if (at != std::string::npos) {
      const size_t width = at + 1 < text.size() && text[at + 1] == '=' ? 2 : 1;
      goal.op = text.substr(at, width);
      char* end = nullptr;
      goal.bound = std::strtod(text.c_str() + at + width, &end);
      const std::set<std::string> known = {">=", ">", "<=", "<", "==", "!="};
      if (!known.contains(goal.op) || end == text.c_str() + at + width || *end != '\0' || goal.name.empty()) {
        return fail({ErrorCode::kInvalidArgument, fmt::format("cannot read the goal '{}'", text), config.file.string(),
                     "write goal = [\"rating >= 4\"] (a value column and a number) or [\"watch\"] (an action)"});
      }
    }
    goals.push_back(goal);
  }
  return goals;
}

struct Event {
  int32_t user, item;
  uint8_t action, part;
  bool goal;
  float value, weight;
  int64_t time;
};

// More events of one user in a minute than a person makes: all of that minute's go, and so do repeats of one action on one item within
// duplicate_seconds. events: sorted by user and time.
void drop_floods(std::vector<Event>& events, const CleanConfig& clean, const Dataset& dataset, QualityReport& quality) {
  constexpr int64_t kMinute = 60000000;
  std::map<std::pair<int32_t, int64_t>, int64_t> per_minute;
  for (const Event& event : events) {
    if (event.time != kNoTime) {
      ++per_minute[{event.user, event.time / kMinute}];
    }
  }
  std::map<std::tuple<int32_t, int32_t, uint8_t>, int64_t> last_time;
  std::erase_if(events, [&](const Event& event) {
    if (event.time == kNoTime) {
      return false;
    }
    const int64_t count = per_minute[{event.user, event.time / kMinute}];
    if (clean.flood_per_minute > 0 && static_cast<double>(count) > clean.flood_per_minute) {
      quality.count("flood dropped", "", fmt::format("user {}: {} events in a minute", dataset.users.name(event.user), count));
      return true;
    }
    if (clean.duplicate_seconds > 0) {
      const auto [place, fresh] = last_time.try_emplace({event.user, event.item, event.action}, event.time);
      if (!fresh && static_cast<double>(event.time - place->second) <= clean.duplicate_seconds * 1e6) {
        quality.count("near duplicate dropped", "", fmt::format("user {}, item {}", dataset.users.name(event.user), dataset.items.name(event.item)));
        return true;
      }
      place->second = event.time;
    }
    return false;
  });
}

// Users and items with fewer events than asked lose them, again and again until none is left below.
void keep_core(std::vector<Event>& events, const CleanConfig& clean, const Dataset& dataset, QualityReport& quality) {
  for (bool changed = clean.min_user_events > 1 || clean.min_item_events > 1; changed;) {
    std::vector<int64_t> of_user(static_cast<size_t>(dataset.users.size()), 0), of_item(static_cast<size_t>(dataset.items.size()), 0);
    for (const Event& event : events) {
      ++of_user[static_cast<size_t>(event.user)];
      ++of_item[static_cast<size_t>(event.item)];
    }
    changed = std::erase_if(events, [&](const Event& event) {
                const bool few = of_user[static_cast<size_t>(event.user)] < clean.min_user_events ||
                                 of_item[static_cast<size_t>(event.item)] < clean.min_item_events;
                if (few) {
                  quality.count("outside the core dropped", "", fmt::format("user {}, item {}", dataset.users.name(event.user), dataset.items.name(event.item)));
                }
                return few;
              }) > 0;
  }
}

// Numbers further from the median than z robust deviations (1.4826 x the median absolute deviation) become missing.
void drop_outliers(Field& field, double z, const Vocabulary& ids, QualityReport& quality) {
  const at::Tensor known = field.numbers.masked_select(at::isfinite(field.numbers));
  if (z <= 0 || known.numel() < 20) {
    return;
  }
  const double median = known.median().item<double>();
  const double deviation = 1.4826 * (known - median).abs().median().item<double>();
  float* const numbers = field.numbers.data_ptr<float>();
  for (int64_t r = 0; r < field.num_rows && deviation > 0; ++r) {
    if (std::abs(numbers[r] - median) > z * deviation) {
      quality.count("outlier made missing", field.full_name(), fmt::format("{} of '{}'", numbers[r], ids.name(static_cast<int32_t>(r))));
      numbers[r] = std::nanf("");
    }
  }
}

Field new_field(const SourceConfig& source, const std::string& name, Side side, FieldType type) {
  Field field;
  field.source = source.name;
  field.name = name;
  field.side = side;
  field.type = type;
  return field;
}

// Coordinates of a bag until the number of rows is known.
struct BagRows {
  std::vector<int32_t> rows, columns;
  std::vector<float> values;
  void add(int32_t row, int32_t column, float value = 1) {
    rows.push_back(row);
    columns.push_back(column);
    values.push_back(value);
  }
};

// The fields of a table of users or items, one a column that is no id.
void add_entity_fields(const SourceTable& source, Side side, const Vocabulary& ids, const CleanConfig& clean, Dataset& dataset, QualityReport& quality) {
  const arrow::Array* const id = column_of(*source.table, side == Side::kUser ? "user" : "item");
  const int64_t rows = ids.size();
  for (const ColumnConfig& column : source.config->columns) {
    if (!column.role.empty() || column.type == "context") {
      continue;
    }
    const arrow::Array* const cells = column_of(*source.table, column.column);
    Field field = new_field(*source.config, column.column, side, FieldType::kCategory);
    field.num_rows = rows;
    BagRows bags;
    if (column.type == "number") {
      field.type = FieldType::kNumber;
      field.numbers = at::full({rows}, std::nanf(""));
    } else if (column.type == "text") {
      field.type = FieldType::kText;
      field.texts.resize(static_cast<size_t>(rows));
    } else if (column.type == "tags") {
      field.type = FieldType::kTags;
    } else if (column.type == "vector") {
      field.type = FieldType::kVector;
      const auto& list = static_cast<const arrow::ListArray&>(*cells);
      int64_t width = 0;
      for (int64_t r = 0; r < list.length(); ++r) {
        width = std::max<int64_t>(width, list.value_length(r));
      }
      field.numbers = at::full({rows, width}, std::nanf(""));
    } else {
      field.codes = at::full({rows}, -1, at::kInt);
    }
    for (int64_t r = 0; r < cells->length(); ++r) {
      const int32_t row = *ids.find(text_at(id, r));
      if (cells->IsNull(r)) {
        continue;
      }
      switch (field.type) {
        case FieldType::kNumber:
          field.numbers.data_ptr<float>()[row] = static_cast<float>(*number_at(cells, r));
          break;
        case FieldType::kText:
          field.texts[static_cast<size_t>(row)] = text_at(cells, r);
          break;
        case FieldType::kTags: {
          const auto& list = static_cast<const arrow::ListArray&>(*cells);
          for (int64_t i = list.value_offset(r); i < list.value_offset(r + 1); ++i) {
            bags.add(row, field.values.find_or_add(text_at(list.values().get(), i)));
          }
          break;
        }
        case FieldType::kVector: {
          const auto& list = static_cast<const arrow::ListArray&>(*cells);
          for (int64_t i = 0; i < list.value_length(r); ++i) {
            field.numbers.data_ptr<float>()[row * field.numbers.size(1) + i] =
                static_cast<float>(*number_at(list.values().get(), list.value_offset(r) + i));
          }
          break;
        }
        default:
          field.codes.data_ptr<int32_t>()[row] = field.values.find_or_add(text_at(cells, r));
      }
    }
    if (field.type == FieldType::kTags) {
      field.bags = csr_from_coordinates(rows, field.values.size(), bags.rows, bags.columns, bags.values, Repeats::kMax);
    }
    if (field.type == FieldType::kNumber) {
      drop_outliers(field, clean.outlier_z, ids, quality);
    }
    dataset.fields.push_back(std::move(field));
  }
}

// Friends, linked items, and the entities of a knowledge graph as bags "relation|entity" of the items that stand for one.
void add_tie_fields(const std::vector<SourceTable>& tables, Dataset& dataset) {
  std::map<std::string, std::vector<int32_t>, std::less<>> items_of_entity;
  const SourceTable* linker = nullptr;
  for (const SourceTable& source : tables) {
    const arrow::Array* const entity = column_of(*source.table, "entity");
    if (source.config->kind == SourceKind::kLinks && entity != nullptr) {
      linker = &source;
      const arrow::Array* const item = column_of(*source.table, "item");
      for (int64_t r = 0; r < entity->length(); ++r) {
        items_of_entity[std::string(text_at(entity, r))].push_back(*dataset.items.find(text_at(item, r)));
      }
    }
  }
  for (const SourceTable& source : tables) {
    const arrow::Table& table = *source.table;
    const arrow::Array* const other = column_of(table, "other");
    const arrow::Array* const head = column_of(table, "head");
    const bool social = source.config->kind == SourceKind::kSocial;
    if ((social || source.config->kind == SourceKind::kLinks) && other != nullptr) {
      const Vocabulary& ids = social ? dataset.users : dataset.items;
      const arrow::Array* const one = column_of(table, social ? "user" : "item");
      Field field = new_field(*source.config, social ? "friends" : "links", social ? Side::kUser : Side::kItem, social ? FieldType::kSocial : FieldType::kLinks);
      field.num_rows = ids.size();
      field.target = social ? Field::Target::kUsers : Field::Target::kItems;
      BagRows bags;
      for (int64_t r = 0; r < other->length(); ++r) {
        const double weight = number_at(column_of(table, "weight"), r).value_or(1);
        bags.add(*ids.find(text_at(one, r)), *ids.find(text_at(other, r)), static_cast<float>(weight));
      }
      field.bags = csr_from_coordinates(ids.size(), ids.size(), bags.rows, bags.columns, bags.values, Repeats::kMax);
      dataset.fields.push_back(std::move(field));
    }
    if (source.config->kind == SourceKind::kLinks && head != nullptr && linker != nullptr) {
      Field field = new_field(*source.config, "entities", Side::kItem, FieldType::kLinks);
      field.num_rows = dataset.items.size();
      const arrow::Array* const relation = column_of(table, "relation");
      const arrow::Array* const tail = column_of(table, "tail");
      BagRows bags;
      const auto add = [&](std::string_view from, const std::string& value) {
        if (const auto found = items_of_entity.find(from); found != items_of_entity.end()) {
          for (const int32_t item : found->second) {
            bags.add(item, field.values.find_or_add(value));
          }
        }
      };
      for (int64_t r = 0; r < head->length(); ++r) {
        const std::string name(text_at(relation, r));
        add(text_at(head, r), fmt::format("{}|{}", name, text_at(tail, r)));
        add(text_at(tail, r), fmt::format("~{}|{}", name, text_at(head, r)));
      }
      field.bags = csr_from_coordinates(field.num_rows, field.values.size(), bags.rows, bags.columns, bags.values, Repeats::kMax);
      dataset.fields.push_back(std::move(field));
    }
  }
}

// Tags that users gave to items: a field with authors.
void add_assigned_tags(const SourceTable& source, const std::map<std::string, std::string, std::less<>>& names, Dataset& dataset) {
  const arrow::Array* const user = column_of(*source.table, "user");
  const arrow::Array* const item = column_of(*source.table, "item");
  const arrow::Array* const tag = column_of(*source.table, "tag");
  Field field = new_field(*source.config, "tag", Side::kItem, FieldType::kTags);
  field.num_rows = dataset.items.size();
  std::vector<int32_t> users, items, values;
  for (int64_t r = 0; r < tag->length(); ++r) {
    users.push_back(*dataset.users.find(text_at(user, r)));
    items.push_back(*dataset.items.find(text_at(item, r)));
    const auto named = names.find(text_at(tag, r));
    values.push_back(field.values.find_or_add(named == names.end() ? text_at(tag, r) : std::string_view(named->second)));
  }
  field.bags = csr_from_coordinates(field.num_rows, field.values.size(), items, values, std::vector<float>(items.size(), 1.0F), Repeats::kSum);
  field.assigned_user = at::tensor(users, at::kInt);
  field.assigned_item = at::tensor(items, at::kInt);
  field.assigned_value = at::tensor(values, at::kInt);
  dataset.fields.push_back(std::move(field));
}

void add_ids(const arrow::Table& table, const char* role, Vocabulary& ids) {
  if (const arrow::Array* const column = column_of(table, role)) {
    for (int64_t r = 0; r < column->length(); ++r) {
      ids.find_or_add(text_at(column, r));
    }
  }
}

}  // namespace

Result<Dataset> assemble(const Config& config, const std::vector<SourceTable>& tables, QualityReport& quality) {
  HAINA_TRY(const std::vector<Goal> goals, parse_goals(config));
  Dataset dataset;
  dataset.name = config.name;
  std::vector<Event> events;
  const int64_t tomorrow =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch()).count() + int64_t{86400000000};
  std::set<std::string> value_names = {"value"};
  for (const SourceTable& source : tables) {
    if (source.config->part == Part::kNegatives) {
      return fail({ErrorCode::kUnsupported, "part = \"negatives\" is not used by this version: evaluation ranks the whole catalogue", source.config->place,
                   "take this [[source]] out"});
    }
    if (source.config->kind != SourceKind::kEvents) {
      continue;
    }
    const arrow::Table& table = *source.table;
    add_ids(table, "user", dataset.users);
    add_ids(table, "item", dataset.items);
    if (column_of(table, "tag") != nullptr) {
      continue;
    }
    const auto value_column = std::ranges::find_if(source.config->columns, [](const ColumnConfig& c) { return c.role == "value"; });
    const std::string value_name = value_column == source.config->columns.end() ? "value" : value_column->column;
    value_names.insert(value_name);
    const arrow::Array* const user = column_of(table, "user");
    const arrow::Array* const item = column_of(table, "item");
    const arrow::Array* const value = column_of(table, "value");
    const arrow::Array* const weight = column_of(table, "weight");
    const arrow::Array* const action = column_of(table, "action");
    const arrow::Array* const time = column_of(table, "time");
    for (int64_t r = 0; r < table.num_rows(); ++r) {
      Event event = {*dataset.users.find(text_at(user, r)), *dataset.items.find(text_at(item, r)), 0, static_cast<uint8_t>(source.config->part),
                     goals.empty(), static_cast<float>(number_at(value, r).value_or(std::nan(""))), static_cast<float>(number_at(weight, r).value_or(1)),
                     time == nullptr || time->IsNull(r) ? kNoTime : static_cast<const arrow::TimestampArray*>(time)->Value(r)};
      const std::string example = fmt::format("user {}, item {}", text_at(user, r), text_at(item, r));
      if (event.time != kNoTime && (event.time < 86400000000 || event.time > tomorrow)) {
        quality.count("impossible time dropped", source.config->name, example);
        continue;
      }
      if (!(event.weight > 0)) {
        quality.count("weight not above 0 dropped", source.config->name, example);
        continue;
      }
      const std::string action_name = action == nullptr || action->IsNull(r) ? source.config->action : std::string(text_at(action, r));
      const int32_t action_row = dataset.actions.find_or_add(action_name);
      if (action_row > 255) {
        return fail({ErrorCode::kBadData, "more than 256 different actions", source.config->place, "check which column is the action"});
      }
      event.action = static_cast<uint8_t>(action_row);
      for (const Goal& goal : goals) {
        event.goal = event.goal || (goal.op.empty() ? goal.name == action_name
                                                    : (goal.name == value_name || goal.name == "value") && std::isfinite(event.value) && goal.met(event.value));
      }
      events.push_back(event);
    }
  }
  if (events.empty()) {
    return fail({ErrorCode::kBadData, "no events in any source", config.file.string(), "name a [[source]] of kind = \"events\" with user and item columns"});
  }
  for (const Goal& goal : goals) {
    const std::vector<std::string> known(value_names.begin(), value_names.end());
    if (!goal.op.empty() && !value_names.contains(goal.name)) {
      return fail({ErrorCode::kInvalidArgument, fmt::format("the goal names the column '{}', which is no value column", goal.name), config.file.string(),
                   did_you_mean(goal.name, known)});
    }
    if (goal.op.empty() && !dataset.actions.find(goal.name)) {
      return fail({ErrorCode::kInvalidArgument, fmt::format("the goal names the action '{}', which no event has", goal.name), config.file.string(),
                   did_you_mean(goal.name, dataset.actions.to_strings())});
    }
  }

  // Sorted by user and time; exact repeats stand side by side then.
  std::ranges::stable_sort(events, [](const Event& a, const Event& b) { return std::tie(a.user, a.time) < std::tie(b.user, b.time); });
  if (config.clean.drop_duplicates) {
    std::vector<Event> kept;
    std::set<std::tuple<int32_t, uint8_t, uint8_t>> at_this_time;
    for (const Event& event : events) {
      if (!kept.empty() && (kept.back().user != event.user || kept.back().time != event.time)) {
        at_this_time.clear();
      }
      if (at_this_time.emplace(event.item, event.action, event.part).second) {
        kept.push_back(event);
      } else {
        quality.count("duplicate dropped", "", fmt::format("user {}, item {}", dataset.users.name(event.user), dataset.items.name(event.item)));
      }
    }
    events = std::move(kept);
  }

  drop_floods(events, config.clean, dataset, quality);
  keep_core(events, config.clean, dataset, quality);
  if (events.empty()) {
    return fail({ErrorCode::kBadData, "cleaning left no event", config.clean.place, "lower min_user_events and min_item_events in [clean]"});
  }

  // From here on no id is added but those that only content knows.
  std::map<std::string, std::string, std::less<>> tag_names;
  for (const SourceTable& source : tables) {
    if (source.config->kind == SourceKind::kValues) {
      const arrow::Array* const code = column_of(*source.table, "item") != nullptr ? column_of(*source.table, "item") : column_of(*source.table, "tag");
      for (int64_t r = 0; code != nullptr && r < code->length(); ++r) {
        tag_names[std::string(text_at(code, r))] = text_at(column_of(*source.table, "name"), r);
      }
      continue;
    }
    add_ids(*source.table, "user", dataset.users);
    add_ids(*source.table, "item", dataset.items);
    add_ids(*source.table, "other", source.config->kind == SourceKind::kSocial ? dataset.users : dataset.items);
  }
  for (const SourceTable& source : tables) {
    if (source.config->kind == SourceKind::kItems || source.config->kind == SourceKind::kVectors) {
      add_entity_fields(source, Side::kItem, dataset.items, config.clean, dataset, quality);
    } else if (source.config->kind == SourceKind::kUsers) {
      add_entity_fields(source, Side::kUser, dataset.users, config.clean, dataset, quality);
    } else if (source.config->kind == SourceKind::kEvents && column_of(*source.table, "tag") != nullptr) {
      add_assigned_tags(source, tag_names, dataset);
    }
  }
  add_tie_fields(tables, dataset);

  // What a person reads for an item: the first text of a source of items, else its id.
  dataset.titles = dataset.items.to_strings();
  for (const Field& field : dataset.fields) {
    if (field.side == Side::kItem && field.type == FieldType::kText) {
      for (size_t i = 0; i < field.texts.size(); ++i) {
        dataset.titles[i] = field.texts[i].empty() ? dataset.titles[i] : field.texts[i];
      }
      break;
    }
  }

  const int64_t n = std::ssize(events);
  dataset.events = {.user = at::empty({n}, at::kInt),     .item = at::empty({n}, at::kInt),  .action = at::empty({n}, at::kByte), .value = at::empty({n}),
                    .weight = at::empty({n}),             .time = at::empty({n}, at::kLong), .goal = at::empty({n}, at::kBool),   .part = at::empty({n}, at::kByte)};
  int64_t num_goals = 0;
  for (int64_t i = 0; i < n; ++i) {
    const Event& event = events[static_cast<size_t>(i)];
    dataset.events.user.data_ptr<int32_t>()[i] = event.user;
    dataset.events.item.data_ptr<int32_t>()[i] = event.item;
    dataset.events.action.data_ptr<uint8_t>()[i] = event.action;
    dataset.events.value.data_ptr<float>()[i] = event.value;
    dataset.events.weight.data_ptr<float>()[i] = event.weight;
    dataset.events.time.data_ptr<int64_t>()[i] = event.time;
    dataset.events.goal.data_ptr<bool>()[i] = event.goal;
    dataset.events.part.data_ptr<uint8_t>()[i] = event.part;
    num_goals += event.goal ? 1 : 0;
  }
  for (const Field& field : dataset.fields) {
    quality.missing[field.full_name()] = field.num_rows == 0 ? 0.0 : 1 - field.present().to(at::kFloat).mean().item<double>();
  }
  quality.totals = {{"users", dataset.users.size()}, {"items", dataset.items.size()}, {"events", n}, {"goals", num_goals}};
  dataset.quality = quality.to_json();
  return dataset;
}

}  // namespace haina
