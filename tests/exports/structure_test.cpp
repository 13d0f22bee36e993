// Exports by structure: folders, nested formats, several files of one source, ids that meet.
#include <fmt/format.h>

#include <string>
#include <vector>

#include "exports/export_case.h"

namespace haina {
namespace {

class StructureExports : public ExportCase {
 protected:
  // How often a rule of the quality report was applied; 0: never.
  int64_t counted(const std::string& rule) const {
    int64_t count = 0;
    for (const auto& one : data_->quality.at("rules")) {
      count += one.at("rule").get<std::string>().find(rule) != std::string::npos ? one.at("count").get<int64_t>() : 0;
    }
    return count;
  }
  // A log of 20 users and 10 items, an event a line: user, item, seconds since 1970.
  static std::string log(const std::string& header, int begin, int end) {
    std::string text = header + "\n";
    for (int i = begin; i < end; ++i) {
      text += fmt::format("u{},i{},{}\n", i * 7 % 20, i * 3 % 10, 1700000000 + i * 1000);
    }
    return text;
  }
};

TEST_F(StructureExports, IdsBeyond64BitsOfADoubleAreExact) {
  for (const char* const name : {"exports/09-big-ids", "exports/09b-big-ids-json", "exports/17g-uint64-ids"}) {
    RUN_HANDED(name);
    ASSERT_TRUE(data_) << name << shown();
    EXPECT_EQ(events(), 900) << name;
    EXPECT_TRUE(data_->users.find("18446744073709551028")) << name;
    EXPECT_TRUE(data_->items.find("9007199254741059")) << name;
  }
}

TEST_F(StructureExports, Int96TimesAreRead) {
  RUN_HANDED("exports/17a-int96");
  ASSERT_TRUE(data_) << shown();
  EXPECT_EQ(events(), 900);
  EXPECT_EQ(data_->events.time.min().item<int64_t>(), 1700000000000000);
}

TEST_F(StructureExports, DecimalIdsLoseTheirScale) {
  RUN_HANDED("exports/17b-decimal-ids");
  ASSERT_TRUE(data_) << shown();
  EXPECT_EQ(users(), 40) << shown();
  EXPECT_EQ(items(), 50) << shown();
  EXPECT_EQ(events(), 900);
  EXPECT_TRUE(data_->items.find("33"));
  EXPECT_TRUE(data_->items.find("0"));
}

TEST_F(StructureExports, BinaryIdsAreTextAndZonedTimesAreInstants) {
  RUN_HANDED("exports/17c-binary-ids");
  ASSERT_TRUE(data_) << shown();
  EXPECT_EQ(events(), 900);
  EXPECT_TRUE(data_->users.find("u28"));
  EXPECT_EQ(data_->events.time.min().item<int64_t>(), 1700000000000000);
}

TEST_F(StructureExports, StructsMapsAndListsOfStructsAreFieldsByTheirPaths) {
  RUN_HANDED("exports/17e-list-struct");
  ASSERT_TRUE(data_) << shown();
  EXPECT_EQ(items(), 50) << shown();
  const Field* const genres = field("genres.name");
  ASSERT_NE(genres, nullptr) << shown();
  EXPECT_EQ(genres->type, FieldType::kTags);
  EXPECT_TRUE(genres->values.find("a"));
  EXPECT_EQ(genres->present().sum().item<int64_t>(), 50);
  const Field* const tags = field("tags");
  ASSERT_NE(tags, nullptr) << shown();
  EXPECT_FALSE(tags->values.find(""));
}

TEST_F(StructureExports, FloatIdsAreWhole) {
  RUN_HANDED("exports/17f-float-ids");
  ASSERT_TRUE(data_) << shown();
  EXPECT_TRUE(data_->items.find("33"));
  EXPECT_EQ(items(), 50) << shown();
  EXPECT_FALSE(data_->users.find("nan"));
}

TEST_F(StructureExports, AnEmptyFirstRowGroupIsReadOn) {
  RUN_HANDED("exports/17h-empty-row-group");
  ASSERT_TRUE(data_) << shown();
  EXPECT_EQ(events(), 900);
  EXPECT_EQ(data_->events.time.min().item<int64_t>(), 1700000000000000);
  EXPECT_NE(init_.toml.find("by = \"time\""), std::string::npos) << shown();
}

TEST_F(StructureExports, PartitionedFoldersAreOneSource) {
  RUN_HANDED("exports/18a-hive");
  ASSERT_TRUE(data_) << shown();
  EXPECT_EQ(events(), 900) << shown();
  EXPECT_EQ(users(), 40);
  EXPECT_EQ(items(), 50);
  EXPECT_EQ(data_->actions.to_strings(), std::vector<std::string>{"events"});
}

TEST_F(StructureExports, AFileAMonthIsOneSource) {
  RUN_HANDED("exports/20-months");
  ASSERT_TRUE(data_) << shown();
  EXPECT_EQ(events(), 900) << shown();
  EXPECT_EQ(data_->actions.to_strings(), std::vector<std::string>{"events"}) << shown();
}

TEST_F(StructureExports, NestedObjectsAreReadByTheirPaths) {
  RUN_HANDED("exports/19a-nested");
  ASSERT_TRUE(data_) << shown();
  EXPECT_EQ(events(), 900) << shown();
  EXPECT_TRUE(data_->users.find("u28"));
  EXPECT_TRUE(data_->items.find("i33"));
}

TEST_F(StructureExports, SeveralKindsOfRecordsInAFileAreSourcesOfTheirOwn) {
  RUN_HANDED("exports/19c-kinds-in-one");
  ASSERT_TRUE(data_) << shown();
  EXPECT_EQ(events(), 900) << shown();
  EXPECT_EQ(items(), 50);
  const Field* const price = field("fields.price");
  ASSERT_NE(price, nullptr) << shown();
  EXPECT_EQ(price->type, FieldType::kNumber);
  const Field* const genres = field("fields.genres");
  ASSERT_NE(genres, nullptr) << shown();
  EXPECT_EQ(genres->type, FieldType::kTags);
  EXPECT_TRUE(genres->values.find("b"));
}

TEST_F(StructureExports, VectorsWithWrongIdsAreNamedAndMakeNoItems) {
  RUN_HANDED("exports/32-vectors");
  ASSERT_TRUE(data_) << shown();
  EXPECT_EQ(items(), 50) << shown();
  EXPECT_FALSE(data_->items.find("900"));
  EXPECT_EQ(counted("vector of an unknown id"), 2);
  EXPECT_EQ(counted("vector of another length"), 1);
  EXPECT_EQ(counted("value that differs"), 1);  // 3; the other row of 10 is no JSON
  EXPECT_EQ(counted("no vector"), 2);           // 5 is short, 49 missing
  const Field* const vectors = field("vector");
  ASSERT_NE(vectors, nullptr);
  EXPECT_EQ(vectors->numbers.size(1), 8);
}

TEST_F(StructureExports, DatesOfItemsAreDays) {
  RUN_HANDED("exports/33-item-dates");
  ASSERT_TRUE(data_) << shown();
  for (const char* const name : {"published_at", "sale_ends", "day"}) {
    const Field* const dates = field(name);
    ASSERT_NE(dates, nullptr) << name << shown();
    EXPECT_EQ(dates->type, FieldType::kDate) << name;
  }
  const auto first = static_cast<int64_t>(data_->items.find("0").value());
  EXPECT_NEAR(field("published_at")->numbers[first].item<double>(), 19675.926, 0.01);
}

TEST_F(StructureExports, RowsOfOrdersGetTheOrdersUser) {
  RUN_HANDED("layouts/instacart");
  ASSERT_TRUE(data_) << shown();
  EXPECT_EQ(users(), 58) << shown();  // two of 60 have orders without a row
  EXPECT_EQ(items(), 89) << shown();
  EXPECT_EQ(events() + counted("duplicate"), 400) << shown();
}

TEST_F(StructureExports, YearsAndMonthsAsFoldersAreOneSource) {
  put("logs/year=2023/month=11/part-00000.csv", log("user_id,item_id,timestamp", 0, 100));
  put("logs/year=2023/month=12/part-00000.csv", log("user_id,item_id,timestamp", 100, 200));
  put("logs/_SUCCESS", "");
  run(made_folder());
  ASSERT_TRUE(data_) << shown();
  EXPECT_EQ(events(), 200) << shown();
  EXPECT_EQ(users(), 20);
  EXPECT_EQ(data_->actions.to_strings(), std::vector<std::string>{"logs"});
}

TEST_F(StructureExports, FoldsOfOneDataSetAreNotAddedUp) {
  const std::string all = log("user_id,item_id,timestamp", 0, 200);
  put("u1.csv", all);
  put("u2.csv", all);
  run(made_folder());
  EXPECT_TRUE(doubt_mentions("repeats rows of")) << shown();
}

TEST_F(StructureExports, PartsWithOtherColumnsAreSaid) {
  put("events.part1.csv", log("user_id,item_id,timestamp", 0, 100));
  put("events.part2.csv", log("user_id,item_id,when", 100, 200));
  run(made_folder());
  EXPECT_TRUE(doubt_mentions("has other columns than")) << shown();
}

TEST_F(StructureExports, WrappedJsonIsReadBehindItsEnvelope) {
  std::string text = R"({"status": "ok", "data": {"events": [)";
  for (int i = 0; i < 100; ++i) {
    text += fmt::format(R"({}{{"user": "u{}", "item": "i{}", "ts": {}}})", i == 0 ? "" : ",", i % 20, i * 3 % 10,
                        1700000000 + i);
  }
  put("dump.json", text + R"(]}, "next": null})");
  run(made_folder());
  ASSERT_TRUE(data_) << shown();
  EXPECT_EQ(events(), 100) << shown();
  EXPECT_EQ(users(), 20);
}

TEST_F(StructureExports, EdgesAndNodesAreRecords) {
  std::string text = R"({"data": {"views": {"edges": [)";
  for (int i = 0; i < 100; ++i) {
    text +=
        fmt::format(R"({}{{"node": {{"userId": "u{}", "productId": "i{}", "createdAt": "2024-01-{:02}T10:00:00Z"}}}})",
                    i == 0 ? "" : ",", i % 20, i * 3 % 10, 1 + i % 28);
  }
  put("views.json", text + "]}}}");
  run(made_folder());
  ASSERT_TRUE(data_) << shown();
  EXPECT_EQ(events() + counted("duplicate"), 100) << shown();
  EXPECT_TRUE(data_->users.find("u7"));
}

TEST_F(StructureExports, BasketsAreAnEventAnItem) {
  std::string text = "user_id,items,timestamp\n";
  for (int i = 0; i < 60; ++i) {
    text += fmt::format("u{},i{};i{},{}\n", i % 20, i % 7, 7 + i % 5, 1700000000 + i * 100);
  }
  put("orders.csv", text);
  run(made_folder());
  ASSERT_TRUE(data_) << shown();
  EXPECT_EQ(events(), 120) << shown();
  EXPECT_EQ(items(), 12);
}

TEST_F(StructureExports, NestedBasketsOfJsonAreAnEventAnItem) {
  std::string text;
  for (int i = 0; i < 60; ++i) {
    text +=
        fmt::format(R"({{"user": "u{}", "ts": {}, "items": [{{"id": "i{}", "qty": 1}}, {{"id": "i{}", "qty": 2}}]}})",
                    i % 20, 1700000000 + i * 100, i % 7, 7 + i % 5) +
        "\n";
  }
  put("orders.jsonl", text);
  run(made_folder());
  ASSERT_TRUE(data_) << shown();
  EXPECT_EQ(events(), 120) << shown();
  EXPECT_EQ(items(), 12);
}

TEST_F(StructureExports, ImpressionLogsAreClicksShownItemsAndHistories) {
  std::string behaviors;
  for (int i = 0; i < 60; ++i) {
    behaviors += fmt::format("{}\tU{}\t11/{}/2019 9:{:02}:58 AM\tN{} N{}\tN{}-0 N{}-1 N{}-0\n", i + 1, i % 20,
                             10 + i % 5, i, i % 20, 1 + i % 20, i % 7, 40 + i % 5, 10 + i % 3);
  }
  put("behaviors.tsv", behaviors);
  std::string news;
  for (int n = 0; n < 60; ++n) {
    news += fmt::format("N{}\tsports\tsoccer\tA long title of the story number {}\n", n, n);
  }
  put("news.tsv", news);
  run(made_folder());
  ASSERT_TRUE(data_) << shown();
  EXPECT_EQ(users(), 20) << shown();
  EXPECT_NE(init_.toml.find("kind = \"impressions\""), std::string::npos) << shown();
  EXPECT_EQ(data_->events.goal.sum().item<int64_t>(), 60 + 40) << shown();  // clicks, and histories once a user
}

TEST_F(StructureExports, IdsMeetWhateverTheirForm) {
  put("ratings.csv", log("user_id,item_id,timestamp", 0, 200));
  std::string items = "item_id,title,price\n";
  for (int i = 0; i < 10; ++i) {
    items += fmt::format("I{},The thing of number {},{}.5\n", i, i, i);
  }
  put("items.csv", items);
  run(made_folder());
  ASSERT_TRUE(data_) << shown();
  EXPECT_EQ(this->items(), 10) << shown();
  ASSERT_EQ(data_->quality.at("meetings").size(), 1);
  EXPECT_NE(data_->quality.at("meetings")[0].at("note").get<std::string>().find("case"), std::string::npos);
}

TEST_F(StructureExports, SeveralRowsAnItemAreJoinedOrCounted) {
  put("ratings.csv", log("user_id,item_id,timestamp", 0, 200));
  std::string items = "item_id,title,category\n";
  for (int i = 0; i < 20; ++i) {
    items += fmt::format("i{},The thing of number {}{},{}\n", i % 10, i % 10, i == 13 ? " again" : "",
                         i < 10 ? "food" : "drink");
  }
  put("items.csv", items);
  run(made_folder());
  ASSERT_TRUE(data_) << shown();
  EXPECT_EQ(this->items(), 10);
  const Field* const category = field("category");
  ASSERT_NE(category, nullptr) << shown();
  EXPECT_EQ(category->type, FieldType::kTags);
  EXPECT_EQ(category->bags.nnz(), 20);
  EXPECT_EQ(data_->titles[static_cast<size_t>(data_->items.find("i3").value())], "The thing of number 3");
}

TEST_F(StructureExports, ListsInCellsAreTagsAndVectors) {
  put("ratings.csv", log("user_id,item_id,timestamp", 0, 200));
  std::string items = "item_id,title,genres,cast,embedding\n";
  for (int i = 0; i < 10; ++i) {
    items += fmt::format("i{},The thing of number {},\"{}, {}\",\"['Ann', 'Bob {}']\",\"[0.{}, 0.5]\"\n", i, i,
                         i % 2 == 0 ? "Action" : "Crime",
                         i % 3 == 0   ? "Comedy"
                         : i % 3 == 1 ? "Drama"
                                      : "War",
                         i % 3, i);
  }
  put("items.csv", items);
  run(made_folder());
  ASSERT_TRUE(data_) << shown();
  const Field* const genres = field("genres");
  ASSERT_NE(genres, nullptr) << shown();
  EXPECT_EQ(genres->type, FieldType::kTags);
  EXPECT_TRUE(genres->values.find("Comedy"));
  ASSERT_NE(field("cast"), nullptr) << shown();
  EXPECT_TRUE(field("cast")->values.find("Bob 1"));
  ASSERT_NE(field("embedding"), nullptr) << shown();
  EXPECT_EQ(field("embedding")->type, FieldType::kVector);
  EXPECT_EQ(field("embedding")->numbers.size(1), 2);
}

}  // namespace
}  // namespace haina
