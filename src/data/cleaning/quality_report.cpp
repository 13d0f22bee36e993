#include "data/cleaning/quality_report.h"

#include <algorithm>

namespace haina {

QualityRule& QualityReport::rule_of(const std::string& rule, const std::string& source) {
  const auto found =
      std::ranges::find_if(rules, [&](const QualityRule& r) { return r.rule == rule && r.source == source; });
  return found != rules.end() ? *found : rules.emplace_back(QualityRule{rule, source, 0, {}});
}

void QualityReport::count(const std::string& rule, const std::string& source, const std::string& example) {
  count(rule, source, [&] { return example; });
}

nlohmann::json QualityReport::to_json() const {
  nlohmann::json list = nlohmann::json::array();
  for (const QualityRule& rule : rules) {
    list.push_back({{"rule", rule.rule}, {"source", rule.source}, {"count", rule.count}, {"examples", rule.examples}});
  }
  return {{"schema", "haina.quality/1"}, {"sources", sources}, {"rules", list},   {"alignments", alignments},
          {"meetings", meetings},        {"missing", missing}, {"totals", totals}};
}

}  // namespace haina
