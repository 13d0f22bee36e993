#include "recommend/list_json.h"

#include "recommend/channels.h"

namespace haina {
namespace {

using Json = nlohmann::json;

Json explanation_json(const Explanation& explanation) {
  Json nearest = Json::array();
  for (const NearestItem& near : explanation.nearest) {
    nearest.push_back({{"item", near.item}, {"title", near.title}, {"similarity", near.similarity}});
  }
  Json json = {{"sources", explanation.sources},
               {"experts", explanation.experts},
               {"nearest", std::move(nearest)},
               {"channel", to_string(explanation.channel)},
               {"text", explanation.text}};
  for (const AppliedRule& rule : explanation.rules) {
    Json one = {{"name", rule.name}, {"do", to_string(rule.effect)}};
    if (rule.effect == RuleEffect::kPin) {
      one["position"] = rule.position;
    } else if (rule.effect == RuleEffect::kBoost) {
      one["by"] = rule.by;
    }
    json["rules"].push_back(std::move(one));
  }
  return json;
}

Json items_json(const std::vector<RecommendedItem>& items) {
  Json array = Json::array();
  for (const RecommendedItem& item : items) {
    Json json = {{"item", item.item}, {"title", item.title}, {"score", item.score}};
    if (!item.actions.empty()) {
      json["actions"] = item.actions;
    }
    if (item.explanation) {
      json["why"] = explanation_json(*item.explanation);
    }
    array.push_back(std::move(json));
  }
  return array;
}

}  // namespace

Json to_json(const RecommendationList& list) {
  Json json = {{"schema", "haina.recommend/1"},
               {"user", list.user},
               {"k", list.k},
               {"notes", list.notes},
               {"items", items_json(list.items)}};
  if (list.model) {
    json["model"] = *list.model;
  }
  return json;
}

Json to_json(const SimilarItems& similar) {
  return {{"schema", "haina.similar/1"}, {"item", similar.item}, {"items", items_json(similar.items)}};
}

}  // namespace haina
