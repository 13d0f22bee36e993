// Lists of other recommenders, and the split that they are made on.
#include "pipeline/given_lists.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/seed.h"
#include "made_clicks.h"
#include "pipeline/evaluate.h"
#include "pipeline/export_split.h"
#include "pipeline/init.h"
#include "pipeline/prepare.h"
#include "pipeline/run_train.h"

namespace haina {
namespace {

namespace fs = std::filesystem;

class GivenListsTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("haina_lists_" + std::to_string(::getpid()) + "_" +
                                           testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directories(folder_);
    for (const char* const user : {"ann", "bob", "42"}) {
      dataset_.users.find_or_add(user);
    }
    for (const char* const item : {"i0", "i1", "i2", "a, \"b\""}) {
      dataset_.items.find_or_add(item);
    }
  }
  void TearDown() override { fs::remove_all(folder_); }

  Result<GivenLists> read(const std::string& text, const std::string& name = "lists.csv") const {
    std::ofstream(folder_ / name) << text;
    return read_given_lists("other", folder_ / name, dataset_);
  }

  fs::path folder_;
  Dataset dataset_;
};

TEST_F(GivenListsTest, RowsStandBestFirst) {
  const auto lists = read("user,item\nann,i2\nbob,i0\nann,i0\nann,i2\n42,\"a, \"\"b\"\"\"\n");
  ASSERT_TRUE(lists) << to_text(lists.error());
  EXPECT_EQ(lists->items[0], (std::vector<int32_t>{2, 0})) << "the second i2 says nothing new";
  EXPECT_EQ(lists->items[1], (std::vector<int32_t>{0}));
  EXPECT_EQ(lists->items[2], (std::vector<int32_t>{3}));
  EXPECT_EQ(lists->rows, 5);
  EXPECT_EQ(lists->users, 3);
}

TEST_F(GivenListsTest, ScoresSayTheOrderAndUnknownIdsAreCounted) {
  const auto lists =
      read("user_id\titem_id\tscore\nann\ti0\t0.5\nann\ti1\t2.5\nann\tgone\t9\nzoe\ti1\t1\nann\ti2\t-1\n", "l.tsv");
  ASSERT_TRUE(lists) << to_text(lists.error());
  EXPECT_EQ(lists->items[0], (std::vector<int32_t>{1, 0, 2}));
  EXPECT_EQ(lists->unknown_items, 1);
  EXPECT_EQ(lists->unknown_users, 1);
  HeldOut test;
  test.users = {{.user = 0}, {.user = 1}};
  EXPECT_EQ(to_json(*lists, test).at("without_list"), 1);
  const auto [name, score] = scorer_of(std::make_shared<const GivenLists>(*lists), 4);
  EXPECT_EQ(name, "other");
  const at::Tensor scores = score(test.users);
  EXPECT_GT(scores[0][1].item<float>(), scores[0][0].item<float>());
  EXPECT_GT(scores[0][0].item<float>(), scores[0][2].item<float>());
  EXPECT_TRUE(std::isinf(scores[0][3].item<float>())) << "in no list, so it has no rank";
  EXPECT_TRUE(scores[1].isinf().all().item<bool>());
}

TEST_F(GivenListsTest, FilesThatAreNoListsAreNamed) {
  for (const auto& [text, what] : std::map<std::string, std::string>{
           {"customer,product\nann,i0\nbob,i1\n", "need the columns user and item; there are customer, product"},
           {"user,item\nnobody,nothing\nnoone,nowhere\n", "no row names a user and an item"},
           {"user,item,score\nann,i0,good\nbob,i1,bad\n", ""}}) {
    const auto lists = read(text);
    ASSERT_FALSE(lists) << text;
    EXPECT_EQ(lists.error().code, ErrorCode::kBadData) << text;
    EXPECT_NE(to_text(lists.error()).find("lists.csv"), std::string::npos) << to_text(lists.error());
    EXPECT_NE(lists.error().what.find(what), std::string::npos) << to_text(lists.error());
    EXPECT_FALSE(lists.error().hint.empty());
  }
  EXPECT_FALSE(read_given_lists("other", folder_ / "absent.csv", dataset_));
}

// The test part as lists: perfect; the same users with other items: nothing. And the parts hold every event once.
TEST_F(GivenListsTest, AreMeasuredAsHainasOwnModelsAre) {
  fs::create_directories(folder_ / "exports");
  RandomStream random(3, "given_lists_test");
  write_clicks(folder_ / "exports" / "clicks.csv", 80, 12,
               [&](int user, int) { return (user % 2) + 2 * random.below(20); });
  const auto report = run_init(folder_ / "exports", folder_ / "haina.toml", Overwrite::kNo);
  ASSERT_TRUE(report) << to_text(report.error());
  auto config = load_config(folder_);
  ASSERT_TRUE(config) << to_text(config.error());
  config->train.network = NetworkChoice::kNone;
  config->train.budget_seconds = 0.001;
  config->train.experts = {{"item_knn", nlohmann::json::object()}};
  const auto dataset = run_prepare(*config, {});
  ASSERT_TRUE(dataset) << to_text(dataset.error());

  const auto rows = export_split(*dataset, *config, folder_ / "parts" / "here");
  ASSERT_TRUE(rows) << to_text(rows.error());
  EXPECT_EQ(rows->at("train.csv") + rows->at("validation.csv") + rows->at("test.csv"), dataset->events.size());
  EXPECT_GT(rows->at("test.csv"), 50);
  std::ifstream test(folder_ / "parts" / "here" / "test.csv");
  std::string line;
  std::getline(test, line);
  EXPECT_EQ(line, "user,item,action,value,time,goal");
  std::ofstream right(folder_ / "right.csv"), wrong(folder_ / "wrong.csv");
  right << "user,item\n";
  wrong << "user,item\n";
  int64_t lines = 0;
  while (std::getline(test, line)) {
    ++lines;
    const size_t comma = line.find(','), second = line.find(',', comma + 1);
    right << line.substr(0, second) << "\n";
    const int item = std::stoi(line.substr(comma + 2, second - comma - 2));
    wrong << line.substr(0, comma) << ",i" << item + (item % 2 == 0 ? 1 : -1) << "\n";  // of the other taste
  }
  EXPECT_EQ(lines, rows->at("test.csv"));
  right.close();
  wrong.close();

  const auto folder = run_train(*dataset, *config, {});
  ASSERT_TRUE(folder) << to_text(folder.error());
  const auto model = load_model(*folder, *dataset, *config);
  ASSERT_TRUE(model) << to_text(model.error());
  EvaluateOptions options = {.ks = {10}, .ablation = AblationMode::kNone};
  options.lists = {{"right", folder_ / "right.csv"}, {"wrong", folder_ / "wrong.csv"}};
  const auto document = run_evaluate(*dataset, *config, *model, options);
  ASSERT_TRUE(document) << to_text(document.error());
  std::map<std::string, double> ndcg;
  for (const nlohmann::json& one : document->at("models")) {
    ndcg[one.at("name")] = one.at("metrics").at("ndcg@10").at("value");
  }
  EXPECT_NEAR(ndcg.at("right"), 1, 1e-9);
  EXPECT_EQ(ndcg.at("wrong"), 0);
  EXPECT_EQ(document->at("protocol").at("lists").size(), 2U);
  bool compared = false;
  for (const nlohmann::json& row : document->at("differences")) {
    if (row.at("than") == "right" && row.at("metric") == "ndcg@10") {
      compared = true;
      EXPECT_NEAR(row.at("delta").get<double>(), ndcg.at("haina") - 1, 1e-9);
      EXPECT_GE(row.at("p_holm").get<double>(), row.at("p").get<double>());
    }
  }
  EXPECT_TRUE(compared);
  options.lists = {{"item_knn", folder_ / "right.csv"}};
  const auto taken = run_evaluate(*dataset, *config, *model, options);
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace haina
