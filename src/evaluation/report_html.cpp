// The page is put together as text: one function a section, each giving "" where the document has nothing for it.
#include "evaluation/report_html.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "evaluation/document.h"
#include "evaluation/plots.h"
#include "evaluation/report_style.h"

namespace haina {
namespace {

using nlohmann::json;

const json& part(const json& object, const std::string& key) {
  static const json kNothing = json::array();
  const auto found = object.find(key);
  return found != object.end() ? *found : kNothing;
}

double number(const json& object, const std::string& key) {
  const json& value = part(object, key);
  return value.is_number() ? value.get<double>() : std::numeric_limits<double>::quiet_NaN();
}

std::string text(const json& object, const std::string& key) {
  const json& value = part(object, key);
  return value.is_string() ? value.get<std::string>() : "";
}

// A value as a person reads it, escaped.
std::string shown(const json& value) {
  if (value.is_string()) {
    return escape_html(value.get<std::string>());
  }
  if (value.is_number()) {
    return readable(value.get<double>());
  }
  return value.is_null() ? "–" : escape_html(value.dump(-1, ' ', false, json::error_handler_t::replace));
}

std::string fixed(double value) { return std::isnan(value) ? "–" : fmt::format("{:.4f}", value); }
std::string with_sign(double value) {
  return std::isnan(value) ? "–" : (value < 0 ? "−" : "+") + fmt::format("{:.4f}", std::abs(value));
}

std::string section(std::string_view title, const std::string& about, const std::string& body) {
  return body.empty() ? "" : fmt::format("<section>\n<h2>{}</h2>\n<p>{}</p>\n{}</section>\n", title, about, body);
}

// Abbreviations in capitals, as papers write them.
std::string metric_title(const std::string& metric) {
  const std::string name = metric.substr(0, metric.find('@'));
  for (const char* shout : {"ndcg", "hr", "map", "mrr", "auc", "f1"}) {
    if (name == shout) {
      std::string title = metric;
      std::transform(title.begin(), title.end(), title.begin(),
                     [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
      return title;
    }
  }
  return metric;
}

std::string header(const json& document) {
  const json& protocol = part(document, "protocol");
  std::string out = fmt::format(
      "<header><h1>{}</h1>\n<p>Quality of recommendations on events that no model saw.</p></header>\n<ul "
      "class=\"chips\">",
      text(protocol, "dataset").empty() ? "Evaluation" : "Evaluation of " + escape_html(text(protocol, "dataset")));
  if (protocol.is_object()) {
    for (const auto& [key, value] : protocol.items()) {
      if (key == "dataset" || value.empty()) {
        continue;
      }
      std::string what;
      if (value.is_object()) {
        for (const auto& [name, one] : value.items()) {
          what += fmt::format("{}{} {}", what.empty() ? "" : ", ", escape_html(name), shown(one));
        }
      } else {
        what = shown(value);
      }
      out += fmt::format("<li><b>{}</b>{}</li>", escape_html(key), what);
    }
  }
  return out + "</ul>\n";
}

std::string cards(const json& document, const std::string& metric, int64_t k) {
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
  for (const std::string& name : {metric, fmt::format("recall@{}", k), fmt::format("coverage@{}", k)}) {
    const json& value = part(metrics, name);
    if (!value.empty()) {
      const bool interval = value.contains("low");
      out +=
          card(escape_html(text(models[0], "name")) + " " + metric_title(name), fixed(number(value, "value")),
               interval ? fmt::format("95% interval {} – {}", fixed(number(value, "low")), fixed(number(value, "high")))
                        : "share of items ever shown");
    }
  }
  // The best of the others is what the whole has to beat.
  const json* rival = nullptr;
  for (const json& model : models) {
    const double value = number(part(part(model, "metrics"), metric), "value");
    if (&model != &models[0] && !std::isnan(value) &&
        (rival == nullptr || value > number(part(part(*rival, "metrics"), metric), "value"))) {
      rival = &model;
    }
  }
  for (const json& row : part(document, "differences")) {
    if (rival != nullptr && text(row, "than") == text(*rival, "name") && text(row, "metric") == metric) {
      const double base = number(part(part(*rival, "metrics"), metric), "value");
      out += card("gain over the best alone, " + escape_html(text(row, "than")), with_sign(number(row, "delta")),
                  fmt::format("{}p = {:.3f}",
                              base > 0 ? fmt::format("{}{:.1f} %, ", number(row, "delta") < 0 ? "−" : "+",
                                                     std::abs(100 * number(row, "delta") / base))
                                       : "",
                              number(row, "p")));
    }
  }
  return "<div class=\"cards\">\n" + out + "</div>\n";
}

std::string models_plot(const json& document, const std::string& metric) {
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
  return rows.empty() ? "" : bar_plot(rows, metric + " of each model with 95% intervals");
}

// Models x metrics; the best of a column is marked. Where low is better (gini) or no direction is (novelty), nothing
// is.
std::string metrics_table(const json& models, const std::vector<std::string>& metrics) {
  std::string head = "<th>model</th>";
  std::vector<double> best;
  for (const std::string& metric : metrics) {
    head += fmt::format("<th>{}</th>", escape_html(metric_title(metric)));
    double top = -std::numeric_limits<double>::infinity();
    for (const json& model : models) {
      const double value = number(part(part(model, "metrics"), metric), "value");
      top = std::isnan(value) ? top : std::max(top, value);
    }
    best.push_back(metric.starts_with("gini") || metric.starts_with("novelty") || metric.starts_with("diversity") ||
                           models.size() < 2
                       ? std::numeric_limits<double>::infinity()
                       : top);
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

std::string tables(const json& document, int64_t main) {
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
    return known({fmt::format("ndcg@{}", k), fmt::format("recall@{}", k), fmt::format("precision@{}", k),
                  fmt::format("f1@{}", k), fmt::format("hr@{}", k), fmt::format("map@{}", k), fmt::format("mrr@{}", k),
                  "auc"});
  };
  const auto beyond = [&](int64_t k) {
    return known({fmt::format("coverage@{}", k), fmt::format("gini@{}", k), fmt::format("novelty@{}", k),
                  fmt::format("serendipity@{}", k), fmt::format("diversity@{}", k)});
  };
  if (at_k(main).empty()) {
    return "";
  }
  std::string out = metrics_table(models, at_k(main));
  if (!beyond(main).empty()) {
    out += "<h3>Beyond accuracy</h3>\n" + metrics_table(models, beyond(main));
  }
  std::string more;
  for (const int64_t k : ks) {
    if (k != main) {
      more += fmt::format("<h3>At {}</h3>\n", k) + metrics_table(models, at_k(k)) +
              (beyond(k).empty() ? "" : metrics_table(models, beyond(k)));
    }
  }
  return out + (more.empty() ? "" : "<details><summary>Other list lengths</summary>\n" + more + "</details>\n");
}

// Deltas around zero. `better`: the sign that is good news.
std::string deltas_plot(const json& rows, const std::string& label_key, const std::string& label_prefix, double better,
                        const std::string& description) {
  std::vector<BarRow> bars;
  for (const json& row : rows) {
    const double delta = number(row, "delta"), low = number(row, "low"), high = number(row, "high");
    const bool sure = !(low <= 0 && high >= 0);
    std::string note =
        with_sign(delta) + (std::isnan(low) ? "" : fmt::format("  [{}, {}]", with_sign(low), with_sign(high)));
    if (row.contains("p") && !std::isnan(number(row, "p"))) {
      note += fmt::format("  p {:.3f}", number(row, "p"));
    }
    bars.push_back({.label = label_prefix + text(row, label_key),
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
  return bars.empty() ? "" : bar_plot(bars, description);
}

std::string deltas_by_metric(const json& rows, const std::string& label_key, const std::string& prefix, double better) {
  std::vector<std::string> metrics;
  for (const json& row : rows) {
    if (std::find(metrics.begin(), metrics.end(), text(row, "metric")) == metrics.end()) {
      metrics.push_back(text(row, "metric"));
    }
  }
  std::string out;
  for (const std::string& metric : metrics) {
    json of_metric = json::array();
    std::copy_if(rows.begin(), rows.end(), std::back_inserter(of_metric),
                 [&](const json& row) { return text(row, "metric") == metric; });
    out += fmt::format("<h3>{}</h3>\n", escape_html(metric_title(metric))) +
           deltas_plot(of_metric, label_key, prefix, better, "differences in " + metric);
  }
  return out;
}

std::string key(const char* style, const char* words) {
  return fmt::format("<span class=\"key\" style=\"background:var(--{})\"></span>{}", style, words);
}

// One plot a number of the history: loss and quality have different units.
std::string curves(const json& history) {
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
      auto line = std::find_if(lines.begin(), lines.end(),
                               [&, wanted = name](const Line& other) { return other.name == wanted; });
      if (line == lines.end()) {
        line = lines.insert(lines.end(), Line{name, {}});
      }
      const double x = number(entry, x_name);
      line->points.emplace_back(std::isnan(x) ? static_cast<double>(line->points.size()) + 1 : x, value.get<double>());
    }
  }
  std::string out;
  for (Line& line : lines) {
    std::erase_if(line.points, [](const auto& point) { return !std::isfinite(point.second); });
    std::sort(line.points.begin(), line.points.end());
    const bool loss = line.name.find("loss") != std::string::npos;
    const std::string title = line.name == "val" ? "validation" : line.name;
    out += fmt::format("<div><h3>{}</h3>\n{}</div>\n", escape_html(title),
                       line_plot(line, x_name, loss ? Best::kLowest : Best::kHighest));
  }
  return out.empty() ? "" : "<div class=\"pair\">\n" + out + "</div>\n";
}

std::string weights_plot(const json& weights, const std::string& of) {
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
      nested += weights_plot(value, name);
    }
  }
  std::stable_sort(rows.begin(), rows.end(), [](const BarRow& a, const BarRow& b) { return a.value > b.value; });
  const std::string title = of.empty() ? "" : fmt::format("<h3>{}</h3>\n", escape_html(of));
  return (rows.empty() ? "" : title + bar_plot(rows, "weights of the sources")) + nested;
}

std::string groups_table(const json& document, const std::string& metric, int64_t k) {
  const std::string recall = fmt::format("recall@{}", k);
  std::vector<std::string> names;
  for (const json& model : part(document, "models")) {
    for (const json& group : part(model, "groups")) {
      if (std::find(names.begin(), names.end(), text(group, "name")) == names.end()) {
        names.push_back(text(group, "name"));
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
    std::string title = name;
    std::replace(title.begin(), title.end(), '_', ' ');
    body += fmt::format("<div><h3>{} ({} users)</h3>\n", escape_html(title), readable(users)) +
            bar_plot(rows, metric + " of " + name) + "</div>\n";
  }
  return body;
}

std::string any_value(const json& value, int depth);

// Objects of the same kind as a table, columns in the order "what it is" first, long texts and lists last.
std::string objects_table(const json& rows, int depth) {
  std::vector<std::string> columns;
  for (const char* first : {"name", "rule", "source", "field", "kind", "count"}) {
    if (std::any_of(rows.begin(), rows.end(), [&](const json& row) { return row.contains(first); })) {
      columns.emplace_back(first);
    }
  }
  for (const bool nested : {false, true}) {
    for (const json& row : rows) {
      for (const auto& [name, value] : row.items()) {
        if (value.is_structured() == nested && std::find(columns.begin(), columns.end(), name) == columns.end()) {
          columns.push_back(name);
        }
      }
    }
  }
  std::string out = "<div class=\"scroll\"><table><thead><tr>";
  const auto is_number = [&](const std::string& column) {
    return std::all_of(rows.begin(), rows.end(),
                       [&](const json& row) { return part(row, column).empty() || part(row, column).is_number(); });
  };
  for (const std::string& column : columns) {
    out += fmt::format("<th class=\"{}\">{}</th>", is_number(column) ? "" : "text", escape_html(column));
  }
  out += "</tr></thead><tbody>\n";
  for (const json& row : rows) {
    out += "<tr>";
    for (const std::string& column : columns) {
      const bool missing = !row.contains(column) || (row[column].is_structured() && row[column].empty());
      out += fmt::format("<td class=\"{}\">{}</td>", is_number(column) ? "" : "text",
                         missing ? "" : any_value(row[column], depth + 1));
    }
    out += "</tr>\n";
  }
  return out + "</tbody></table></div>\n";
}

// Whatever the quality report holds: objects of one kind as tables, plain pairs as a list, examples folded.
std::string any_value(const json& value, int depth) {
  constexpr int kDeepest = 5;
  if (!value.is_structured() || depth > kDeepest) {
    return shown(value);
  }
  if (value.is_array()) {
    if (!value.empty() && depth <= 1 &&
        std::all_of(value.begin(), value.end(), [](const json& row) { return row.is_object(); })) {
      return objects_table(value, depth);
    }
    if (value.empty()) {
      return "none";
    }
    std::string others;
    for (size_t i = 1; i < value.size(); ++i) {
      others += fmt::format("<li><code>{}</code></li>", shown(value[i]));
    }
    const std::string first = fmt::format("<code>{}</code>", shown(value[0]));
    return others.empty() ? first
                          : fmt::format("<details><summary>{} and {} more</summary><ul>{}</ul></details>", first,
                                        value.size() - 1, others);
  }
  std::vector<std::string> names;  // what a reader looks for first, then the others by name
  for (const char* first : {"totals", "sources", "rules", "alignment"}) {
    if (value.contains(first)) {
      names.emplace_back(first);
    }
  }
  for (const auto& [name, inner] : value.items()) {
    if (name != "schema" && std::find(names.begin(), names.end(), name) == names.end()) {
      names.push_back(name);
    }
  }
  std::string pairs, nested;
  for (const std::string& name : names) {
    const json& inner = value[name];
    if (inner.is_structured() && depth == 0) {
      if (!inner.empty()) {
        nested += fmt::format("<h3>{}</h3>\n{}", escape_html(name), any_value(inner, depth + 1));
      }
    } else {
      pairs += fmt::format("<dt>{}</dt><dd>{}</dd>", escape_html(name), any_value(inner, depth + 1));
    }
  }
  return (pairs.empty() ? "" : "<dl>" + pairs + "</dl>\n") + nested;
}

std::string seconds_list(const json& document) {
  std::string out;
  const json& seconds = part(document, "seconds");
  if (seconds.is_object()) {
    for (const auto& [stage, value] : seconds.items()) {
      out += fmt::format("{}{} {} s", out.empty() ? "" : " · ", escape_html(stage), shown(value));
    }
  }
  return out;
}

// JSON inside a script element: "<" is the only letter that could end it.
std::string embedded(const json& document) {
  std::string out;
  for (const char c : document.dump(-1, ' ', false, json::error_handler_t::replace)) {
    out += c == '<' ? std::string("\\u003c") : std::string(1, c);
  }
  return out;
}

}  // namespace

std::string report_html(const json& document) {
  const int64_t k = main_k(document);
  const std::string metric = fmt::format("ndcg@{}", k), title = metric_title(metric);
  const std::string dataset = text(part(document, "protocol"), "dataset");
  std::string page = fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width,initial-scale=1\">\n"
      "<title>Haina: evaluation{}</title>\n<link rel=\"icon\" "
      "href=\"data:,\">\n<style>{}</style></head>\n<body><main>\n",
      dataset.empty() ? "" : " of " + escape_html(dataset), kReportStyle);
  page += header(document) + cards(document, metric, k);
  page += section(title + " of each model",
                  "How well the first " + std::to_string(k) +
                      " places match what users chose next, places near the top counting more. Thin lines are 95% "
                      "bootstrap intervals over users.",
                  models_plot(document, metric));
  page += section("Every metric",
                  "Means over users; the best of each column is marked. Gini, novelty and diversity describe lists and "
                  "have no best.",
                  tables(document, k));
  page += section("The whole against its parts",
                  "Paired differences on the same users. " + key("good", "better") + key("bad", "worse") +
                      key("unsure", "the interval holds zero"),
                  deltas_by_metric(part(document, "differences"), "than", "over ", 1));
  page += section("What each source adds",
                  "Change when a source is switched off. " + key("good", "quality falls: the source helps") +
                      key("bad", "quality rises: the source hurts") + key("unsure", "the interval holds zero"),
                  deltas_by_metric(part(document, "ablation"), "without", "without ", -1));
  page += section("Source weights", "Mean weight of each source in the fused vectors; a missing source has none.",
                  weights_plot(part(document, "weights"), ""));
  page += section("Learning curves", "The ring marks the best value.", curves(part(document, "history")));
  page += section("Cold and warm, apart",
                  title +
                      " of users with fewer than 5 events in their history, of others, and of held-out items with "
                      "fewer than 5 events (cold) or none (new) in training.",
                  groups_table(document, metric, k));
  if (const json& actions = part(part(document, "protocol"), "actions"); !actions.empty()) {
    page += section("What users do with candidates",
                    "A probability for each action and each candidate, judged on what users of the test part did. AUC "
                    "1 tells every pair apart, 0.5 none; the log-loss is worth something where it is below that of the "
                    "share alone, one probability for all.",
                    any_value(actions, 0));
  }
  if (const json& sampled = part(document, "sampled"); !sampled.empty()) {
    page +=
        section(fmt::format("Among {} published candidates", readable(number(sampled, "candidates"))),
                "Each user's held-out items and the candidates published with the data alone are ranked: far higher "
                "numbers, only for comparison with numbers made the same way.",
                tables(sampled, main_k(sampled)));
  }
  if (!part(document, "quality").empty()) {
    page += section("Data quality", "What was found while the data was read and cleaned, rule by rule.",
                    any_value(part(document, "quality"), 0));
  }
  page += fmt::format(
      "<footer>{}</footer>\n</main>\n<script type=\"application/json\" "
      "id=\"haina-document\">{}</script>\n</body></html>\n",
      seconds_list(document), embedded(document));
  return page;
}

}  // namespace haina
