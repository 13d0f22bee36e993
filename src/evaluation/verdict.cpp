#include "evaluation/verdict.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "evaluation/document.h"
#include "evaluation/report_text.h"

namespace haina {

using Json = nlohmann::json;
using report::metric_title;
using report::number;
using report::part;
using report::VerdictWords;

namespace {

constexpr double kFewUsers = 30;  // below, intervals are as wide as what they measure
constexpr double kVague = 0.3;    // width of an interval, as a share of the value, that leaves everything open
constexpr const char* kHaina = "haina";
constexpr const char* kNetwork = "network";  // the fusion network, for which there is no setting to serve it alone

// "6 %", of the other model's value.
std::string percent(double delta, double of) {
  const double share = 100 * std::abs(delta) / of;
  return fmt::format("{:.{}f} %", share, share < 10 ? 1 : 0);
}

// "80 %", or in the metric's own unit where the other model finds nothing.
std::string amount_text(double delta, double of) {
  return of > 0 ? percent(delta, of) : fmt::format("{:.4f}", std::abs(delta));
}

// Whether the model is lists that another recommender made.
bool is_given(const Json& document, const std::string& name) {
  const Json lists = part(part(document, "protocol"), "lists");
  return std::ranges::any_of(lists, [&](const Json& one) { return model_name(one) == name; });
}

std::string against_popularity(const Gain& gain, const std::string& metric, const VerdictWords& words) {
  if (gain.better()) {
    return words.better_than_popularity(amount_text(gain.delta, gain.of));
  }
  const auto& sentence = gain.worse() ? words.worse_than_popularity : words.not_better_than_popularity;
  return sentence(metric_title(metric), signed_percent(gain.delta, gain.of), signed_percent(gain.low, gain.of),
                  signed_percent(gain.high, gain.of));
}

}  // namespace

std::string model_name(const Json& model) { return report::text(model, "name"); }

double metric_of(const Json& model, const std::string& metric) {
  return number(part(part(model, "metrics"), metric), "value");
}

Gain gain_over(const Json& document, const Json& model, const std::string& metric) {
  Gain gain;
  gain.of = metric_of(model, metric);
  double compared = 0;
  for (const Json& row : part(document, "differences")) {
    compared += row.value("metric", "") == metric ? 1 : 0;
  }
  for (const Json& row : part(document, "differences")) {
    if (row.value("than", "") == model_name(model) && row.value("metric", "") == metric) {
      gain.delta = number(row, "delta");
      gain.low = number(row, "low");
      gain.high = number(row, "high");
      gain.p =
          row.value("p_holm", std::min(1.0, compared * row.value("p", 1.0)));  // documents of before have no p_holm
    }
  }
  return gain;
}

std::string signed_percent(double delta, double of) {
  return of > 0 ? fmt::format("{:+.{}f} %", 100 * delta / of, std::abs(delta) < 0.1 * of ? 1 : 0)
                : fmt::format("{:+.4f}", delta);
}

std::string interval_text(const Gain& gain, const VerdictWords& words) {
  return gain.of > 0 ? words.percents(100 * gain.low / gain.of, 100 * gain.high / gain.of)
                     : words.amounts(gain.low, gain.high);
}

std::vector<Json> own_models(const Json& document, const std::string& metric) {
  std::vector<Json> others;
  for (const Json& model : part(document, "models")) {
    if (model_name(model) != kHaina && !is_given(document, model_name(model))) {
      others.push_back(model);
    }
  }
  std::ranges::stable_sort(others,
                           [&](const Json& a, const Json& b) { return metric_of(a, metric) > metric_of(b, metric); });
  return others;
}

const Json* find_model(const std::vector<Json>& models, const std::string& name) {
  const auto found = std::ranges::find_if(models, [&](const Json& model) { return model_name(model) == name; });
  return found == models.end() ? nullptr : &*found;
}

std::string evaluation_verdict(const Json& document, const VerdictWords& words) {
  const std::string metric = main_metric(document);
  const std::vector<Json> others = own_models(document, metric);
  const double users = number(part(document, "protocol"), "users");
  if (users < kFewUsers) {
    return users == 1 ? words.one_user(users, kFewUsers) : words.few_users(users, kFewUsers);
  }
  if (others.empty()) {
    return words.no_other_model();
  }
  const Json& best = others.front();
  const std::string name = model_name(best), title = metric_title(metric);
  const Gain gain = gain_over(document, best, metric);
  const Json* const popularity = find_model(others, kPopularityName);
  const bool same = popularity != nullptr && name == kPopularityName;
  const Gain floor = popularity == nullptr ? Gain() : gain_over(document, *popularity, metric);
  const std::string than =
      popularity == nullptr || same ? "" : words.and_popularity(against_popularity(floor, metric, words));
  if (std::isnan(gain.delta)) {
    return words.incomparable(title);
  }
  const std::string amount = amount_text(gain.delta, gain.of), interval = interval_text(gain, words);
  if (gain.better()) {
    return words.better(name, amount, title, than);
  }
  if (same) {
    return words.only_popularity(against_popularity(gain, metric, words), words.no_taste());
  }
  // The best of many models on the test part is partly luck: a loss must be clear beyond that.
  if (gain.worse() && gain.p < kSignificant) {
    return name == kNetwork ? words.worse_than_network(name, amount, title, interval, than)
                            : words.worse(name, amount, title, interval, than);
  }
  const std::string luck = gain.worse() ? words.luck(std::ssize(others), users) : "";
  const bool vague = gain.of > 0 && gain.high - gain.low > kVague * gain.of;
  const std::string relation = vague ? words.vague(name, users) : words.same(name);
  const std::string use = vague && gain.delta < 0 ? words.use_either(name) : words.use();
  const bool beats_popularity = popularity == nullptr || floor.better();
  return words.within_noise(relation, title, signed_percent(gain.delta, gain.of), interval, luck, than,
                            beats_popularity ? use : words.no_taste());
}

}  // namespace haina
