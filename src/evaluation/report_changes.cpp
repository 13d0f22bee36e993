#include "evaluation/report_changes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "evaluation/plots.h"
#include "evaluation/report_text.h"
#include "evaluation/verdict.h"

namespace haina::report {

using nlohmann::json;

namespace {

std::string deltas_plot(const json& rows, const std::string& metric, const Changes& changes, const ReportWords& words) {
  const double better = changes.better;
  std::vector<BarRow> bars;
  for (const json& row : rows) {
    const double delta = number(row, "delta"), low = number(row, "low"), high = number(row, "high");
    const double p = number(row, row.contains("p_holm") ? "p_holm" : "p");
    // As sure as the verdict wants: among so many rows, intervals alone leave out zero now and then by chance.
    const bool sure = !(low <= 0 && high >= 0) && !(p >= kSignificant);
    std::string note =
        with_sign(delta) + (std::isnan(low) ? "" : fmt::format("  [{}, {}]", with_sign(low), with_sign(high)));
    if (!std::isnan(p)) {
      note += "  p " + p_text(p);
    }
    bars.push_back({.label = changes.label(text(row, changes.key)),
                    .value = delta,
                    .low = low,
                    .high = high,
                    .note = note,
                    .style = !sure                ? "unsure"
                             : delta * better > 0 ? "good"
                                                  : "bad"});
  }
  std::stable_sort(bars.begin(), bars.end(),
                   [&](const BarRow& a, const BarRow& b) { return a.value * better > b.value * better; });
  return bars.empty() ? "" : bar_plot(bars, words.differences_in(metric), words);
}

std::string weights_plot(const json& weights, const std::string& of, const ReportWords& words) {
  std::vector<BarRow> rows;
  std::string nested;
  if (!weights.is_object()) {
    return "";
  }
  for (const auto& [name, value] : weights.items()) {
    if (value.is_number()) {
      rows.push_back({.label = name,
                      .value = value.get<double>(),
                      .note = fmt::format("{:.1f} %", 100 * value.get<double>()),
                      .style = "main"});
    } else if (value.is_object()) {
      nested += weights_plot(value, name, words);
    }
  }
  std::stable_sort(rows.begin(), rows.end(), [](const BarRow& a, const BarRow& b) { return a.value > b.value; });
  const std::string title = of.empty() ? "" : fmt::format("<h3>{}</h3>\n", escape_html(key_text(words, of)));
  return (rows.empty() ? "" : title + bar_plot(rows, words.weights_plot(), words)) + nested;
}

}  // namespace

std::string delta_plots(const json& rows, const Changes& changes, const ReportWords& words) {
  std::vector<std::string> metrics;
  for (const json& row : rows) {
    if (std::find(metrics.begin(), metrics.end(), text(row, "metric")) == metrics.end()) {
      metrics.push_back(text(row, "metric"));
    }
  }
  std::string out, others;
  for (const std::string& metric : metrics) {
    json of_metric = json::array();
    std::copy_if(rows.begin(), rows.end(), std::back_inserter(of_metric),
                 [&](const json& row) { return text(row, "metric") == metric; });
    std::string& into = out.empty() ? out : others;
    into += fmt::format("<h3>{}</h3>\n", escape_html(metric_title(metric))) +
            deltas_plot(of_metric, metric, changes, words);
  }
  return out + (others.empty()
                    ? ""
                    : fmt::format("<details><summary>{}</summary>\n{}</details>\n", words.other_metrics(), others));
}

std::string learning_curves(const json& history, const ReportWords& words) {
  std::string x_name;
  std::vector<Line> lines;
  for (const json& entry : history.is_array() ? history : json::array()) {
    if (!entry.is_object()) {
      continue;
    }
    if (x_name.empty()) {
      x_name = entry.contains("epoch") ? "epoch" : "step";
    }
    for (const auto& [name, value] : entry.items()) {
      if (name == "epoch" || name == "step" || name == "seconds" || !value.is_number()) {
        continue;
      }
      auto line =
          std::find_if(lines.begin(), lines.end(), [&, key = name](const Line& other) { return other.name == key; });
      if (line == lines.end()) {
        line = lines.insert(lines.end(), Line{name, {}});
      }
      const double x = number(entry, x_name);
      line->points.emplace_back(std::isnan(x) ? static_cast<double>(line->points.size()) + 1 : x, value.get<double>());
    }
  }
  // What is kept is the epoch with the best validation, so that one is marked in the curve of the loss too.
  const auto is_loss = [](const Line& line) { return line.name.find("loss") != std::string::npos; };
  std::optional<double> kept;
  for (Line& line : lines) {
    std::erase_if(line.points, [](const auto& point) { return !std::isfinite(point.second); });
    std::sort(line.points.begin(), line.points.end());
    if (!kept && !is_loss(line) && !line.points.empty()) {
      kept = std::ranges::max_element(line.points, {}, &std::pair<double, double>::second)->first;
    }
  }
  std::string out;
  for (const Line& line : lines) {
    const bool loss = is_loss(line);
    const std::string title = line.name == "val" ? words.validation() : key_text(words, line.name);
    out += fmt::format("<div><h3>{}</h3>\n{}</div>\n", escape_html(title),
                       line_plot({key_text(words, line.name), line.points, kept}, key_text(words, x_name),
                                 loss ? Best::kLowest : Best::kHighest, words));
  }
  return out.empty() ? "" : "<div class=\"pair\">\n" + out + "</div>\n";
}

std::string weight_plots(const json& weights, const ReportWords& words) { return weights_plot(weights, "", words); }

}  // namespace haina::report
