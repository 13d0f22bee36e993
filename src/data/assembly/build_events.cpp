#include "data/assembly/build_events.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <numeric>
#include <optional>
#include <set>
#include <string>

#include "base/log.h"
#include "base/suggest.h"
#include "config/goal.h"
#include "data/assembly/code_column.h"
#include "data/assembly/source_events.h"
#include "data/cleaning/clean_events.h"
#include "data/parse_cell.h"
#include "data/rows/table_cells.h"

namespace haina {
namespace {

constexpr int64_t kMicrosPerDayWhole = 86'400'000'000;

bool gives_events(const SourceTable& source) {
  return (source.config->kind == SourceKind::kEvents || source.config->kind == SourceKind::kImpressions) &&
         source.config->part != Part::kNegatives;
}

// Whether nothing says in which order the source's events happened. Of a published test part nothing needs to.
bool lacks_order(const SourceTable& source) {
  const SourceConfig& config = *source.config;
  const bool timed = source.table->num_rows() == 0 || column_of(*source.table, "time") != nullptr;
  if (timed || config.order == RowOrder::kRows || config.part == Part::kTest) {
    return false;
  }
  if (!config.places.contains("order")) {
    log_warning(fmt::format(
        "source '{}' has no time column, so the order of its rows is not taken for the order of events\n  hint: name "
        "the time column; or set order = \"rows\" in the [[source]] if each user's rows stand in the order in which "
        "they happened, order = \"none\" if not",
        config.name));
  }
  return true;
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

// An event may lie up to a day in the future: clocks and time zones differ.
Result<EventRules> event_rules(const Config& config) {
  EventRules rules;
  HAINA_TRY(rules.goals, parse_goals(config));
  const std::optional<int64_t> earliest = parse_iso_time(config.clean.earliest);
  if (!earliest) {
    return fail({ErrorCode::kInvalidArgument, fmt::format("earliest = \"{}\" is not a date", config.clean.earliest),
                 config.clean.place, "write a date such as \"1970-01-02\""});
  }
  rules.earliest = *earliest;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  rules.latest = std::chrono::duration_cast<std::chrono::microseconds>(now).count() + kMicrosPerDayWhole;
  return rules;
}

// Where events without a time come in no order, this one takes the place of the file's: files are often sorted by id,
// and models would read that as what happened first.
uint64_t meaningless_order(int32_t user, int32_t item) {
  uint64_t x = (static_cast<uint64_t>(static_cast<uint32_t>(user)) << 32) | static_cast<uint32_t>(item);
  for (const uint64_t factor : {0xbf58476d1ce4e5b9ULL, 0x94d049bb133111ebULL}) {  // splitmix64's finish
    x = (x ^ (x >> 30)) * factor;
  }
  return x ^ (x >> 31);
}

// Whether a user's event comes before another one.
class Earlier {
 public:
  explicit Earlier(const Dataset& dataset)
      : user_(dataset.events.user.const_data_ptr<int32_t>()),
        item_(dataset.events.item.const_data_ptr<int32_t>()),
        time_(dataset.events.time.const_data_ptr<int64_t>()),
        rows_in_order_(dataset.rows_in_order) {}
  bool operator()(uint32_t a, uint32_t b) const {
    if (time_[a] != time_[b] || rows_in_order_ || time_[a] != kNoTime) {
      return time_[a] < time_[b];
    }
    return meaningless_order(user_[a], item_[a]) < meaningless_order(user_[b], item_[b]);
  }

 private:
  const int32_t *user_, *item_;
  const int64_t* time_;
  bool rows_in_order_;
};

// Stable, by user and time. Column by column, so that there is never a second log in memory.
void sort_events(Dataset& dataset) {
  const int64_t n = dataset.events.size();
  const int32_t* const user = dataset.events.user.const_data_ptr<int32_t>();
  const Earlier earlier(dataset);
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
      std::stable_sort(order.begin() + begin_of[u], order.begin() + begin_of[u + 1], earlier);
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
                   fmt::format("the goal names the column '{}', which is not a value column", goal.name),
                   config.file.string(), did_you_mean(goal.name, known)});
    }
    const bool source_without_rows = std::ranges::any_of(config.sources, [&](const SourceConfig& source) {
      return source.kind == SourceKind::kEvents && source.action == goal.name;
    });
    if (goal.op.empty() && !dataset.actions.find(goal.name) && !source_without_rows) {
      return fail({ErrorCode::kInvalidArgument,
                   fmt::format("the goal names the action '{}', which no event has", goal.name), config.file.string(),
                   did_you_mean(goal.name, dataset.actions.to_strings())});
    }
  }
  return ok();
}

// Fills the log from all sources of events, without the rows that are dropped. The names of value columns are returned.
Result<std::set<std::string>> read_events(const EventRules& rules, const Config& config,
                                          std::vector<SourceTable>& tables, Dataset& dataset, QualityReport& quality) {
  int64_t n = 0;
  for (const SourceTable& source : tables) {
    n += gives_events(source) && !assigns_tags(source) ? source.table->num_rows() : 0;
  }
  if (n > UINT32_MAX) {
    return fail({ErrorCode::kUnsupported, fmt::format("{} events are too many", n), config.file.string(),
                 "prepare fewer than 4,294,967,296 at once"});
  }
  dataset.events = empty_log(n);
  std::vector<uint8_t> keep(static_cast<size_t>(n));
  std::set<std::string> value_names = {"value"};
  dataset.rows_in_order = true;
  int64_t begin = 0;
  for (SourceTable& source : tables) {
    if (!gives_events(source)) {
      continue;
    }
    if (assigns_tags(source)) {
      add_ids(*source.table, "user", dataset.users);
      add_ids(*source.table, "item", dataset.items);
      continue;
    }
    const int64_t rows = source.table->num_rows();
    dataset.rows_in_order = dataset.rows_in_order && !lacks_order(source);
    HAINA_OK(SourceEvents(source, rules, begin, keep.data(), dataset, quality).fill(value_names));
    begin += rows;
    source.table.reset();
  }
  keep_events(dataset, keep);
  return value_names;
}

}  // namespace

bool assigns_tags(const SourceTable& source) { return column_of(*source.table, "tag") != nullptr; }

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
  const CodeColumn codes = code_column(*column);
  RowOfCode row_of_code(codes, ids);
  for (int64_t r = 0; r < column->length(); ++r) {
    row_of_code(codes.codes[static_cast<size_t>(r)]);
  }
}

Status build_events(const Config& config, std::vector<SourceTable>& tables, Dataset& dataset, QualityReport& quality) {
  HAINA_TRY(const EventRules rules, event_rules(config));
  HAINA_TRY(const std::set<std::string> value_names, read_events(rules, config, tables, dataset, quality));
  if (dataset.events.size() == 0) {  // a new shop: its goals are checked when it has events
    return ok();
  }
  HAINA_OK(check_goals(rules.goals, value_names, config, dataset));

  sort_events(dataset);
  // From here on the rules below find repeats in neighboring rows.
  if (config.clean.drop_duplicates) {
    drop_duplicates(dataset, quality);
  }
  drop_floods(config.clean, dataset, quality);
  drop_near_duplicates(config.clean, dataset, quality);
  keep_core(config.clean, dataset, quality);
  if (dataset.events.size() == 0) {
    return fail({ErrorCode::kBadData, "cleaning dropped every event", config.clean.place,
                 "lower min_user_events and min_item_events in [clean]"});
  }
  return ok();
}

}  // namespace haina
