// The invented shop as numbers: items, users, and what each user likes, before anything is written.
//
// There are nine tastes. A taste t has d_t dimensions; an item has a vector z of them, a user a vector p, and they
// match by p · z. The components of p are standard normal, and z has length 1 on average, so that every match has
// variance 1 over users and items. Strengths say how much each taste counts:
//
//   utility(u, i, week) = sum over t of strength_t (p_tu · z_ti) + popularity_i + fashion_i(week) + g
//
//   popularity_i   normal with deviation kPopularity
//   fashion_i      one item in kFashionEvery has a peak week: kFashion exp(-((week - peak) / kFashionWeeks)^2); else 0
//   g              standard Gumbel noise, drawn anew at each visit
//
// A user views the item of the highest utility among those on sale and not viewed before. That is a draw from the
// softmax of the utility without its noise (Gumbel 1954; McFadden, "Conditional logit analysis of qualitative choice
// behavior", 1974), without replacement.
//
// A user's p is shared in part with the circle of friends, and in part with users of the same age band and region:
//
//   p = sqrt(kCircleShare) circle + sqrt(kProfileShare) (age band + region) / sqrt(2) + sqrt(rest) own
//
// with all of these vectors standard normal. Nothing else ties users to each other.
//
// The tastes are independent of each other, and an item shows each in one place alone (TasteInfo::source), the hidden
// one nowhere: only behaviour tells it. Shelf and scans of an item are random and mean nothing.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace haina {

enum class ShopMedia { kWrite, kLeaveOut };

// What to invent. Numbers of users and items outside the bounds below are refused.
struct ShopOptions {
  int64_t users = 2000;
  int64_t items = 800;
  uint64_t seed = 7;
  ShopMedia media = ShopMedia::kWrite;
};

inline constexpr int64_t kFewestShopUsers = 50, kMostShopUsers = 200'000;
inline constexpr int64_t kFewestShopItems = 50, kMostShopItems = 20'000;

enum Taste : int {
  kHueTaste,
  kPitchTaste,
  kSpeedTaste,
  kSubjectTaste,
  kCategoryTaste,
  kBrandTaste,
  kPriceTaste,
  kMoodTaste,
  kHiddenTaste
};
inline constexpr int kNumTastes = 9;

struct TasteInfo {
  std::string_view name = {};      // "hue"
  std::string_view source = {};    // [[source]] that shows it; empty: none does
  std::string_view field = {};     // of that source, as the prepared dataset calls it
  std::string_view shown_by = {};  // "the hue of the shape in the picture"
  int dimensions = 1;
  double strength = 0;
  double shown_share = 1;  // probability that an item has such a file
};
const std::array<TasteInfo, kNumTastes>& taste_infos();

inline constexpr double kPopularity = 0.7;
inline constexpr double kCircleShare = 0.4, kProfileShare = 0.2;
inline constexpr int kCircleSize = 20;  // users, on average
inline constexpr int kFashionEvery = 5;
inline constexpr double kFashion = 2.5, kFashionWeeks = 5;
inline constexpr int kNumWeeks = 52;
inline constexpr int64_t kShopOpens = 1'735'689'600;  // 2025-01-01T00:00:00Z, in seconds since 1970
inline constexpr int64_t kWeekSeconds = int64_t{7} * 24 * 3600;
inline constexpr int kScanLength = 8;
inline constexpr int kNumShelves = 10;

// Tastes of one item or user, side by side; taste_offset() says where each begins.
struct TasteVectors {
  std::vector<double> values;  // [rows, taste_width()]
  std::span<const double> of(int64_t row, Taste taste) const;
};
int64_t taste_width();
int64_t taste_offset(Taste taste);

// What the files show of an item, or leave out.
struct ShopItem {
  std::string id;     // "i001"
  std::string title;  // without a meaning
  double hue = 0;     // of the picture, in turns of the colour circle: 0 red, 1/3 green, 2/3 blue
  double pitch = 0;   // of the sound, in Hz
  double speed = 0;   // of the clip, in pixels a frame
  int subject = 0;    // of the description
  int category = 0;
  int brand = 0;
  int mood = 0;  // of comments
  double price = 0;
  double popularity = 0;
  int added_week = 0;  // on sale from then on; below 0: before the shop's first event
  int peak_week = -1;  // of the fashion; -1: none
  int shelf = 0;
  bool has_picture = false, has_sound = false, has_clip = false;
};

struct ShopUser {
  std::string id;  // "u0001"
  int age_band = 0;
  int region = 0;
  int circle = 0;
  std::vector<int32_t> follows;  // rows of users
};

struct ShopWorld {
  ShopOptions options;
  std::vector<ShopItem> items;
  std::vector<ShopUser> users;
  TasteVectors item_tastes, user_tastes;
  std::vector<double> scans;  // [items, kScanLength], standard normal, without a meaning
};

// kInvalidArgument where there are too few or too many users or items. The same options give the same world on every
// machine.
Result<ShopWorld> make_shop_world(const ShopOptions& options);

// Match of each item with the user, without strength. Size: items.
std::vector<double> taste_matches(const ShopWorld& world, int64_t user, Taste taste);
// Sum of strength x match of each item, minus its mean over the items. Size: items.
std::vector<double> liking(const ShopWorld& world, int64_t user);
// fashion_i(week).
double fashion(const ShopItem& item, int week);

// Variance over the items of one user's utility, averaged over users (at most 500), by what it comes from.
struct UtilityVariance {
  std::array<double, kNumTastes> taste = {};
  double popularity = 0;
  double fashion = 0;                    // averaged over weeks
  double noise = 1.6449340668482264365;  // pi^2 / 6, of the Gumbel noise
  double total() const;
};
UtilityVariance utility_variance(const ShopWorld& world);

}  // namespace haina
