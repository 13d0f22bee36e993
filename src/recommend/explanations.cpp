#include "recommend/explanations.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "experts/expert.h"
#include "ranking/standardise.h"
#include "recommend/low_answers.h"

namespace haina {
namespace {

constexpr size_t kNearest = 3;      // items of the history that are named
constexpr size_t kNamedInText = 3;  // sources and experts that the text names
constexpr double kLeastShare = 0.01;
constexpr const char* kBehaviour = "behaviour";  // the source of everything learned from events

// Shares of the positive contributions, rounded to 0.001; those below kLeastShare are left out.
std::map<std::string, double> shares_of(const std::map<std::string, double>& contributions) {
  double total = 0;
  for (const auto& [name, contribution] : contributions) {
    total += std::max(0.0, contribution);
  }
  std::map<std::string, double> shares;
  for (const auto& [name, contribution] : contributions) {
    if (total > 0 && contribution / total >= kLeastShare) {
      shares[name] = std::round(1000 * contribution / total) / 1000;
    }
  }
  return shares;
}

// "ease (61 %), network (39 %)"
std::string largest_of(const std::map<std::string, double>& shares) {
  std::vector<std::pair<double, std::string>> sorted;
  for (const auto& [name, share] : shares) {
    sorted.emplace_back(-share, name);
  }
  std::ranges::sort(sorted);
  std::vector<std::string> texts;
  for (const auto& [share, name] : sorted) {
    if (texts.size() < kNamedInText) {
      texts.push_back(fmt::format("{} ({:.0f} %)", name, -100 * share));
    }
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

// The source that an expert's contribution counts for: behaviour for one that learns from a user's events, else the
// expert's own name, or the part after the dot where there is one instance per source ("content.movies.genres").
std::string source_of_expert(const std::string& name) {
  const Result<const ExpertEntry*> entry = find_expert(name, "");
  if (!entry || (*entry)->evidence == Evidence::kEvents) {
    return kBehaviour;
  }
  return name == (*entry)->name ? name : name.substr((*entry)->name.size() + 1);
}

std::string text_of(const Explanation& explanation) {
  std::vector<std::string> titles;
  for (const NearestItem& near : explanation.nearest) {
    titles.push_back(near.title);
  }
  const std::string close = titles.empty() ? "" : fmt::format("close to {}; ", fmt::join(titles, ", "));
  if (explanation.sources.empty() && explanation.experts.empty()) {
    return close + "no model has anything on it yet: by content, newness and live events";
  }
  return fmt::format("{}sources: {}; experts: {}", close, largest_of(explanation.sources),
                     largest_of(explanation.experts));
}

}  // namespace

Explainer::Explainer(const ChannelInput& input, std::vector<int32_t> items, double query_weight)
    : input_(input),
      items_(std::move(items)),
      query_weight_(query_weight),
      names_(input.model.names()),
      weights_(input.model.ranker.user_weights({&input.state, 1}).contiguous()) {
  for (const at::Tensor& scores : input.each) {
    standardised_.push_back(scores.defined() ? standardise(scores, input.catalog.dataset().items.size())
                                             : at::Tensor());
  }
  for (const NamedExpert& expert : input.model.experts) {
    source_names_.push_back(source_of_expert(expert.name));
  }
  if (const auto& network = input.model.network) {
    std::vector<int32_t> trained = items_;  // added items have no row in the network: row 0 stands in, then zeros
    for (int32_t& item : trained) {
      item = input.catalog.is_added(item) ? 0 : item;
    }
    source_parts_ = network->item_source_parts(input.state, trained).clone();
    for (size_t r = 0; r < items_.size(); ++r) {
      if (input.catalog.is_added(items_[r])) {
        source_parts_[static_cast<int64_t>(r)].zero_();
      }
    }
    vectors_ = input.catalog.vectors(*network, items_);
    for (const UserEvent& event : input.state.history) {
      history_.push_back(row_of(event.item));
    }
    std::ranges::sort(history_);
    history_.erase(std::unique(history_.begin(), history_.end()), history_.end());
    if (!history_.empty()) {
      history_vectors_ = input.catalog.vectors(*network, history_);
    }
  }
  for (const Channel channel : {Channel::kQuery, Channel::kFused, Channel::kSimilar, Channel::kFriends,
                                Channel::kTrending, Channel::kPopular, Channel::kFresh}) {
    if (const at::Tensor scores = channel_scores(channel, input); scores.defined()) {
      channels_.emplace_back(channel, scores.contiguous());
    }
  }
}

// Splits the network's contribution over the item's sources in the proportion in which they make up the cosine. The
// source "id" is learned from behaviour; of an item added since training only the content is known.
void Explainer::add_network_sources(size_t position, double contribution, Contributions& sources) const {
  const double positive = std::max(0.0, contribution);
  if (input_.catalog.is_added(items_[position])) {
    sources["content"] += positive;
    return;
  }
  const std::vector<std::string> names = input_.model.network->item_sources();
  const at::Tensor parts = source_parts_[static_cast<int64_t>(position)].clamp_min(0).contiguous();
  const double sum = std::max(1e-9, parts.sum().item<double>());
  for (size_t s = 0; s < names.size(); ++s) {
    sources[names[s] == "id" ? kBehaviour : names[s]] +=
        positive * static_cast<double>(parts.const_data_ptr<float>()[s]) / sum;
  }
}

std::vector<NearestItem> Explainer::nearest_of(size_t position) const {
  std::vector<NearestItem> nearest;
  if (!history_vectors_.defined()) {
    return nearest;
  }
  const at::Tensor cosines = at::mv(history_vectors_, vectors_[static_cast<int64_t>(position)]).contiguous();
  std::vector<std::pair<double, int32_t>> sorted;
  for (size_t h = 0; h < history_.size(); ++h) {
    sorted.emplace_back(-static_cast<double>(cosines.const_data_ptr<float>()[h]), history_[h]);
  }
  std::ranges::sort(sorted);
  for (size_t n = 0; n < std::min(sorted.size(), kNearest); ++n) {
    const auto& [negative_cosine, item] = sorted[n];
    if (-negative_cosine < kLeastSimilarity) {
      break;  // the nearest of what is not near is no reason
    }
    nearest.push_back({input_.catalog.id(item), input_.catalog.title(item), -negative_cosine});
  }
  return nearest;
}

void Explainer::add(size_t model, double contribution, size_t position, Contributions& experts,
                    Contributions& sources) const {
  experts[names_[model]] += contribution;
  if (model < source_names_.size()) {
    sources[source_names_[model]] += std::max(0.0, contribution);
  } else {
    add_network_sources(position, contribution, sources);
  }
}

Explanation Explainer::explain(size_t position) const {
  const int32_t item = items_[position];
  Contributions experts, sources;
  for (size_t m = 0; m < names_.size(); ++m) {
    if (!standardised_[m].defined()) {
      continue;  // the ranker does not read this model
    }
    const auto weight = static_cast<double>(weights_.const_data_ptr<float>()[m]);
    const double trust = input_.model.ranker.support.trust_in(m, item);
    const auto score_by = [&](size_t model) {
      return static_cast<double>(standardised_[model].const_data_ptr<float>()[item]);
    };
    add(m, weight * trust * score_by(m), position, experts, sources);
    if (trust < 1) {  // the network stands in for the rest
      const auto network = static_cast<size_t>(input_.model.ranker.support.network);
      add(network, weight * (1 - trust) * score_by(network), position, experts, sources);
    }
  }
  if (input_.match.defined()) {
    sources["query"] += query_weight_ * static_cast<double>(input_.match.const_data_ptr<float>()[item]);
  }
  Explanation explanation = {.sources = shares_of(sources),
                             .experts = shares_of(experts),
                             .nearest = nearest_of(position),
                             .channel = channel_of(item, channels_),
                             .text = ""};
  explanation.text = text_of(explanation);
  return explanation;
}

}  // namespace haina
