// The data quality report: what was read, rejected, dropped and filled, rule by rule, with examples.
#pragma once

#include <concepts>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace haina {

struct QualityRule {
  std::string rule;    // "duplicate dropped", "outlier made missing", …
  std::string source;  // source or field that the rule was applied to; empty: all sources
  int64_t count = 0;
  std::vector<std::string> examples;  // at most five
};

struct QualityReport {
  nlohmann::json sources = nlohmann::json::array();  // [{"name", "kind", "read", "accepted", "rejected",
                                                     // "dropped", "rejects": [...], "detected", "values"}]
  std::vector<QualityRule> rules;
  nlohmann::json alignments =
      nlohmann::json::array();  // [{"source", "to", "by", "rows", "pairs": [[id, id, similarity], …]}]
  // How the ids of each source meet those of the events: [{"source", "side", "ids", "met", "events_met", "note"}]
  nlohmann::json meetings = nlohmann::json::array();
  nlohmann::json missing = nlohmann::json::object();  // share of rows without a value, by field
  nlohmann::json totals = nlohmann::json::object();   // users, items, events, goals

  // Counts one more case and keeps the first examples.
  void count(const std::string& rule, const std::string& source, const std::string& example);
  // Calls `make` only where its example is kept.
  template <std::invocable Make>
  void count(const std::string& rule, const std::string& source, Make make) {
    QualityRule& counted = rule_of(rule, source);
    if (++counted.count <= kExamples) {
      counted.examples.push_back(make());
    }
  }
  nlohmann::json to_json() const;  // schema haina.quality/1

 private:
  static constexpr int64_t kExamples = 5;
  QualityRule& rule_of(const std::string& rule, const std::string& source);
};

}  // namespace haina
