// End to end on a small shop: init, prepare, train, evaluate, recommend; what is loaded again; what invalid requests
// get.
#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "base/files.h"
#include "base/seed.h"
#include "pipeline/evaluate.h"
#include "pipeline/init.h"
#include "pipeline/prepare.h"
#include "pipeline/run_train.h"
#include "recommend/build_list.h"

namespace haina {
namespace {

namespace fs = std::filesystem;

class EndToEnd : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("haina_end_to_end_" + std::to_string(::getpid()) + "_" +
                                           testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directories(folder_ / "exports");
    RandomStream random(11, "road_test");
    std::ofstream events(folder_ / "exports" / "clicks.csv");
    events << "user_id,item_id,timestamp\n";
    for (int u = 0; u < 60; ++u) {
      for (int i = 0; i < 12; ++i) {
        events << "u" << u << ",i" << (u % 3) + 3 * random.below(20) << "," << 1700000000 + 100000 * i + u << "\n";
      }
    }
    std::ofstream items(folder_ / "exports" / "items.csv");
    items << "item_id,title,genres\n";
    const char* const names[] = {"space|war", "love|drama", "comedy|farce"};
    for (int i = 0; i < 60; ++i) {
      items << "i" << i << ",The great film number " << i << "," << names[i % 3] << "\n";
    }
  }
  void TearDown() override { fs::remove_all(folder_); }

  Result<Config> ready() const {
    HAINA_TRY(const InitReport report, run_init(folder_ / "exports", folder_ / "haina.toml", Overwrite::kNo));
    HAINA_TRY(Config config, load_config(folder_));
    config.train.network_params = {{"width", 16}, {"epochs", 8}};
    config.train.experts = {{"popularity", nlohmann::json::object()}, {"ease", nlohmann::json::object()}};
    return config;
  }

  fs::path folder_;
};

TEST_F(EndToEnd, InitInfersEventsItemsTagsAndTimes) {
  const auto config = ready();
  ASSERT_TRUE(config) << to_text(config.error());
  ASSERT_EQ(config->sources.size(), 2U);
  EXPECT_EQ(config->sources[0].kind, SourceKind::kEvents);
  EXPECT_EQ(config->sources[1].kind, SourceKind::kItems);
  EXPECT_EQ(config->split.by, SplitBy::kTime);
  const auto& columns = config->sources[1].columns;
  EXPECT_TRUE(std::ranges::any_of(
      columns, [](const ColumnConfig& c) { return c.column == "genres" && c.type == "tags" && c.separator == "|"; }));
  EXPECT_TRUE(
      std::ranges::any_of(columns, [](const ColumnConfig& c) { return c.column == "title" && c.type == "text"; }));
  const auto again = run_init(folder_ / "exports", folder_ / "haina.toml", Overwrite::kNo);
  ASSERT_FALSE(again);
  EXPECT_NE(again.error().hint.find("--force"), std::string::npos);
}

TEST_F(EndToEnd, FromExportsToAListWithReasons) {
  const auto config = ready();
  ASSERT_TRUE(config) << to_text(config.error());
  const auto dataset = run_prepare(*config, {});
  ASSERT_TRUE(dataset) << to_text(dataset.error());
  EXPECT_EQ(dataset->users.size(), 60);
  EXPECT_EQ(dataset->items.size(), 60);
  const auto kept = load_dataset(config->prepared_folder());
  ASSERT_TRUE(kept) << to_text(kept.error());
  EXPECT_TRUE(at::equal(kept->events.item, dataset->events.item));
  EXPECT_EQ(kept->items.to_strings(), dataset->items.to_strings());
  EXPECT_EQ(kept->fields.size(), dataset->fields.size());

  const auto folder = run_train(*dataset, *config, {});
  ASSERT_TRUE(folder) << to_text(folder.error());
  const auto model = load_model(*folder, *dataset, *config);
  ASSERT_TRUE(model) << to_text(model.error());
  const auto document = run_evaluate(*dataset, *config, *model, {.ks = {10}, .ablation = AblationMode::kNone});
  ASSERT_TRUE(document) << to_text(document.error());
  EXPECT_EQ(document->at("schema"), "haina.evaluate/1");
  EXPECT_EQ(document->at("models")[0].at("name"), "haina");
  // Three tastes of twenty items each: random lists find a third of what a model of the taste finds.
  EXPECT_GT(document->at("models")[0].at("metrics").at("ndcg@10").at("value").get<double>(), 0.1);

  const auto list = recommend(*dataset, *model, {.user = "u4", .history = {}, .query = "", .k = 5});
  ASSERT_TRUE(list) << to_text(list.error());
  ASSERT_EQ(list->items.size(), 5U);
  int right = 0;
  for (const RecommendedItem& item : list->items) {
    const bool is_right = std::stoi(item.item.substr(1)) % 3 == 1;
    right += is_right ? 1 : 0;
    ASSERT_TRUE(item.explanation.has_value());
    EXPECT_FALSE(item.explanation->text.empty());
    EXPECT_FALSE(item.explanation->experts.empty());
    EXPECT_TRUE(!is_right || !item.explanation->nearest.empty());  // of another taste, none may be near
  }
  EXPECT_GE(right, 4);

  const auto nobody = recommend(*dataset, *model, {.user = "nobody", .history = {}, .query = "", .k = 3});
  ASSERT_TRUE(nobody);
  EXPECT_EQ(nobody->items.size(), 3U);
  ASSERT_FALSE(nobody->notes.empty());
  EXPECT_NE(nobody->notes[0].find("'nobody' is unknown"), std::string::npos) << nobody->notes[0];

  const auto query = recommend(*dataset, *model, {.user = "", .history = {}, .query = "farce", .k = 4});
  ASSERT_TRUE(query);
  for (const RecommendedItem& item : query->items) {
    EXPECT_EQ(std::stoi(item.item.substr(1)) % 3, 2);
  }

  const auto all = recommend(*dataset, *model, {.user = "", .history = {"i0", "i3"}, .query = "", .k = 1000});
  ASSERT_TRUE(all);
  EXPECT_EQ(all->items.size(), 58U);

  const auto unknown = recommend(*dataset, *model, {.user = "", .history = {"i6x"}, .query = "", .k = 5});
  ASSERT_TRUE(unknown) << to_text(unknown.error());
  EXPECT_EQ(unknown->items.size(), 5U);
  EXPECT_NE(unknown->notes.at(0).find("unknown item 'i6x' in the history is skipped"), std::string::npos);
  EXPECT_EQ(recommend(*dataset, *model, {.user = "u1", .history = {}, .query = "", .k = 0}).error().code,
            ErrorCode::kInvalidArgument);
}

// A shop where users view items of their taste and buy half of these.
TEST_F(EndToEnd, ListsGiveActionProbabilitiesAndFollowActionValues) {
  RandomStream random(12, "road_test");
  for (const char* const action : {"view", "buy"}) {
    std::ofstream(folder_ / (std::string(action) + ".csv")) << "user,item,time\n";
  }
  std::ofstream views(folder_ / "view.csv", std::ios::app), buys(folder_ / "buy.csv", std::ios::app);
  for (int u = 0; u < 150; ++u) {
    for (int i = 0; i < 14; ++i) {
      const int64_t of_taste = random.below(30);
      const std::string row = "u" + std::to_string(u) + ",i" + std::to_string(u % 3 + 3 * of_taste) + "," +
                              std::to_string(1700000000 + 100000 * i + u) + "\n";
      (of_taste % 2 == 0 || i % 5 == 0 ? buys : views) << row;
    }
  }
  views.close();
  buys.close();
  const auto write = [&](const std::string& serve) {
    std::ofstream(folder_ / "haina.toml") << "[project]\nname = \"shop\"\ngoal = [\"buy\"]\n"
                                             "[[source]]\nname = \"view\"\nkind = \"events\"\npath = \"view.csv\"\n"
                                             "columns = { user = \"user\", item = \"item\", time = \"time\" }\n"
                                             "[[source]]\nname = \"buy\"\nkind = \"events\"\npath = \"buy.csv\"\n"
                                             "columns = { user = \"user\", item = \"item\", time = \"time\" }\n"
                                             "[split]\nby = \"time\"\ntest = 0.2\nvalidation = 0.25\n"
                                             "[train]\nnetwork = \"none\"\n[train.experts.ease]\n"
                                             "[train.experts.item_knn_all]\n[train.experts.popularity]\n"
                                          << serve;
    return load_config(folder_);
  };
  const auto config = write("");
  ASSERT_TRUE(config) << to_text(config.error());
  const auto dataset = run_prepare(*config, {});
  ASSERT_TRUE(dataset) << to_text(dataset.error());
  const auto folder = run_train(*dataset, *config, {});
  ASSERT_TRUE(folder) << to_text(folder.error());
  const auto model = load_model(*folder, *dataset, *config);
  ASSERT_TRUE(model) << to_text(model.error());
  ASSERT_EQ(model->heads.actions.size(), 2U);
  const auto document = run_evaluate(*dataset, *config, *model, {.ks = {10}, .ablation = AblationMode::kNone});
  ASSERT_TRUE(document) << to_text(document.error());
  const nlohmann::json& heads = document->at("protocol").at("actions");
  ASSERT_EQ(heads.size(), 2U);
  for (const nlohmann::json& head : heads) {
    EXPECT_GT(head.at("auc").get<double>(), 0.6) << head;
    EXPECT_LT(head.at("log_loss").get<double>(), head.at("log_loss_of_the_share").get<double>()) << head;
  }

  const RecommendRequest request = {.user = "u4", .history = {}, .query = "", .k = 8};
  const auto by_order = recommend(*dataset, *model, request, config->serve);
  ASSERT_TRUE(by_order) << to_text(by_order.error());
  for (const RecommendedItem& item : by_order->items) {
    for (const char* const action : {"view", "buy"}) {
      const float p = item.actions.at(action);
      EXPECT_GT(p, 0);
      EXPECT_LT(p, 1);
    }
  }
  const auto values = write("[serve]\naction_values = { view = 0.5, buy = 3 }\n");
  ASSERT_TRUE(values) << to_text(values.error());
  const auto by_value = recommend(*dataset, *model, request, values->serve);
  ASSERT_TRUE(by_value) << to_text(by_value.error());
  double before = 4;
  for (const RecommendedItem& item : by_value->items) {
    const double expected =
        0.5 * static_cast<double>(item.actions.at("view")) + 3 * static_cast<double>(item.actions.at("buy"));
    EXPECT_NEAR(item.score, expected, 1e-5);
    EXPECT_LE(expected, before + 1e-6);
    before = expected;
  }
  const auto unknown = write("[serve]\naction_values = { bye = 3 }\n");
  ASSERT_TRUE(unknown);
  const auto refused = recommend(*dataset, *model, request, unknown->serve);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().hint.find("buy"), std::string::npos) << refused.error().hint;
  const auto no_number = write("[serve]\naction_values = { buy = \"much\" }\n");
  ASSERT_FALSE(no_number);
  EXPECT_NE(no_number.error().at.find("haina.toml:"), std::string::npos);
}

TEST_F(EndToEnd, ADamagedModelNamesTheFile) {
  const auto config = ready();
  const auto dataset = run_prepare(*config, {});
  ASSERT_TRUE(dataset);
  const auto folder = run_train(*dataset, *config, {});
  ASSERT_TRUE(folder);
  fs::resize_file(*folder / "network.safetensors", 100);
  const auto model = load_model(*folder, *dataset, *config);
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().code, ErrorCode::kBadData);
  EXPECT_NE(model.error().what.find("network.safetensors"), std::string::npos);
}

}  // namespace
}  // namespace haina
