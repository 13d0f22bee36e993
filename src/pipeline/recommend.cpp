#include "pipeline/recommend.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "base/suggest.h"
#include "data/words.h"
#include "kernels/topk.h"

namespace haina {
namespace {

constexpr double kQueryWeight = 4;  // in standard deviations of the blend: words that the user typed come before habits
constexpr int64_t kNearest = 3;

// All words known of an item: title, texts, categories, tags.
std::set<std::string> item_words(const Dataset& dataset, const WordCutter& words_of, int32_t item) {
  std::vector<std::string> texts = {dataset.titles[static_cast<size_t>(item)]};
  for (const Field& field : dataset.fields) {
    if (field.side != Side::kItem) {
      continue;
    }
    if (field.type == FieldType::kText) {
      texts.push_back(field.texts[static_cast<size_t>(item)]);
    } else if (field.type == FieldType::kCategory && field.codes.const_data_ptr<int32_t>()[item] >= 0) {
      texts.emplace_back(field.values.name(field.codes.const_data_ptr<int32_t>()[item]));
    } else if (field.type == FieldType::kTags) {
      for (const int32_t value : field.bags.row(item)) {
        texts.emplace_back(field.values.name(value));
      }
    }
  }
  std::set<std::string> words;
  for (const std::string& text : texts) {
    std::ranges::move(words_of(text), std::inserter(words, words.end()));
  }
  return words;
}

// Share of the query's weight (rare words weigh more) found among the item's words. float32 [items]
at::Tensor query_match(const Dataset& dataset, const std::string& query) {
  const WordCutter words_of(guess_language(dataset.titles));
  const std::vector<std::string> listed = words_of(query);
  const std::set<std::string> wanted(listed.begin(), listed.end());
  const int64_t items = dataset.items.size();
  std::map<std::string, std::vector<int32_t>> found;
  for (int32_t item = 0; item < items; ++item) {
    const std::set<std::string> words = item_words(dataset, words_of, item);
    for (const std::string& word : wanted) {
      if (words.contains(word)) {
        found[word].push_back(item);
      }
    }
  }
  at::Tensor match = at::zeros({items}, at::kFloat);
  double total = 0;
  for (const auto& [word, holders] : found) {
    total += std::log(1 + static_cast<double>(items) / static_cast<double>(holders.size()));
  }
  for (const auto& [word, holders] : found) {
    const double weight = std::log(1 + static_cast<double>(items) / static_cast<double>(holders.size())) / total;
    for (const int32_t item : holders) {
      match.data_ptr<float>()[item] += static_cast<float>(weight);
    }
  }
  return match;
}

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
  std::vector<std::string> notes;
  HAINA_TRY(const UserState state, state_of(dataset, request, notes));
  return recommend_for(dataset, model, state, request, Reasons::kGive, std::move(notes));
}

Result<nlohmann::json> recommend_for(const Dataset& dataset, const Model& model, const UserState& state,
                                     const RecommendRequest& request, Reasons reasons, std::vector<std::string> notes) {
  if (request.k < 1) {
    return fail({ErrorCode::kInvalidArgument, fmt::format("k is {}", request.k), "-k", "give a number of at least 1"});
  }
  const std::vector<at::Tensor> each = model.score_each({&state, 1});
  at::Tensor total = model.ranker.score(each, {&state, 1}).clone();
  at::Tensor match;
  if (!request.query.empty()) {
    match = query_match(dataset, request.query);
    if (match.max().item<float>() <= 0) {
      notes.push_back(fmt::format("no item has any of the words '{}'", request.query));
    }
    total += match.unsqueeze(0) * kQueryWeight;
  }
  for (const UserEvent& event : state.history) {
    total.data_ptr<float>()[row_of(event.item)] = -std::numeric_limits<float>::infinity();
  }
  const RankedLists lists = top_k(total.contiguous(), std::min(request.k, dataset.items.size()));
  std::vector<int32_t> chosen;
  for (int64_t r = 0; r < lists.items.size(1); ++r) {
    if (const int32_t item = lists.items.const_data_ptr<int32_t>()[r]; item >= 0) {
      chosen.push_back(item);
    }
  }

  std::vector<at::Tensor> standard;
  for (const at::Tensor& scores : reasons == Reasons::kGive ? each : std::vector<at::Tensor>()) {
    standard.push_back(standardise(scores));
  }
  at::Tensor parts;
  if (model.network && !chosen.empty() && reasons == Reasons::kGive) {
    parts = model.network->item_source_parts(state, chosen);
  }
  const std::vector<std::string> names = model.names();
  const at::Tensor weights = model.ranker.user_weights({&state, 1}).contiguous();
  nlohmann::json items = nlohmann::json::array();
  for (size_t r = 0; r < chosen.size(); ++r) {
    const int32_t item = chosen[r];
    if (reasons == Reasons::kSkip) {
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
    if (match.defined()) {
      sources["query"] += kQueryWeight * static_cast<double>(match.const_data_ptr<float>()[item]);
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
    notes.push_back(fmt::format("{} items are all there is beyond the history", chosen.size()));
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
