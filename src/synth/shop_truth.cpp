#include "synth/shop_truth.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace haina {
namespace {

using Json = nlohmann::json;

double to_four_digits(double value) { return std::round(value * 1e4) / 1e4; }

// Share of the items in which the taste shows.
double share_shown(const ShopWorld& world, const ShopHistory& history, int taste) {
  const auto share_of = [&](int64_t count) {
    return static_cast<double>(count) / static_cast<double>(world.items.size());
  };
  const auto share_with = [&](bool ShopItem::* has_file) {
    return world.options.media == ShopMedia::kLeaveOut ? 0 : share_of(std::ranges::count(world.items, true, has_file));
  };
  switch (taste) {
    case kHueTaste:
      return share_with(&ShopItem::has_picture);
    case kPitchTaste:
      return share_with(&ShopItem::has_sound);
    case kSpeedTaste:
      return share_with(&ShopItem::has_clip);
    case kMoodTaste: {
      std::set<int32_t> with_comments;
      for (const ShopEvent& comment : history.comments) {
        with_comments.insert(comment.item);
      }
      return share_of(std::ssize(with_comments));
    }
    case kHiddenTaste:
      return 0;
    default:
      return 1;
  }
}

Json tastes_truth(const ShopWorld& world, const ShopHistory& history, const UtilityVariance& variance) {
  double of_all = 0;
  for (const double of_one : variance.taste) {
    of_all += of_one;
  }
  Json tastes = Json::array();
  for (int t = 0; t < kNumTastes; ++t) {
    const TasteInfo& info = taste_infos()[static_cast<size_t>(t)];
    const double of_one = variance.taste[static_cast<size_t>(t)], shown = share_shown(world, history, t);
    const bool none = shown == 0;
    tastes.push_back({{"name", info.name},
                      {"source", none ? Json() : Json(info.source)},
                      {"field", none ? Json() : Json(fmt::format("{}.{}", info.source, info.field))},
                      {"shown_by", none ? "nothing but what users do" : info.shown_by},
                      {"dimensions", info.dimensions},
                      {"strength", info.strength},
                      {"share_of_utility", to_four_digits(of_one / variance.total())},
                      {"share_of_liking", to_four_digits(of_one / of_all)},
                      {"items_shown", to_four_digits(shown)}});
  }
  return tastes;
}

std::string tastes_header(const std::string& id) {
  std::string header = id;
  for (const TasteInfo& info : taste_infos()) {
    for (int d = 1; d <= info.dimensions; ++d) {
      header += info.dimensions == 1 ? fmt::format(",{}", info.name) : fmt::format(",{}_{}", info.name, d);
    }
  }
  return header + "\n";
}

template <class Entity>
std::string tastes_csv(const std::string& header, const std::vector<Entity>& entities, const TasteVectors& tastes) {
  std::string text = tastes_header(header);
  const auto width = static_cast<size_t>(taste_width());
  for (size_t row = 0; row < entities.size(); ++row) {
    text += entities[row].id;
    for (size_t d = 0; d < width; ++d) {
      text += fmt::format(",{:.6g}", tastes.values[row * width + d]);
    }
    text += '\n';
  }
  return text;
}

}  // namespace

Json shop_truth(const ShopWorld& world, const ShopHistory& history) {
  const UtilityVariance variance = utility_variance(world);
  const auto part = [&](double of_one) {
    return Json{{"share_of_utility", to_four_digits(of_one / variance.total())}};
  };
  return {{"schema", "haina.synth.shop/1"},
          {"seed", world.options.seed},
          {"users", world.options.users},
          {"items", world.options.items},
          {"goal", "purchases"},
          {"tastes", tastes_truth(world, history, variance)},
          {"other_parts",
           {{"popularity", part(variance.popularity)},
            {"fashion", part(variance.fashion)},
            {"noise", part(variance.noise)}}},
          {"user_sources",
           {{{"source", "follows"},
             {"fields", {"follows.friends"}},
             {"what", "friends have a part of every taste in common"},
             {"share_of_taste", kCircleShare}},
            {{"source", "profiles"},
             {"fields", {"profiles.age_band", "profiles.region"}},
             {"what", "an age band and a region have a part of every taste in common"},
             {"share_of_taste", kProfileShare}},
            {{"source", "searches"},
             {"fields", {"searches.words"}},
             {"what", "users search for words of subjects that they like"},
             {"taste", "subject"}}}},
          {"worthless",
           {{{"source", "titles"}, {"fields", {"titles.title"}}},
            {{"source", "shelves"}, {"fields", {"shelves.shelf"}}},
            {{"source", "scans"}, {"fields", {"scans.scan"}}}}}};
}

std::string item_tastes_csv(const ShopWorld& world) { return tastes_csv("item", world.items, world.item_tastes); }
std::string user_tastes_csv(const ShopWorld& world) { return tastes_csv("user", world.users, world.user_tastes); }

}  // namespace haina
