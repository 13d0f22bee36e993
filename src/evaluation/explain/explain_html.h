// The page of haina explain: a haina.explain/1 document as one HTML file, which needs no other file or host.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "evaluation/report_words.h"

namespace haina {

// Looks and is made as report.html is (report_html.h): inline SVG, no script runs, all text is escaped, parts that the
// document lacks are left out, and the document is embedded as script#haina-document.
std::string explain_html(const nlohmann::json& document, Language language = Language::kEnglish);

}  // namespace haina
