#include "recommend/list_maker.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <optional>
#include <utility>

#include "recommend/text_index.h"

namespace haina {

ListMaker::ListMaker(const Dataset& dataset, const Model& model, Rules rules, SeenRules seen)
    : dataset_(&dataset),
      model_(&model),
      catalog_(dataset),
      states_(dataset),
      rules_(std::move(rules)),
      seen_(std::move(seen)),
      content_(std::make_unique<LazyContentIndex>()) {}

Result<ListMaker> ListMaker::make(const Dataset& dataset, const Model& model, const ServeConfig& serve,
                                  std::span<const Goal> goals) {
  HAINA_TRY(Rules rules, compile_rules(serve, Catalog(dataset)));
  HAINA_TRY(SeenRules seen, SeenRules::make(serve, dataset, goals));
  return ListMaker(dataset, model, std::move(rules), std::move(seen));
}

Result<RecommendationList> ListMaker::list(const RecommendRequest& request) const {
  ListInput input = {.state = {}, .user = request.user, .rules = &rules_, .content = content_.get(), .k = request.k};
  input.state = request_state(*dataset_, states_, request, input.notes);
  input.seen = seen_items(input.state, request.history.empty() ? &seen_ : nullptr);
  if (!request.query.empty()) {
    input.match = TextIndex::of(*dataset_).match(request.query, dataset_->items.size());
    if (!input.match.gt(0).any().item<bool>()) {
      input.notes.push_back(fmt::format("no item has any of the words '{}'", request.query));
    }
  }
  return build_list(catalog_, *model_, std::move(input));
}

Result<RecommendationList> recommend(const Dataset& dataset, const Model& model, const RecommendRequest& request,
                                     const ServeConfig& serve, std::span<const Goal> goals) {
  HAINA_TRY(const ListMaker maker, ListMaker::make(dataset, model, serve, goals));
  return maker.list(request);
}

UserState request_state(const Dataset& dataset, const UserStateBuilder& states, const RecommendRequest& request,
                        std::vector<std::string>& notes) {
  const std::optional<int32_t> user = request.user.empty() ? std::nullopt : dataset.users.find(request.user);
  if (!request.user.empty() && !user) {
    notes.push_back(fmt::format(
        "user '{}' is unknown: the list comes from what else was given, or from what is popular", request.user));
  }
  std::vector<UserEvent> history;
  for (const std::string& id : request.history) {
    if (const auto item = dataset.items.find(id)) {
      history.push_back({.item = ItemId{*item}});
    } else {
      notes.push_back(skipped_item_note(id, dataset));
    }
  }
  UserState state =
      request.history.empty() ? states.known(user.value_or(-1)) : states.with_history(user, std::move(history));
  add_request(request, {}, state);
  if (state.history.empty()) {
    notes.emplace_back("no history: the list is a newcomer's");
  }
  return state;
}

UserState request_state(const Dataset& dataset, const RecommendRequest& request, std::vector<std::string>& notes) {
  return request_state(dataset, UserStateBuilder(dataset), request, notes);
}

}  // namespace haina
