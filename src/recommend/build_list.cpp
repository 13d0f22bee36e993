#include "recommend/build_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "base/suggest.h"
#include "recommend/explanations.h"
#include "recommend/text_index.h"

namespace haina {
namespace {

constexpr double kQueryWeight = 4;  // in standard deviations of the blend: words that the user typed come before habits

Result<UserState> state_of(const Dataset& dataset, const RecommendRequest& request, std::vector<std::string>& notes) {
  UserState state;
  if (!request.user.empty()) {
    if (const auto row = dataset.users.find(request.user)) {
      state.user = *row;
    } else {
      notes.push_back(fmt::format(
          "user '{}' is unknown: the list comes from what else was given, or from what is popular", request.user));
    }
  }
  const EventLog& log = dataset.events;
  if (!request.history.empty()) {
    for (const std::string& id : request.history) {
      const auto item = dataset.items.find(id);
      if (!item) {
        return fail({ErrorCode::kNotFound, fmt::format("unknown item '{}' in the history", id), "--history",
                     did_you_mean(id, dataset.items.to_strings())});
      }
      state.history.push_back({.item = ItemId{*item}});
    }
  } else if (state.user >= 0) {
    for (int64_t i = 0; i < log.size(); ++i) {
      if (log.user.const_data_ptr<int32_t>()[i] == state.user) {
        (log.goal.const_data_ptr<bool>()[i] ? state.history : state.others).push_back(event_of(log, i));
      }
    }
  }
  for (const Field& field : dataset.fields) {
    if (field.type == FieldType::kSocial && state.user >= 0) {
      for (const int32_t other : field.bags.row(state.user)) {
        state.friends.push_back(UserId{other});
      }
    }
  }
  if (log.size() > 0) {
    state.now_us = log.time.max().item<int64_t>();
  }
  state.query = request.query;
  state.profile = request.profile;
  if (state.history.empty()) {
    notes.emplace_back("no history: the list is a newcomer's");
  }
  return state;
}

}  // namespace

Result<nlohmann::json> recommend(const Dataset& dataset, const Model& model, const RecommendRequest& request,
                                 const ServeConfig& serve) {
  const Catalogue catalogue(dataset);
  HAINA_TRY(const Rules rules, compile_rules(serve, catalogue));
  ListRequest list = {.state = {}, .user = request.user, .rules = &rules, .k = request.k};
  HAINA_TRY(list.state, state_of(dataset, request, list.notes));
  if (!request.query.empty()) {
    list.match = WordIndex::of(dataset).match(request.query, dataset.items.size());
    if (list.match.max().item<float>() <= 0) {
      list.notes.push_back(fmt::format("no item has any of the words '{}'", request.query));
    }
  }
  return list_for(catalogue, model, std::move(list));
}

std::vector<at::Tensor> score_catalogue(const Catalogue& catalogue, const Model& model, const UserState& state) {
  std::vector<at::Tensor> each = model.score_each({&state, 1}, Model::Which::kRead);
  const AddedItems* const added = catalogue.added();
  if (added == nullptr || added->size() == 0) {
    return each;
  }
  for (size_t m = 0; m < each.size(); ++m) {
    if (!each[m].defined()) {
      continue;
    }
    at::Tensor more = multiply(added->near, each[m].t().contiguous()).t();
    if (m == model.experts.size()) {  // the network
      const at::Tensor bias = multiply(added->near, model.network->item_bias().unsqueeze(1).contiguous()).t();
      more = model.network->score_vectors({&state, 1}, added->vectors) + bias;
    }
    each[m] = at::cat({each[m], more}, 1).contiguous();
  }
  return each;
}

namespace {

// float32 [items]: what is to be expected of each item, by the heads; nullopt, with a note, where there are none.
std::optional<at::Tensor> expected_worth(const ActionHeads& heads, const std::map<std::string, double>& worth,
                                         std::span<const at::Tensor> each, const UserState& state,
                                         std::vector<std::string>& notes) {
  at::Tensor of_action = at::zeros({std::ssize(heads.actions)});
  bool any = false;
  for (const auto& [action, value] : worth) {
    const auto head = std::ranges::find(heads.actions, action);
    if (head == heads.actions.end()) {
      notes.push_back(fmt::format("[serve.worth] of '{}' counts for nothing: the model has no head of it", action));
      continue;
    }
    of_action[head - heads.actions.begin()] = value;
    any = true;
  }
  return any ? std::optional(at::mv(heads.of_all(each, state), of_action)) : std::nullopt;
}

}  // namespace

Result<nlohmann::json> list_for(const Catalogue& catalogue, const Model& model, ListRequest request) {
  if (request.k < 1) {
    return fail({ErrorCode::kInvalidArgument, fmt::format("k is {}", request.k), "-k", "give a number of at least 1"});
  }
  constexpr float kNever = -std::numeric_limits<float>::infinity();
  const UserState& state = request.state;
  std::vector<std::string>& notes = request.notes;
  const std::vector<at::Tensor> each = score_catalogue(catalogue, model, state);
  at::Tensor total = model.ranker.score(each, {&state, 1}).squeeze(0).clone();
  const ChannelInput input = {catalogue, model, state, each, total, request.match, request.trend};
  at::Tensor scores = total;
  if (request.form.channel != Channel::kAll) {
    scores = channel_scores(request.form.channel, input);
    if (!scores.defined()) {
      notes.push_back(fmt::format("channel {} has nothing for this user", to_string(request.form.channel)));
      scores = at::full({catalogue.size()}, kNever);
    }
    scores = scores.clone();
  } else if (request.rules != nullptr && !request.rules->worth.empty() && !request.match.defined()) {
    scores = expected_worth(model.heads, request.rules->worth, each, state, notes).value_or(total);
  } else if (request.match.defined()) {
    scores = total + request.match * kQueryWeight;
  }
  const auto leave_out = [&](const at::Tensor& mask) { scores.masked_fill_(mask, kNever); };
  if (request.match.defined() && request.form.matches == Matches::kAlone) {
    leave_out(request.match.le(0));
  }
  if (request.hidden.defined()) {
    leave_out(request.hidden);
  }
  if (request.only.defined()) {
    leave_out(request.only.logical_not());
  }
  if (request.rules != nullptr && request.rules->boost.defined()) {
    scores = scores + request.rules->boost;
  }
  if (request.rules != nullptr && request.rules->allowed.defined()) {
    leave_out(request.rules->allowed.logical_not());
  }
  if (request.form.seen == Seen::kLeaveOut) {
    float* const of_item = scores.data_ptr<float>();
    for (const UserEvent& event : state.history) {
      of_item[row_of(event.item)] = kNever;
    }
    for (const int32_t item : request.seen) {
      of_item[item] = kNever;
    }
  }
  const VectorsOf vectors_of = [&](std::span<const int32_t> items) {
    return model.network ? catalogue.vectors(*model.network, items) : at::Tensor();
  };
  const std::vector<int32_t> chosen = rerank(
      scores.contiguous(), request.k, request.rules != nullptr ? request.rules->reranking : Reranking(), vectors_of);

  std::optional<ReasonGiver> reasons;
  if (request.form.reasons == Reasons::kGive && !chosen.empty()) {
    reasons.emplace(input, chosen, kQueryWeight);
  }
  at::Tensor doing;
  if (!model.heads.actions.empty() && !chosen.empty()) {
    doing = model.heads.of_items(each, state, chosen);
  }
  nlohmann::json items = nlohmann::json::array();
  for (size_t r = 0; r < chosen.size(); ++r) {
    const int32_t item = chosen[r];
    items.push_back({{"item", catalogue.id(item)},
                     {"title", catalogue.title(item)},
                     {"score", scores.const_data_ptr<float>()[item]}});
    for (size_t a = 0; doing.defined() && a < model.heads.actions.size(); ++a) {
      items.back()["actions"][model.heads.actions[a]] =
          doing.const_data_ptr<float>()[r * model.heads.actions.size() + a];
    }
    if (reasons) {
      items.back()["why"] = reasons->why(r);
    }
  }
  if (std::ssize(chosen) < request.k) {
    notes.push_back(fmt::format("{} items are all there is{}", chosen.size(),
                                request.form.matches == Matches::kAlone ? " with these words" : " beyond the history"));
  }
  return nlohmann::json{
      {"schema", "haina.recommend/1"}, {"user", request.user}, {"k", request.k}, {"notes", notes}, {"items", items}};
}

std::string recommendation_text(const nlohmann::json& document) {
  std::string text;
  for (const nlohmann::json& note : document.at("notes")) {
    text += fmt::format("note: {}\n", note.get<std::string>());
  }
  int rank = 0;
  for (const nlohmann::json& item : document.at("items")) {
    text += fmt::format("{:3}. {}  [{}]  score {:.3f}\n     {}\n", ++rank, item.at("title").get<std::string>(),
                        item.at("item").get<std::string>(), item.at("score").get<double>(),
                        item.at("why").at("text").get<std::string>());
  }
  return text;
}

}  // namespace haina
