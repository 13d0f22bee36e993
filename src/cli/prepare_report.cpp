#include "cli/prepare_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "data/cleaning/id_meetings.h"
#include "evaluation/text_table.h"
#include "recommend/few_events.h"

namespace haina {
namespace {

using Json = nlohmann::json;

constexpr double kOftenMissing = 0.3;  // share of rows without a value from which a field is named first
constexpr size_t kMostRejects = 3;     // shown of a source
constexpr size_t kMostFields = 12;     // named in the line of missing values

// One line of what may be wrong, with the share of the rows that it touches.
struct Finding {
  Finding(double touched, std::string said) : share(touched), text(std::move(said)) {}
  double share;
  std::string text;
};

double number(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number() ? found->get<double>() : 0;
}

std::string percent(double share) {
  const double value = 100 * share;
  return value > 0 && value < 0.1 ? "under 0.1 %" : fmt::format("{:.{}f} %", value, value < 10 ? 1 : 0);
}

// Rows of each source by its name; "" has all.
std::map<std::string, double> rows_by_source(const Json& quality) {
  std::map<std::string, double> rows;
  for (const Json& source : quality.at("sources")) {
    rows[source.at("name")] += number(source, "read");
    rows[""] += number(source, "read");
  }
  return rows;
}

void add_rejects(const Json& quality, std::vector<Finding>& findings) {
  for (const Json& source : quality.at("sources")) {
    const double rejected = number(source, "rejected"), read = number(source, "read");
    if (rejected == 0) {
      continue;
    }
    const std::string name = source.at("name");
    std::string text = fmt::format("{}: {:.0f} of {:.0f} rows rejected ({}), all of them in rejects/{}.csv", name,
                                   rejected, read, percent(rejected / read), name);
    const Json& rejects = source.at("rejects");
    for (size_t r = 0; r < std::min(rejects.size(), kMostRejects); ++r) {
      text += "\n    " + rejects[r].get<std::string>();
    }
    findings.emplace_back(rejected / read, text);
  }
}

// Rules that did what they were asked to: no finding.
bool is_plain(const std::string& rule) { return rule == "aligned" || rule.starts_with("missing value filled"); }

std::string plain_rules(const Json& quality) {
  std::string text;
  for (const Json& rule : quality.at("rules")) {
    if (const std::string name = rule.at("rule"); is_plain(name)) {
      text += fmt::format("{}: {} ({:.0f})\n", rule.at("source").get<std::string>(), name, number(rule, "count"));
    }
  }
  return text;
}

void add_rules(const Json& quality, std::vector<Finding>& findings) {
  const std::map<std::string, double> rows = rows_by_source(quality);
  for (const Json& rule : quality.at("rules")) {
    if (is_plain(rule.at("rule"))) {
      continue;
    }
    const std::string source = rule.at("source");
    const double count = number(rule, "count");
    const auto own = rows.find(source.substr(0, source.find('.')));  // a field's name begins with its source's
    const double all = own != rows.end() ? own->second : rows.at("");
    const Json& examples = rule.at("examples");
    findings.push_back(
        {all > 0 ? count / all : 1,
         fmt::format("{}{}: {:.0f}{}{}", source.empty() ? "" : source + ": ", rule.at("rule").get<std::string>(), count,
                     all > 0 ? fmt::format(" ({} of the rows)", percent(std::min(1.0, count / all))) : "",
                     examples.empty() ? "" : ", for example " + examples[0].get<std::string>())});
  }
}

void add_totals(const Json& totals, std::vector<Finding>& findings) {
  const double events = number(totals, "events"), goals = number(totals, "goals");
  if (events == 0) {
    findings.emplace_back(2,
                          std::string("no event in any source. A new shop? Lists come by content and newness until "
                                      "events arrive.\n    If one of the files holds events, its source needs kind = "
                                      "\"events\", a user and an item column"));
  } else if (goals == 0) {
    findings.emplace_back(2,
                          fmt::format("none of the {:.0f} events meets [project] goal: nothing says what to recommend "
                                      "for",
                                      events));
  } else if (goals < static_cast<double>(kFewEvents)) {
    findings.emplace_back(2, fmt::format("{:.0f} goal event{}: too few to learn from; lists come by content and "
                                         "popularity",
                                         goals, goals == 1 ? "" : "s"));
  }
}

// How well the ids of each source meet those of the events. What meets badly is a finding: its fields reach no list.
std::string meetings_text(const Json& quality, std::vector<Finding>& findings) {
  const Json meetings = quality.value("meetings", Json::array());
  const std::vector<std::string> bad = meeting_lines(meetings, Meetings::kBad);
  std::string text;
  for (const std::string& line : meeting_lines(meetings, Meetings::kAll)) {
    if (std::ranges::find(bad, line) == bad.end()) {
      text += line + "\n";
    } else {
      findings.emplace_back(1, line);
    }
  }
  return text;
}

// "no value: movies.year 40 %, users.age 33 %", most first; of all fields that lack any.
std::string missing_text(const Json& missing, std::vector<Finding>& findings) {
  std::vector<std::pair<double, std::string>> shares;
  for (const auto& [field, share] : missing.items()) {
    const double value = share.get<double>();
    if (value >= kOftenMissing) {
      findings.emplace_back(value, fmt::format("{}: no value in {} of the rows", field, percent(value)));
    } else if (value > 0) {
      shares.emplace_back(-value, field);
    }
  }
  std::ranges::sort(shares);
  std::string text;
  for (size_t f = 0; f < std::min(shares.size(), kMostFields); ++f) {
    text += fmt::format("{}{} {}", f == 0 ? "no value in: " : ", ", shares[f].second, percent(-shares[f].first));
  }
  if (shares.size() > kMostFields) {
    text += fmt::format(" and {} more", shares.size() - kMostFields);
  }
  return text.empty() ? "" : text + "\n";
}

std::string sources_read(const Json& quality) {
  TextTable table({"source", "kind", "read", "accepted", "rejected", "dropped"});
  for (const Json& source : quality.at("sources")) {
    table.add({source.at("name"), source.at("kind"), fmt::format("{:.0f}", number(source, "read")),
               fmt::format("{:.0f}", number(source, "accepted")), fmt::format("{:.0f}", number(source, "rejected")),
               fmt::format("{:.0f}", number(source, "dropped"))});
  }
  return table.text();
}

}  // namespace

std::string prepare_report(const Json& quality) {
  std::vector<Finding> findings;
  const Json& totals = quality.at("totals");
  add_totals(totals, findings);
  add_rejects(quality, findings);
  add_rules(quality, findings);
  const std::string missing = missing_text(quality.at("missing"), findings);
  const std::string met = meetings_text(quality, findings);
  std::ranges::stable_sort(findings, [](const Finding& a, const Finding& b) { return a.share > b.share; });
  std::string text;
  for (const Finding& finding : findings) {
    text += (text.empty() ? "what may be wrong, worst first:\n  " : "  ") + finding.text + "\n";
  }
  text += (text.empty() ? "" : "\n") + sources_read(quality) + met + missing + plain_rules(quality);
  return text + fmt::format("{:.0f} users, {:.0f} items, {:.0f} events, {:.0f} of them goal events\n",
                            number(totals, "users"), number(totals, "items"), number(totals, "events"),
                            number(totals, "goals"));
}

}  // namespace haina
