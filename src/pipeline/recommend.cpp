#include "pipeline/recommend.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/suggest.h"
#include "kernels/topk.h"
#include "pipeline/query_index.h"

namespace haina {
namespace {

constexpr double kQueryWeight = 4;  // in standard deviations of the blend: words that the user typed come before habits
constexpr int64_t kNearest = 3;

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
      if (log.user.const_data_ptr<int32_t>()[i] == state.user && log.goal.const_data_ptr<bool>()[i]) {
        state.history.push_back({ItemId{log.item.const_data_ptr<int32_t>()[i]}, log.action.const_data_ptr<uint8_t>()[i],
                                 log.weight.const_data_ptr<float>()[i], log.value.const_data_ptr<float>()[i],
                                 log.time.const_data_ptr<int64_t>()[i]});
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
  if (state.history.empty()) {
    notes.emplace_back("no history: the list is a newcomer's");
  }
  return state;
}

// Shares of the positive parts, largest first, at least 1 %.
nlohmann::json shares_of(const std::map<std::string, double>& parts) {
  double total = 0;
  for (const auto& [name, part] : parts) {
    total += std::max(0.0, part);
  }
  nlohmann::json shares = nlohmann::json::object();
  for (const auto& [name, part] : parts) {
    if (total > 0 && part / total >= 0.01) {
      shares[name] = std::round(1000 * part / total) / 1000;
    }
  }
  return shares;
}

std::string largest_of(const nlohmann::json& shares, size_t most) {
  std::vector<std::pair<double, std::string>> sorted;
  for (const auto& [name, share] : shares.items()) {
    sorted.emplace_back(-share.get<double>(), name);
  }
  std::ranges::sort(sorted);
  std::vector<std::string> texts;
  for (const auto& [share, name] : sorted) {
    if (texts.size() < most) {
      texts.push_back(fmt::format("{} ({:.0f} %)", name, -100 * share));
    }
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

}  // namespace

Result<nlohmann::json> recommend(const Dataset& dataset, const Model& model, const RecommendRequest& request) {
  ListRequest list = {.state = {}, .user = request.user, .k = request.k};
  HAINA_TRY(list.state, state_of(dataset, request, list.notes));
  if (!request.query.empty()) {
    list.match = QueryIndex(dataset).match(request.query);
    if (list.match.max().item<float>() <= 0) {
      list.notes.push_back(fmt::format("no item has any of the words '{}'", request.query));
    }
  }
  return list_for(dataset, model, std::move(list));
}

Result<nlohmann::json> list_for(const Dataset& dataset, const Model& model, ListRequest request) {
  if (request.k < 1) {
    return fail({ErrorCode::kInvalidArgument, fmt::format("k is {}", request.k), "-k", "give a number of at least 1"});
  }
  const UserState& state = request.state;
  std::vector<std::string>& notes = request.notes;
  const std::vector<at::Tensor> each = model.score_each({&state, 1});
  at::Tensor total = model.ranker.score(each, {&state, 1}).clone();
  if (request.match.defined()) {
    total += request.match.unsqueeze(0) * kQueryWeight;
    if (request.form.matches == Matches::kAlone) {
      total.masked_fill_(request.match.le(0).unsqueeze(0), -std::numeric_limits<float>::infinity());
    }
  }
  if (request.hidden.defined()) {
    total.masked_fill_(request.hidden.unsqueeze(0), -std::numeric_limits<float>::infinity());
  }
  for (const UserEvent& event : request.form.seen == Seen::kLeaveOut ? state.history : std::vector<UserEvent>()) {
    total.data_ptr<float>()[row_of(event.item)] = -std::numeric_limits<float>::infinity();
  }
  const RankedLists lists = top_k(total.contiguous(), std::min(request.k, dataset.items.size()));
  std::vector<int32_t> chosen;
  for (int64_t r = 0; r < lists.items.size(1); ++r) {
    if (const int32_t item = lists.items.const_data_ptr<int32_t>()[r];
        item >= 0 && std::isfinite(lists.scores.const_data_ptr<float>()[r])) {
      chosen.push_back(item);
    }
  }

  std::vector<at::Tensor> standard;
  for (const at::Tensor& scores : request.form.reasons == Reasons::kGive ? each : std::vector<at::Tensor>()) {
    standard.push_back(standardise(scores));
  }
  at::Tensor parts;
  if (model.network && !chosen.empty() && request.form.reasons == Reasons::kGive) {
    parts = model.network->item_source_parts(state, chosen);
  }
  const std::vector<std::string> names = model.names();
  const at::Tensor weights = model.ranker.user_weights({&state, 1}).contiguous();
  nlohmann::json items = nlohmann::json::array();
  for (size_t r = 0; r < chosen.size(); ++r) {
    const int32_t item = chosen[r];
    if (request.form.reasons == Reasons::kSkip) {
      items.push_back({{"item", dataset.items.name(item)},
                       {"title", dataset.titles[static_cast<size_t>(item)]},
                       {"score", lists.scores.const_data_ptr<float>()[r]}});
      continue;
    }
    std::map<std::string, double> experts, sources;
    for (size_t m = 0; m < names.size(); ++m) {
      const double part = static_cast<double>(weights.const_data_ptr<float>()[m]) *
                          static_cast<double>(standard[m].const_data_ptr<float>()[item]);
      experts[names[m]] += part;
      if (names[m] == "network" && parts.defined()) {
        // The network's part goes to the item's sources in the proportion in which they make up the cosine; "id" is
        // learned from behaviour.
        const std::vector<std::string> item_sources = model.network->item_sources();
        const at::Tensor row = parts[static_cast<int64_t>(r)].clamp_min(0).contiguous();
        const double sum = std::max(1e-9, row.sum().item<double>());
        for (size_t s = 0; s < item_sources.size(); ++s) {
          sources[item_sources[s] == "id" ? "behaviour" : item_sources[s]] +=
              std::max(0.0, part) * static_cast<double>(row.const_data_ptr<float>()[s]) / sum;
        }
      } else {
        const bool own =
            names[m] == "popularity" || names[m] == "trending" || names[m] == "content" || names[m] == "friends";
        sources[own ? names[m] : "behaviour"] += std::max(0.0, part);
      }
    }
    if (request.match.defined()) {
      sources["query"] += kQueryWeight * static_cast<double>(request.match.const_data_ptr<float>()[item]);
    }
    nlohmann::json nearest = nlohmann::json::array();
    std::vector<std::string> nearest_titles;
    if (model.network && !state.history.empty()) {
      const at::Tensor vectors = model.network->item_vectors();
      std::vector<std::pair<double, int32_t>> near;
      for (const UserEvent& event : state.history) {
        near.emplace_back(-at::dot(vectors[row_of(event.item)], vectors[item]).item<double>(), row_of(event.item));
      }
      std::ranges::sort(near);
      near.erase(std::unique(near.begin(), near.end()), near.end());
      for (size_t n = 0; n < near.size() && n < static_cast<size_t>(kNearest); ++n) {
        const std::string& title = dataset.titles[static_cast<size_t>(near[n].second)];
        nearest.push_back(
            {{"item", dataset.items.name(near[n].second)}, {"title", title}, {"similarity", -near[n].first}});
        nearest_titles.push_back(title);
      }
    }
    const nlohmann::json source_shares = shares_of(sources);
    const nlohmann::json expert_shares = shares_of(experts);
    std::string text = nearest_titles.empty() ? "" : fmt::format("close to {}; ", fmt::join(nearest_titles, ", "));
    text += fmt::format("sources: {}; experts: {}", largest_of(source_shares, 3), largest_of(expert_shares, 3));
    items.push_back(
        {{"item", dataset.items.name(item)},
         {"title", dataset.titles[static_cast<size_t>(item)]},
         {"score", lists.scores.const_data_ptr<float>()[r]},
         {"why", {{"sources", source_shares}, {"experts", expert_shares}, {"nearest", nearest}, {"text", text}}}});
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
