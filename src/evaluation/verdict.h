// What an evaluation says in words: whether Haina's lists are better than those of other models.
#pragma once

#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "evaluation/report_words.h"

namespace haina {

inline constexpr double kSignificant = 0.05;  // a p-value below is no chance
inline constexpr const char* kPopularityName = "popularity";

// What Haina gains over a model: the mean over users with its interval.
struct Gain {
  double delta = std::numeric_limits<double>::quiet_NaN();
  double low = std::numeric_limits<double>::quiet_NaN();
  double high = std::numeric_limits<double>::quiet_NaN();
  double of = std::numeric_limits<double>::quiet_NaN();  // the other model's value
  double p = 1;  // corrected for the number of models that Haina is compared with
  bool better() const { return low > 0; }
  bool worse() const { return high < 0; }
};

// document: haina.evaluate/1; model: one of its "models". NaN where the two were not compared by the metric.
Gain gain_over(const nlohmann::json& document, const nlohmann::json& model, const std::string& metric);
std::string model_name(const nlohmann::json& model);
// NaN where the model lacks the metric.
double metric_of(const nlohmann::json& model, const std::string& metric);
// The models that Haina is made of, best first: without Haina itself and without lists that other recommenders made.
std::vector<nlohmann::json> own_models(const nlohmann::json& document, const std::string& metric);
const nlohmann::json* find_model(const std::vector<nlohmann::json>& models, const std::string& name);
// "+6.0 %" of the other model's value, or "+0.0210" where that is 0.
std::string signed_percent(double delta, double of);
// "+2.1 to +9.0 %", of the other model's value.
std::string interval_text(const Gain& gain, const report::VerdictWords& words = report::kEnglish.verdict);

// A sentence or two: whether Haina's lists are better than those of the best single model and of popularity by the
// document's main metric, and what to do. document: haina.evaluate/1.
std::string evaluation_verdict(const nlohmann::json& document,
                               const report::VerdictWords& words = report::kEnglish.verdict);

}  // namespace haina
