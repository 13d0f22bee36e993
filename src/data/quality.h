// The data-quality report: what was read, refused, dropped and filled, rule by rule, with examples.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace haina {

struct QualityRule {
  std::string rule;    // "duplicate", "impossible time", "outlier", …
  std::string source;  // where; empty: all sources
  int64_t count = 0;
  std::vector<std::string> examples;  // at most five
};

struct QualityReport {
  nlohmann::json sources = nlohmann::json::array();  // [{"name", "kind", "read", "accepted", "rejected", "rejects": [...], "seen"}]
  std::vector<QualityRule> rules;
  nlohmann::json missing = nlohmann::json::object();  // share of rows without a value, by field
  nlohmann::json totals = nlohmann::json::object();   // users, items, events, goals

  // Counts one more case, keeping the first examples.
  void count(const std::string& rule, const std::string& source, const std::string& example);
  nlohmann::json to_json() const;  // schema haina.quality/1
};

// For a terminal, from the document.
std::string quality_text(const nlohmann::json& quality);

}  // namespace haina
