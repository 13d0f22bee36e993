// Candidate channels: each an order of the whole catalogue by one idea, to ask for alone and to name as a reason.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "recommend/catalog.h"
#include "model/model.h"

namespace haina {

enum class Channel { kAll, kFused, kSimilar, kFriends, kQuery, kTrending, kPopular, kFresh };
std::string_view to_string(Channel channel);
// kInvalidArgument with "did you mean".
Result<Channel> parse_channel(const std::string& name);

struct ChannelInput {
  const Catalogue& catalogue;
  const Model& model;
  const UserState& state;
  std::span<const at::Tensor> each;  // float32 [1, items] a model
  at::Tensor total = {};             // float32 [items]: the blend
  at::Tensor match = {};             // float32 [items] of the query; undefined: none
  at::Tensor trend = {};             // float32 [items], decayed counts of live events; undefined: none
};

// float32 [items], -inf for what the channel does not offer; undefined where it has nothing to say: no network, no
// history, no friends, no query.
at::Tensor channel_scores(Channel channel, const ChannelInput& input);
// The channel in which the item stands highest; the first of the enumeration among equals.
Channel channel_of(int32_t item, std::span<const std::pair<Channel, at::Tensor>> channels);

}  // namespace haina
