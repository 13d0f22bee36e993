// Experts on published splits, against published figures: Ferrari Dacrema et al., "A Troubling Analysis of
// Reproducibility and Progress in Recommender Systems Research", TOIS 2021, tables 46 and 55. Hyper-parameters were
// chosen by hand on these data, so that this checks exactness and claims no quality.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <limits>
#include <map>
#include <memory>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include "experts/expert.h"
#include "kernels/topk.h"
#include "published.h"
#include "small_data.h"

namespace haina {
namespace {

struct Figures {
  double first = 0, second = 0;
};

std::unique_ptr<Expert> fit_expert(const std::string& name, const Interactions& train,
                                   const std::map<std::string, double>& values, std::span<const Field> fields = {}) {
  const ExpertEntry& entry = **find_expert(name, "");
  Params params(entry.params);
  for (const auto& [key, value] : values) {
    EXPECT_TRUE(params.set(key, value, "test"));
  }
  std::unique_ptr<Expert> expert = entry.make(params);
  const Status status = expert->fit(train, {.fields = fields});
  EXPECT_TRUE(status) << to_text(status.error());
  return expert;
}

void print_row(const std::string& set, const std::string& name, const std::map<std::string, double>& values,
               const Figures& f, double seconds) {
  std::string shown;
  for (const auto& [key, value] : values) {
    shown += fmt::format(" {}={:g}", key, value);
  }
  fmt::print("{:8} {:12} {:.4f} {:.4f}  {:6.1f} s {}\n", set, name, f.first, f.second, seconds, shown);
  std::fflush(stdout);
}

// MovieLens-100K, split of MCRec (KDD 2018): all items outside training are ranked. Precision@10, recall@10.
struct Mcrec {
  Interactions train;
  std::vector<std::vector<int32_t>> test;
};

Mcrec load_mcrec() {
  std::vector<std::vector<int32_t>> rows(944);  // users count from 1
  std::vector<std::vector<int32_t>> test(944);
  int32_t items = 0;
  std::ifstream file(data_folder() + "/ml-100k/mcrec.train.rating");
  int32_t user = 0, item = 0, rating = 0;
  while (file >> user >> item >> rating) {
    rows.at(static_cast<size_t>(user)).push_back(item);
    items = std::max(items, item + 1);
  }
  std::ifstream lists(data_folder() + "/ml-100k/mcrec.test.rating");
  std::string line;
  while (std::getline(lists, line)) {
    std::istringstream words(line);
    words >> user;
    while (words >> item) {
      test.at(static_cast<size_t>(user)).push_back(item);
      items = std::max(items, item + 1);
    }
  }
  return {interactions_of(rows, items), test};
}

Figures measure(const Mcrec& set, const Expert& expert) {
  const std::vector<UserState> states = states_of(set.train);
  at::Tensor scores = expert.score(states);
  const int64_t n = set.train.num_items;
  for (int64_t u = 0; u < set.train.num_users; ++u) {
    for (const int32_t seen : set.train.row(u)) {
      scores.data_ptr<float>()[u * n + seen] = -std::numeric_limits<float>::infinity();
    }
  }
  const RankedLists lists = top_k(scores, 10);
  Figures sum;
  int64_t users = 0;
  for (size_t u = 0; u < set.test.size(); ++u) {
    if (set.test[u].empty()) {
      continue;
    }
    ++users;
    double hits = 0;
    for (int64_t i = 0; i < 10; ++i) {
      hits += static_cast<double>(
          std::ranges::count(set.test[u], lists.items.const_data_ptr<int32_t>()[static_cast<int64_t>(u) * 10 + i]));
    }
    sum.first += hits / 10;
    sum.second += hits / static_cast<double>(set.test[u].size());
  }
  return {sum.first / static_cast<double>(users), sum.second / static_cast<double>(users)};
}

// MovieLens-1M, split of NCF (WWW 2017): the last item of every user among 99 given negatives. HR@10, NDCG@10.
struct Ncf {
  Interactions train;
  std::vector<int32_t> target;
  std::vector<std::vector<int32_t>> negatives;
};

Ncf load_ncf() {
  const std::string folder = data_folder() + "/ml-1m-multimodal";
  std::vector<std::vector<int32_t>> rows(6040);
  Ncf set;
  std::istringstream pairs(read_text(folder + "/ncf.train.tsv.gz"));
  int32_t user = 0, item = 0;
  while (pairs >> user >> item) {
    rows.at(static_cast<size_t>(user)).push_back(item);
  }
  set.train = interactions_of(rows, 3706);
  std::istringstream lists(read_text(folder + "/ncf.test.negative.gz"));
  std::string line;
  while (std::getline(lists, line)) {
    std::ranges::replace_if(line, [](char c) { return c == '(' || c == ')' || c == ','; }, ' ');
    std::istringstream words(line);
    words >> user >> item;
    set.target.push_back(item);
    auto& negatives = set.negatives.emplace_back();
    while (words >> item) {
      if (item != set.target.back()) {  // 156 lists contain the target itself
        negatives.push_back(item);
      }
    }
  }
  return set;
}

Figures measure(const Ncf& set, const Expert& expert) {
  const std::vector<UserState> states = states_of(set.train);
  Figures sum;
  for (size_t begin = 0; begin < states.size(); begin += 512) {
    const size_t count = std::min<size_t>(512, states.size() - begin);
    const at::Tensor scores = expert.score(std::span(states).subspan(begin, count));
    for (size_t u = 0; u < count; ++u) {
      const float* const row = scores.const_data_ptr<float>() + static_cast<int64_t>(u) * scores.size(1);
      const int32_t target = set.target[begin + u];
      const auto above =
          std::ranges::count_if(set.negatives[begin + u], [&](int32_t j) { return row[j] > row[target]; });
      sum.first += above < 10 ? 1 : 0;
      sum.second += above < 10 ? 1 / std::log2(static_cast<double>(above) + 2) : 0;
    }
  }
  const auto users = static_cast<double>(states.size());
  return {sum.first / users, sum.second / users};
}

template <class Set>
Figures run(const std::string& set_name, const Set& set, const std::string& name,
            const std::map<std::string, double>& values = {}) {
  const auto start = std::chrono::steady_clock::now();
  const auto expert = fit_expert(name, set.train, values);
  const Figures figures = measure(set, *expert);
  print_row(set_name, name, values, figures,
            std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  return figures;
}

TEST(Published, MovieLens100KOfMcrec) {
  if (!present(data_folder() + "/ml-100k/mcrec.train.rating")) {
    GTEST_SKIP() << "NOT CHECKED: no ml-100k in " << data_folder() << "; set HAINA_DATA";
  }
  const Mcrec set = load_mcrec();
  ASSERT_EQ(set.train.num_events(), 80000);
  EXPECT_NEAR(run("ml-100k", set, "popularity").first, 0.1907, 0.001);
  const Figures ease = run("ml-100k", set, "ease", {{"l2", 400}});
  EXPECT_GE(ease.first, 0.3739 - 0.001);
  EXPECT_GE(ease.second, 0.2430 - 0.001);
  const Figures ials = run("ml-100k", set, "ials", {{"factors", 64}, {"alpha", 10}, {"reg", 0.1}});
  EXPECT_GE(ials.first, 0.3596 * 0.99);
  EXPECT_GE(ials.second, 0.2283 * 0.99);
  EXPECT_GE(run("ml-100k", set, "item_knn", {{"neighbours", 200}, {"shrink", 0}}).first, 0.3320 * 0.99);
  EXPECT_GE(run("ml-100k", set, "user_knn").first, 0.3442 * 0.99);
  EXPECT_GE(run("ml-100k", set, "rp3beta", {{"beta", 0.6}, {"neighbours", 1000}}).first, 0.3435 * 0.98);
  run("ml-100k", set, "cooccurrence", {{"user_decay", 1}});
}

TEST(Published, MovieLens1MOfNcf) {
  if (!present(data_folder() + "/ml-1m-multimodal/ncf.train.tsv.gz")) {
    GTEST_SKIP() << "NOT CHECKED: no ml-1m-multimodal in " << data_folder() << "; set HAINA_DATA";
  }
  const Ncf set = load_ncf();
  ASSERT_EQ(set.train.num_events(), 994169);
  ASSERT_EQ(set.target.size(), 6040U);
  const Figures popularity = run("ml-1m", set, "popularity");
  EXPECT_NEAR(popularity.first, 0.4538, 0.001);
  EXPECT_NEAR(popularity.second, 0.2545, 0.001);
  const Figures ease = run("ml-1m", set, "ease", {{"l2", 1000}, {"pop_power", 0.25}});
  EXPECT_GE(ease.first, 0.7192 - 0.001);
  EXPECT_GE(ease.second, 0.4494 - 0.001);
  const Figures ials = run("ml-1m", set, "ials", {{"alpha", 5}, {"reg", 0.05}});
  EXPECT_GE(ials.first, 0.7109);
  EXPECT_GE(ials.second, 0.4382);
}

}  // namespace
}  // namespace haina
