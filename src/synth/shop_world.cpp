#include "synth/shop_world.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/seed.h"
#include "synth/portable_math.h"
#include "synth/shop_words.h"

namespace haina {
namespace {

constexpr double kPricesSpread = 0.6;  // deviation of the logarithm of prices
constexpr double kMiddlePrice = 30;    // of the shop
constexpr double kOldItems = 0.7;      // share on sale before the first event
constexpr int kFollowsInCircle = 5;    // of each user, where the circle is that large
constexpr int kMostVarianceUsers = 500;

// "u0001": as many digits as the largest number has, so that ids of a shop are of one length.
std::string padded_id(char letter, int64_t number, int64_t count) {
  return fmt::format("{}{:0{}}", letter, number + 1, fmt::formatted_size("{}", count));
}

Status check_count(int64_t count, int64_t fewest, int64_t most, const std::string& option) {
  if (count >= fewest && count <= most) {
    return ok();
  }
  return fail({ErrorCode::kInvalidArgument, fmt::format("{} is no possible number", count), option,
               fmt::format("give a number from {} to {}", fewest, most)});
}

void set_one_hot(TasteVectors& tastes, int64_t row, Taste taste, int value) {
  tastes.values[static_cast<size_t>(row * taste_width() + taste_offset(taste) + value)] = 1;
}

void set_number(TasteVectors& tastes, int64_t row, Taste taste, int dimension, double value) {
  tastes.values[static_cast<size_t>(row * taste_width() + taste_offset(taste) + dimension)] = value;
}

// One stream a property: a shop with more items begins with the same ones.
void draw_items(ShopWorld& world) {
  const uint64_t seed = world.options.seed;
  RandomStream titles(seed, "titles"), looks(seed, "looks"), labels(seed, "labels"), prices(seed, "prices"),
      hidden(seed, "hidden"), popularity(seed, "popularity"), weeks(seed, "weeks"), noise(seed, "noise"),
      files(seed, "files");
  world.item_tastes.values.assign(static_cast<size_t>(world.options.items * taste_width()), 0);
  for (int64_t i = 0; i < world.options.items; ++i) {
    ShopItem item;
    item.id = padded_id('i', i, world.options.items);
    item.title = draw_title(titles);
    item.hue = looks.uniform();
    set_number(world.item_tastes, i, kHueTaste, 0, sine_of_turns(item.hue + 0.25));
    set_number(world.item_tastes, i, kHueTaste, 1, sine_of_turns(item.hue));
    const double pitch = draw_flat(looks), speed = draw_flat(looks);
    item.pitch = 220 * portable_exp(0.8 * std::numbers::ln2 * pitch);  // 84 to 575 Hz
    item.speed = 4 + 2 * speed;                                        // 0.5 to 7.5 pixels
    set_number(world.item_tastes, i, kPitchTaste, 0, pitch);
    set_number(world.item_tastes, i, kSpeedTaste, 0, speed);
    item.subject = static_cast<int>(labels.below(kNumSubjects));
    item.category = static_cast<int>(labels.below(kNumCategories));
    item.brand = static_cast<int>(labels.below(kNumBrands));
    item.mood = static_cast<int>(labels.below(kNumMoods));
    set_one_hot(world.item_tastes, i, kSubjectTaste, item.subject);
    set_one_hot(world.item_tastes, i, kCategoryTaste, item.category);
    set_one_hot(world.item_tastes, i, kBrandTaste, item.brand);
    set_one_hot(world.item_tastes, i, kMoodTaste, item.mood);
    const double level = draw_normal(prices);
    item.price = std::round(100 * kMiddlePrice * portable_exp(kPricesSpread * level)) / 100;
    set_number(world.item_tastes, i, kPriceTaste, 0, level);
    const int hidden_dimensions = taste_infos()[kHiddenTaste].dimensions;
    for (int d = 0; d < hidden_dimensions; ++d) {
      set_number(world.item_tastes, i, kHiddenTaste, d, draw_normal(hidden) / std::sqrt(hidden_dimensions));
    }
    item.popularity = kPopularity * draw_normal(popularity);
    const bool old = weeks.uniform() < kOldItems;
    item.added_week = old ? -1 - static_cast<int>(weeks.below(100)) : static_cast<int>(weeks.below(kNumWeeks));
    const bool in_fashion = weeks.below(kFashionEvery) == 0;
    const int peak = std::max(0, item.added_week) + static_cast<int>(weeks.below(kNumWeeks));
    item.peak_week = in_fashion ? peak % kNumWeeks : -1;
    item.shelf = static_cast<int>(noise.below(kNumShelves));
    for (int d = 0; d < kScanLength; ++d) {
      world.scans.push_back(draw_normal(noise));
    }
    item.has_picture = files.uniform() < taste_infos()[kHueTaste].shown_share;
    item.has_sound = files.uniform() < taste_infos()[kPitchTaste].shown_share;
    item.has_clip = files.uniform() < taste_infos()[kSpeedTaste].shown_share;
    world.items.push_back(std::move(item));
  }
}

// Standard normal vectors of the members of a group. [count, taste_width()]
std::vector<double> draw_group(RandomStream& stream, int64_t count) {
  std::vector<double> values(static_cast<size_t>(count * taste_width()));
  std::ranges::generate(values, [&] { return draw_normal(stream); });
  return values;
}

void draw_users(ShopWorld& world) {
  const uint64_t seed = world.options.seed;
  const int64_t num_circles = std::max<int64_t>(2, world.options.users / kCircleSize);
  RandomStream groups(seed, "groups"), profiles(seed, "profiles"), own(seed, "own");
  const std::vector<double> of_age = draw_group(groups, kNumAgeBands), of_region = draw_group(groups, kNumRegions),
                            of_circle = draw_group(groups, num_circles);
  const double circle_weight = std::sqrt(kCircleShare), profile_weight = std::sqrt(kProfileShare / 2),
               own_weight = std::sqrt(1 - kCircleShare - kProfileShare);
  for (int64_t u = 0; u < world.options.users; ++u) {
    ShopUser user;
    user.id = padded_id('u', u, world.options.users);
    user.age_band = static_cast<int>(profiles.below(kNumAgeBands));
    user.region = static_cast<int>(profiles.below(kNumRegions));
    user.circle = static_cast<int>(profiles.below(num_circles));
    for (int64_t d = 0; d < taste_width(); ++d) {
      const auto part = [&](const std::vector<double>& group, int member) {
        return group[static_cast<size_t>(member * taste_width() + d)];
      };
      world.user_tastes.values.push_back(circle_weight * part(of_circle, user.circle) +
                                         profile_weight * (part(of_age, user.age_band) + part(of_region, user.region)) +
                                         own_weight * draw_normal(own));
    }
    world.users.push_back(std::move(user));
  }
}

// Five of the own circle and one of all users, without repeats and without oneself.
void draw_follows(ShopWorld& world) {
  std::vector<std::vector<int32_t>> members;
  for (size_t u = 0; u < world.users.size(); ++u) {
    const auto circle = static_cast<size_t>(world.users[u].circle);
    members.resize(std::max(members.size(), circle + 1));
    members[circle].push_back(static_cast<int32_t>(u));
  }
  RandomStream stream(world.options.seed, "follows");
  for (size_t u = 0; u < world.users.size(); ++u) {
    ShopUser& user = world.users[u];
    const auto add = [&](int32_t other) {
      if (other != static_cast<int32_t>(u) && std::ranges::find(user.follows, other) == user.follows.end()) {
        user.follows.push_back(other);
      }
    };
    const std::vector<int32_t>& circle = members[static_cast<size_t>(user.circle)];
    for (int n = 0; n < kFollowsInCircle; ++n) {
      add(circle[static_cast<size_t>(stream.below(std::ssize(circle)))]);
    }
    add(static_cast<int32_t>(stream.below(world.options.users)));
  }
}

double variance_over_items(std::span<const double> values) {
  double sum = 0, squares = 0;
  for (const double value : values) {
    sum += value;
    squares += value * value;
  }
  const auto count = static_cast<double>(values.size());
  return squares / count - (sum / count) * (sum / count);
}

}  // namespace

const std::array<TasteInfo, kNumTastes>& taste_infos() {
  static constexpr std::array<TasteInfo, kNumTastes> kInfos = {
      {{.name = "hue",
        .source = "pictures",
        .field = "picture",
        .shown_by = "the hue of the shape in the picture",
        .dimensions = 2,
        .strength = 1.2,
        .shown_share = 0.85},
       {.name = "pitch",
        .source = "sounds",
        .field = "sound",
        .shown_by = "the pitch of the tone in the sound",
        .strength = 1,
        .shown_share = 0.7},
       {.name = "speed",
        .source = "clips",
        .field = "motion",
        .shown_by = "the speed of the square in the clip",
        .strength = 1,
        .shown_share = 0.6},
       {.name = "subject",
        .source = "descriptions",
        .field = "description",
        .shown_by = "words of the description",
        .dimensions = kNumSubjects,
        .strength = 1.2},
       {.name = "category",
        .source = "categories",
        .field = "category",
        .shown_by = "the category",
        .dimensions = kNumCategories,
        .strength = 1},
       {.name = "brand",
        .source = "brands",
        .field = "brand",
        .shown_by = "the brand",
        .dimensions = kNumBrands,
        .strength = 0.8},
       {.name = "price", .source = "prices", .field = "price", .shown_by = "the price: its logarithm", .strength = 0.8},
       {.name = "mood",
        .source = "comments",
        .field = "text",
        .shown_by = "words of the comments",
        .dimensions = kNumMoods,
        .strength = 0.8},
       {.name = "hidden", .shown_by = "nothing but what users do", .dimensions = 3, .strength = 1.2}}};
  return kInfos;
}

int64_t taste_offset(Taste taste) {
  int64_t offset = 0;
  for (int t = 0; t < taste; ++t) {
    offset += taste_infos()[static_cast<size_t>(t)].dimensions;
  }
  return offset;
}

int64_t taste_width() {
  static const int64_t kWidth = taste_offset(static_cast<Taste>(kNumTastes));
  return kWidth;
}

std::span<const double> TasteVectors::of(int64_t row, Taste taste) const {
  return std::span(values).subspan(static_cast<size_t>(row * taste_width() + taste_offset(taste)),
                                   static_cast<size_t>(taste_infos()[taste].dimensions));
}

Result<ShopWorld> make_shop_world(const ShopOptions& options) {
  HAINA_OK(check_count(options.users, kFewestShopUsers, kMostShopUsers, "--users"));
  HAINA_OK(check_count(options.items, kFewestShopItems, kMostShopItems, "--items"));
  ShopWorld world = {.options = options, .items = {}, .users = {}, .item_tastes = {}, .user_tastes = {}, .scans = {}};
  draw_items(world);
  draw_users(world);
  draw_follows(world);
  return world;
}

std::vector<double> taste_matches(const ShopWorld& world, int64_t user, Taste taste) {
  const std::span<const double> wanted = world.user_tastes.of(user, taste);
  std::vector<double> matches(world.items.size(), 0);
  for (size_t i = 0; i < matches.size(); ++i) {
    const std::span<const double> given = world.item_tastes.of(static_cast<int64_t>(i), taste);
    for (size_t d = 0; d < given.size(); ++d) {
      matches[i] += wanted[d] * given[d];
    }
  }
  return matches;
}

std::vector<double> liking(const ShopWorld& world, int64_t user) {
  std::vector<double> sum(world.items.size(), 0);
  for (int t = 0; t < kNumTastes; ++t) {
    const std::vector<double> matches = taste_matches(world, user, static_cast<Taste>(t));
    for (size_t i = 0; i < sum.size(); ++i) {
      sum[i] += taste_infos()[static_cast<size_t>(t)].strength * matches[i];
    }
  }
  double mean = 0;
  for (const double value : sum) {
    mean += value;
  }
  mean /= static_cast<double>(sum.size());
  for (double& value : sum) {
    value -= mean;
  }
  return sum;
}

double fashion(const ShopItem& item, int week) {
  if (item.peak_week < 0) {
    return 0;
  }
  const double distance = (week - item.peak_week) / kFashionWeeks;
  return kFashion * portable_exp(-distance * distance);
}

double UtilityVariance::total() const {
  double sum = popularity + fashion + noise;
  for (const double variance : taste) {
    sum += variance;
  }
  return sum;
}

UtilityVariance utility_variance(const ShopWorld& world) {
  UtilityVariance found;
  const auto num_users = std::min<int64_t>(std::ssize(world.users), kMostVarianceUsers);
  for (int64_t u = 0; u < num_users; ++u) {
    for (int t = 0; t < kNumTastes; ++t) {
      const double strength = taste_infos()[static_cast<size_t>(t)].strength;
      found.taste[static_cast<size_t>(t)] += strength * strength *
                                             variance_over_items(taste_matches(world, u, static_cast<Taste>(t))) /
                                             static_cast<double>(num_users);
    }
  }
  std::vector<double> values(world.items.size());
  std::ranges::transform(world.items, values.begin(), [](const ShopItem& item) { return item.popularity; });
  found.popularity = variance_over_items(values);
  for (int week = 0; week < kNumWeeks; ++week) {
    std::ranges::transform(world.items, values.begin(), [&](const ShopItem& item) { return fashion(item, week); });
    found.fashion += variance_over_items(values) / kNumWeeks;
  }
  return found;
}

}  // namespace haina
