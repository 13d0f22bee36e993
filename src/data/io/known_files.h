// Files that are no exports of rows, or need a step before they can be read: what they are, and the step.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace haina {

// By the first bytes of a file, decompressed: "it is an Excel workbook; save the sheet as CSV". `name` stands in the
// advice. Nothing for files that some reader may know.
std::optional<std::string> what_it_is_instead(std::string_view bytes, const std::string& name);

}  // namespace haina
