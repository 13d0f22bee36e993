// Lists as the JSON that users see.
#pragma once

#include <nlohmann/json.hpp>

#include "recommend/recommendation_list.h"

namespace haina {

// Schema haina.recommend/1: {"user", "k", "notes": [...], "items": [{"item", "title", "score", "why": {"sources",
// "experts", "nearest", "channel", "text"}, "actions": {name: probability}}], "model"}. "why", "actions" and "model"
// are left out where the list has none.
nlohmann::json to_json(const RecommendationList& list);
// Schema haina.similar/1: {"item", "items": [{"item", "title", "score"}]}.
nlohmann::json to_json(const SimilarItems& similar);

}  // namespace haina
