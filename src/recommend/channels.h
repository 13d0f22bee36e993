// Candidate channels. Each ranks the whole catalog by one idea; a request may ask for one alone, and explanations name
// the one that ranks an item highest.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "data/user_state.h"
#include "model/model.h"
#include "recommend/catalog.h"

namespace haina {

inline constexpr float kNever = -std::numeric_limits<float>::infinity();  // the score of an item that may not be listed

enum class Channel { kAll, kFused, kSimilar, kFriends, kQuery, kTrending, kPopular, kFresh };
std::string_view to_string(Channel channel);
// kInvalidArgument with "did you mean" for an unknown name.
Result<Channel> parse_channel(const std::string& name);

// What channels and explanations are computed from. All referenced objects must outlive it.
struct ChannelInput {
  const Catalog& catalog;
  const Model& model;
  const UserState& state;
  std::span<const at::Tensor> each;  // float32 [1, items] per model; undefined where the model was not scored
  at::Tensor total = {};             // float32 [items]: the ranker's score
  at::Tensor match = {};             // float32 [items]: text match with the query; undefined: no query
  at::Tensor trend = {};             // float32 [items]: decayed counts of live events; undefined: none
};

// float32 [items], -inf for items that the channel does not offer. Undefined where the channel has no scores for this
// user: no network, no history, no friends, no query, or no expert that makes the channel.
at::Tensor channel_scores(Channel channel, const ChannelInput& input);
// The channel that ranks the item highest; the first of `channels` among equals, kAll where none offers it.
Channel channel_of(int32_t item, std::span<const std::pair<Channel, at::Tensor>> channels);

}  // namespace haina
