// What all parts of report.html need: reading a document that may lack anything, and numbers and names as people read
// them.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "evaluation/report_words.h"

namespace haina::report {

// object[key]; an empty array where it is missing.
const nlohmann::json& part(const nlohmann::json& object, const std::string& key);
// object[key] as a number; NaN where it is missing or no number.
double number(const nlohmann::json& object, const std::string& key);
// object[key] as text; empty where it is missing or no text.
std::string text(const nlohmann::json& object, const std::string& key);

// Any value as a person reads it, escaped for HTML.
std::string shown(const nlohmann::json& value);
// A value that stands under a key of the document, in the words of the page.
std::string shown(const std::string& key, const nlohmann::json& value, const ReportWords& words);
// Four decimals; a dash for NaN.
std::string fixed(double value);
std::string with_sign(double value);
// A p-value: "0.012", "< 0.001".
std::string p_text(double p);
// "NDCG@10" for "ndcg@10": abbreviations in capitals, as papers write them; other names as they are.
std::string metric_title(const std::string& metric);

}  // namespace haina::report
