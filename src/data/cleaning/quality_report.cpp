#include "data/cleaning/quality_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "data/cleaning/id_meetings.h"

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

std::string quality_text(const nlohmann::json& quality) {
  std::string text =
      fmt::format("{:<16} {:<8} {:>10} {:>10} {:>10}\n", "source", "kind", "read", "accepted", "rejected");
  for (const nlohmann::json& source : quality.at("sources")) {
    text += fmt::format("{:<16} {:<8} {:>10} {:>10} {:>10}\n", source.at("name").get<std::string>(),
                        source.at("kind").get<std::string>(), source.at("read").get<int64_t>(),
                        source.at("accepted").get<int64_t>(), source.at("rejected").get<int64_t>());
    for (const nlohmann::json& reject : source.at("rejects")) {
      text += fmt::format("  {}\n", reject.get<std::string>());
    }
  }
  for (const nlohmann::json& rule : quality.at("rules")) {
    const std::string source = rule.at("source");
    text += fmt::format("{} ({}): {}, for example {}\n", rule.at("rule").get<std::string>(),
                        source.empty() ? "all sources" : source, rule.at("count").get<int64_t>(),
                        rule.at("examples").at(0).get<std::string>());
  }
  for (const std::string& line : meeting_lines(quality.value("meetings", nlohmann::json::array()), Meetings::kAll)) {
    text += line + "\n";
  }
  for (const auto& [field, share] : quality.at("missing").items()) {
    if (share.get<double>() > 0) {
      text += fmt::format("no value in {:.1f} % of {}\n", 100 * share.get<double>(), field);
    }
  }
  const nlohmann::json& totals = quality.at("totals");
  return text + fmt::format("{} users, {} items, {} events, {} of them goal events\n",
                            totals.at("users").get<int64_t>(), totals.at("items").get<int64_t>(),
                            totals.at("events").get<int64_t>(), totals.at("goals").get<int64_t>());
}

}  // namespace haina
