// report.html: an evaluation document as one page, which needs no other file or host.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "evaluation/report_words.h"

namespace haina {

// The whole page: plots as HTML and inline SVG, light or dark by the reader's system setting, printable; no script
// runs. Parts that the document lacks are left out. All text is escaped. The document itself is embedded for programs
// (script#haina-document, application/json), in English whatever the language.
std::string report_html(const nlohmann::json& document, Language language = Language::kEnglish);

}  // namespace haina
