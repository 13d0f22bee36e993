#include "cli/explain_report.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "cli/wrapped.h"
#include "data/shortened.h"
#include "evaluation/report_text.h"
#include "evaluation/text_table.h"

namespace haina {
namespace {

using Json = nlohmann::json;
using report::number;
using report::part;

constexpr size_t kLongestLabel = 26, kMostRows = 8, kRowsBesideValues = 5, kMostNumbers = 3, kMostClusters = 6;

std::string percent_of(double share) { return std::isnan(share) ? "–" : fmt::format("{:.1f} %", 100 * share); }

// Rows of a list, those with the largest share first.
std::vector<Json> by_share(const Json& list, size_t most) {
  std::vector<Json> rows(list.begin(), list.end());
  std::ranges::stable_sort(rows, [](const Json& a, const Json& b) {
    return number(part(a, "share"), "value") > number(part(b, "share"), "value");
  });
  rows.resize(std::min(rows.size(), most));
  return rows;
}

std::string share_interval(const Json& row) {
  const Json& share = part(row, "share");
  return std::isnan(number(share, "low"))
             ? "–"
             : fmt::format("{:.1f} to {:.1f} %", 100 * number(share, "low"), 100 * number(share, "high"));
}

std::string experts_table(const Json& weights, size_t most) {
  std::vector<std::string> head = {"model", "reads", "weight", "of lists", "95% interval"};
  const Json& all_groups = part(weights, "groups");
  const Json groups = all_groups.size() > 1 ? all_groups : Json::array();  // a single one is everybody
  for (const Json& group : groups) {
    const std::string name = report::text(group, "name");
    head.push_back(fmt::format("{}{} ({})", name.substr(0, name.find(" events")), name.ends_with("and more") ? "+" : "",
                               group.value("users", 0)));
  }
  TextTable table(std::move(head));
  const Json& experts = part(weights, "experts");
  for (const Json& expert : by_share(experts, most)) {
    const std::string name = report::text(expert, "name");
    const std::string evidence = report::text(expert, "evidence");
    std::vector<std::string> row = {haina::shortened(name, kLongestLabel), evidence == name ? "one source" : evidence,
                                    fmt::format("{:+.2f}", number(expert, "weight")),
                                    percent_of(number(part(expert, "share"), "value")), share_interval(expert)};
    for (const Json& group : groups) {
      row.push_back(percent_of(number(part(group, "experts"), name)));
    }
    table.add(std::move(row));
  }
  const auto left = std::ssize(experts) - static_cast<int64_t>(std::min<size_t>(experts.size(), most));
  return table.text() + (left > 0 ? fmt::format("and {} with less\n", counted(left, "model")) : "");
}

std::string sources_of_network(const Json& weights, size_t most) {
  if (part(weights, "sources").empty()) {
    return "";
  }
  TextTable table({"source of the network", "weight", "of 80 % of items", "of its score", "95% interval"});
  for (const Json& source : by_share(part(weights, "sources"), most)) {
    table.add({haina::shortened(report::text(source, "name"), kLongestLabel),
               fmt::format("{:.2f}", number(source, "weight")),
               fmt::format("{:.2f} to {:.2f}", number(source, "weight_low"), number(source, "weight_high")),
               percent_of(number(part(source, "share"), "value")), share_interval(source)});
  }
  return "\n" + table.text();
}

std::string verdict_on(const Json& source) {
  if (number(source, "weight") == 0) {
    return "adds nothing";
  }
  return number(source, "low") > 0 ? "helps" : number(source, "high") < 0 ? "harms" : "makes no clear difference";
}

std::string values_table(const Json& values) {
  if (!values.is_object()) {
    return "";
  }
  const auto mean = [&](const char* key) { return number(part(values, key), "value"); };
  TextTable table({"source", "Shapley value", "95% interval", "share", "so it"});
  std::vector<Json> rows(part(values, "sources").begin(), part(values, "sources").end());
  std::ranges::stable_sort(rows, [](const Json& a, const Json& b) { return number(a, "value") > number(b, "value"); });
  for (const Json& source : rows) {
    table.add({haina::shortened(report::text(source, "name"), kLongestLabel),
               fmt::format("{:+.4f}", number(source, "value")),
               fmt::format("{:+.4f} to {:+.4f}", number(source, "low"), number(source, "high")),
               percent_of(number(source, "share")), verdict_on(source)});
  }
  return "\n" +
         wrapped(fmt::format(
             "What sources are worth to a linear model, in NDCG@10 of {:.0f} validation users: popularity {:.4f}, "
             "events of the goal {:.4f}, with all sources {:.4f}{}",
             number(values, "users"), mean("popularity"), mean("none"), mean("all"),
             number(values, "items") < number(values, "of_items")
                 ? fmt::format("; the {:.0f} most popular of {:.0f} items", number(values, "items"),
                               number(values, "of_items"))
                 : "")) +
         "\n" + table.text();
}

// A number, or the day of a date.
std::string field_value(const Json& dependence, double value) {
  return report::text(dependence, "type") == "date"
             ? fmt::format("{:%F}", fmt::gmtime(static_cast<std::time_t>(value * 86400)))
             : fmt::format("{:g}", value);
}

std::string numbers_text(const Json& dependences) {
  std::string text;
  for (size_t d = 0; d < std::min<size_t>(dependences.size(), kMostNumbers); ++d) {
    const Json& points = part(dependences[d], "points");
    const auto [least, most] = std::minmax_element(points.begin(), points.end(), [](const Json& a, const Json& b) {
      return number(a, "score") < number(b, "score");
    });
    text += fmt::format("{}: scores from {:+.2f} at {} to {:+.2f} at {}\n", report::text(dependences[d], "field"),
                        number(*least, "score"), field_value(dependences[d], number(*least, "value")),
                        number(*most, "score"), field_value(dependences[d], number(*most, "value")));
  }
  return text.empty() ? "" : "\nIn deviations between items, over all users and items looked at:\n" + text;
}

std::string clusters_text(const Json& map) {
  const Json& clusters = part(map, "clusters");
  if (clusters.empty()) {
    return "";
  }
  std::string names;
  for (size_t c = 0; c < std::min<size_t>(clusters.size(), kMostClusters); ++c) {
    names += fmt::format("{}{} ({:.0f})", c == 0 ? "" : "; ", report::text(clusters[c], "name"),
                         number(clusters[c], "items"));
  }
  return "\n" +
         wrapped(fmt::format("{} of items: {}{}", counted(std::ssize(clusters), "cluster"), names,
                             clusters.size() > kMostClusters ? "; …" : "")) +
         "\n";
}

}  // namespace

std::string explain_screen(const Json& document) {
  const Json& weights = part(document, "weights");
  const Json& values = part(document, "source_values");
  const size_t most = values.is_object() ? kRowsBesideValues : kMostRows;
  std::string text =
      fmt::format("{} version {}: what its lists rely on, by {:.0f} users\n\n", report::text(document, "dataset"),
                  report::text(document, "version"), number(weights, "users"));
  text += experts_table(weights, most) + sources_of_network(weights, most) + values_table(values);
  text += numbers_text(part(document, "partial_dependence")) + clusters_text(part(document, "map"));
  return text + "\nEverything: haina explain --json, or --report explain.html" +
         (values.is_object() ? "\n" : "; what each source is worth: haina explain --shapley\n");
}

}  // namespace haina
