// One person's list, with the reasons of each item.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "pipeline/model.h"

namespace haina {

struct RecommendRequest {
  std::string user;                  // empty: anonymous
  std::vector<std::string> history;  // item ids, oldest first; beats the stored history
  std::string query;                 // search words
  int64_t k = 10;
};

// Schema haina.recommend/1: {"user", "notes": [...], "items": [{"item", "title", "score", "why": {"sources", "experts",
// "nearest", "text"}}]}. An unknown user without a history gets the list of a newcomer and a note; an unknown item in
// the history is kNotFound with near names; k beyond the catalogue gives all of it. What the history holds is never
// recommended again.
Result<nlohmann::json> recommend(const Dataset& dataset, const Model& model, const RecommendRequest& request);

enum class Reasons { kSkip, kGive };
enum class Seen { kLeaveOut, kOffer };
enum class Matches { kFirst, kAlone };  // items with the query's words: before all others, or nothing else

struct ListForm {
  Reasons reasons = Reasons::kGive;
  Seen seen = Seen::kLeaveOut;
  Matches matches = Matches::kFirst;
};

struct ListRequest {
  UserState state;
  std::string user = {};   // as the document names them
  at::Tensor match = {};   // of a QueryIndex, float32 [items]; undefined: no query
  at::Tensor hidden = {};  // bool [items]: what no list may hold; undefined: nothing
  int64_t k = 10;
  ListForm form = {};
  std::vector<std::string> notes = {};  // first in the document
};
// The list of a state made elsewhere (a live one); without reasons there is no "why".
Result<nlohmann::json> list_for(const Dataset& dataset, const Model& model, ListRequest request);

// For a terminal: rank, title, score, sentence.
std::string recommendation_text(const nlohmann::json& document);

}  // namespace haina
