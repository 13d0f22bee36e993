#include "recommend/channels.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "base/suggest.h"
#include "experts/expert.h"

namespace haina {
namespace {

constexpr std::array<std::pair<const char*, Channel>, 8> kNames = {{{"all", Channel::kAll},
                                                                    {"fused", Channel::kFused},
                                                                    {"similar", Channel::kSimilar},
                                                                    {"friends", Channel::kFriends},
                                                                    {"query", Channel::kQuery},
                                                                    {"trending", Channel::kTrending},
                                                                    {"popular", Channel::kPopular},
                                                                    {"fresh", Channel::kFresh}}};
constexpr size_t kRecentItems = 5;  // newest items of the history whose mean vector "similar" compares with

// The scores of the expert whose registry entry names this channel; undefined where the model has none.
at::Tensor expert_scores(const ChannelInput& input, Channel channel) {
  const std::vector<NamedExpert>& experts = input.model.experts;
  for (size_t e = 0; e < experts.size(); ++e) {
    const Result<const ExpertEntry*> entry = find_expert(experts[e].name, "");
    if (entry && (*entry)->channel == to_string(channel) && input.each[e].defined()) {
      return input.each[e].squeeze(0);
    }
  }
  return {};
}

at::Tensor similar_scores(const ChannelInput& input) {
  if (!input.model.network || input.state.history.empty()) {
    return {};
  }
  std::vector<int32_t> recent;
  for (auto event = input.state.history.rbegin(); event != input.state.history.rend() && recent.size() < kRecentItems;
       ++event) {
    recent.push_back(row_of(event->item));
  }
  const at::Tensor center = input.catalog.vectors(*input.model.network, recent).mean(0);
  at::Tensor scores = at::mv(input.model.network->item_vectors(), center);
  if (const AddedItems* const added = input.catalog.added(); added != nullptr && added->size() > 0) {
    scores = at::cat({scores, added->dot(center)});
  }
  return scores;
}

}  // namespace

std::string_view to_string(Channel channel) {
  return std::ranges::find(kNames, channel, [](const auto& entry) { return entry.second; })->first;
}

Result<Channel> parse_channel(const std::string& name) {
  std::vector<std::string> known;
  for (const auto& [text, channel] : kNames) {
    if (name == text) {
      return channel;
    }
    known.emplace_back(text);
  }
  return fail(
      {ErrorCode::kInvalidArgument, fmt::format("unknown channel '{}'", name), "channel", did_you_mean(name, known)});
}

at::Tensor channel_scores(Channel channel, const ChannelInput& input) {
  switch (channel) {
    case Channel::kAll:
      return input.total;
    case Channel::kFused:
      return input.model.network ? input.each[input.model.experts.size()].squeeze(0) : at::Tensor();
    case Channel::kSimilar:
      return similar_scores(input);
    case Channel::kFriends: {
      const at::Tensor scores = input.state.friends.empty() ? at::Tensor() : expert_scores(input, channel);
      return scores.defined() ? scores.masked_fill(scores.le(scores.min()), kNever) : scores;
    }
    case Channel::kQuery:
      return input.match.defined() ? input.match.masked_fill(input.match.le(0), kNever) : input.match;
    case Channel::kTrending: {
      const at::Tensor live = input.trend.defined() && input.trend.gt(0).any().item<bool>()
                                  ? input.trend.masked_fill(input.trend.le(0), kNever)
                                  : at::Tensor();
      return live.defined() ? live : expert_scores(input, channel);
    }
    case Channel::kPopular:
      return expert_scores(input, channel);
    case Channel::kFresh: {
      const int64_t known = input.catalog.dataset().items.size();
      if (input.catalog.size() == known) {
        return {};
      }
      at::Tensor scores = input.total.clone();
      scores.narrow(0, 0, known).fill_(kNever);
      return scores;
    }
  }
  return {};
}

Channel channel_of(int32_t item, std::span<const std::pair<Channel, at::Tensor>> channels) {
  Channel best = Channel::kAll;
  int64_t best_rank = std::numeric_limits<int64_t>::max();
  for (const auto& [channel, scores] : channels) {
    const float own = scores.const_data_ptr<float>()[item];
    if (!std::isfinite(own)) {
      continue;
    }
    const int64_t rank = scores.gt(own).sum().item<int64_t>();
    if (rank < best_rank) {
      best = channel;
      best_rank = rank;
    }
  }
  return best;
}

}  // namespace haina
