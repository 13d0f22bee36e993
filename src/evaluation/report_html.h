// report.html: an evaluation document as one page for people, without any other file or host.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace haina {

// The whole page: plots as HTML and inline SVG, light or dark as the reader's system says, printable; no scripts run.
// Parts that the document lacks are left out. All text of the document is escaped; the document itself is embedded for
// machines (script#haina-document, application/json).
std::string report_html(const nlohmann::json& document);

}  // namespace haina
