#include "evaluation/report_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>

#include "evaluation/plots.h"

namespace haina::report {

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

std::string shown(const json& value) {
  if (value.is_string()) {
    return escape_html(value.get<std::string>());
  }
  if (value.is_number()) {
    return readable(value.get<double>());
  }
  return value.is_null() ? "–" : escape_html(value.dump(-1, ' ', false, json::error_handler_t::replace));
}

std::string shown(const std::string& key, const json& value, const ReportWords& words) {
  return value.is_string() ? escape_html(value_text(words, key, value.get<std::string>())) : shown(value);
}

std::string fixed(double value) { return std::isnan(value) ? "–" : fmt::format("{:.4f}", value); }

std::string p_text(double p) { return std::isnan(p) ? "–" : p < 0.001 ? "< 0.001" : fmt::format("{:.3f}", p); }

std::string with_sign(double value) {
  return std::isnan(value) ? "–" : (value < 0 ? "−" : "+") + fmt::format("{:.4f}", std::abs(value));
}

std::string metric_title(const std::string& metric) {
  const std::string name = metric.substr(0, metric.find('@'));
  for (const char* abbreviation : {"ndcg", "hr", "map", "mrr", "auc", "f1"}) {
    if (name == abbreviation) {
      std::string title = metric;
      std::transform(title.begin(), title.end(), title.begin(),
                     [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
      return title;
    }
  }
  return metric;
}

}  // namespace haina::report
