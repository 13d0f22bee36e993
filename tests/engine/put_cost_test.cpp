// What an item costs that is put while others are there already: as much as changed, not as much as there is.
#include <gtest/gtest.h>
#include <time.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/engine.h"
#include "recommend/rules.h"
#include "small_shop.h"

namespace haina {
namespace {

// Of this thread: other programs on the machine must not count.
double cpu_seconds() {
  timespec time = {};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

ServeConfig some_rules() {
  ServeConfig serve;
  serve.most_of_a_category = 3;
  const auto rule = [&](const char* name, RuleEffect effect, std::vector<std::string> is) -> RuleConfig& {
    RuleConfig& one = serve.rules.emplace_back();
    one.name = name;
    one.effect = effect;
    one.field = is.empty() ? "" : "items.taste";
    one.is = std::move(is);
    return one;
  };
  rule("filter", RuleEffect::kFilter, {"odd"});
  rule("boost", RuleEffect::kBoost, {"even"});
  rule("quota", RuleEffect::kQuota, {"new"}).at_least = 1;
  rule("fresh", RuleEffect::kBoost, {}).added_since_training = true;
  rule("pin", RuleEffect::kPin, {}).item = "new-3";
  return serve;
}

std::vector<bool> bits(const at::Tensor& tensor) {
  std::vector<bool> all;
  for (int64_t i = 0; tensor.defined() && i < tensor.numel(); ++i) {
    all.push_back(tensor.const_data_ptr<bool>()[i]);
  }
  return all;
}

void expect_equal(const Rules& updated, const Rules& compiled) {
  EXPECT_EQ(bits(updated.allowed), bits(compiled.allowed));
  EXPECT_TRUE(at::equal(updated.boost, compiled.boost));
  ASSERT_EQ(updated.reranking.quotas.size(), compiled.reranking.quotas.size());
  for (size_t q = 0; q < compiled.reranking.quotas.size(); ++q) {
    EXPECT_EQ(bits(updated.reranking.quotas[q].member), bits(compiled.reranking.quotas[q].member));
  }
  EXPECT_EQ(updated.reranking.pins.front().item, compiled.reranking.pins.front().item);
  const Csr &one = updated.reranking.categories, &other = compiled.reranking.categories;
  ASSERT_EQ(one.num_rows(), other.num_rows());
  for (int64_t row = 0; row < one.num_rows(); ++row) {  // columns may be in another order
    std::vector<std::string_view> names, expected;
    for (const int32_t column : one.row(row)) {
      names.push_back(updated.categories.name(column));
    }
    for (const int32_t column : other.row(row)) {
      expected.push_back(compiled.categories.name(column));
    }
    std::ranges::sort(names);
    std::ranges::sort(expected);
    EXPECT_EQ(names, expected) << row;
  }
}

TEST(PutCost, RulesThatAreUpdatedAreThoseThatWouldBeCompiled) {
  const Dataset dataset = shop_dataset();
  const ServeConfig serve = some_rules();
  auto added = std::make_shared<const AddedItems>();
  Result<Rules> rules = compile_rules(serve, Catalog(dataset, added));
  ASSERT_TRUE(rules) << to_text(rules.error());
  std::mt19937 random(7);
  const char* const tastes[] = {"odd", "even", "new"};
  for (int step = 0; step < 60; ++step) {
    std::vector<std::pair<std::string, Cells>> items;
    for (uint32_t i = 0; i <= random() % 3; ++i) {
      const std::string id =
          random() % 2 == 0 ? "i" + std::to_string(random() % 12) : "new-" + std::to_string(random() % 20);
      items.emplace_back(id, Cells{{"items.taste", {tastes[random() % 3]}}});
    }
    auto next = std::make_shared<AddedItems>(*added);
    const auto rows = next->update(dataset, std::nullopt, items, {});
    ASSERT_TRUE(rows);
    added = next;
    const Catalog catalog(dataset, added);
    rules = update_rules(*rules, serve, catalog, *rows);
    ASSERT_TRUE(rules);
    const auto compiled = compile_rules(serve, catalog);
    ASSERT_TRUE(compiled);
    expect_equal(*rules, *compiled);
  }
}

TEST(PutCost, ASnapshotKeepsItsItemsWhileTheNextChanges) {
  const Dataset dataset = shop_dataset();
  AddedItems first;
  ASSERT_TRUE(first.update(dataset, std::nullopt,
                           std::vector<std::pair<std::string, Cells>>{{"a", {{"items.title", {"one"}}}}}, {}));
  ASSERT_TRUE(first.update(dataset, std::nullopt,
                           std::vector<std::pair<std::string, Cells>>{{"i1", {{"items.title", {"x"}}}}}, {}));
  AddedItems second = first;
  ASSERT_TRUE(second.update(
      dataset, std::nullopt,
      std::vector<std::pair<std::string, Cells>>{{"a", {{"items.title", {"two"}}}}, {"b", {}}, {"i1", {}}}, {}));
  EXPECT_EQ(first.size(), 1);
  EXPECT_EQ(first.item(0).title, "one");
  EXPECT_FALSE(first.find("b"));
  EXPECT_EQ(first.changed(1)->size(), 1U);
  EXPECT_EQ(second.size(), 2);
  EXPECT_EQ(second.item(0).title, "two");
  EXPECT_EQ(second.item(*second.find("b")).title, "b");
  EXPECT_TRUE(second.changed(1)->empty());
}

// It copied all of them, and read the whole catalog for the rules.
TEST(PutCost, AnItemCostsTheSameBesideManyOthers) {
  Config config = shop_config();
  config.serve = some_rules();
  Engine engine = shop_engine(config);
  int next = 0;
  const auto put = [&](int count) {
    std::vector<ItemUpdate> items;
    for (int i = 0; i < count; ++i, ++next) {
      items.push_back({"new-" + std::to_string(next), {{"items.title", {"a zeppelin"}}, {"items.taste", {"odd"}}}});
    }
    ASSERT_TRUE(engine.put_items(items));
  };
  const auto seconds_each = [&] {
    constexpr int kEach = 40;
    const double begin = cpu_seconds();
    for (int i = 0; i < kEach; ++i) {
      put(1);
    }
    return (cpu_seconds() - begin) / kEach;
  };
  put(200);
  const double few = seconds_each();
  for (int i = 0; i < 20; ++i) {
    put(1000);
  }
  const double many = seconds_each();
  RecordProperty("ms_beside_200", std::to_string(few * 1e3));
  RecordProperty("ms_beside_20000", std::to_string(many * 1e3));
  EXPECT_LT(many, 5 * few + 0.005) << few * 1e3 << " ms beside 200, " << many * 1e3 << " ms beside 20,000";
}

}  // namespace
}  // namespace haina
