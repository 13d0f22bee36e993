// Expectations and made rows that the tests of roles share.
#pragma once

#include <string>
#include <vector>

#include "data/inference/doubt.h"
#include "exports/export_case.h"

namespace haina {

// The goal in haina.toml: ["rating >= 4"].
inline std::string goal_of(const std::string& toml) {
  const size_t at = toml.find("\ngoal = ");
  return at == std::string::npos ? "" : toml.substr(at + 8, toml.find('\n', at + 1) - at - 8);
}

class RolesExports : public ExportCase {
 protected:
  void expect_counts(int64_t users_wanted, int64_t items_wanted, int64_t events_wanted) const {
    ASSERT_TRUE(data_) << shown();
    EXPECT_EQ(users(), users_wanted) << shown();
    EXPECT_EQ(items(), items_wanted) << shown();
    EXPECT_EQ(events(), events_wanted) << shown();
  }
  int64_t goals() const { return data_->events.goal.sum().item<int64_t>(); }
  std::vector<std::string> actions() const { return data_->actions.to_strings(); }
  // So many rows of made events: `row` gives the cells of user u (of 20) and item i (of 30).
  template <class Row>
  static std::string rows(const std::string& header, int64_t count, Row row) {
    std::string text = header.empty() ? "" : header + "\n";
    for (int64_t r = 0; r < count; ++r) {
      text += row(r, (r * 7 + r / 20) % 20, (r * 11 + r / 30) % 30) + "\n";
    }
    return text;
  }
  static std::string s(int64_t number) { return std::to_string(number); }
};

}  // namespace haina
