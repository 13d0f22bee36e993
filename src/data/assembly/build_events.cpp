#include "data/assembly/build_events.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <numeric>
#include <set>

#include "base/suggest.h"
#include "data/parse_cell.h"
#include "data/cleaning/clean_events.h"
#include "config/goal.h"
#include "data/rows/table_cells.h"

namespace haina {
namespace {

struct Codes {
  std::span<const int32_t> rows;  // -1 stands for nothing where the column has nulls
  const arrow::LargeStringArray* names = nullptr;
};

Codes codes_of(const arrow::Array& column) {
  const auto& codes = static_cast<const arrow::DictionaryArray&>(column);
  const auto& rows = static_cast<const arrow::Int32Array&>(*codes.indices());
  return {{rows.raw_values(), static_cast<size_t>(rows.length())},
          &static_cast<const arrow::LargeStringArray&>(*codes.dictionary())};
}

// A column that leaves its table, so that its memory goes with the last who holds it.
std::shared_ptr<arrow::Array> take_column(std::shared_ptr<arrow::Table>& table, const std::string& name) {
  const int place = table->schema()->GetFieldIndex(name);
  if (place < 0 || table->column(place)->num_chunks() == 0) {
    return nullptr;
  }
  const std::shared_ptr<arrow::Array> column = table->column(place)->chunk(0);
  const auto rest = table->RemoveColumn(place);
  HAINA_ASSERT(rest.ok());
  table = *rest;
  return column;
}

// For every code its row in `into`, found where it is first asked for: names that no row uses any more are not added.
class RowOfCode {
 public:
  RowOfCode(const Codes& codes, Vocabulary& into)
      : codes_(codes), into_(into), rows_(static_cast<size_t>(codes.names->length()), -1) {}
  int32_t operator()(int32_t code) {
    int32_t& row = rows_[static_cast<size_t>(code)];
    return row >= 0 ? row : row = into_.find_or_add(codes_.names->GetView(code));
  }

 private:
  const Codes& codes_;
  Vocabulary& into_;
  std::vector<int32_t> rows_;
};

bool is_tagging(const SourceTable& source) { return column_of(*source.table, "tag") != nullptr; }

bool gives_events(const SourceTable& source) {
  return (source.config->kind == SourceKind::kEvents || source.config->kind == SourceKind::kImpressions) &&
         source.config->part != Part::kNegatives;
}

EventLog empty_log(int64_t n) {
  return {.user = at::empty({n}, at::kInt),
          .item = at::empty({n}, at::kInt),
          .action = at::empty({n}, at::kByte),
          .value = at::empty({n}),
          .weight = at::empty({n}),
          .time = at::empty({n}, at::kLong),
          .goal = at::empty({n}, at::kBool),
          .part = at::empty({n}, at::kByte)};
}

// What all sources of events are read by.
struct Rules {
  std::vector<Goal> goals;
  int64_t earliest = 0, latest = 0;
};

// Rows [begin, begin + rows of the table) of the log. What is to be dropped gets keep 0, counted.
class SourceEvents {
 public:
  SourceEvents(SourceTable& source, const Rules& rules, int64_t begin, uint8_t* keep, Dataset& dataset,
               QualityReport& quality)
      : source_(source),
        config_(*source.config),
        rules_(rules),
        begin_(begin),
        n_(source.table->num_rows()),
        shown_(config_.kind == SourceKind::kImpressions),
        keep_(keep + begin),
        dataset_(dataset),
        quality_(quality) {}

  Status fill(std::set<std::string>& value_names) {
    std::fill_n(keep_, n_, uint8_t{1});
    std::fill_n(rows<uint8_t>(&EventLog::part), n_, static_cast<uint8_t>(config_.part));
    std::fill_n(rows<bool>(&EventLog::goal), n_, rules_.goals.empty() && !shown_);
    fill_ids("user", dataset_.users, rows<int32_t>(&EventLog::user));
    fill_ids("item", dataset_.items, rows<int32_t>(&EventLog::item));
    fill_times();
    fill_weights();
    fill_values(value_names);
    HAINA_OK(fill_actions());
    fill_context();
    return ok();
  }

 private:
  template <class T>
  T* rows(at::Tensor EventLog::* member) {
    return (dataset_.events.*member).data_ptr<T>() + begin_;
  }

  void fill_ids(const char* role, Vocabulary& ids, int32_t* into) {
    if (const auto column = take_column(source_.table, role)) {
      const Codes codes = codes_of(*column);
      RowOfCode row_of_code(codes, ids);
      std::ranges::transform(codes.rows, into, [&](int32_t code) { return row_of_code(code); });
    }
  }

  void drop(int64_t row, const char* rule) {
    keep_[row] = 0;
    quality_.count(rule, config_.name, [&] {
      return fmt::format("user {}, item {}", dataset_.users.name(rows<int32_t>(&EventLog::user)[row]),
                         dataset_.items.name(rows<int32_t>(&EventLog::item)[row]));
    });
  }

  void fill_times() {
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
        drop(r, "impossible time dropped");
      }
    }
  }

  void fill_weights() {
    float* const into = rows<float>(&EventLog::weight);
    const auto column = take_column(source_.table, "weight");
    for (int64_t r = 0; r < n_; ++r) {
      into[r] = static_cast<float>(number_at(column.get(), r).value_or(1));
      if (keep_[r] != 0 && !(into[r] > 0)) {
        drop(r, "weight not above 0 dropped");
      }
    }
  }

  void fill_values(std::set<std::string>& value_names) {
    const auto configured =
        std::ranges::find_if(config_.columns, [](const ColumnConfig& c) { return c.role == "value"; });
    const std::string name = configured == config_.columns.end() ? "value" : configured->column;
    value_names.insert(name);
    std::vector<Goal> goals;
    for (const Goal& goal : rules_.goals) {
      if (!shown_ && !goal.op.empty() && (goal.name == name || goal.name == "value")) {
        goals.push_back(goal);
      }
    }
    float* const into = rows<float>(&EventLog::value);
    bool* const wanted = rows<bool>(&EventLog::goal);
    const auto column = take_column(source_.table, "value");
    for (int64_t r = 0; r < n_; ++r) {
      into[r] = static_cast<float>(number_at(column.get(), r).value_or(std::nan("")));
      for (const Goal& goal : goals) {
        wanted[r] = wanted[r] || (std::isfinite(into[r]) && goal.met(into[r]));
      }
    }
  }

  Status fill_actions() {
    uint8_t* const into = rows<uint8_t>(&EventLog::action);
    bool* const wanted = rows<bool>(&EventLog::goal);
    const auto column = take_column(source_.table, "action");
    const auto is_goal = [&](const std::string& action) {
      return !shown_ && std::ranges::any_of(rules_.goals,
                                            [&](const Goal& goal) { return goal.op.empty() && goal.name == action; });
    };
    const Codes codes = column == nullptr ? Codes{} : codes_of(*column);
    struct Action {
      int32_t row = -1;
      bool goal = false;
    };
    // The last one is of rows without an action.
    std::vector<Action> actions(codes.names == nullptr ? 1 : static_cast<size_t>(codes.names->length()) + 1);
    for (int64_t r = 0; r < n_; ++r) {
      const bool named = column != nullptr && column->IsValid(r);
      const int32_t code = named ? codes.rows[static_cast<size_t>(r)] : -1;
      Action& action = named ? actions[static_cast<size_t>(code)] : actions.back();
      if (keep_[r] == 0) {
        continue;
      }
      if (action.row < 0) {
        const std::string name = named ? std::string(codes.names->GetView(code)) : config_.action;
        action = {dataset_.actions.find_or_add(name), is_goal(name)};
        if (action.row > 255) {
          return fail({ErrorCode::kBadData, "more than 256 different actions", config_.place,
                       "check which column is the action"});
        }
      }
      into[r] = static_cast<uint8_t>(action.row);
      wanted[r] = wanted[r] || action.goal;
    }
    return ok();
  }

  // Sources that call a column alike share its values.
  void fill_context() {
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
      const Codes codes = codes_of(*cells);
      RowOfCode row_of_code(codes, found->values);
      for (int64_t r = 0; r < n_; ++r) {
        if (keep_[r] != 0 && cells->IsValid(r)) {
          into[r] = row_of_code(codes.rows[static_cast<size_t>(r)]);
        }
      }
    }
  }

  SourceTable& source_;
  const SourceConfig& config_;
  const Rules& rules_;
  int64_t begin_, n_;
  bool shown_;  // what was shown and not wanted is never a goal
  uint8_t* keep_;
  Dataset& dataset_;
  QualityReport& quality_;
};

// One column after the other, so that no second log is ever there.
void sort_events(Dataset& dataset) {
  const int64_t n = dataset.events.size();
  const int32_t* const user = dataset.events.user.const_data_ptr<int32_t>();
  const int64_t* const time = dataset.events.time.const_data_ptr<int64_t>();
  std::vector<int64_t> begin_of(static_cast<size_t>(dataset.users.size()) + 1, 0);
  for (int64_t r = 0; r < n; ++r) {
    ++begin_of[static_cast<size_t>(user[r]) + 1];
  }
  std::partial_sum(begin_of.begin(), begin_of.end(), begin_of.begin());
  std::vector<uint32_t> order(static_cast<size_t>(n));
  std::vector<int64_t> next = begin_of;
  for (int64_t r = 0; r < n; ++r) {
    order[static_cast<size_t>(next[static_cast<size_t>(user[r])]++)] = static_cast<uint32_t>(r);
  }
  at::parallel_for(0, dataset.users.size(), 64, [&](int64_t first, int64_t last) {
    for (auto u = static_cast<size_t>(first); u < static_cast<size_t>(last); ++u) {
      std::stable_sort(order.begin() + begin_of[u], order.begin() + begin_of[u + 1],
                       [&](uint32_t a, uint32_t b) { return time[a] < time[b]; });
    }
  });
  if (std::ranges::is_sorted(order)) {
    return;
  }
  for (at::Tensor* const column : event_columns(dataset)) {
    const at::Tensor sorted = at::empty_like(*column);
    with_row_type(*column, [&]<class T>(const T* from) {
      T* const to = static_cast<T*>(sorted.mutable_data_ptr());
      at::parallel_for(0, n, 1 << 16, [&](int64_t first, int64_t last) {
        for (int64_t r = first; r < last; ++r) {
          to[r] = from[order[static_cast<size_t>(r)]];
        }
      });
    });
    *column = sorted;
  }
}

Status check_goals(const std::vector<Goal>& goals, const std::set<std::string>& value_names, const Config& config,
                   const Dataset& dataset) {
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
  return ok();
}

}  // namespace

void add_ids(const arrow::Table& table, const char* role, Vocabulary& ids) {
  const arrow::Array* const column = column_of(table, role);
  if (column == nullptr) {
    return;
  }
  if (column->type_id() != arrow::Type::DICTIONARY) {
    for (int64_t r = 0; r < column->length(); ++r) {
      ids.find_or_add(text_at(column, r));
    }
    return;
  }
  const Codes codes = codes_of(*column);
  RowOfCode row_of_code(codes, ids);
  for (int64_t r = 0; r < column->length(); ++r) {
    row_of_code(codes.rows[static_cast<size_t>(r)]);
  }
}

Status gather_negatives(const CleanConfig& clean, std::vector<SourceTable>& tables, Dataset& dataset,
                        QualityReport& quality) {
  std::vector<int32_t> rows, columns;
  for (SourceTable& source : tables) {
    if (source.config->part != Part::kNegatives) {
      continue;
    }
    if (source.config->kind != SourceKind::kEvents || is_tagging(source)) {
      return fail(
          {ErrorCode::kInvalidArgument,
           fmt::format("source '{}' gives negatives, which are pairs of a user and an item", source.config->name),
           source.config->place, "write kind = \"events\" with user and item columns, or take the part out"});
    }
    const arrow::Array* const user = column_of(*source.table, "user");
    const arrow::Array* const item = column_of(*source.table, "item");
    for (int64_t r = 0; user != nullptr && item != nullptr && r < user->length(); ++r) {
      const auto user_row = dataset.users.find(text_at(user, r));
      auto item_row = dataset.items.find(text_at(item, r));
      if (user_row && !item_row && clean.min_item_events == 0) {
        quality.count("item known from negatives alone", source.config->name,
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

Status gather_events(const Config& config, std::vector<SourceTable>& tables, Dataset& dataset, QualityReport& quality) {
  Rules rules;
  HAINA_TRY(rules.goals, parse_goals(config));
  const std::optional<int64_t> earliest = parse_iso_time(config.clean.earliest);
  if (!earliest) {
    return fail({ErrorCode::kInvalidArgument, fmt::format("earliest = \"{}\" is no date", config.clean.earliest),
                 config.clean.place, "write a date such as \"1970-01-02\""});
  }
  rules.earliest = *earliest;
  rules.latest =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count() +
      int64_t{86400000000};
  int64_t n = 0;
  for (const SourceTable& source : tables) {
    n += gives_events(source) && !is_tagging(source) ? source.table->num_rows() : 0;
  }
  if (n > UINT32_MAX) {
    return fail({ErrorCode::kUnsupported, fmt::format("{} events", n), config.file.string(),
                 "prepare fewer than 4,294,967,296 at once"});
  }
  dataset.events = empty_log(n);
  std::vector<uint8_t> keep(static_cast<size_t>(n));
  std::set<std::string> value_names = {"value"};
  int64_t begin = 0;
  for (SourceTable& source : tables) {
    if (!gives_events(source)) {
      continue;
    }
    if (is_tagging(source)) {
      add_ids(*source.table, "user", dataset.users);
      add_ids(*source.table, "item", dataset.items);
      continue;
    }
    const int64_t rows = source.table->num_rows();
    HAINA_OK(SourceEvents(source, rules, begin, keep.data(), dataset, quality).fill(value_names));
    begin += rows;
    source.table.reset();
  }
  keep_events(dataset, keep);
  if (dataset.events.size() == 0) {
    return fail({ErrorCode::kBadData, "no events in any source", config.file.string(),
                 "name a [[source]] of kind = \"events\" with user and item columns"});
  }
  HAINA_OK(check_goals(rules.goals, value_names, config, dataset));

  sort_events(dataset);
  // From here on exact repeats stand near each other.
  if (config.clean.drop_duplicates) {
    drop_duplicates(dataset, quality);
  }
  drop_floods(config.clean, dataset, quality);
  keep_core(config.clean, dataset, quality);
  if (dataset.events.size() == 0) {
    return fail({ErrorCode::kBadData, "cleaning left no event", config.clean.place,
                 "lower min_user_events and min_item_events in [clean]"});
  }
  return ok();
}

}  // namespace haina
