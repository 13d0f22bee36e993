#include "data/assembly/assemble.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "data/dictionary_of.h"

namespace haina {
namespace {

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

Made events(const std::vector<std::string>& users, const std::vector<std::string>& items,
            const std::vector<int64_t>& times) {
  Made made;
  made.source.name = "clicks";
  made.source.action = "click";
  made.table = arrow::Table::Make(
      arrow::schema({arrow::field("user", dictionary_type()), arrow::field("item", dictionary_type()),
                     arrow::field("time", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"))}),
      {dictionary_of(users), dictionary_of(items), seconds(times)});
  return made;
}

TEST(Assemble, DropsAndCountsRepeatsAndImpossibleTimes) {
  Made made = events({"b", "a", "a", "a"}, {"x", "y", "y", "z"}, {1000000, 1000000, 1000000, 5});
  const auto dataset = made.run();
  ASSERT_TRUE(dataset) << to_text(dataset.error());
  EXPECT_EQ(dataset->events.size(), 2);
  EXPECT_EQ(made.count("duplicate dropped"), 1);
  EXPECT_EQ(made.count("event at an impossible time dropped"), 1);
  EXPECT_EQ(dataset->users.name(0), "b");  // first appearance
  EXPECT_EQ(dataset->events.user.min().item<int>(), 0);
}

// It was one in training, and none while serving.
TEST(Assemble, WithoutAGoalARefusalIsNoGoalEvent) {
  Made made = events({"a", "a", "b"}, {"x", "y", "x"}, {1000000, 1000001, 1000002});
  made.table =
      *made.table->AddColumn(3, arrow::field("action", dictionary_type()),
                             std::make_shared<arrow::ChunkedArray>(dictionary_of({"click", "dislike", "view"})));
  const auto dataset = made.run();
  ASSERT_TRUE(dataset) << to_text(dataset.error());
  EXPECT_TRUE(at::equal(dataset->events.goal, at::tensor({1, 0, 1}).to(at::kBool)));
  EXPECT_EQ(made.count("refusal not taken for a goal, since the project names none"), 1);
  made.config.goal = {"dislike"};
  const auto wanted = made.run();
  ASSERT_TRUE(wanted) << to_text(wanted.error());
  EXPECT_TRUE(at::equal(wanted->events.goal, at::tensor({0, 1, 0}).to(at::kBool)));
}

// A user's items in the order in which the dataset has them.
std::vector<std::string> items_of(const Dataset& dataset, const std::string& user) {
  std::vector<std::string> items;
  for (int64_t i = 0; i < dataset.events.size(); ++i) {
    if (dataset.users.name(dataset.events.user.const_data_ptr<int32_t>()[i]) == user) {
      items.emplace_back(dataset.items.name(dataset.events.item.const_data_ptr<int32_t>()[i]));
    }
  }
  return items;
}

TEST(Assemble, WithoutATimeColumnTheOrderOfRowsCountsOnlyWhereTheSourceSaysSo) {
  std::vector<std::string> users, items;
  for (int u = 0; u < 3; ++u) {
    for (int i = 0; i < 20; ++i) {
      users.push_back("u" + std::to_string(u));
      items.push_back("item" + std::to_string(10 + i));
    }
  }
  const std::vector<std::string> in_file(items.begin(), items.begin() + 20);
  const auto without_times = [&](RowOrder order) {
    Made made = events(users, items, std::vector<int64_t>(users.size(), 1000000));
    made.table = *made.table->RemoveColumn(2);
    made.source.order = order;
    return *made.run();
  };
  const Dataset ordered = without_times(RowOrder::kRows);
  EXPECT_TRUE(ordered.rows_in_order);
  EXPECT_EQ(items_of(ordered, "u0"), in_file);
  const Dataset unordered = without_times(RowOrder::kNone);
  EXPECT_FALSE(unordered.rows_in_order);
  const std::vector<std::string> first = items_of(unordered, "u0"), second = items_of(unordered, "u1");
  EXPECT_NE(first, in_file);
  EXPECT_NE(first, second) << "no item comes before another one for everybody";
  EXPECT_EQ(std::set<std::string>(first.begin(), first.end()), std::set<std::string>(items.begin(), items.end()));
  EXPECT_EQ(first, items_of(without_times(RowOrder::kNone), "u0"));
}

TEST(Assemble, NotesTheRangeOfValuesOfASourceButNotOfLiveEvents) {
  const auto range_of = [](bool live) {
    Made made = events({"a", "a", "b"}, {"x", "y", "x"}, {1000000, 1000001, 1000002});
    made.source.live = live;
    made.table = *made.table->AddColumn(3, arrow::field("value", arrow::float64()),
                                        std::make_shared<arrow::ChunkedArray>(numbers({2, 9, 4})));
    made.quality.sources.push_back({{"name", "clicks"}});
    const auto dataset = made.run();
    EXPECT_TRUE(dataset) << to_text(dataset.error());
    return dataset->quality["sources"][0]["values"];
  };
  EXPECT_EQ(range_of(false), (nlohmann::json{{"column", "value"}, {"lowest", 2.0F}, {"highest", 9.0F}}));
  EXPECT_TRUE(range_of(true).is_null());
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

  Made core =
      events({"a", "a", "b", "b", "c"}, {"x", "y", "x", "y", "x"}, {1000000, 1000001, 1000002, 1000003, 1000004});
  core.config.clean.min_user_events = 2;
  core.config.clean.min_item_events = 2;
  const auto kept = core.run();
  EXPECT_EQ(kept->events.size(), 4);
  EXPECT_EQ(core.count("outside the core dropped"), 1);
  EXPECT_EQ(kept->users.to_strings(),
            (std::vector<std::string>{"a", "b"}));  // users outside the core leave the dataset
}

TEST(Assemble, ContentOutsideTheCoreIsSkipped) {
  Made made = events({"a", "b", "c"}, {"x", "x", "rare"}, {1000000, 1000001, 1000002});
  made.config.clean.min_item_events = 2;
  SourceConfig items;
  items.name = "items";
  items.kind = SourceKind::kItems;
  items.columns = {{.column = "item", .role = "item", .type = "", .separator = "", .place = ""},
                   {.column = "price", .role = "", .type = "number", .separator = "", .place = ""}};
  const auto table = arrow::Table::Make(
      arrow::schema({arrow::field("item", dictionary_type()), arrow::field("price", arrow::float64())}),
      {dictionary_of({"rare", "unseen", "x"}), numbers({1, 2, 3})});
  const auto dataset = assemble(made.config, {{&made.source, made.table}, {&items, table}}, made.quality);
  ASSERT_TRUE(dataset) << to_text(dataset.error());
  EXPECT_EQ(dataset->items.to_strings(), std::vector<std::string>{"x"});
  ASSERT_EQ(dataset->fields.size(), 1);
  EXPECT_EQ(dataset->fields[0].numbers.item<float>(), 3);
}

TEST(Assemble, SortsByUserAndTimeAndKeepsTheInputOrderAmongEquals) {
  Made made =
      events({"b", "a", "b", "a", "b"}, {"v", "w", "x", "y", "z"}, {1000002, 1000001, 1000001, 1000001, 1000001});
  const auto dataset = made.run();
  ASSERT_TRUE(dataset) << to_text(dataset.error());
  std::vector<std::string> items;
  for (int64_t r = 0; r < dataset->events.size(); ++r) {
    items.emplace_back(dataset->items.name(dataset->events.item[r].item<int32_t>()));
  }
  EXPECT_EQ(items, (std::vector<std::string>{"x", "z", "v", "w", "y"}));
}

TEST(Assemble, AnUnknownGoalIsAnsweredWithTheNearest) {
  Made made = events({"a"}, {"x"}, {1000000});
  made.config.goal = {"clik"};
  const auto dataset = made.run();
  ASSERT_FALSE(dataset);
  EXPECT_NE(dataset.error().hint.find("did you mean 'click'"), std::string::npos);
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
  const auto table = arrow::Table::Make(
      arrow::schema({arrow::field("item", dictionary_type()), arrow::field("price", arrow::float64())}),
      {dictionary_of(ids), numbers(prices)});
  const auto dataset = assemble(made.config, {{&made.source, made.table}, {&items, table}}, made.quality);
  ASSERT_TRUE(dataset) << to_text(dataset.error());
  EXPECT_EQ(made.count("outlier made missing"), 1);
  const int32_t row = *dataset->items.find("i7");
  EXPECT_FALSE(std::isfinite(dataset->fields[0].numbers[row].item<float>()));
}

ColumnConfig column(const std::string& name, const std::string& role, const std::string& type = "") {
  return {.column = name, .role = role, .type = type, .separator = "", .place = "haina.toml:9:3"};
}

std::shared_ptr<arrow::Table> table_of(const std::vector<std::pair<std::string, std::vector<std::string>>>& columns) {
  std::vector<std::shared_ptr<arrow::Field>> fields;
  std::vector<std::shared_ptr<arrow::Array>> arrays;
  for (const auto& [name, values] : columns) {
    fields.push_back(arrow::field(name, dictionary_type()));
    arrays.push_back(dictionary_of(values));
  }
  return arrow::Table::Make(arrow::schema(fields), arrays);
}

TEST(Assemble, TimesBeforeTheEarliestAreImpossible) {
  Made made = events({"a", "a"}, {"x", "y"}, {1000000000, 1600000000});
  made.config.clean.earliest = "2010-01-01";
  ASSERT_TRUE(made.run());
  EXPECT_EQ(made.count("event at an impossible time dropped"), 1);
  made.config.clean.earliest = "2010-13-01";
  EXPECT_EQ(made.run().error().code, ErrorCode::kInvalidArgument);
}

TEST(Assemble, ANearDuplicateInAnotherPartIsKept) {
  Made made = events({"a"}, {"x"}, {1000000});
  SourceConfig test = made.source;
  test.name = "test";
  test.part = Part::kTest;
  made.config.clean.duplicate_seconds = 100;
  const auto dataset = assemble(made.config, {{&made.source, made.table}, {&test, made.table}}, made.quality);
  ASSERT_TRUE(dataset) << to_text(dataset.error());
  EXPECT_EQ(dataset->events.size(), 2);
}

TEST(Assemble, ContextStaysWithItsEventWhenEventsAreSorted) {
  Made made = events({"b", "a", "a"}, {"x", "y", "x"}, {3000000, 2000000, 1000000});
  SourceConfig other;
  other.name = "other";
  other.columns = {column("user", "user"), column("item", "item"), column("device", "", "context")};
  const auto table = table_of({{"user", {"a", "c"}}, {"item", {"z", "x"}}, {"device", {"phone", "desk"}}});
  const auto dataset = assemble(made.config, {{&made.source, made.table}, {&other, table}}, made.quality);
  ASSERT_TRUE(dataset) << to_text(dataset.error());
  ASSERT_EQ(dataset->context.size(), 1U);
  int seen = 0;
  for (int64_t i = 0; i < dataset->events.size(); ++i) {
    const int32_t code = dataset->context[0].codes[i].item<int>();
    const std::string_view item = dataset->items.name(dataset->events.item[i].item<int>());
    const std::string_view user = dataset->users.name(dataset->events.user[i].item<int>());
    EXPECT_EQ(code >= 0, item == "z" || user == "c");
    if (code >= 0) {
      EXPECT_EQ(dataset->context[0].values.name(code), item == "z" ? "phone" : "desk");
      ++seen;
    }
  }
  EXPECT_EQ(seen, 2);
}

TEST(Assemble, AMissingColumnIsAnErrorThatNamesTheSource) {
  Made made = events({"a"}, {"x"}, {1000000});
  for (const SourceKind kind : {SourceKind::kItems, SourceKind::kUsers, SourceKind::kSocial, SourceKind::kLinks,
                                SourceKind::kValues, SourceKind::kVectors, SourceKind::kEvents}) {
    SourceConfig source;
    source.name = "lacking";
    source.kind = kind;
    source.place = "haina.toml:5:1";
    const auto dataset =
        assemble(made.config, {{&made.source, made.table}, {&source, table_of({{"genre", {"g"}}})}}, made.quality);
    ASSERT_FALSE(dataset) << to_string(kind);
    EXPECT_NE(dataset.error().what.find("lacking"), std::string::npos);
    EXPECT_EQ(dataset.error().at, "haina.toml:5:1");
    EXPECT_FALSE(dataset.error().hint.empty());
  }
}

TEST(Assemble, NegativesAreNoEventsAndTheirItemsCanBeRanked) {
  Made made = events({"a", "b"}, {"x", "y"}, {1000000, 1000001});
  SourceConfig negatives, items;
  negatives.name = "published";
  negatives.part = Part::kNegatives;
  negatives.columns = {column("user", "user"), column("item", "item")};
  const auto pairs = table_of({{"user", {"b", "b", "b", "b", "stranger"}}, {"item", {"x", "new", "x", "known", "x"}}});
  items.name = "items";
  items.kind = SourceKind::kItems;
  items.columns = {column("item", "item"), column("genre", "", "category")};
  const auto catalog = table_of({{"item", {"known"}}, {"genre", {"g"}}});
  const auto dataset =
      assemble(made.config, {{&negatives, pairs}, {&made.source, made.table}, {&items, catalog}}, made.quality);
  ASSERT_TRUE(dataset) << to_text(dataset.error());
  EXPECT_EQ(dataset->events.size(), 2);
  EXPECT_EQ(dataset->users.to_strings(), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(dataset->items.to_strings(), (std::vector<std::string>{"x", "y", "known", "new"}));
  ASSERT_EQ(dataset->negatives.num_rows(), 2);
  EXPECT_EQ(dataset->negatives.num_cols, 4);
  EXPECT_EQ(dataset->negatives.row(0).size(), 0U);
  EXPECT_EQ(std::vector<int32_t>(dataset->negatives.row(1).begin(), dataset->negatives.row(1).end()),
            (std::vector<int32_t>{0, 2, 3}));
  EXPECT_EQ(dataset->negatives.values.max().item<float>(), 1);
  EXPECT_EQ(made.count("item known from negatives only"), 1);
  EXPECT_EQ(made.count("negative of an unknown user or item dropped"), 1);
  EXPECT_EQ(dataset->quality.at("totals").at("negatives"), 3);

  made.config.clean.min_item_events = 1;  // only items with events
  made.quality = {};
  const auto core =
      assemble(made.config, {{&negatives, pairs}, {&made.source, made.table}, {&items, catalog}}, made.quality);
  ASSERT_TRUE(core) << to_text(core.error());
  EXPECT_EQ(core->items.size(), 2);
  EXPECT_EQ(core->negatives.nnz(), 1);
  EXPECT_EQ(made.count("negative of an unknown user or item dropped"), 3);
}

TEST(Assemble, NegativesOfAnotherKindAreRefusedWithAHint) {
  Made made = events({"a"}, {"x"}, {1000000});
  for (const SourceKind kind : {SourceKind::kItems, SourceKind::kImpressions, SourceKind::kSocial}) {
    SourceConfig negatives;
    negatives.name = "published";
    negatives.kind = kind;
    negatives.part = Part::kNegatives;
    negatives.place = "haina.toml:5:1";
    const auto table = table_of({{"user", {"a"}}, {"item", {"x"}}, {"other", {"b"}}});
    const auto dataset = assemble(made.config, {{&made.source, made.table}, {&negatives, table}}, made.quality);
    ASSERT_FALSE(dataset) << to_string(kind);
    EXPECT_EQ(dataset.error().code, ErrorCode::kInvalidArgument);
    EXPECT_EQ(dataset.error().at, "haina.toml:5:1");
    EXPECT_NE(dataset.error().hint.find("kind = \"events\""), std::string::npos);
  }
}

TEST(Assemble, ValueLabelsApplyToTheirColumnOnly) {
  Made made = events({"a"}, {"x"}, {1000000});
  SourceConfig items, genres;
  items.name = "movies";
  items.kind = SourceKind::kItems;
  items.columns = {column("item", "item"), column("blurb", "", "text"), column("name", "", "text"),
                   column("genre", "", "category"), column("studio", "", "category")};
  const auto movies =
      table_of({{"item", {"x"}}, {"blurb", {"long ago"}}, {"name", {"Film"}}, {"genre", {"1"}}, {"studio", {"1"}}});
  genres.name = "genres";
  genres.kind = SourceKind::kValues;
  genres.of = "movies.genre";
  const auto names = table_of({{"item", {"1"}}, {"name", {"Drama"}}});
  const auto dataset =
      assemble(made.config, {{&made.source, made.table}, {&items, movies}, {&genres, names}}, made.quality);
  ASSERT_TRUE(dataset) << to_text(dataset.error());
  ASSERT_EQ(dataset->fields.size(), 4U);
  EXPECT_EQ(dataset->fields[2].values.name(0), "Drama");
  EXPECT_EQ(dataset->fields[3].values.name(0), "1");
  EXPECT_EQ(dataset->titles[0], "Film");  // not the blurb, which comes first
  genres.of = "movies.genra";
  EXPECT_NE(assemble(made.config, {{&made.source, made.table}, {&items, movies}, {&genres, names}}, made.quality)
                .error()
                .hint.find("movies.genre"),
            std::string::npos);
}

}  // namespace
}  // namespace haina
