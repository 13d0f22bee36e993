// Builds one user's list: scores of the whole catalog, rules, reranking, and the explanation of each item.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "config/config.h"
#include "config/goal.h"
#include "data/dataset.h"
#include "data/user_state.h"
#include "model/model.h"
#include "recommend/catalog.h"
#include "recommend/channels.h"
#include "recommend/content_index.h"
#include "recommend/low_answers.h"
#include "recommend/recommendation_list.h"
#include "recommend/rules.h"

namespace haina {

// What a caller says about one list. Profile and context hold cells of user fields by full name ("users.age").
struct RecommendRequest {
  std::string user;                  // id; empty: anonymous
  std::vector<std::string> history;  // item ids, oldest first; replaces the stored history
  std::string query;                 // search words
  Cells profile = {};                // replaces the stored cells of these fields
  Cells context = {};                // likewise, over `profile`: values that hold for this request alone
  int64_t k = 10;
};

enum class Explain { kNo, kYes };
enum class Seen { kExclude, kInclude };  // what the user has dealt with, see data/seen_actions.h
enum class Matches { kFirst, kOnly };    // items that match the query: before all others, or nothing else

struct ListOptions {
  Explain explain = Explain::kYes;
  Seen seen = Seen::kExclude;
  Matches matches = Matches::kFirst;
  Channel channel = Channel::kAll;
};

// [items] is the size of the catalog: the dataset's items and those added since training.
struct ListInput {
  UserState state;                 // its items are rows of the dataset
  std::string user = {};           // id, as the list names it
  std::vector<int32_t> seen = {};  // rows of the catalog that Seen::kExclude leaves out
  std::vector<LowAnswer> low_answers = {};
  at::Tensor match = {};   // float32 [items], of a TextIndex; undefined: no query
  at::Tensor hidden = {};  // bool [items]: items that no list may hold; undefined: none
  at::Tensor only = {};    // bool [items]: the items that the list may hold; undefined: all
  at::Tensor trend = {};   // float32 [items]: decayed counts of live events; undefined: none
  const Rules* rules = nullptr;
  const LazyContentIndex* content = nullptr;  // of the catalog; null: no list goes by content
  int64_t k = 10;
  ListOptions options = {};
  std::vector<std::string> notes = {};  // come first in the list's notes
};

// kInvalidArgument for a k below 1. A k beyond the catalog gives all of it.
Result<RecommendationList> build_list(const Catalog& catalog, const Model& model, ListInput input);

// The list for a user of the prepared dataset. An unknown user without a history gets the list of a new user, and a
// note; an unknown item in the history is skipped, with a note that has similar ids. What the user has dealt with, or
// what the given history holds, is left out. goals: of the project; where none are given, the dataset's goal events
// stand in.
Result<RecommendationList> recommend(const Dataset& dataset, const Model& model, const RecommendRequest& request,
                                     const ServeConfig& serve = {}, std::span<const Goal> goals = {});

// What `recommend` scores: the state of request.user in the dataset, with the request's own history, query and profile.
// Appends to `notes` what a reader of the list should know.
UserState request_state(const Dataset& dataset, const RecommendRequest& request, std::vector<std::string>& notes);
// "unknown item 'x7' in the history is skipped: did you mean …"
std::string skipped_item_note(const std::string& item, const Dataset& dataset);
// Sets query and profile of a state. stored: cells of the user known beside the dataset; the request's profile and then
// its context replace those of the same fields.
void add_request(const RecommendRequest& request, Cells stored, UserState& state);

// The scores of every model for the whole catalog, float32 [1, items] each, undefined where the ranker does not read
// the model. Of an added item, the network's score is its own, an expert's the weighted mean over its nearest items.
std::vector<at::Tensor> score_catalog(const Catalog& catalog, const Model& model, const UserState& state);

}  // namespace haina
