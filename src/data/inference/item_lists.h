// Files whose rows list several items: impression logs and baskets.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "data/inference/split_preview.h"

namespace haina {

// "N1-0 N2-1" as clicks and as impressions without a click, and the history beside it. Empty for any other file.
std::vector<PreviewPart> split_impressions(const FilePreview& preview);

// Rows of a user and several items, each of which is an event. Nothing for any other file.
std::optional<PreviewPart> split_basket(const FilePreview& preview);

}  // namespace haina
