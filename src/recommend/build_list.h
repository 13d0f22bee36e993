// One person's list, with the reasons of each item.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "recommend/channels.h"
#include "model/model.h"
#include "recommend/rules.h"

namespace haina {

struct RecommendRequest {
  std::string user;                                               // empty: anonymous
  std::vector<std::string> history;                               // item ids, oldest first; beats the stored history
  std::string query;                                              // search words
  std::vector<std::pair<std::string, std::string>> profile = {};  // ("users.age", "24"); beats the stored one
  std::vector<std::pair<std::string, std::string>> context = {};  // ("device", "phone")
  int64_t k = 10;
};

// Schema haina.recommend/1: {"user", "notes": [...], "items": [{"item", "title", "score", "why": {"sources", "experts",
// "nearest", "channel", "text"}, "actions": {name: probability}}]}; actions where the model has heads. An unknown user
// without a history gets the list of a newcomer and a note; an unknown item in the history is kNotFound with near
// names; k beyond the catalogue gives all of it. What the history holds is never recommended again.
Result<nlohmann::json> recommend(const Dataset& dataset, const Model& model, const RecommendRequest& request,
                                 const ServeConfig& serve = {});

enum class Reasons { kSkip, kGive };
enum class Seen { kLeaveOut, kOffer };
enum class Matches { kFirst, kAlone };  // items with the query's words: before all others, or nothing else

struct ListForm {
  Reasons reasons = Reasons::kGive;
  Seen seen = Seen::kLeaveOut;
  Matches matches = Matches::kFirst;
  Channel channel = Channel::kAll;
};

// [items] is the catalogue with what was added.
struct ListRequest {
  UserState state;                 // of the dataset's items
  std::string user = {};           // as the document names them
  std::vector<int32_t> seen = {};  // items left out where the form says so, beside the history
  at::Tensor match = {};           // of a WordIndex, float32 [items]; undefined: no query
  at::Tensor hidden = {};          // bool [items]: what no list may hold; undefined: nothing
  at::Tensor only = {};            // bool [items]: what the list is made of; undefined: everything
  at::Tensor trend = {};           // float32 [items]: live events, decayed; undefined: none
  const Rules* rules = nullptr;
  int64_t k = 10;
  ListForm form = {};
  std::vector<std::string> notes = {};  // first in the document
};
// The list of a state made elsewhere (a live one); without reasons there is no "why".
Result<nlohmann::json> list_for(const Catalogue& catalogue, const Model& model, ListRequest request);
// Every model's scores of the whole catalogue, float32 [1, items] each: what was added has the network's own score of
// it, and from each expert the mean of the items nearest to it.
std::vector<at::Tensor> score_catalogue(const Catalogue& catalogue, const Model& model, const UserState& state);

// For a terminal: rank, title, score, sentence.
std::string recommendation_text(const nlohmann::json& document);

}  // namespace haina
