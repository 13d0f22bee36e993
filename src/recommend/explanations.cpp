#include "recommend/explanations.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace haina {
namespace {

constexpr int64_t kNearest = 3;

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

ReasonGiver::ReasonGiver(const ChannelInput& input, std::vector<int32_t> items, double query_weight)
    : input_(input),
      items_(std::move(items)),
      query_weight_(query_weight),
      names_(input.model.names()),
      weights_(input.model.ranker.user_weights({&input.state, 1}).contiguous()) {
  for (const at::Tensor& scores : input.each) {
    standard_.push_back(scores.defined() ? standardise(scores) : at::Tensor());
  }
  if (const auto& network = input.model.network) {
    std::vector<int32_t> known = items_;
    for (int32_t& item : known) {
      item = input.catalogue.is_added(item) ? 0 : item;
    }
    parts_ = network->item_source_parts(input.state, known).clone();
    for (size_t r = 0; r < items_.size(); ++r) {
      if (input.catalogue.is_added(items_[r])) {
        parts_[static_cast<int64_t>(r)].zero_();
      }
    }
    vectors_ = input.catalogue.vectors(*network, items_);
  }
  for (const Channel channel : {Channel::kQuery, Channel::kFused, Channel::kSimilar, Channel::kFriends,
                                Channel::kTrending, Channel::kPopular, Channel::kFresh}) {
    if (const at::Tensor scores = channel_scores(channel, input); scores.defined()) {
      channels_.emplace_back(channel, scores.contiguous());
    }
  }
}

nlohmann::json ReasonGiver::why(size_t place) const {
  const int32_t item = items_[place];
  const Catalogue& catalogue = input_.catalogue;
  const auto& network = input_.model.network;
  std::map<std::string, double> experts, sources;
  for (size_t m = 0; m < names_.size(); ++m) {
    if (!standard_[m].defined()) {
      continue;  // no part of the score
    }
    const double part = static_cast<double>(weights_.const_data_ptr<float>()[m]) *
                        static_cast<double>(standard_[m].const_data_ptr<float>()[item]);
    experts[names_[m]] += part;
    if (names_[m] == "network" && catalogue.is_added(item)) {
      sources["content"] += std::max(0.0, part);  // all that is known of it
    } else if (names_[m] == "network" && parts_.defined()) {
      // The network's part goes to the item's sources in the proportion in which they make up the cosine; "id" is
      // learned from behaviour.
      const std::vector<std::string> item_sources = network->item_sources();
      const at::Tensor row = parts_[static_cast<int64_t>(place)].clamp_min(0).contiguous();
      const double sum = std::max(1e-9, row.sum().item<double>());
      for (size_t s = 0; s < item_sources.size(); ++s) {
        sources[item_sources[s] == "id" ? "behaviour" : item_sources[s]] +=
            std::max(0.0, part) * static_cast<double>(row.const_data_ptr<float>()[s]) / sum;
      }
    } else {
      // "content.movies.genres" stands for that source.
      const std::string kind = names_[m].substr(0, names_[m].find('.'));
      const bool own = kind == "popularity" || kind == "trending" || kind == "content" || kind == "friends";
      const std::string source = kind == names_[m] ? kind : names_[m].substr(kind.size() + 1);
      sources[own ? source : "behaviour"] += std::max(0.0, part);
    }
  }
  if (input_.match.defined()) {
    sources["query"] += query_weight_ * static_cast<double>(input_.match.const_data_ptr<float>()[item]);
  }
  nlohmann::json nearest = nlohmann::json::array();
  std::vector<std::string> nearest_titles;
  if (network && !input_.state.history.empty()) {
    std::vector<int32_t> history;
    for (const UserEvent& event : input_.state.history) {
      history.push_back(row_of(event.item));
    }
    std::ranges::sort(history);
    history.erase(std::unique(history.begin(), history.end()), history.end());
    const at::Tensor cosines =
        at::mv(catalogue.vectors(*network, history), vectors_[static_cast<int64_t>(place)]).contiguous();
    std::vector<std::pair<double, int32_t>> near;
    for (size_t h = 0; h < history.size(); ++h) {
      near.emplace_back(-static_cast<double>(cosines.const_data_ptr<float>()[h]), history[h]);
    }
    std::ranges::sort(near);
    for (size_t n = 0; n < near.size() && n < static_cast<size_t>(kNearest); ++n) {
      const std::string& title = catalogue.title(near[n].second);
      nearest.push_back({{"item", catalogue.id(near[n].second)}, {"title", title}, {"similarity", -near[n].first}});
      nearest_titles.push_back(title);
    }
  }
  const nlohmann::json source_shares = shares_of(sources);
  const nlohmann::json expert_shares = shares_of(experts);
  std::string text = nearest_titles.empty() ? "" : fmt::format("close to {}; ", fmt::join(nearest_titles, ", "));
  text += fmt::format("sources: {}; experts: {}", largest_of(source_shares, 3), largest_of(expert_shares, 3));
  return {{"sources", source_shares},
          {"experts", expert_shares},
          {"nearest", nearest},
          {"channel", to_string(channel_of(item, channels_))},
          {"text", text}};
}

}  // namespace haina
