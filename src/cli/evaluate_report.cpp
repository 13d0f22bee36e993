#include "cli/evaluate_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "cli/wrapped.h"
#include "evaluation/document.h"
#include "evaluation/text_table.h"

namespace haina {
namespace {

using Json = nlohmann::json;

constexpr double kFewUsers = 30;  // below, intervals are as wide as what they measure
constexpr double kSignificant = 0.05;
constexpr double kVague = 0.3;       // width of an interval, as a share of the value, that leaves everything open
constexpr size_t kMostModels = 7;    // rows of the table, Haina included
constexpr size_t kMostSources = 4;   // rows of what sources add
constexpr size_t kLongestName = 26;  // columns of a model's name
constexpr const char* kHaina = "haina";
constexpr const char* kPopularity = "popularity";

Json part(const Json& object, const std::string& key) {
  return object.is_object() ? object.value(key, Json()) : Json();
}

double number(const Json& object, const std::string& key) {
  const Json value = part(object, key);
  return value.is_number() ? value.get<double>() : std::numeric_limits<double>::quiet_NaN();
}

std::string name_of(const Json& model) { return model.value("name", ""); }

double metric_of(const Json& model, const std::string& metric) {
  return number(part(part(model, "metrics"), metric), "value");
}

// "NDCG@10" for "ndcg@10".
std::string title(std::string metric) {
  const size_t at = metric.find('@');
  if (metric.starts_with("ndcg") || metric.starts_with("hr")) {
    std::transform(metric.begin(), metric.begin() + static_cast<int64_t>(std::min(at, metric.size())), metric.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  }
  return metric;
}

std::string shortened(const std::string& name) {
  return name.size() <= kLongestName ? name : name.substr(0, kLongestName - 1) + "…";
}

// What Haina gains over a model: the mean over users with its interval.
struct Gain {
  double delta = std::numeric_limits<double>::quiet_NaN();
  double low = std::numeric_limits<double>::quiet_NaN();
  double high = std::numeric_limits<double>::quiet_NaN();
  double of = std::numeric_limits<double>::quiet_NaN();  // the other model's value
  double p = 1;
  bool better() const { return low > 0; }
  bool worse() const { return high < 0; }
};

Gain gain_over(const Json& document, const Json& model, const std::string& metric) {
  Gain gain;
  gain.of = metric_of(model, metric);
  for (const Json& row : part(document, "differences")) {
    if (row.value("than", "") == name_of(model) && row.value("metric", "") == metric) {
      gain.delta = number(row, "delta");
      gain.low = number(row, "low");
      gain.high = number(row, "high");
      gain.p = row.value("p", 1.0);
    }
  }
  return gain;
}

// "6 %", of the other model's value.
std::string percent(double delta, double of) {
  const double share = 100 * std::abs(delta) / of;
  return fmt::format("{:.{}f} %", share, share < 10 ? 1 : 0);
}

std::string signed_percent(double delta, double of) {
  return of > 0 ? fmt::format("{:+.{}f} %", 100 * delta / of, std::abs(delta) < 0.1 * of ? 1 : 0)
                : fmt::format("{:+.4f}", delta);
}

// "+2.1 to +9.0 %", of the other model's value.
std::string interval_text(const Gain& gain) {
  return gain.of > 0 ? fmt::format("{:+.1f} to {:+.1f} %", 100 * gain.low / gain.of, 100 * gain.high / gain.of)
                     : fmt::format("{:+.4f} to {:+.4f}", gain.low, gain.high);
}

// "by 80 %", or in the metric's own unit where the other model finds nothing.
std::string by_text(double delta, double of) {
  return of > 0 ? "by " + percent(delta, of) : fmt::format("by {:.4f}", std::abs(delta));
}

// The models but Haina, best first.
std::vector<Json> others_of(const Json& document, const std::string& metric) {
  std::vector<Json> others;
  for (const Json& model : part(document, "models")) {
    if (name_of(model) != kHaina) {
      others.push_back(model);
    }
  }
  std::ranges::stable_sort(others,
                           [&](const Json& a, const Json& b) { return metric_of(a, metric) > metric_of(b, metric); });
  return others;
}

const Json* find_model(const std::vector<Json>& models, const std::string& name) {
  const auto found = std::ranges::find_if(models, [&](const Json& model) { return name_of(model) == name; });
  return found == models.end() ? nullptr : &*found;
}

std::string against_popularity(const Gain& gain, const std::string& metric) {
  if (gain.better()) {
    return fmt::format("better than popularity {}", by_text(gain.delta, gain.of));
  }
  return fmt::format("{} popularity ({} {}, 95 % interval {} to {})", gain.worse() ? "worse than" : "not better than",
                     title(metric), signed_percent(gain.delta, gain.of), signed_percent(gain.low, gain.of),
                     signed_percent(gain.high, gain.of));
}

// Columns of the table: the metric of choice, then what share of the wanted items is in the list.
std::vector<std::string> shown_metrics(const Json& haina, int64_t k) {
  std::vector<std::string> metrics = {fmt::format("ndcg@{}", k)};
  for (const char* const name : {"recall", "hr", "coverage"}) {
    const std::string metric = fmt::format("{}@{}", name, k);
    if (part(haina, "metrics").contains(metric)) {
      metrics.push_back(metric);
    }
  }
  return metrics;
}

std::string models_table(const Json& document, int64_t k) {
  const Json models = part(document, "models");
  const std::vector<std::string> metrics = shown_metrics(models.at(0), k);
  std::vector<std::string> head = {"model"};
  for (const std::string& metric : metrics) {
    head.push_back(title(metric));
  }
  head.emplace_back("Haina gains");
  head.emplace_back("95% interval");
  TextTable table(std::move(head));
  const auto add = [&](const Json& model, const Gain* gain) {
    std::vector<std::string> row = {shortened(name_of(model))};
    for (const std::string& metric : metrics) {
      row.push_back(fmt::format("{:.4f}", metric_of(model, metric)));
    }
    row.push_back(gain == nullptr ? "" : signed_percent(gain->delta, gain->of));
    row.push_back(gain == nullptr ? "" : interval_text(*gain));
    table.add(std::move(row));
  };
  add(models.at(0), nullptr);
  std::vector<Json> others = others_of(document, metrics.front());
  if (others.size() >= kMostModels) {  // popularity stays, as the floor
    std::vector<Json> shown(others.begin(), others.begin() + kMostModels - 1);
    if (const Json* const floor = find_model(others, kPopularity);
        floor != nullptr && find_model(shown, kPopularity) == nullptr) {
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

std::string sources_table(const Json& document) {
  std::vector<Json> rows = part(document, "ablation");
  if (rows.empty()) {
    return "";
  }
  std::ranges::stable_sort(rows, [](const Json& a, const Json& b) { return number(a, "delta") < number(b, "delta"); });
  const std::string metric = rows.front().value("metric", "");
  TextTable table({"trained without", title(metric), "95% interval", "so it"});
  for (size_t r = 0; r < std::min(rows.size(), kMostSources); ++r) {
    const double low = number(rows[r], "low"), high = number(rows[r], "high");
    table.add({shortened(rows[r].value("without", "")), fmt::format("{:+.4f}", number(rows[r], "delta")),
               fmt::format("{:+.4f} to {:+.4f}", low, high),
               high < 0  ? "helps"
               : low > 0 ? "harms: --exclude it"
                         : "makes no clear difference"});
  }
  return "\n" + table.text();
}

}  // namespace

std::string evaluation_verdict(const Json& document) {
  const std::string metric = fmt::format("ndcg@{}", main_k(document));
  const std::vector<Json> others = others_of(document, metric);
  const double users = number(part(document, "protocol"), "users");
  if (users < kFewUsers) {
    return fmt::format(
        "Only {:.0f} test user{}: too few to tell models apart. Take the numbers as a first look, and "
        "evaluate again with at least {:.0f}.",
        users, users == 1 ? "" : "s", kFewUsers);
  }
  if (others.empty()) {
    return "There is no other model to compare with.";
  }
  const Json& best = others.front();
  const Gain gain = gain_over(document, best, metric);
  const Json* const popularity = find_model(others, kPopularity);
  const bool same = popularity != nullptr && name_of(best) == kPopularity;
  const Gain floor = popularity == nullptr ? Gain() : gain_over(document, *popularity, metric);
  const std::string than = popularity == nullptr || same ? "" : ", and are " + against_popularity(floor, metric);
  if (std::isnan(gain.delta)) {
    return "The models cannot be compared by " + title(metric) + ".";
  }
  if (gain.better()) {
    return fmt::format("Haina's lists are better than the best single model ({}) {} {}{}: use them.", name_of(best),
                       by_text(gain.delta, gain.of), title(metric), than);
  }
  const std::string no_taste =
      "No model beats popularity: the events show no taste beyond what is popular, or [project] goal or [split] does "
      "not fit these data.";
  if (same) {
    return fmt::format("Haina's lists are {}. {}", against_popularity(gain, metric), no_taste);
  }
  // The best of many models on the test part is partly luck: a loss must be clear beyond that (Bonferroni).
  if (gain.worse() && gain.p * static_cast<double>(others.size()) < kSignificant) {
    return fmt::format(
        "Haina's lists are worse than {} alone {} {} (95 % interval {}){}: try haina train --budget 10m; else serve {} "
        "alone with [train] network = \"none\" and [train.experts.{}].",
        name_of(best), by_text(gain.delta, gain.of), title(metric), interval_text(gain), than, name_of(best),
        name_of(best));
  }
  const std::string luck =
      gain.worse() ? fmt::format("; the best of {} models on {:.0f} users is partly luck", others.size(), users) : "";
  const bool vague = gain.of > 0 && gain.high - gain.low > kVague * gain.of;
  const std::string relation =
      vague ? fmt::format("cannot be told apart from those of the best single model ({}) with {:.0f} test users",
                          name_of(best), users)
            : fmt::format("are as good as the best single model ({}) within noise", name_of(best));
  const std::string use = vague && gain.delta < 0 ? fmt::format("use them or {} alone.", name_of(best)) : "use them.";
  const bool beats_popularity = popularity == nullptr || floor.better();
  return fmt::format("Haina's lists {} ({} {}, 95 % interval {}{}){}: {}", relation, title(metric),
                     signed_percent(gain.delta, gain.of), interval_text(gain), luck, than,
                     beats_popularity ? use : no_taste);
}

std::string evaluation_screen(const Json& document, const std::string& report) {
  const Json protocol = part(document, "protocol");
  std::string text = fmt::format("{:.0f} test users, {:.0f} items ranked, split by {}\n\n", number(protocol, "users"),
                                 number(protocol, "items"), protocol.value("split", ""));
  if (!part(document, "models").empty()) {
    text += models_table(document, main_k(document));
  }
  text += sources_table(document);
  text += fmt::format("\nEvery metric, group and interval: {}haina evaluate --verbose\n\n",
                      report.empty() ? "" : report + ", or ");
  return text + wrapped(evaluation_verdict(document)) + "\n";
}

}  // namespace haina
