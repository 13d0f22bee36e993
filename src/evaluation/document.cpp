// The document holds numbers unrounded; tables and pages round them.
#include "evaluation/document.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <map>
#include <span>
#include <utility>

#include "config/ranking_metrics.h"
#include "evaluation/text_table.h"

namespace haina {
namespace {

using nlohmann::json;

json to_json(const Interval& interval, const char* value_name) {
  json result = {{value_name, interval.value}};
  if (!std::isnan(interval.low)) {
    result["low"] = interval.low;
    result["high"] = interval.high;
  }
  return result;
}

json to_json(const MetricValues& metrics) {
  json result = json::object();
  for (const auto& [name, interval] : metrics) {
    if (!std::isnan(interval.value)) {
      result[name] = to_json(interval, "value");
    }
  }
  return result;
}

json to_json(const ModelEvaluation& model) {
  json result = {
      {"name", model.name}, {"metrics", to_json(model.metrics)}, {"groups", json::array()}, {"seconds", model.seconds}};
  for (const GroupEvaluation& group : model.groups) {
    result["groups"].push_back({{"name", group.name}, {"users", group.users}, {"metrics", to_json(group.metrics)}});
  }
  return result;
}

json to_json(std::span<const ModelEvaluation> models) {
  json rows = json::array();
  for (const ModelEvaluation& model : models) {
    rows.push_back(to_json(model));
  }
  return rows;
}

// Adds "p_holm" to rows with "metric" and "p": the rows of one metric are one family of tests.
void correct_for_many(json& rows) {
  std::map<std::string, std::vector<size_t>> families;
  for (size_t r = 0; r < rows.size(); ++r) {
    families[rows[r].at("metric").get<std::string>()].push_back(r);
  }
  for (const auto& [metric, family] : families) {
    std::vector<double> p;
    for (const size_t r : family) {
      p.push_back(rows[r].at("p").get<double>());
    }
    const std::vector<double> corrected = holm_corrected(p);
    for (size_t i = 0; i < family.size(); ++i) {
      rows[family[i]]["p_holm"] = corrected[i];
    }
  }
}

json to_json(std::span<const Difference> differences) {
  json rows = json::array();
  for (const Difference& difference : differences) {
    json row = to_json(difference.paired.delta, "delta");
    row.update({{"model", difference.model},
                {"than", difference.than},
                {"metric", difference.metric},
                {"p", difference.paired.p}});
    rows.push_back(std::move(row));
  }
  correct_for_many(rows);
  return rows;
}

std::string number(const json& object, const char* key, const char* format) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number() ? fmt::format(fmt::runtime(format), found->get<double>()) : "-";
}

std::string bounds(const json& object, const char* format) {
  return object.contains("low") && object.contains("high")
             ? fmt::format("[{}, {}]", number(object, "low", format), number(object, "high", format))
             : "";
}

json part(const json& document, const char* key) {
  const auto found = document.find(key);
  return found != document.end() ? *found : json::array();
}

std::string table_of_models(const json& document, int64_t k) {
  std::vector<std::string> metrics = {main_metric(document)};
  const auto at_k = [&](const std::string& name) {
    if (const std::string metric = fmt::format("{}@{}", name, k); metric != metrics.front()) {
      metrics.push_back(metric);
    }
  };
  for (const std::string& name : table_metrics()) {
    at_k(name);
  }
  metrics.push_back("auc");
  for (const char* name :
       {"coverage", "gini", "novelty", "serendipity", "diversity", "miscalibration", "cold_exposure"}) {
    at_k(name);
  }
  const json models = part(document, "models");
  std::erase_if(metrics, [&](const std::string& metric) {
    return std::none_of(models.begin(), models.end(),
                        [&](const json& model) { return part(model, "metrics").contains(metric); });
  });
  std::vector<std::string> head = {"model"};
  for (const std::string& metric : metrics) {
    head.push_back(metric);
    if (metric == metrics.front()) {
      head.emplace_back("95% interval");
    }
  }
  TextTable table(std::move(head));
  for (const json& model : models) {
    std::vector<std::string> row = {model.value("name", "")};
    for (const std::string& metric : metrics) {
      const json value = part(part(model, "metrics"), metric.c_str());
      row.push_back(number(value, "value", "{:.4f}"));
      if (metric == metrics.front()) {
        row.push_back(bounds(value, "{:.4f}"));
      }
    }
    table.add(std::move(row));
  }
  return table.text();
}

// The differences at the main k, or all of them where none is at it.
std::string table_of_differences(const json& document, int64_t k) {
  const json rows = part(document, "differences");
  const auto at_main = [&](const json& row) { return row.value("metric", "").ends_with(fmt::format("@{}", k)); };
  const bool all = std::ranges::none_of(rows, at_main);
  TextTable table({"difference", "metric", "delta", "95% interval", "p", "p (Holm)"});
  for (const json& row : rows) {
    if (all || at_main(row)) {
      table.add({row.value("model", "") + " - " + row.value("than", ""), row.value("metric", ""),
                 number(row, "delta", "{:+.4f}"), bounds(row, "{:+.4f}"), number(row, "p", "{:.3f}"),
                 number(row, "p_holm", "{:.3f}")});
    }
  }
  return rows.empty() ? "" : "\n" + table.text();
}

std::string table_of_groups(const json& document) {
  constexpr std::array kBeside = {"ndcg", "recall", "hr"};
  const std::vector<std::string> metrics = main_metrics(document, kBeside);
  std::vector<std::string> head = {"group", "model", "users", metrics.front(), "95% interval"};
  head.insert(head.end(), metrics.begin() + 1, metrics.end());
  TextTable table(std::move(head));
  std::vector<std::string> names;
  for (const json& model : part(document, "models")) {
    for (const json& group : part(model, "groups")) {
      if (std::find(names.begin(), names.end(), group.value("name", "")) == names.end()) {
        names.push_back(group.value("name", ""));
      }
    }
  }
  for (const std::string& name : names) {
    for (const json& model : part(document, "models")) {
      for (const json& group : part(model, "groups")) {
        if (group.value("name", "") == name) {
          const json values = part(group, "metrics");
          std::vector<std::string> row = {name, model.value("name", ""), number(group, "users", "{:.0f}")};
          for (const std::string& metric : metrics) {
            const json value = part(values, metric.c_str());
            row.push_back(number(value, "value", "{:.4f}"));
            if (metric == metrics.front()) {
              row.push_back(bounds(value, "{:.4f}"));
            }
          }
          table.add(std::move(row));
        }
      }
    }
  }
  return names.empty() ? "" : table.text();
}

std::string protocol_line(const json& document) {
  const json protocol = part(document, "protocol");
  std::string out;
  for (const auto& [key, value] : protocol.items()) {
    if (value.is_primitive() && value != "") {  // such as the days of events without times
      out += fmt::format("{}{}: {}", out.empty() ? "" : "   ", key,
                         value.is_string() ? value.get<std::string>() : value.dump());
    }
  }
  return protocol.empty() ? "" : out + "\n\n";
}

// How well the calibrated probability tells liked pairs from others.
std::string pairs_line(const json& document) {
  const json models = part(document, "models");
  const json metrics =
      models.is_array() && !models.empty() ? models[0].value("metrics", json::object()) : json::object();
  if (!metrics.contains("pair_auc")) {
    return "";
  }
  const json pairs = part(document, "protocol").value("pairs", json::object());
  return fmt::format(
      "\nliked or not, {} pairs ({} negatives), by the {}:  auc {}  log-loss {}  accuracy {}  f1 {}\n",
      pairs.value("count", 0), pairs.value("negatives", "observed"), pairs.value("scores", "ranker"),
      number(part(metrics, "pair_auc"), "value", "{:.4f}"), number(part(metrics, "pair_log_loss"), "value", "{:.4f}"),
      number(part(metrics, "pair_accuracy"), "value", "{:.4f}"), number(part(metrics, "pair_f1"), "value", "{:.4f}"));
}

std::string table_of_actions(const json& document) {
  const json actions = part(part(document, "protocol"), "actions");
  TextTable table({"action", "done", "expected", "auc", "log-loss", "log-loss of the share"});
  for (const json& row : actions) {
    table.add({row.value("action", ""), std::to_string(row.value("done", int64_t{0})),
               number(row, "expected", "{:.0f}"), number(row, "auc", "{:.4f}"), number(row, "log_loss", "{:.5f}"),
               number(row, "log_loss_of_the_share", "{:.5f}")});
  }
  return actions.empty() ? "" : "\n" + table.text();
}

std::string table_of_ablation(const json& document) {
  const json ablation = part(document, "ablation");
  TextTable table({"without source", "metric", "delta", "95% interval", "p", "p (Holm)"});
  for (const json& row : ablation) {
    table.add({row.value("without", ""), row.value("metric", ""), number(row, "delta", "{:+.4f}"),
               bounds(row, "{:+.4f}"), number(row, "p", "{:.3f}"), number(row, "p_holm", "{:.3f}")});
  }
  return ablation.empty() ? "" : "\n" + table.text();
}

std::string sampled_tables(const json& document) {
  const json sampled = part(document, "sampled");
  if (sampled.empty()) {
    return "";
  }
  return fmt::format(
             "\nranked among {} published candidates only, {} users: compare only with numbers on the same "
             "candidates\n\n",
             number(sampled, "candidates", "{:.0f}"), number(sampled, "users", "{:.0f}")) +
         table_of_models(sampled, main_k(sampled)) + table_of_differences(sampled, main_k(sampled));
}

std::string seconds_line(const json& document) {
  const json seconds = part(document, "seconds");
  std::string out;
  for (const auto& [stage, value] : seconds.items()) {
    out += fmt::format("  {} {}", stage, number(seconds, stage.c_str(), "{:.1f}"));
  }
  return seconds.empty() ? "" : "\nseconds:" + out + '\n';
}

}  // namespace

json make_document(const EvaluationReport& report) {
  json document = {
      {"schema", "haina.evaluate/1"},     {"protocol", report.protocol.is_null() ? json::object() : report.protocol},
      {"models", to_json(report.models)}, {"differences", to_json(report.differences)},
      {"ablation", json::array()},        {"seconds", report.seconds.is_null() ? json::object() : report.seconds}};
  if (report.sampled) {
    document["sampled"] = {{"candidates", report.sampled->most},
                           {"fewest", report.sampled->fewest},
                           {"users", report.sampled->users},
                           {"models", to_json(report.sampled->models)},
                           {"differences", to_json(report.sampled->differences)}};
  }
  for (const Ablation& ablation : report.ablation) {
    json row = to_json(ablation.paired.delta, "delta");
    row.update({{"without", ablation.without}, {"metric", ablation.metric}, {"p", ablation.paired.p}});
    row["left_out"] = ablation.left_out.empty() ? std::vector<std::string>{ablation.without} : ablation.left_out;
    document["ablation"].push_back(std::move(row));
  }
  correct_for_many(document["ablation"]);
  const std::pair<const char*, const json*> optional[] = {{"quality", &report.quality},
                                                          {"history", &report.history},
                                                          {"weights", &report.weights},
                                                          {"examples", &report.examples}};
  for (const auto& [key, value] : optional) {
    if (!value->empty()) {
      document[key] = *value;
    }
  }
  return document;
}

std::vector<std::string> table_metrics() {
  std::vector<std::string> names = {"ndcg", "recall", "precision", "f1", "hr", "map", "mrr"};
  for (const RankingMetricEntry& entry : ranking_metric_entries()) {
    if (std::ranges::find(names, entry.name) == names.end()) {
      names.emplace_back(entry.name);
    }
  }
  return names;
}

std::string main_metric(const json& document) {
  const json chosen = part(part(document, "protocol"), "metric"), models = part(document, "models");
  if (chosen.is_string() && !models.empty() && part(models[0], "metrics").contains(chosen.get<std::string>())) {
    return chosen.get<std::string>();
  }
  int64_t best = 0;
  for (const json& model : part(document, "models")) {
    const json metrics = part(model, "metrics");
    for (const auto& [name, value] : metrics.items()) {
      if (name.starts_with("ndcg@")) {
        const int64_t k = std::atoll(name.c_str() + 5);
        best = k == 10 || best == 0 || (best != 10 && k < best) ? k : best;
      }
    }
  }
  return fmt::format("ndcg@{}", best);
}

int64_t main_k(const json& document) {
  const std::string metric = main_metric(document);
  return std::atoll(metric.c_str() + metric.find('@') + 1);
}

std::vector<std::string> main_metrics(const json& document, std::span<const char* const> names) {
  const std::string main = main_metric(document);
  const json models = part(document, "models");
  std::vector<std::string> metrics = {main};
  for (const char* const name : names) {
    const std::string metric = fmt::format("{}@{}", name, main_k(document));
    if (metric != main && !models.empty() && part(models[0], "metrics").contains(metric)) {
      metrics.push_back(metric);
    }
  }
  return metrics;
}

std::string to_table(const json& document) {
  const int64_t k = main_k(document);
  const std::string groups = table_of_groups(document);
  return protocol_line(document) + table_of_models(document, k) + pairs_line(document) + table_of_actions(document) +
         table_of_differences(document, k) + table_of_ablation(document) + (groups.empty() ? "" : "\n" + groups) +
         sampled_tables(document) + seconds_line(document);
}

}  // namespace haina
