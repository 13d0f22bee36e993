// What was planted is found again in the files, and what is called worthless is.
#include <algorithm>
#include <cmath>
#include <set>

#include "synth/shop_folder.h"
#include "synth/shop_history.h"
#include "synth/shop_words.h"

namespace haina {
namespace {

constexpr ShopOptions kShop = {.users = 1000, .items = 400, .seed = 7, .media = ShopMedia::kLeaveOut};

// One shop for all tests, as its files say it.
struct ReadShop {
  std::vector<Cells> purchases, items, users, follows, searches, comments;
  std::map<std::string, std::vector<double>> item_tastes, user_tastes;  // by id
  nlohmann::json truth;
};

std::map<std::string, std::vector<double>> tastes_of(const std::filesystem::path& path) {
  std::map<std::string, std::vector<double>> tastes;
  for (const Cells& row : csv_rows(path)) {
    std::ranges::transform(row.begin() + 1, row.end(), std::back_inserter(tastes[row[0]]),
                           [](const std::string& cell) { return std::stod(cell); });
  }
  return tastes;
}

class ShopTruth : public ShopTest {
 protected:
  const ReadShop& shop() const {
    static const ReadShop read = [&] {
      write("shop", kShop);
      const std::filesystem::path at = folder_ / "shop";
      return ReadShop{.purchases = csv_rows(at / "purchases.csv"),
                      .items = csv_rows(at / "items.csv"),
                      .users = csv_rows(at / "users.csv"),
                      .follows = csv_rows(at / "follows.csv"),
                      .searches = csv_rows(at / "searches.csv"),
                      .comments = csv_rows(at / "comments.csv"),
                      .item_tastes = tastes_of(at / "truth" / "items.csv"),
                      .user_tastes = tastes_of(at / "truth" / "users.csv"),
                      .truth = read_json(at / "truth.json").value()};
    }();
    return read;
  }
  // Ids of an item or user -> cell of a column.
  static std::map<std::string, std::string> column(const std::vector<Cells>& rows, size_t column) {
    std::map<std::string, std::string> cells;
    for (const Cells& row : rows) {
      cells[row[0]] = row[column];
    }
    return cells;
  }
  // How much more often two purchases of one user have the same value than two purchases of anyone.
  double repetition(const std::map<std::string, std::string>& value_of_item) const {
    std::map<std::string, std::map<std::string, double>> of_user;
    std::map<std::string, double> of_all;
    for (const Cells& purchase : shop().purchases) {
      ++of_user[purchase[0]][value_of_item.at(purchase[1])];
      ++of_all[value_of_item.at(purchase[1])];
    }
    double same = 0, pairs = 0, by_chance = 0;
    for (const auto& [user, counts] : of_user) {
      double total = 0;
      for (const auto& [value, count] : counts) {
        same += count * (count - 1);
        total += count;
      }
      pairs += total * (total - 1);
    }
    for (const auto& [value, count] : of_all) {
      by_chance += std::pow(count / static_cast<double>(shop().purchases.size()), 2);
    }
    return same / pairs / by_chance;
  }
};

TEST_F(ShopTruth, UsersBuyWhatTheirTastesSay) {
  size_t column = 0;
  const std::vector<Cells>& purchases = shop().purchases;
  ASSERT_GT(purchases.size(), 3000U);
  for (const nlohmann::json& taste : shop().truth.at("tastes")) {
    double bought = 0, by_chance = 0;  // mean match with what the user bought, and with what other users bought
    for (size_t n = 0; n < purchases.size(); ++n) {
      const std::vector<double>& wanted = shop().user_tastes.at(purchases[n][0]);
      const std::vector<double>& own = shop().item_tastes.at(purchases[n][1]);
      const std::vector<double>& other = shop().item_tastes.at(purchases[(n + 997) % purchases.size()][1]);
      for (size_t d = column; d < column + taste.at("dimensions").get<size_t>(); ++d) {
        bought += wanted[d] * own[d] / static_cast<double>(purchases.size());
        by_chance += wanted[d] * other[d] / static_cast<double>(purchases.size());
      }
    }
    // Matches have deviation 1, so 0.06 is four standard errors of 4,000 purchases.
    EXPECT_GT(bought - by_chance, 0.3) << taste.dump();
    EXPECT_NEAR(by_chance, 0, 0.15) << taste.dump();
    column += taste.at("dimensions").get<size_t>();
  }
  EXPECT_EQ(column, shop().item_tastes.begin()->second.size());
}

TEST_F(ShopTruth, CategoriesAndBrandsAreBoughtAgainAndShelvesAreNot) {
  EXPECT_GT(repetition(column(shop().items, 3)), 1.2);
  EXPECT_GT(repetition(column(shop().items, 4)), 1.1);
  // Slightly below 1, since a user buys an item once.
  EXPECT_NEAR(repetition(column(shop().items, 7)), 0.98, 0.04);
}

TEST_F(ShopTruth, FriendsBuyTheSameItems) {
  std::map<std::string, std::set<std::string>> bought;
  for (const Cells& purchase : shop().purchases) {
    bought[purchase[0]].insert(purchase[1]);
  }
  const auto common = [&](const std::string& a, const std::string& b) {
    return static_cast<double>(
        std::ranges::count_if(bought[a], [&](const std::string& item) { return bought[b].contains(item); }));
  };
  double of_friends = 0, of_others = 0;
  for (size_t n = 0; n < shop().follows.size(); ++n) {
    of_friends += common(shop().follows[n][0], shop().follows[n][1]);
    of_others += common(shop().follows[n][0], shop().follows[(n + 997) % shop().follows.size()][1]);
  }
  EXPECT_GT(of_friends, 1.3 * of_others);
}

TEST_F(ShopTruth, ProfilesTellTastes) {
  const std::map<std::string, std::string> age = column(shop().users, 1), region = column(shop().users, 2);
  double alike = 0, others = 0;  // sum of products of the tastes of users with the same profile, and with another
  int64_t num_alike = 0, num_others = 0;
  const size_t width = shop().user_tastes.begin()->second.size();
  for (size_t a = 0; a < shop().users.size(); ++a) {
    for (size_t b = a + 1; b < std::min(shop().users.size(), a + 200); ++b) {
      const std::string &one = shop().users[a][0], &two = shop().users[b][0];
      const bool same = age.at(one) == age.at(two) && region.at(one) == region.at(two);
      for (size_t d = 0; d < width; ++d) {
        (same ? alike : others) += shop().user_tastes.at(one)[d] * shop().user_tastes.at(two)[d];
      }
      ++(same ? num_alike : num_others);
    }
  }
  // kProfileShare in expectation; of the others, part of it where age band or region agree.
  EXPECT_GT(alike / static_cast<double>(num_alike), 1.5 * others / static_cast<double>(num_others));
}

// Share of the rows whose words come from the subject or mood that `expected` gives for the row.
template <class Expected, class WordsOf>
double share_of_right_words(const std::vector<Cells>& rows, size_t column, Expected expected, WordsOf words_of) {
  double right = 0;
  for (const Cells& row : rows) {
    const std::string first = row[column].substr(0, row[column].find(' '));
    const auto words = words_of(expected(row));
    right += std::ranges::find(words, first) == words.end() ? 0 : 1;
  }
  return right / static_cast<double>(rows.size());
}

int index_of_largest(std::span<const double> values) {
  return static_cast<int>(std::ranges::max_element(values) - values.begin());
}

TEST_F(ShopTruth, SearchesTellSubjectsAndCommentsTellMoods) {
  const auto liked_subject = [&](const Cells& row) {
    return index_of_largest(std::span(shop().user_tastes.at(row[0]))
                                .subspan(static_cast<size_t>(taste_offset(kSubjectTaste)), size_t{kNumSubjects}));
  };
  const double searched = share_of_right_words(shop().searches, 1, liked_subject, words_of_subject);
  EXPECT_GT(searched, 0.25);  // by chance 0.1
  const auto mood = [&](const Cells& row) {
    return index_of_largest(std::span(shop().item_tastes.at(row[1]))
                                .subspan(static_cast<size_t>(taste_offset(kMoodTaste)), size_t{kNumMoods}));
  };
  EXPECT_EQ(share_of_right_words(shop().comments, 2, mood, words_of_mood), 1);
}

TEST(ShopWords, EachTellsOneThing) {
  std::multiset<std::string_view> words(filler_words().begin(), filler_words().end());
  for (int subject = 0; subject < kNumSubjects; ++subject) {
    words.insert(words_of_subject(subject).begin(), words_of_subject(subject).end());
  }
  for (int mood = 0; mood < kNumMoods; ++mood) {
    words.insert(words_of_mood(mood).begin(), words_of_mood(mood).end());
  }
  for (const std::string_view word : words) {
    EXPECT_EQ(words.count(word), 1U) << word;
  }
}

TEST_F(ShopTruth, SharesSumToOne) {
  double utility = 0, liking_shares = 0;
  for (const nlohmann::json& taste : shop().truth.at("tastes")) {
    utility += taste.at("share_of_utility").get<double>();
    liking_shares += taste.at("share_of_liking").get<double>();
    EXPECT_GT(taste.at("share_of_utility"), 0.02) << taste.dump();
  }
  for (const auto& [name, part] : shop().truth.at("other_parts").items()) {
    utility += part.at("share_of_utility").get<double>();
  }
  EXPECT_NEAR(utility, 1, 0.001);  // each is rounded to four digits
  EXPECT_NEAR(liking_shares, 1, 0.001);
}

TEST_F(ShopTruth, NewItemsHaveFewEventsAndNoneBeforeTheyWereAdded) {
  const std::map<std::string, std::string> added = column(shop().items, 6);
  std::map<std::string, double> count;
  for (const Cells& purchase : shop().purchases) {
    EXPECT_GE(purchase[2].substr(0, 10), added.at(purchase[1]));
    ++count[purchase[1]];
  }
  double of_old = 0, of_new = 0, num_old = 0, num_new = 0;
  for (const auto& [item, day] : added) {
    if (day < "2025-01-01") {
      of_old += count[item];
      ++num_old;
    } else if (day >= "2025-12-01") {
      of_new += count[item];
      ++num_new;
    }
  }
  ASSERT_GT(num_new, 4);
  EXPECT_LT(of_new / num_new, 0.5 * of_old / num_old);
}

// In the weeks around its peak an item in fashion sells better than in its other weeks.
TEST_F(ShopTruth, FashionsPass) {
  const ShopWorld world = make_shop_world(kShop).value();
  const ShopHistory history = draw_shop_history(world).value();
  double near = 0, far = 0, weeks_near = 0, weeks_far = 0;
  for (const ShopItem& item : world.items) {
    for (int week = std::max(0, item.added_week); item.peak_week >= 0 && week < kNumWeeks; ++week) {
      ++(std::abs(week - item.peak_week) <= 3 ? weeks_near : weeks_far);
    }
  }
  for (const ShopEvent& view : history.views) {
    const ShopItem& item = world.items[static_cast<size_t>(view.item)];
    if (item.peak_week >= 0) {
      const auto week = static_cast<int>((view.time - kShopOpens) / kWeekSeconds);
      ++(std::abs(week - item.peak_week) <= 3 ? near : far);
    }
  }
  EXPECT_GT(near / weeks_near, 2 * far / weeks_far);
}

}  // namespace
}  // namespace haina
