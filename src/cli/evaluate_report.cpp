#include "cli/evaluate_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "cli/wrapped.h"
#include "evaluation/document.h"
#include "evaluation/report_text.h"
#include "evaluation/text_table.h"
#include "evaluation/verdict.h"

namespace haina {
namespace {

using Json = nlohmann::json;
using report::metric_title;
using report::number;
using report::part;

constexpr size_t kMostModels = 7;    // rows of the table, Haina included
constexpr size_t kMostSources = 4;   // rows of what sources add
constexpr size_t kLongestName = 26;  // columns of a model's name

std::string shortened(const std::string& name) {
  return name.size() <= kLongestName ? name : fmt::format("{}…", name.substr(0, kLongestName - 1));
}

// Columns of the table: the metric of choice, then what share of the wanted items is in the list.
std::vector<std::string> shown_metrics(const Json& document) {
  constexpr std::array kBeside = {"recall", "hr", "coverage"};
  return main_metrics(document, kBeside);
}

std::string models_table(const Json& document) {
  const Json models = part(document, "models");
  const std::vector<std::string> metrics = shown_metrics(document);
  std::vector<std::string> head = {"model"};
  for (const std::string& metric : metrics) {
    head.push_back(metric_title(metric));
  }
  head.emplace_back("Haina gains");
  head.emplace_back("95% interval");
  TextTable table(std::move(head));
  const auto add = [&](const Json& model, const Gain* gain) {
    std::vector<std::string> row = {shortened(model_name(model))};
    for (const std::string& metric : metrics) {
      row.push_back(fmt::format("{:.4f}", metric_of(model, metric)));
    }
    row.push_back(gain == nullptr ? "" : signed_percent(gain->delta, gain->of));
    row.push_back(gain == nullptr ? "" : interval_text(*gain));
    table.add(std::move(row));
  };
  add(models.at(0), nullptr);
  std::vector<Json> others = own_models(document, metrics.front());
  if (others.size() >= kMostModels) {  // popularity stays, as the floor
    std::vector<Json> shown(others.begin(), others.begin() + kMostModels - 1);
    if (const Json* const floor = find_model(others, kPopularityName);
        floor != nullptr && find_model(shown, kPopularityName) == nullptr) {
      shown.back() = *floor;
    }
    others = std::move(shown);
  }
  for (const Json& model : others) {
    const Gain gain = gain_over(document, model, metrics.front());
    add(model, &gain);
  }
  return table.text();
}

// The lists that other recommenders made, each with a sentence.
std::string lists_table(const Json& document) {
  const Json lists = part(part(document, "protocol"), "lists");
  if (lists.empty()) {
    return "";
  }
  const std::string metric = main_metric(document);
  std::vector<std::string> head = {"lists", metric_title(metric)};
  for (const char* const column : {"Haina gains", "95% interval", "p (Holm)", "so Haina's are"}) {
    head.emplace_back(column);
  }
  TextTable table(std::move(head));
  std::string notes;
  for (const Json& one : lists) {
    const std::string name = model_name(one);
    for (const Json& model : part(document, "models")) {
      if (model_name(model) == name) {
        const Gain gain = gain_over(document, model, metric);
        const bool clear = gain.p < kSignificant;
        table.add({shortened(name), fmt::format("{:.4f}", metric_of(model, metric)),
                   signed_percent(gain.delta, gain.of), interval_text(gain), fmt::format("{:.3f}", gain.p),
                   clear && gain.better()  ? "better"
                   : clear && gain.worse() ? "worse"
                                           : "not clearly different"});
      }
    }
    if (const double without = number(one, "without_list"); without > 0) {
      notes += fmt::format("{}: {:.0f} of the test users have no list, which counts as a list without hits\n", name,
                           without);
    }
    if (const double unknown = number(one, "unknown_items"); unknown > 0) {
      notes += fmt::format("{}: {:.0f} items of the file are unknown to the project and left out\n", name, unknown);
    }
  }
  return fmt::format("\n{}{}", table.text(), notes);
}

std::string sources_table(const Json& document) {
  std::vector<Json> rows = part(document, "ablation");
  if (rows.empty()) {
    return "";
  }
  std::ranges::stable_sort(rows, [](const Json& a, const Json& b) { return number(a, "delta") < number(b, "delta"); });
  const std::string metric = rows.front().value("metric", "");
  std::vector<std::string> head = {"trained without", metric_title(metric)};
  head.emplace_back("95% interval");
  head.emplace_back("so it");
  TextTable table(std::move(head));
  for (size_t r = 0; r < std::min(rows.size(), kMostSources); ++r) {
    const double low = number(rows[r], "low"), high = number(rows[r], "high");
    const bool clear = rows[r].value("p_holm", 0.0) < kSignificant;  // among as many sources as there are
    table.add({shortened(rows[r].value("without", "")), fmt::format("{:+.4f}", number(rows[r], "delta")),
               fmt::format("{:+.4f} to {:+.4f}", low, high),
               clear && high < 0 ? "helps here"
               : clear && low > 0
                   ? (part(rows[r], "left_out").size() > 1 ? "may harm: check them" : "may harm: check it")
                   : "no clear effect"});
  }
  return fmt::format("\n{}One training each: compare under other seeds ([train] seed) before haina train --exclude.\n",
                     table.text());
}

}  // namespace

std::string evaluation_screen(const Json& document, const std::string& report) {
  const Json protocol = part(document, "protocol");
  std::string text = fmt::format("{:.0f} test users, {:.0f} items ranked, split by {}\n\n", number(protocol, "users"),
                                 number(protocol, "items"), protocol.value("split", ""));
  if (!part(document, "models").empty()) {
    text += models_table(document);
  }
  text += lists_table(document);
  text += sources_table(document);
  text += fmt::format("\nEvery metric, group and interval: {}haina evaluate --verbose\n\n",
                      report.empty() ? "" : report + ", or ");
  return text + wrapped(evaluation_verdict(document)) + "\n";
}

}  // namespace haina
