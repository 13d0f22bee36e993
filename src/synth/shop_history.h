// What the users of the invented shop do, in order of time: views, and what follows some of them.
//
//   view       a draw from the softmax of the utility without its noise, see shop_world.h, without replacement
//   purchase   of a view with probability sigmoid(kBuy + kBuySlope liking), minutes to hours later
//   favourite  of a view likewise, with kFavour and kFavourSlope, a minute later; independent of the purchase
//   comment    of a purchase with probability kCommentShare, days later: words of the item's mood among others. The
//              export of comments ends after kCommentWeeks: else the number of an item's words would tell how often it
//              is bought in the time that the split holds out
//   search     words of a subject, drawn from the softmax of kSearchSlope times the user's taste for subjects
//
// liking: sum of strength x match, centred over the items. Users begin at a random moment of the first 60 % of the
// year; their visits are spread evenly over the rest.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/stop.h"
#include "synth/shop_world.h"

namespace haina {

inline constexpr double kBuy = -4, kBuySlope = 0.5;
inline constexpr double kFavour = -5, kFavourSlope = 0.5;
inline constexpr double kCommentShare = 0.4;
inline constexpr int kCommentWeeks = 42;
inline constexpr double kSearchSlope = 1.5;
inline constexpr double kFewestViews = 8, kMoreViews = 24;  // views of a user: at least, and on average beyond that
inline constexpr double kSearches = 4;                      // of a user, on average

// Rows of users and items; time in seconds since 1970.
struct ShopEvent {
  int32_t user = 0;
  int32_t item = 0;
  int64_t time = 0;
  std::string text = {};  // of comments
};
struct ShopSearch {
  int32_t user = 0;
  int64_t time = 0;
  std::string words = {};
};

// Each sorted by time, then by user, then by item or words.
struct ShopHistory {
  std::vector<ShopEvent> views, purchases, favourites, comments;
  std::vector<ShopSearch> searches;
};

// Cost: views x items. The same world gives the same history on every machine. kInterrupted when `stop` is requested.
Result<ShopHistory> draw_shop_history(const ShopWorld& world, const StopFlag* stop = nullptr);

// kInterrupted, with what to do.
Error shop_interrupted();

}  // namespace haina
