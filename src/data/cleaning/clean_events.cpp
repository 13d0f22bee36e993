#include "data/cleaning/clean_events.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <tuple>

namespace haina {
namespace {

// Read access to the columns of the log.
struct Log {
  explicit Log(const Dataset& dataset)
      : n(dataset.events.size()),
        user(dataset.events.user.const_data_ptr<int32_t>()),
        item(dataset.events.item.const_data_ptr<int32_t>()),
        action(dataset.events.action.const_data_ptr<uint8_t>()),
        part(dataset.events.part.const_data_ptr<uint8_t>()),
        time(dataset.events.time.const_data_ptr<int64_t>()) {}
  int64_t n;
  const int32_t *user, *item;
  const uint8_t *action, *part;
  const int64_t* time;
};

std::string describe(int64_t row, const Dataset& dataset) {
  const Log log(dataset);
  return fmt::format("user {}, item {}", dataset.users.name(log.user[row]), dataset.items.name(log.item[row]));
}

// Removes from `ids` the names that no row of `column` has, and renumbers the column.
void drop_unused(Vocabulary& ids, at::Tensor& column) {
  std::vector<int32_t> now(static_cast<size_t>(ids.size()), -1);
  int32_t* const rows = column.data_ptr<int32_t>();
  for (int64_t r = 0; r < column.size(0); ++r) {
    now[static_cast<size_t>(rows[r])] = 0;
  }
  Vocabulary used;
  for (int32_t id = 0; id < ids.size(); ++id) {
    if (now[static_cast<size_t>(id)] == 0) {
      now[static_cast<size_t>(id)] = used.find_or_add(ids.name(id));
    }
  }
  for (int64_t r = 0; r < column.size(0); ++r) {
    rows[r] = now[static_cast<size_t>(rows[r])];
  }
  ids = std::move(used);
}

}  // namespace

std::vector<at::Tensor*> event_columns(Dataset& dataset) {
  EventLog& log = dataset.events;
  std::vector<at::Tensor*> columns = {&log.user,   &log.item, &log.action, &log.value,
                                      &log.weight, &log.time, &log.goal,   &log.part};
  for (ContextColumn& context : dataset.context) {
    columns.push_back(&context.codes);
  }
  return columns;
}

void keep_events(Dataset& dataset, std::span<const uint8_t> keep) {
  const auto kept = std::ssize(keep) - std::ranges::count(keep, uint8_t{0});
  if (kept == std::ssize(keep)) {
    return;
  }
  for (at::Tensor* const column : event_columns(dataset)) {
    with_row_type(*column, [&]<class T>(const T* from) {
      T* to = static_cast<T*>(column->mutable_data_ptr());
      for (size_t r = 0; r < keep.size(); ++r) {
        if (keep[r] != 0) {
          *to++ = from[r];
        }
      }
    });
    *column = column->narrow(0, 0, kept);
  }
}

void drop_duplicates(Dataset& dataset, QualityReport& quality) {
  const Log log(dataset);
  std::vector<uint8_t> keep(static_cast<size_t>(log.n), 1);
  std::set<std::tuple<int32_t, uint8_t, uint8_t>> at_this_time;
  for (int64_t r = 0; r < log.n; ++r) {
    if (r == 0 || log.user[r] != log.user[r - 1] || log.time[r] != log.time[r - 1]) {
      at_this_time.clear();
    }
    // Most times have a single event, which needs no set.
    const bool alone =
        (r + 1 == log.n || log.user[r] != log.user[r + 1] || log.time[r] != log.time[r + 1]) && at_this_time.empty();
    if (!alone && !at_this_time.emplace(log.item[r], log.action[r], log.part[r]).second) {
      keep[static_cast<size_t>(r)] = 0;
      quality.count("duplicate dropped", "", [&] { return describe(r, dataset); });
    }
  }
  keep_events(dataset, keep);
}

void drop_floods(const CleanConfig& clean, Dataset& dataset, QualityReport& quality) {
  constexpr int64_t kMinute = 60000000;
  const Log log(dataset);
  std::vector<uint8_t> keep(static_cast<size_t>(log.n), 1);
  const auto same_minute = [&](int64_t a, int64_t b) {
    return log.user[a] == log.user[b] && log.time[a] / kMinute == log.time[b] / kMinute;
  };
  for (int64_t begin = 0; begin < log.n && clean.flood_per_minute > 0;) {
    int64_t end = begin + 1;
    while (end < log.n && same_minute(begin, end)) {
      ++end;
    }
    if (log.time[begin] != kNoTime && static_cast<double>(end - begin) > clean.flood_per_minute) {
      for (int64_t r = begin; r < end; ++r) {
        keep[static_cast<size_t>(r)] = 0;
        quality.count("flood dropped", "", [&] {
          return fmt::format("user {}: {} events in a minute", dataset.users.name(log.user[r]), end - begin);
        });
      }
    }
    begin = end;
  }
  keep_events(dataset, keep);
}

void drop_near_duplicates(const CleanConfig& clean, Dataset& dataset, QualityReport& quality) {
  const Log log(dataset);
  std::vector<uint8_t> keep(static_cast<size_t>(log.n), 1);
  std::map<std::tuple<int32_t, uint8_t, uint8_t>, int64_t> last_time;
  for (int64_t r = 0; r < log.n && clean.duplicate_seconds > 0; ++r) {
    if (r > 0 && log.user[r] != log.user[r - 1]) {
      last_time.clear();
    }
    if (log.time[r] == kNoTime) {
      continue;
    }
    const auto [place, is_first] = last_time.try_emplace({log.item[r], log.action[r], log.part[r]}, log.time[r]);
    if (!is_first && static_cast<double>(log.time[r] - place->second) <= clean.duplicate_seconds * 1e6) {
      keep[static_cast<size_t>(r)] = 0;
      quality.count("near duplicate dropped", "", [&] { return describe(r, dataset); });
    } else {
      place->second = log.time[r];
    }
  }
  keep_events(dataset, keep);
}

void keep_core(const CleanConfig& clean, Dataset& dataset, QualityReport& quality) {
  for (bool changed = clean.min_user_events > 1 || clean.min_item_events > 1; changed;) {
    const Log log(dataset);
    std::vector<int64_t> of_user(static_cast<size_t>(dataset.users.size()), 0),
        of_item(static_cast<size_t>(dataset.items.size()), 0);
    for (int64_t r = 0; r < log.n; ++r) {
      ++of_user[static_cast<size_t>(log.user[r])];
      ++of_item[static_cast<size_t>(log.item[r])];
    }
    std::vector<uint8_t> keep(static_cast<size_t>(log.n), 1);
    changed = false;
    for (int64_t r = 0; r < log.n; ++r) {
      if (of_user[static_cast<size_t>(log.user[r])] < clean.min_user_events ||
          of_item[static_cast<size_t>(log.item[r])] < clean.min_item_events) {
        keep[static_cast<size_t>(r)] = 0;
        changed = true;
        quality.count("outside the core dropped", "", [&] { return describe(r, dataset); });
      }
    }
    keep_events(dataset, keep);
  }
  if (clean.min_user_events > 0) {
    drop_unused(dataset.users, dataset.events.user);
  }
  if (clean.min_item_events > 0) {
    drop_unused(dataset.items, dataset.events.item);
  }
}

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
      quality.count("outlier made missing", field.full_name(),
                    [&] { return fmt::format("{} of '{}'", numbers[r], ids.name(static_cast<int32_t>(r))); });
      numbers[r] = std::nanf("");
    }
  }
}

}  // namespace haina
