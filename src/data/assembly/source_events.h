// One source of events as rows of the dataset's log.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "config/goal.h"
#include "data/assembly/assemble.h"
#include "data/cleaning/quality_report.h"
#include "data/dataset.h"

namespace haina {

// How all sources of events are read.
struct EventRules {
  std::vector<Goal> goals;           // empty: every event but impressions and refusals is a goal
  int64_t earliest = 0, latest = 0;  // µs since 1970 UTC: events at other times are dropped
};

// Fills the rows [begin, begin + rows of the table) of the dataset's log, whose columns must exist, and adds the
// source's users, items, actions and contexts in order of first appearance. The table loses each column once read.
class SourceEvents {
 public:
  // keep: one a row of the log. Set to 0 for rows to drop, which are counted.
  SourceEvents(SourceTable& source, const EventRules& rules, int64_t begin, uint8_t* keep, Dataset& dataset,
               QualityReport& quality);
  // Adds the name of the source's value column to value_names. kBadData above 256 actions.
  Status fill(std::set<std::string>& value_names);

 private:
  template <class T>
  T* rows(at::Tensor EventLog::* member) {
    return (dataset_.events.*member).data_ptr<T>() + begin_;
  }
  void drop(int64_t row, const char* rule);
  void fill_ids(const char* role, Vocabulary& ids, int32_t* into);
  void fill_times();
  void fill_weights();
  void fill_values(std::set<std::string>& value_names);
  void note_value_range(const std::string& name, const float* values);
  Status fill_actions();
  void fill_context();

  SourceTable& source_;
  const SourceConfig& config_;
  const EventRules& rules_;
  int64_t begin_, n_;
  bool impressions_;  // never goals
  uint8_t* keep_;     // [n_]
  Dataset& dataset_;
  QualityReport& quality_;
};

}  // namespace haina
