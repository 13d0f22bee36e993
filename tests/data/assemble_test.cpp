#include "data/assemble.h"

#include <gtest/gtest.h>

namespace haina {
namespace {

std::shared_ptr<arrow::Array> texts(const std::vector<std::string>& values) {
  arrow::LargeStringBuilder builder;
  EXPECT_TRUE(builder.AppendValues(values).ok());
  return *builder.Finish();
}

std::shared_ptr<arrow::Array> numbers(const std::vector<double>& values) {
  arrow::DoubleBuilder builder;
  EXPECT_TRUE(builder.AppendValues(values).ok());
  return *builder.Finish();
}

std::shared_ptr<arrow::Array> seconds(const std::vector<int64_t>& values) {
  arrow::TimestampBuilder builder(arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"), arrow::default_memory_pool());
  for (const int64_t value : values) {
    EXPECT_TRUE(builder.Append(value * 1000000).ok());
  }
  return *builder.Finish();
}

struct Made {
  Config config;
  SourceConfig source;
  std::shared_ptr<arrow::Table> table;
  QualityReport quality;
  Result<Dataset> run() { return assemble(config, {{&source, table}}, quality); }
  int64_t count(const std::string& rule) const {
    const auto found = std::ranges::find_if(quality.rules, [&](const QualityRule& r) { return r.rule == rule; });
    return found == quality.rules.end() ? 0 : found->count;
  }
};

Made events(const std::vector<std::string>& users, const std::vector<std::string>& items, const std::vector<int64_t>& times) {
  Made made;
  made.source.name = "clicks";
  made.source.action = "click";
  made.table = arrow::Table::Make(arrow::schema({arrow::field("user", arrow::large_utf8()), arrow::field("item", arrow::large_utf8()),
                                                 arrow::field("time", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"))}),
                                  {texts(users), texts(items), seconds(times)});
  return made;
}

TEST(Assemble, DropsAndCountsRepeatsAndImpossibleTimes) {
  Made made = events({"b", "a", "a", "a"}, {"x", "y", "y", "z"}, {1000000, 1000000, 1000000, 5});
  const auto dataset = made.run();
  ASSERT_TRUE(dataset) << to_text(dataset.error());
  EXPECT_EQ(dataset->events.size(), 2);
  EXPECT_EQ(made.count("duplicate dropped"), 1);
  EXPECT_EQ(made.count("impossible time dropped"), 1);
  EXPECT_EQ(dataset->users.name(0), "b");  // first appearance
  EXPECT_EQ(dataset->events.user.min().item<int>(), 0);
}

TEST(Assemble, DropsFloodsNearRepeatsAndWhatIsOutsideTheCore) {
  Made flood = events({"bot", "bot", "bot", "a"}, {"x", "y", "z", "x"}, {1000000, 1000001, 1000002, 1000000});
  flood.config.clean.flood_per_minute = 2;
  ASSERT_TRUE(flood.run());
  EXPECT_EQ(flood.count("flood dropped"), 3);

  Made near = events({"a", "a", "a"}, {"x", "x", "x"}, {1000000, 1000005, 1000100});
  near.config.clean.duplicate_seconds = 10;
  EXPECT_EQ(near.run()->events.size(), 2);
  EXPECT_EQ(near.count("near duplicate dropped"), 1);

  Made core = events({"a", "a", "b", "b", "c"}, {"x", "y", "x", "y", "x"}, {1000000, 1000001, 1000002, 1000003, 1000004});
  core.config.clean.min_user_events = 2;
  core.config.clean.min_item_events = 2;
  EXPECT_EQ(core.run()->events.size(), 4);
  EXPECT_EQ(core.count("outside the core dropped"), 1);
}

TEST(Assemble, AGoalNobodyCanMeetNamesTheNearest) {
  Made made = events({"a"}, {"x"}, {1000000});
  made.config.goal = {"clik"};
  const auto dataset = made.run();
  ASSERT_FALSE(dataset);
  EXPECT_NE(dataset.error().mend.find("did you mean 'click'"), std::string::npos);
  made.config.goal = {"rating >="};
  EXPECT_EQ(made.run().error().code, ErrorCode::kInvalidArgument);
}

TEST(Assemble, AnAbsurdNumberBecomesMissing) {
  Made made = events({"a"}, {"x"}, {1000000});
  std::vector<std::string> ids;
  std::vector<double> prices;
  for (int i = 0; i < 30; ++i) {
    ids.push_back("i" + std::to_string(i));
    prices.push_back(i == 7 ? 1e9 : 10 + i);
  }
  SourceConfig items;
  items.name = "items";
  items.kind = SourceKind::kItems;
  items.columns = {{.column = "item", .role = "item", .type = "", .separator = "", .place = ""},
                   {.column = "price", .role = "", .type = "number", .separator = "", .place = ""}};
  const auto table = arrow::Table::Make(arrow::schema({arrow::field("item", arrow::large_utf8()), arrow::field("price", arrow::float64())}),
                                        {texts(ids), numbers(prices)});
  const auto dataset = assemble(made.config, {{&made.source, made.table}, {&items, table}}, made.quality);
  ASSERT_TRUE(dataset) << to_text(dataset.error());
  EXPECT_EQ(made.count("outlier made missing"), 1);
  const int32_t row = *dataset->items.find("i7");
  EXPECT_FALSE(std::isfinite(dataset->fields[0].numbers[row].item<float>()));
}

}  // namespace
}  // namespace haina
