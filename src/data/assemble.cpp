#include "data/assemble.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <numeric>
#include <set>

#include "base/suggest.h"
#include "data/cells.h"
#include "data/clean.h"
#include "data/fields.h"
#include "data/impute.h"
#include "data/media.h"
#include "data/table_cells.h"

namespace haina {
namespace {

// "rating >= 4": a value column and a bound; "watch": an action.
struct Goal {
  std::string name, op;
  double bound = 0;
  bool met(double value) const {
    return op == ">="   ? value >= bound
           : op == ">"  ? value > bound
           : op == "<=" ? value <= bound
           : op == "<"  ? value < bound
           : op == "==" ? value == bound
                        : value != bound;
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

// A context column of one source of events and its place in Dataset.context.
struct ContextCells {
  size_t index;
  const arrow::Array* cells;
};

// Sources that call a column alike share its values.
std::vector<ContextCells> context_of(const SourceTable& source, Dataset& dataset,
                                     std::vector<std::vector<int32_t>>& codes) {
  std::vector<ContextCells> context;
  for (const ColumnConfig& column : source.config->columns) {
    const arrow::Array* const cells = column.type == "context" ? column_of(*source.table, column.column) : nullptr;
    if (cells == nullptr) {
      continue;
    }
    const auto found =
        std::ranges::find_if(dataset.context, [&](const ContextColumn& c) { return c.name == column.column; });
    context.push_back({static_cast<size_t>(found - dataset.context.begin()), cells});
    if (found == dataset.context.end()) {
      dataset.context.push_back({column.column, {}, {}});
      codes.emplace_back();
    }
  }
  return context;
}

void add_ids(const arrow::Table& table, const char* role, Vocabulary& ids) {
  if (const arrow::Array* const column = column_of(table, role)) {
    for (int64_t r = 0; r < column->length(); ++r) {
      ids.find_or_add(text_at(column, r));
    }
  }
}

}  // namespace

Result<Dataset> assemble(const Config& config, std::vector<SourceTable> tables, QualityReport& quality) {
  HAINA_TRY(const std::vector<Goal> goals, parse_goals(config));
  for (const SourceTable& source : tables) {
    HAINA_OK(require_roles(source));
  }
  const std::optional<int64_t> earliest = parse_iso_time(config.clean.earliest);
  if (!earliest) {
    return fail({ErrorCode::kInvalidArgument, fmt::format("earliest = \"{}\" is no date", config.clean.earliest),
                 config.clean.place, "write a date such as \"1970-01-02\""});
  }
  HAINA_TRY(const ValueNames value_texts, names_of_values(tables));
  Dataset dataset;
  dataset.name = config.name;
  std::vector<RawEvent> events;
  std::vector<std::vector<int32_t>> context_codes;  // [columns][events accepted], -1 where missing
  const int64_t tomorrow =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count() +
      int64_t{86400000000};
  std::set<std::string> value_names = {"value"};
  for (SourceTable& source : tables) {
    if (source.config->part == Part::kNegatives) {
      return fail({ErrorCode::kUnsupported,
                   "part = \"negatives\" is not used by this version: evaluation ranks the whole catalogue",
                   source.config->place, "take this [[source]] out"});
    }
    const bool shown =
        source.config->kind == SourceKind::kImpressions;  // what was shown and not wanted is never a goal
    if (source.config->kind != SourceKind::kEvents && !shown) {
      continue;
    }
    const arrow::Table& table = *source.table;
    add_ids(table, "user", dataset.users);
    add_ids(table, "item", dataset.items);
    if (column_of(table, "tag") != nullptr) {
      continue;
    }
    const auto value_column =
        std::ranges::find_if(source.config->columns, [](const ColumnConfig& c) { return c.role == "value"; });
    const std::string value_name = value_column == source.config->columns.end() ? "value" : value_column->column;
    value_names.insert(value_name);
    const arrow::Array* const user = column_of(table, "user");
    const arrow::Array* const item = column_of(table, "item");
    const arrow::Array* const value = column_of(table, "value");
    const arrow::Array* const weight = column_of(table, "weight");
    const arrow::Array* const action = column_of(table, "action");
    const arrow::Array* const time = column_of(table, "time");
    const std::vector<ContextCells> context = context_of(source, dataset, context_codes);
    for (int64_t r = 0; r < table.num_rows(); ++r) {
      const auto order = static_cast<uint32_t>(events.size());
      RawEvent event = {
          *dataset.users.find(text_at(user, r)),
          *dataset.items.find(text_at(item, r)),
          0,
          static_cast<uint8_t>(source.config->part),
          goals.empty() && !shown,
          static_cast<float>(number_at(value, r).value_or(std::nan(""))),
          static_cast<float>(number_at(weight, r).value_or(1)),
          order,
          time == nullptr || time->IsNull(r) ? kNoTime : static_cast<const arrow::TimestampArray*>(time)->Value(r)};
      const auto example = [&] { return fmt::format("user {}, item {}", text_at(user, r), text_at(item, r)); };
      if (event.time != kNoTime && (event.time < *earliest || event.time > tomorrow)) {
        quality.count("impossible time dropped", source.config->name, example);
        continue;
      }
      if (!(event.weight > 0)) {
        quality.count("weight not above 0 dropped", source.config->name, example);
        continue;
      }
      const std::string action_name =
          action == nullptr || action->IsNull(r) ? source.config->action : std::string(text_at(action, r));
      const int32_t action_row = dataset.actions.find_or_add(action_name);
      if (action_row > 255) {
        return fail({ErrorCode::kBadData, "more than 256 different actions", source.config->place,
                     "check which column is the action"});
      }
      event.action = static_cast<uint8_t>(action_row);
      for (const Goal& goal : shown ? std::vector<Goal>{} : goals) {
        event.goal = event.goal || (goal.op.empty() ? goal.name == action_name
                                                    : (goal.name == value_name || goal.name == "value") &&
                                                          std::isfinite(event.value) && goal.met(event.value));
      }
      events.push_back(event);
      for (const ContextCells& column : context) {
        std::vector<int32_t>& codes = context_codes[column.index];
        codes.resize(order, -1);  // events of sources without this column
        codes.push_back(
            column.cells->IsNull(r) ? -1 : dataset.context[column.index].values.find_or_add(text_at(column.cells, r)));
      }
    }
    source.table.reset();
  }
  if (events.empty()) {
    return fail({ErrorCode::kBadData, "no events in any source", config.file.string(),
                 "name a [[source]] of kind = \"events\" with user and item columns"});
  }
  for (const Goal& goal : goals) {
    const std::vector<std::string> known(value_names.begin(), value_names.end());
    if (!goal.op.empty() && !value_names.contains(goal.name)) {
      return fail({ErrorCode::kInvalidArgument,
                   fmt::format("the goal names the column '{}', which is no value column", goal.name),
                   config.file.string(), did_you_mean(goal.name, known)});
    }
    if (goal.op.empty() && !dataset.actions.find(goal.name)) {
      return fail({ErrorCode::kInvalidArgument,
                   fmt::format("the goal names the action '{}', which no event has", goal.name), config.file.string(),
                   did_you_mean(goal.name, dataset.actions.to_strings())});
    }
  }

  const size_t accepted = events.size();
  // Sorted by user and time; exact repeats stand near each other then.
  std::ranges::stable_sort(
      events, [](const RawEvent& a, const RawEvent& b) { return std::tie(a.user, a.time) < std::tie(b.user, b.time); });
  if (config.clean.drop_duplicates) {
    drop_duplicates(events, dataset, quality);
  }
  drop_floods(events, config.clean, dataset, quality);
  keep_core(events, config.clean, dataset, quality);
  if (events.empty()) {
    return fail({ErrorCode::kBadData, "cleaning left no event", config.clean.place,
                 "lower min_user_events and min_item_events in [clean]"});
  }

  // From here on no id is added but those that only content knows.
  for (const SourceTable& source : tables) {
    if (source.table == nullptr || source.config->kind == SourceKind::kValues ||
        source.config->kind == SourceKind::kMedia) {
      continue;
    }
    add_ids(*source.table, "user", dataset.users);
    add_ids(*source.table, "item", dataset.items);
    add_ids(*source.table, "other", source.config->kind == SourceKind::kSocial ? dataset.users : dataset.items);
  }
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
  const int64_t n = std::ssize(events);
  dataset.events = {.user = at::empty({n}, at::kInt),
                    .item = at::empty({n}, at::kInt),
                    .action = at::empty({n}, at::kByte),
                    .value = at::empty({n}),
                    .weight = at::empty({n}),
                    .time = at::empty({n}, at::kLong),
                    .goal = at::empty({n}, at::kBool),
                    .part = at::empty({n}, at::kByte)};
  int64_t num_goals = 0;
  for (int64_t i = 0; i < n; ++i) {
    const RawEvent& event = events[static_cast<size_t>(i)];
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
  for (size_t c = 0; c < context_codes.size(); ++c) {
    context_codes[c].resize(accepted, -1);
    at::Tensor& codes = dataset.context[c].codes = at::empty({n}, at::kInt);
    for (int64_t i = 0; i < n; ++i) {
      codes.data_ptr<int32_t>()[i] = context_codes[c][events[static_cast<size_t>(i)].order];
    }
  }
  for (const Field& field : dataset.fields) {
    quality.missing[field.full_name()] =
        field.num_rows == 0 ? 0.0 : 1 - field.present().to(at::kFloat).mean().item<double>();
  }
  quality.totals = {
      {"users", dataset.users.size()}, {"items", dataset.items.size()}, {"events", n}, {"goals", num_goals}};
  dataset.quality = quality.to_json();
  return dataset;
}

}  // namespace haina
