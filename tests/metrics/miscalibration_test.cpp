// Miscalibration against numbers by hand and against a plain formula on random input.
#include "metrics/miscalibration.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>
#include <vector>

namespace haina {
namespace {

Csr rows_of(int64_t num_cols, const std::vector<std::map<int32_t, float>>& cells) {
  std::vector<int32_t> rows, columns;
  std::vector<float> values;
  for (size_t r = 0; r < cells.size(); ++r) {
    for (const auto& [column, value] : cells[r]) {
      rows.push_back(static_cast<int32_t>(r));
      columns.push_back(column);
      values.push_back(value);
    }
  }
  return csr_from_coordinates(std::ssize(cells), num_cols, rows, columns, values, Repeats::kSum);
}

RankedLists shown(const std::vector<std::vector<int32_t>>& lists) {
  const int64_t width = std::ssize(lists.front());
  at::Tensor items = at::empty({std::ssize(lists), width}, at::kInt);
  for (size_t u = 0; u < lists.size(); ++u) {
    for (int64_t i = 0; i < width; ++i) {
      items[static_cast<int64_t>(u)][i] = lists[u][static_cast<size_t>(i)];
    }
  }
  return {items, at::zeros({std::ssize(lists), width})};
}

// Items 0 and 1: drama; 2: comedy; 3: half of each (with unequal weights of one sum); 4: nothing known.
const std::vector<std::map<int32_t, float>> kKinds = {{{0, 1}}, {{0, 5}}, {{1, 1}}, {{0, 3}, {1, 3}}, {}};

TEST(Miscalibration, EqualsNumbersByHand) {
  const Csr histories = rows_of(5, {{{0, 1}, {2, 1}}, {{0, 3}, {2, 1}}, {{0, 1}}, {{4, 1}}, {{0, 1}, {4, 1}}});
  const RankedLists lists = shown({{3, 4}, {1, 2}, {2, 2}, {0, 2}, {-1, -1}});
  const UserMetrics found = miscalibration(lists, histories, rows_of(2, kKinds), std::vector<int64_t>{1, 2});
  ASSERT_EQ(found.names, (std::vector<std::string>{"miscalibration@1", "miscalibration@2"}));
  const auto at = [&](int64_t user, int64_t column) { return found.values[user][column].item<double>(); };
  EXPECT_NEAR(at(0, 0), 0, 1e-12);  // half and half, as the history
  EXPECT_NEAR(at(0, 1), 0, 1e-12);  // the item without a category does not count
  const auto term = [](double p, double q) { return p * std::log(p / (.99 * q + .01 * p)); };
  EXPECT_NEAR(at(1, 0), term(.75, 1) + term(.25, 0), 1e-9);
  EXPECT_NEAR(at(1, 1), term(.75, .5) + term(.25, .5), 1e-9);
  EXPECT_NEAR(at(2, 1), std::log(100), 1e-6);  // nothing of what the user had
  EXPECT_TRUE(std::isnan(at(3, 1)));           // nothing is known of the history
  EXPECT_NEAR(at(4, 1), std::log(100), 1e-6);  // an empty list
}

TEST(Miscalibration, EqualsThePlainFormulaOnRandomInput) {
  std::mt19937 random(7);
  constexpr int kUsers = 150, kItems = 40, kCategories = 6, kPlaces = 8;
  std::vector<std::map<int32_t, float>> kinds(kItems), histories(kUsers);
  std::vector<std::vector<int32_t>> lists(kUsers, std::vector<int32_t>(kPlaces));
  for (auto& kind : kinds) {
    for (int n = static_cast<int>(random() % 4); n > 0; --n) {
      kind[static_cast<int32_t>(random() % kCategories)] = static_cast<float>(1 + random() % 3);
    }
  }
  for (int u = 0; u < kUsers; ++u) {
    for (int n = 0; n < 5; ++n) {
      histories[u][static_cast<int32_t>(random() % kItems)] += 1;
    }
    for (int32_t& item : lists[u]) {
      item = static_cast<int32_t>(random() % kItems);
    }
  }
  const UserMetrics found =
      miscalibration(shown(lists), rows_of(kItems, histories), rows_of(kCategories, kinds), std::vector<int64_t>{5});
  const auto mix = [&](const std::vector<std::pair<int32_t, double>>& items) {
    std::vector<double> sum(kCategories, 0);
    double total = 0;
    for (const auto& [item, weight] : items) {
      double of_item = 0;
      for (const auto& [kind, value] : kinds[item]) {
        of_item += value;
      }
      for (const auto& [kind, value] : kinds[item]) {
        sum[kind] += weight * value / of_item;
        total += weight * value / of_item;
      }
    }
    for (double& share : sum) {
      share = total > 0 ? share / total : 0;
    }
    return sum;
  };
  int defined = 0;
  for (int u = 0; u < kUsers; ++u) {
    std::vector<std::pair<int32_t, double>> taken(histories[u].begin(), histories[u].end()), list;
    for (int i = 0; i < 5; ++i) {
      list.emplace_back(lists[u][i], 1);
    }
    const std::vector<double> p = mix(taken), q = mix(list);
    double expected = 0, known = 0;
    for (int g = 0; g < kCategories; ++g) {
      known += p[g];
      expected += p[g] > 0 ? p[g] * std::log(p[g] / (.99 * q[g] + .01 * p[g])) : 0;
    }
    if (known > 0) {
      ++defined;
      EXPECT_NEAR(found.values[u][0].item<double>(), expected, 1e-5) << u;
    }
  }
  EXPECT_GT(defined, 100);
}

}  // namespace
}  // namespace haina
