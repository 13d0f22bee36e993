// Any JSON value as HTML, for parts of a document that have no plot of their own.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "evaluation/report_words.h"

namespace haina::report {

// Lists of objects as tables, objects as lists of pairs, long lists folded behind their first entry.
std::string value_as_html(const nlohmann::json& value, const ReportWords& words);

// "examples" of an evaluation: what users took last, and their lists with held-out items marked.
std::string example_lists(const nlohmann::json& examples, const ReportWords& words);

}  // namespace haina::report
