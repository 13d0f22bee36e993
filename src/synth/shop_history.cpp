#include "synth/shop_history.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "base/seed.h"
#include "synth/portable_math.h"
#include "synth/shop_words.h"

namespace haina {
namespace {

constexpr double kYearSeconds = static_cast<double>(kNumWeeks * kWeekSeconds);
constexpr double kStartsWithin = 0.6;  // of the year

// exp(popularity + fashion) of each item in each week; 0 before it is on sale. [kNumWeeks, items]
std::vector<std::vector<double>> weights_by_week(const ShopWorld& world) {
  std::vector<std::vector<double>> weights(kNumWeeks, std::vector<double>(world.items.size(), 0));
  for (int week = 0; week < kNumWeeks; ++week) {
    for (size_t i = 0; i < world.items.size(); ++i) {
      const ShopItem& item = world.items[i];
      if (item.added_week <= week) {
        weights[static_cast<size_t>(week)][i] = portable_exp(item.popularity + fashion(item, week));
      }
    }
  }
  return weights;
}

// A whole number of at least `fewest`, beyond it with mean `more`, exponentially.
int64_t draw_number(RandomStream& stream, double fewest, double more) {
  return static_cast<int64_t>(fewest - more * portable_log(1 - stream.uniform()));
}

// Row drawn with a probability in proportion to its weight; -1 where all are 0.
int64_t draw_row(RandomStream& stream, std::span<const double> a, std::span<const double> b) {
  double total = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    total += a[i] * b[i];
  }
  double left = stream.uniform() * total;
  int64_t last = -1;
  for (size_t i = 0; i < a.size(); ++i) {
    const double weight = a[i] * b[i];
    if (weight > 0) {
      last = static_cast<int64_t>(i);
      left -= weight;
      if (left < 0) {
        break;
      }
    }
  }
  return last;
}

std::string draw_words(RandomStream& stream, std::span<const std::string_view> words, int count) {
  std::string text;
  for (int n = 0; n < count; ++n) {
    text += (n == 0 ? "" : " ");
    text += words[static_cast<size_t>(stream.below(std::ssize(words)))];
  }
  return text;
}

std::string comment_text(RandomStream& stream, const ShopItem& item) {
  // One draw a statement: the order of two in one expression is the compiler's choice.
  std::string text = draw_words(stream, words_of_mood(item.mood), 2) + " ";
  text += draw_words(stream, filler_words(), 3) + " ";
  return text + draw_words(stream, words_of_mood(item.mood), 1);
}

class HistoryDraw {
 public:
  explicit HistoryDraw(const ShopWorld& world)
      : world_(world),
        weights_(weights_by_week(world)),
        visits_(world.options.seed, "visits"),
        follow_ups_(world.options.seed, "follow-ups"),
        searches_(world.options.seed, "searches") {}

  void add_user(int64_t u) {
    user_ = static_cast<int32_t>(u);
    const std::vector<double> likings = liking(world_, u);
    const double best = *std::ranges::max_element(likings);
    std::vector<double> weight(likings.size());  // of items not viewed yet
    std::ranges::transform(likings, weight.begin(), [&](double value) { return portable_exp(value - best); });
    const int64_t most = std::ssize(world_.items) / 4;
    const int64_t num_views = std::min(most, draw_number(visits_, kFewestViews, kMoreViews));
    const double start = kStartsWithin * visits_.uniform();
    std::vector<double> moments(static_cast<size_t>(num_views));
    std::ranges::generate(moments, [&] { return start + (1 - start) * visits_.uniform(); });
    std::ranges::sort(moments);
    for (const double moment : moments) {
      const auto since_open = static_cast<int64_t>(moment * kYearSeconds);
      const int64_t item = draw_row(visits_, weight, weights_[static_cast<size_t>(since_open / kWeekSeconds)]);
      if (item >= 0) {
        weight[static_cast<size_t>(item)] = 0;
        add_view(static_cast<int32_t>(item), kShopOpens + since_open, likings[static_cast<size_t>(item)]);
      }
    }
    add_searches(start);
  }

  ShopHistory finish() {
    for (std::vector<ShopEvent>* const events :
         {&history_.views, &history_.purchases, &history_.favourites, &history_.comments}) {
      std::ranges::sort(*events, {}, [](const ShopEvent& row) { return std::tuple(row.time, row.user, row.item); });
    }
    std::ranges::sort(history_.searches, {}, [](const ShopSearch& row) {
      return std::tuple(row.time, row.user, std::string_view(row.words));
    });
    return std::move(history_);
  }

 private:
  void add(std::vector<ShopEvent>& events, int32_t item, int64_t time, std::string text = "") const {
    if (time < kShopOpens + kNumWeeks * kWeekSeconds) {  // the export ends there
      events.push_back({.user = user_, .item = item, .time = time, .text = std::move(text)});
    }
  }

  void add_view(int32_t item, int64_t time, double liked) {
    add(history_.views, item, time);
    const bool buys = follow_ups_.uniform() < portable_sigmoid(kBuy + kBuySlope * liked);
    const int64_t bought = time + 120 + follow_ups_.below(int64_t{6} * 3600);
    const bool favours = follow_ups_.uniform() < portable_sigmoid(kFavour + kFavourSlope * liked);
    const bool comments = follow_ups_.uniform() < kCommentShare;
    const int64_t commented = bought + (1 + follow_ups_.below(14)) * kWeekSeconds / 7;
    std::string text = comment_text(follow_ups_, world_.items[static_cast<size_t>(item)]);
    if (favours) {
      add(history_.favourites, item, time + 60);
    }
    if (buys) {
      add(history_.purchases, item, bought);
      if (comments && commented < kShopOpens + kCommentWeeks * kWeekSeconds) {
        add(history_.comments, item, commented, std::move(text));
      }
    }
  }

  void add_searches(double start) {
    std::array<double, kNumSubjects> chances{}, even{};
    even.fill(1);
    const std::span<const double> wanted = world_.user_tastes.of(user_, kSubjectTaste);
    for (size_t s = 0; s < chances.size(); ++s) {
      chances[s] = portable_exp(kSearchSlope * wanted[s]);
    }
    const int64_t count = draw_number(searches_, 0.5, kSearches - 0.5);
    for (int64_t n = 0; n < count; ++n) {
      const auto subject = static_cast<int>(draw_row(searches_, chances, even));
      const double moment = start + (1 - start) * searches_.uniform();
      std::string words = draw_words(searches_, words_of_subject(subject), 2);
      history_.searches.push_back(
          {.user = user_, .time = kShopOpens + static_cast<int64_t>(moment * kYearSeconds), .words = std::move(words)});
    }
  }

  const ShopWorld& world_;
  std::vector<std::vector<double>> weights_;
  RandomStream visits_, follow_ups_, searches_;
  ShopHistory history_;
  int32_t user_ = 0;
};

}  // namespace

Error shop_interrupted() {
  return {ErrorCode::kInterrupted, "interrupted", "", "delete the folder and run the command again"};
}

Result<ShopHistory> draw_shop_history(const ShopWorld& world, const StopFlag* stop) {
  HistoryDraw draw(world);
  for (int64_t u = 0; u < std::ssize(world.users); ++u) {
    if (stop != nullptr && stop->requested()) {
      return fail(shop_interrupted());
    }
    draw.add_user(u);
  }
  return draw.finish();
}

}  // namespace haina
