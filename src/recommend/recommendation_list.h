// A list of items as plain values. list_json.h turns it into the JSON that users see.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/rule.h"
#include "recommend/channels.h"

namespace haina {

struct NearestItem {
  std::string item;  // id, from the user's history
  std::string title;
  double similarity = 0;  // cosine of the fused vectors
};

// A rule that gave an item its place: pinned it, raised or lowered its score, or wanted more of its kind than the
// scores gave.
struct AppliedRule {
  std::string name;
  RuleEffect effect = RuleEffect::kPin;
  double by = 0;         // boost: standard deviations of the scores
  int64_t position = 0;  // pin: from 1
};

// Why an item is on a list. Shares are of the positive contributions to the score, at least 0.01 each.
struct Explanation {
  std::vector<AppliedRule> rules = {};  // in the configuration's order, pins first
  std::map<std::string, double> sources;
  std::map<std::string, double> experts;
  std::vector<NearestItem> nearest;  // most similar first; none below kLeastSimilarity
  Channel channel = Channel::kAll;   // the channel that ranks the item highest
  std::string text;                  // the above as one line
};

struct RecommendedItem {
  std::string item;  // id
  std::string title;
  float score = 0;
  std::map<std::string, float> actions = {};  // probability of each action; empty where the model has no heads
  std::optional<Explanation> explanation = {};
};

struct RecommendationList {
  std::string user;  // id as requested; empty: anonymous
  int64_t k = 0;     // as requested
  std::vector<std::string> notes;
  std::vector<RecommendedItem> items;     // best first, at most k
  std::optional<std::string> model = {};  // version of the model, where an engine made the list
};

// Items nearest to one item.
struct SimilarItems {
  std::string item;                    // id
  std::vector<RecommendedItem> items;  // most similar first; the score is the cosine
};

}  // namespace haina
