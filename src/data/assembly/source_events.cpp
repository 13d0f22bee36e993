#include "data/assembly/source_events.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <optional>

#include "config/columns.h"
#include "data/assembly/code_column.h"
#include "data/rows/table_cells.h"
#include "data/seen_actions.h"

namespace haina {

SourceEvents::SourceEvents(SourceTable& source, const EventRules& rules, int64_t begin, uint8_t* keep, Dataset& dataset,
                           QualityReport& quality)
    : source_(source),
      config_(*source.config),
      rules_(rules),
      begin_(begin),
      n_(source.table->num_rows()),
      impressions_(config_.kind == SourceKind::kImpressions),
      keep_(keep + begin),
      dataset_(dataset),
      quality_(quality) {}

Status SourceEvents::fill(std::set<std::string>& value_names) {
  std::fill_n(keep_, n_, uint8_t{1});
  std::fill_n(rows<uint8_t>(&EventLog::part), n_, static_cast<uint8_t>(config_.part));
  std::fill_n(rows<bool>(&EventLog::goal), n_, rules_.goals.empty() && !impressions_);
  fill_ids("user", dataset_.users, rows<int32_t>(&EventLog::user));
  fill_ids("item", dataset_.items, rows<int32_t>(&EventLog::item));
  fill_times();
  fill_weights();
  fill_values(value_names);
  HAINA_OK(fill_actions());
  fill_context();
  return ok();
}

void SourceEvents::drop(int64_t row, const char* rule) {
  keep_[row] = 0;
  quality_.count(rule, config_.name, [&] {
    return fmt::format("user {}, item {}", dataset_.users.name(rows<int32_t>(&EventLog::user)[row]),
                       dataset_.items.name(rows<int32_t>(&EventLog::item)[row]));
  });
}

void SourceEvents::fill_ids(const char* role, Vocabulary& ids, int32_t* into) {
  if (const auto column = take_column(source_.table, role)) {
    const CodeColumn codes = code_column(*column);
    RowOfCode row_of_code(codes, ids);
    std::ranges::transform(codes.codes, into, [&](int32_t code) { return row_of_code(code); });
  }
}

void SourceEvents::fill_times() {
  int64_t* const into = rows<int64_t>(&EventLog::time);
  const auto column = take_column(source_.table, "time");
  if (column == nullptr) {
    std::fill_n(into, n_, kNoTime);
    return;
  }
  const auto& times = static_cast<const arrow::TimestampArray&>(*column);
  for (int64_t r = 0; r < n_; ++r) {
    into[r] = times.IsNull(r) ? kNoTime : times.Value(r);
    if (into[r] != kNoTime && (into[r] < rules_.earliest || into[r] > rules_.latest)) {
      drop(r, "event at an impossible time dropped");
    }
  }
}

void SourceEvents::fill_weights() {
  float* const into = rows<float>(&EventLog::weight);
  const auto column = take_column(source_.table, "weight");
  for (int64_t r = 0; r < n_; ++r) {
    into[r] = static_cast<float>(number_at(column.get(), r).value_or(1));
    if (keep_[r] != 0 && !(into[r] > 0)) {
      drop(r, "event with a weight of 0 or less dropped");
    }
  }
}

void SourceEvents::fill_values(std::set<std::string>& value_names) {
  const auto configured =
      std::ranges::find_if(config_.columns, [](const ColumnConfig& c) { return c.role == "value"; });
  const std::string name = configured == config_.columns.end() ? "value" : configured->column;
  value_names.insert(name);
  std::vector<Goal> goals;
  for (const Goal& goal : rules_.goals) {
    if (!impressions_ && !goal.op.empty() && (goal.name == name || goal.name == "value")) {
      goals.push_back(goal);
    }
  }
  float* const into = rows<float>(&EventLog::value);
  bool* const is_goal = rows<bool>(&EventLog::goal);
  const auto column = take_column(source_.table, "value");
  const std::vector<double> none = configured == config_.columns.end() ? std::vector<double>() : no_values(*configured);
  for (int64_t r = 0; r < n_; ++r) {
    std::optional<double> number = number_at(column.get(), r);
    if (number && std::ranges::find(none, *number) != none.end()) {
      number.reset();
    }
    into[r] = static_cast<float>(number.value_or(std::nan("")));
    for (const Goal& goal : goals) {
      is_goal[r] = is_goal[r] || (std::isfinite(into[r]) && goal.met(into[r]));
    }
  }
  note_value_range(name, into);
}

// Null where no row has a value, and for what came in while serving, which is on whatever scale its senders use.
void SourceEvents::note_value_range(const std::string& name, const float* values) {
  const auto source = std::ranges::find_if(
      quality_.sources, [&](const nlohmann::json& one) { return one.value("name", "") == config_.name; });
  if (source == quality_.sources.end() || impressions_) {
    return;
  }
  float lowest = std::numeric_limits<float>::infinity(), highest = -lowest;
  for (int64_t r = 0; r < n_; ++r) {
    if (std::isfinite(values[r])) {
      lowest = std::min(lowest, values[r]);
      highest = std::max(highest, values[r]);
    }
  }
  (*source)["values"] = lowest > highest || config_.live
                            ? nlohmann::json()
                            : nlohmann::json{{"column", name}, {"lowest", lowest}, {"highest", highest}};
}

Status SourceEvents::fill_actions() {
  uint8_t* const into = rows<uint8_t>(&EventLog::action);
  bool* const is_goal = rows<bool>(&EventLog::goal);
  const auto column = take_column(source_.table, "action");
  const auto meets_goal = [&](const std::string& action) {
    return !impressions_ &&
           std::ranges::any_of(rules_.goals, [&](const Goal& goal) { return goal.op.empty() && goal.name == action; });
  };
  const CodeColumn codes = column == nullptr ? CodeColumn{} : code_column(*column);
  struct Action {
    int32_t row = -1;
    bool goal = false, refusal = false;
  };
  // One a code; the last one is for rows without an action.
  std::vector<Action> actions(codes.names == nullptr ? 1 : static_cast<size_t>(codes.names->length()) + 1);
  for (int64_t r = 0; r < n_; ++r) {
    if (keep_[r] == 0) {
      continue;
    }
    const bool named = column != nullptr && column->IsValid(r);
    const int32_t code = named ? codes.codes[static_cast<size_t>(r)] : -1;
    Action& action = named ? actions[static_cast<size_t>(code)] : actions.back();
    if (action.row < 0) {
      const std::string name = named ? std::string(codes.names->GetView(code)) : config_.action;
      action = {dataset_.actions.find_or_add(name), meets_goal(name),
                rules_.goals.empty() && deed_of(name) == Deed::kRefused};
      if (action.row > 255) {
        return fail({ErrorCode::kBadData, "more than 256 different actions", config_.place,
                     "check which column is the action"});
      }
    }
    into[r] = static_cast<uint8_t>(action.row);
    is_goal[r] = (is_goal[r] || action.goal) && !action.refusal;
    if (action.refusal) {  // as while serving
      quality_.count("refusal not taken for a goal, since the project names none", config_.name,
                     [&] { return fmt::format("action '{}'", dataset_.actions.name(action.row)); });
    }
  }
  return ok();
}

// Sources with context columns of one name share its values.
void SourceEvents::fill_context() {
  for (const ColumnConfig& column : config_.columns) {
    const auto cells = column.type == "context" ? take_column(source_.table, column.column) : nullptr;
    if (cells == nullptr) {
      continue;
    }
    auto found = std::ranges::find(dataset_.context, column.column, &ContextColumn::name);
    if (found == dataset_.context.end()) {
      dataset_.context.push_back({column.column, {}, at::full_like(dataset_.events.user, -1)});
      found = dataset_.context.end() - 1;
    }
    int32_t* const into = found->codes.data_ptr<int32_t>() + begin_;
    const CodeColumn codes = code_column(*cells);
    RowOfCode row_of_code(codes, found->values);
    for (int64_t r = 0; r < n_; ++r) {
      if (keep_[r] != 0 && cells->IsValid(r)) {
        into[r] = row_of_code(codes.codes[static_cast<size_t>(r)]);
      }
    }
  }
}

}  // namespace haina
