#include "evaluation/report_models.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <utility>
#include <vector>

#include "evaluation/document.h"
#include "evaluation/plots.h"
#include "evaluation/report_text.h"

namespace haina::report {

using nlohmann::json;

namespace {

// The model with the highest value of the metric, the first one aside; nullptr where none has it.
const json* best_other(const json& models, const std::string& metric) {
  const json* best = nullptr;
  for (const json& model : models) {
    const double value = number(part(part(model, "metrics"), metric), "value");
    if (&model != &models[0] && !std::isnan(value) &&
        (best == nullptr || value > number(part(part(*best, "metrics"), metric), "value"))) {
      best = &model;
    }
  }
  return best;
}

// Metrics of lists that are no better for being larger.
bool has_no_best(const std::string& metric) {
  constexpr std::array kDescribing = {"gini",           "novelty",       "diversity",
                                      "miscalibration", "cold_exposure", "new_exposure"};
  return std::ranges::any_of(kDescribing, [&](const char* name) { return metric.starts_with(name); });
}

// A long name may go on in the next line after "_", so that a table of many metrics fits its page.
std::string breakable(const std::string& name) {
  std::string text;
  for (const char c : name) {
    text += c;
    text += c == '_' ? "<wbr>" : "";
  }
  return text;
}

// Models x metrics. The best of a column is marked, but not where low is better or neither direction is.
std::string metrics_table(const json& models, const std::vector<std::string>& metrics, const ReportWords& words) {
  std::string head = fmt::format("<th>{}</th>", words.model());
  std::vector<double> best;
  for (const std::string& metric : metrics) {
    head += fmt::format("<th>{}</th>", breakable(escape_html(metric_title(metric))));
    double top = -std::numeric_limits<double>::infinity();
    for (const json& model : models) {
      const double value = number(part(part(model, "metrics"), metric), "value");
      top = std::isnan(value) ? top : std::max(top, value);
    }
    best.push_back(has_no_best(metric) || models.size() < 2 ? std::numeric_limits<double>::infinity() : top);
  }
  std::string body;
  for (const json& model : models) {
    body += fmt::format("<tr class=\"{}\"><td>{}</td>", &model == &models[0] ? "main" : "",
                        escape_html(text(model, "name")));
    for (size_t m = 0; m < metrics.size(); ++m) {
      const double value = number(part(part(model, "metrics"), metrics[m]), "value");
      body += fmt::format("<td{}>{}</td>", value == best[m] ? " class=\"best\"" : "", fixed(value));
    }
    body += "</tr>\n";
  }
  return fmt::format("<div class=\"scroll\"><table><thead><tr>{}</tr></thead><tbody>\n{}</tbody></table></div>\n", head,
                     body);
}

}  // namespace

std::string model_cards(const json& document, const std::string& metric, const ReportWords& words) {
  const json& models = part(document, "models");
  if (models.empty()) {
    return "";
  }
  const auto card = [](const std::string& name, const std::string& value, const std::string& more) {
    return fmt::format(
        "<div class=\"card\"><div class=\"name\">{}</div><div class=\"number\">{}</div><div "
        "class=\"more\">{}</div></div>\n",
        name, value, more);
  };
  const json& metrics = part(models[0], "metrics");
  std::string out;
  constexpr std::array kBeside = {"ndcg", "recall", "coverage"};
  for (const std::string& name : main_metrics(document, kBeside)) {
    const json& value = part(metrics, name);
    if (!value.empty()) {
      const bool interval = value.contains("low");
      out += card(escape_html(text(models[0], "name")) + " " + metric_title(name), fixed(number(value, "value")),
                  interval ? words.card_interval(fixed(number(value, "low")), fixed(number(value, "high")))
                           : words.share_shown());
    }
  }
  const json* const rival = best_other(models, metric);
  for (const json& row : part(document, "differences")) {
    if (rival != nullptr && text(row, "than") == text(*rival, "name") && text(row, "metric") == metric) {
      const double base = number(part(part(*rival, "metrics"), metric), "value");
      out += card(words.gain_over(escape_html(text(row, "than"))), with_sign(number(row, "delta")),
                  fmt::format("{}p {}",
                              base > 0 ? fmt::format("{}{:.1f} %, ", number(row, "delta") < 0 ? "−" : "+",
                                                     std::abs(100 * number(row, "delta") / base))
                                       : "",
                              p_text(number(row, row.contains("p_holm") ? "p_holm" : "p"))));
    }
  }
  return "<div class=\"cards\">\n" + out + "</div>\n";
}

std::string models_plot(const json& document, const std::string& metric, const ReportWords& words) {
  std::vector<BarRow> rows;
  for (const json& model : part(document, "models")) {
    const json& value = part(part(model, "metrics"), metric);
    if (!value.empty()) {
      const double low = number(value, "low"), high = number(value, "high");
      rows.push_back({.label = text(model, "name"),
                      .value = number(value, "value"),
                      .low = low,
                      .high = high,
                      .note = fixed(number(value, "value")) +
                              (std::isnan(low) ? "" : fmt::format("  [{}, {}]", fixed(low), fixed(high))),
                      .style = &model == &part(document, "models")[0] ? "main" : ""});
    }
  }
  std::stable_sort(rows.begin(), rows.end(), [](const BarRow& a, const BarRow& b) { return a.value > b.value; });
  return rows.empty() ? "" : bar_plot(rows, words.models_plot(metric), words);
}

std::string metric_tables(const json& document, int64_t main, const ReportWords& words) {
  const json& models = part(document, "models");
  std::vector<int64_t> ks;
  std::vector<std::string> measured;
  for (const json& model : models) {
    for (const auto& [name, value] : part(model, "metrics").items()) {
      measured.push_back(name);
      if (const size_t at = name.find('@'); at != std::string::npos) {
        ks.push_back(std::atoll(name.c_str() + at + 1));
      }
    }
  }
  std::sort(ks.begin(), ks.end());
  ks.erase(std::unique(ks.begin(), ks.end()), ks.end());
  const auto known = [&](std::vector<std::string> names) {
    std::erase_if(names, [&](const std::string& name) {
      return std::find(measured.begin(), measured.end(), name) == measured.end();
    });
    return names;
  };
  const auto at_k = [&](int64_t k) {
    std::vector<std::string> names;
    for (const std::string& name : table_metrics()) {
      names.push_back(fmt::format("{}@{}", name, k));
    }
    names.emplace_back("auc");
    return known(std::move(names));
  };
  const auto beyond = [&](int64_t k) {
    return known({fmt::format("coverage@{}", k), fmt::format("gini@{}", k), fmt::format("novelty@{}", k),
                  fmt::format("serendipity@{}", k), fmt::format("diversity@{}", k), fmt::format("miscalibration@{}", k),
                  fmt::format("cold_exposure@{}", k), fmt::format("new_exposure@{}", k)});
  };
  if (at_k(main).empty()) {
    return "";
  }
  std::string out = metrics_table(models, at_k(main), words);
  if (!beyond(main).empty()) {
    out += fmt::format("<h3>{}</h3>\n{}", words.beyond_accuracy(), metrics_table(models, beyond(main), words));
  }
  std::string more;
  for (const int64_t k : ks) {
    if (k != main) {
      more += fmt::format("<h3>{}</h3>\n", words.at_length(k)) + metrics_table(models, at_k(k), words) +
              (beyond(k).empty() ? "" : metrics_table(models, beyond(k), words));
    }
  }
  return out + (more.empty()
                    ? ""
                    : fmt::format("<details><summary>{}</summary>\n{}</details>\n", words.other_lengths(), more));
}

std::string group_plots(const json& document, const std::string& metric, int64_t k, const ReportWords& words) {
  const std::string recall = fmt::format("recall@{}", k);
  std::vector<std::string> names;
  for (const json& model : part(document, "models")) {
    for (const json& group : part(model, "groups")) {
      if (std::find(names.begin(), names.end(), text(group, "name")) == names.end()) {
        names.push_back(text(group, "name"));
      }
    }
  }
  double scale = 0;  // of all groups, so that their bars compare
  for (const json& model : part(document, "models")) {
    for (const json& group : part(model, "groups")) {
      const json& value = part(part(group, "metrics"), metric);
      for (const double shown : {number(value, "value"), number(value, "high")}) {
        scale = std::isnan(shown) ? scale : std::max(scale, shown);
      }
    }
  }
  std::string body;
  for (const std::string& name : names) {
    std::vector<BarRow> rows;
    double users = 0;
    for (const json& model : part(document, "models")) {
      for (const json& group : part(model, "groups")) {
        const json& value = part(part(group, "metrics"), metric);
        if (text(group, "name") == name && !value.empty()) {
          users = number(group, "users");
          rows.push_back({.label = text(model, "name"),
                          .value = number(value, "value"),
                          .low = number(value, "low"),
                          .high = number(value, "high"),
                          .note = fmt::format("{}  recall {}", fixed(number(value, "value")),
                                              fixed(number(part(part(group, "metrics"), recall), "value"))),
                          .style = &model == &part(document, "models")[0] ? "main" : ""});
        }
      }
    }
    std::string title = key_text(words, name);
    std::replace(title.begin(), title.end(), '_', ' ');
    const bool none = std::ranges::all_of(rows, [](const BarRow& row) { return row.value == 0; });
    body += fmt::format("<div><h3>{}</h3>\n", words.group_users(escape_html(title), readable(users))) +
            (none ? fmt::format("<p>{}</p>", words.none_found(metric_title(metric), std::ssize(rows)))
                  : bar_plot(rows, words.group_plot(metric, key_text(words, name)), words, scale)) +
            "</div>\n";
  }
  return body;
}

}  // namespace haina::report
