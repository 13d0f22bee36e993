// Numbers go into the document unrounded: rounding belongs to whoever shows them.
#include "evaluation/document.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

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
  return rows;
}

// Left-aligned first column, right-aligned others, a rule under the head.
class Table {
 public:
  explicit Table(std::vector<std::string> head) : rows_{std::move(head)} {}
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  std::string text() const {
    std::vector<size_t> widths(rows_[0].size(), 0);
    for (const auto& row : rows_) {
      for (size_t c = 0; c < row.size(); ++c) {
        widths[c] = std::max(widths[c], columns_of(row[c]));
      }
    }
    std::string out;
    for (size_t r = 0; r < rows_.size(); ++r) {
      for (size_t c = 0; c < rows_[r].size(); ++c) {
        const std::string pad(widths[c] - columns_of(rows_[r][c]), ' ');
        out += c == 0 ? rows_[r][c] + pad : "  " + pad + rows_[r][c];
      }
      while (out.ends_with(' ')) {
        out.pop_back();
      }
      out += '\n';
      if (r == 0) {
        size_t total = 0;
        for (const size_t width : widths) {
          total += width + 2;
        }
        out += std::string(total - 2, '-') + '\n';
      }
    }
    return out;
  }

 private:
  // Terminal columns of UTF-8 text: code points, which is right for all but East Asian wide letters (two columns from
  // U+1100 on, roughly).
  static size_t columns_of(const std::string& text) {
    size_t columns = 0;
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      columns += (byte & 0xC0) == 0x80 ? 0 : (byte >= 0xE3 && byte <= 0xED ? 2 : 1);
    }
    return columns;
  }
  std::vector<std::vector<std::string>> rows_;
};

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
  std::vector<std::string> metrics;
  const auto at_k = [&](const char* name) { metrics.push_back(fmt::format("{}@{}", name, k)); };
  for (const char* name : {"ndcg", "recall", "precision", "f1", "hr", "map", "mrr"}) {
    at_k(name);
  }
  metrics.push_back("auc");
  for (const char* name : {"coverage", "gini", "novelty", "serendipity", "diversity"}) {
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
  Table table(std::move(head));
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

// Those at the main k, or all where none is; the document has every one.
std::string table_of_differences(const json& document, int64_t k) {
  const json rows = part(document, "differences");
  const auto at_main = [&](const json& row) { return row.value("metric", "").ends_with(fmt::format("@{}", k)); };
  const bool all = std::ranges::none_of(rows, at_main);
  Table table({"difference", "metric", "delta", "95% interval", "p"});
  for (const json& row : rows) {
    if (all || at_main(row)) {
      table.add({row.value("model", "") + " - " + row.value("than", ""), row.value("metric", ""),
                 number(row, "delta", "{:+.4f}"), bounds(row, "{:+.4f}"), number(row, "p", "{:.3f}")});
    }
  }
  return rows.empty() ? "" : "\n" + table.text();
}

std::string table_of_groups(const json& document, int64_t k) {
  const std::vector<std::string> metrics = {fmt::format("ndcg@{}", k), fmt::format("recall@{}", k),
                                            fmt::format("hr@{}", k)};
  Table table({"group", "model", "users", metrics[0], "95% interval", metrics[1], metrics[2]});
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
          const json first = part(values, metrics[0].c_str());
          table.add({name, model.value("name", ""), number(group, "users", "{:.0f}"), number(first, "value", "{:.4f}"),
                     bounds(first, "{:.4f}"), number(part(values, metrics[1].c_str()), "value", "{:.4f}"),
                     number(part(values, metrics[2].c_str()), "value", "{:.4f}")});
        }
      }
    }
  }
  return names.empty() ? "" : table.text();
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
    document["ablation"].push_back(std::move(row));
  }
  const std::pair<const char*, const json*> optional[] = {
      {"quality", &report.quality}, {"history", &report.history}, {"weights", &report.weights}};
  for (const auto& [key, value] : optional) {
    if (!value->empty()) {
      document[key] = *value;
    }
  }
  return document;
}

int64_t main_k(const json& document) {
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
  return best;
}

std::string to_table(const json& document) {
  const int64_t k = main_k(document);
  std::string out;
  if (const json protocol = part(document, "protocol"); !protocol.empty()) {
    for (const auto& [key, value] : protocol.items()) {
      if (value.is_primitive()) {
        out += fmt::format("{}{}: {}", out.empty() ? "" : "   ", key,
                           value.is_string() ? value.get<std::string>() : value.dump());
      }
    }
    out += "\n\n";
  }
  out += table_of_models(document, k);
  if (const json models = part(document, "models"); models.is_array() && !models.empty()) {
    const json metrics = models[0].value("metrics", json::object());
    if (metrics.contains("pair_auc")) {
      const json pairs = part(document, "protocol").value("pairs", json::object());
      out += fmt::format(
          "\nlike or not, {} pairs ({} negatives):  auc {}  log-loss {}  accuracy {}  f1 {}\n", pairs.value("count", 0),
          pairs.value("negatives", "observed"), number(metrics["pair_auc"], "value", "{:.4f}"),
          number(metrics["pair_log_loss"], "value", "{:.4f}"), number(metrics["pair_accuracy"], "value", "{:.4f}"),
          number(metrics["pair_f1"], "value", "{:.4f}"));
    }
  }
  if (const json actions = part(part(document, "protocol"), "actions"); !actions.empty()) {
    Table table({"action", "done", "foretold", "auc", "log-loss", "of the share alone"});
    for (const json& row : actions) {
      table.add({row.value("action", ""), std::to_string(row.value("done", int64_t{0})),
                 number(row, "foretold", "{:.0f}"), number(row, "auc", "{:.4f}"), number(row, "log_loss", "{:.5f}"),
                 number(row, "log_loss_of_the_share", "{:.5f}")});
    }
    out += "\n" + table.text();
  }
  out += table_of_differences(document, k);
  if (const json ablation = part(document, "ablation"); !ablation.empty()) {
    Table table({"without source", "metric", "delta", "95% interval", "p"});
    for (const json& row : ablation) {
      table.add({row.value("without", ""), row.value("metric", ""), number(row, "delta", "{:+.4f}"),
                 bounds(row, "{:+.4f}"), number(row, "p", "{:.3f}")});
    }
    out += "\n" + table.text();
  }
  if (const std::string groups = table_of_groups(document, k); !groups.empty()) {
    out += "\n" + groups;
  }
  if (const json sampled = part(document, "sampled"); !sampled.empty()) {
    out += fmt::format(
        "\nranked among {} published candidates alone, {} users: only for comparison with numbers made the same "
        "way\n\n",
        number(sampled, "candidates", "{:.0f}"), number(sampled, "users", "{:.0f}"));
    out += table_of_models(sampled, main_k(sampled)) + table_of_differences(sampled, main_k(sampled));
  }
  if (const json seconds = part(document, "seconds"); !seconds.empty()) {
    out += "\nseconds:";
    for (const auto& [stage, value] : seconds.items()) {
      out += fmt::format("  {} {}", stage, number(seconds, stage.c_str(), "{:.1f}"));
    }
    out += '\n';
  }
  return out;
}

}  // namespace haina
