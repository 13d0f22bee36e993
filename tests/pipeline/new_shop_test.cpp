// A new shop starts empty: items without events, a header alone, one event, one user, one item. Each is prepared,
// trained, loaded again and gives lists.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include "base/files.h"
#include "pipeline/evaluate.h"
#include "pipeline/init.h"
#include "pipeline/prepare.h"
#include "pipeline/run_train.h"
#include "recommend/build_list.h"

namespace haina {
namespace {

namespace fs = std::filesystem;

constexpr const char* kEvents =
    "[[source]]\nname = \"events\"\nkind = \"events\"\npath = \"events.csv\"\n"
    "columns = { user = \"user_id\", item = \"item_id\", time = \"timestamp:s\" }\n";
constexpr const char* kItems =
    "[[source]]\nname = \"items\"\nkind = \"items\"\npath = \"items.csv\"\n"
    "columns = { item = \"item_id\", title = \"text\", category = \"category\" }\n";
constexpr const char* kHeader = "user_id,item_id,timestamp\n";

// b0 … b29, a category for each five.
std::string thirty_items() {
  std::string text = "item_id,title,category\n";
  const char* const animals[] = {"cats", "dogs", "ships", "bread", "stars"};
  for (int i = 0; i < 30; ++i) {
    text += "b" + std::to_string(i) + ",A book about " + animals[i % 5] + "," + animals[i % 5] + "\n";
  }
  return text;
}

class NewShop : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("haina_new_shop_" + std::to_string(::getpid()) + "_" +
                                           testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  void put(const std::string& name, const std::string& text) const { std::ofstream(folder_ / name) << text; }

  // prepare, train, load.
  void open(const std::string& toml) {
    put("haina.toml", toml);
    auto config = load_config(folder_);
    ASSERT_TRUE(config) << to_text(config.error());
    config_ = *config;
    auto dataset = run_prepare(config_, {});
    ASSERT_TRUE(dataset) << to_text(dataset.error());
    const auto folder = run_train(*dataset, config_, {});
    ASSERT_TRUE(folder) << to_text(folder.error());
    auto kept = load_dataset(config_.prepared_folder());
    ASSERT_TRUE(kept) << to_text(kept.error());
    dataset_ = std::move(*kept);
    auto model = load_model(*folder, *dataset_, config_);
    ASSERT_TRUE(model) << to_text(model.error());
    model_ = std::move(*model);
  }
  std::string said() const { return model_->about.value("unvalidated", nlohmann::json::object()).value("text", ""); }
  RecommendationList list(const std::string& user, std::vector<std::string> history, int64_t k) const {
    const auto made = recommend(*dataset_, *model_, {.user = user, .history = std::move(history), .query = "", .k = k});
    EXPECT_TRUE(made) << (made ? "" : to_text(made.error()));
    return made.value_or(RecommendationList{});
  }

  fs::path folder_;
  Config config_;
  std::optional<Dataset> dataset_;
  std::optional<Model> model_;
};

TEST_F(NewShop, ItemsAloneAreRecommendedByContent) {
  put("items.csv", thirty_items());
  open(kItems);
  ASSERT_TRUE(model_);
  EXPECT_EQ(dataset_->users.size(), 0);
  EXPECT_EQ(dataset_->items.size(), 30);
  EXPECT_EQ(list("nobody", {}, 5).items.size(), 5U);
  const RecommendationList like_b3 = list("", {"b3"}, 5);
  ASSERT_EQ(like_b3.items.size(), 5U);
  for (const RecommendedItem& item : like_b3.items) {
    EXPECT_EQ(std::stoi(item.item.substr(1)) % 5, 3) << "bread first";
  }
  EXPECT_TRUE(said().starts_with("no event yet")) << said();
  EXPECT_NE(said().find("popularity and content only"), std::string::npos) << said();
}

TEST_F(NewShop, AHeaderAloneIsATableWithoutRows) {
  put("events.csv", kHeader);
  put("items.csv", thirty_items());
  for (const char* const split : {"time", "random", "leave_last", "new_users", "files"}) {
    fs::remove_all(folder_ / "prepared");
    open(std::string(kEvents) + kItems + "[split]\nby = \"" + split + "\"\n");
    ASSERT_TRUE(model_) << split;
    EXPECT_EQ(list("", {"b1"}, 4).items.size(), 4U) << split;
  }
  const auto rules = dataset_->quality.at("rules");
  EXPECT_TRUE(std::ranges::any_of(rules, [](const auto& rule) { return rule.at("source") == "events"; })) << rules;
}

TEST_F(NewShop, AHeaderAloneWithoutItemsStarts) {
  put("events.csv", kHeader);
  open(kEvents);
  ASSERT_TRUE(model_);
  EXPECT_EQ(list("ann", {}, 5).items.size(), 0U);
}

TEST_F(NewShop, OneEvent) {
  put("events.csv", std::string(kHeader) + "ann,book-1,1700000000\n");
  open(kEvents);
  ASSERT_TRUE(model_);
  EXPECT_TRUE(said().starts_with("1 goal event: too few")) << said();
  EXPECT_EQ(list("bob", {}, 5).items.size(), 1U);
  const RecommendationList anns = list("ann", {}, 5);
  EXPECT_EQ(anns.items.size(), 0U) << "she has it";
  EXPECT_FALSE(anns.notes.empty());
  const auto evaluated = run_evaluate(*dataset_, config_, *model_, {});
  ASSERT_FALSE(evaluated);
  EXPECT_EQ(evaluated.error().code, ErrorCode::kBadData);
  EXPECT_NE(evaluated.error().what.find("1 goal event"), std::string::npos) << evaluated.error().what;
}

TEST_F(NewShop, OneUserAndOneItem) {
  std::string events = kHeader;
  for (int i = 0; i < 12; ++i) {
    events += "ann,b" + std::to_string(i) + "," + std::to_string(1700000000 + 1000 * i) + "\n";
  }
  put("events.csv", events);
  put("items.csv", thirty_items());
  open(std::string(kEvents) + kItems);
  ASSERT_TRUE(model_);
  EXPECT_EQ(list("ann", {}, 100).items.size(), 18U);
  put("events.csv", std::string(kHeader) + "ann,b1,1700000000\nbob,b1,1700000100\ncid,b1,1700000200\n");
  open(kEvents);
  ASSERT_TRUE(model_);
  EXPECT_EQ(list("dan", {}, 5).items.size(), 1U);
}

TEST_F(NewShop, PopularItemsComeFirstForANewcomer) {
  put("events.csv", std::string(kHeader) + "ann,b7,1700000000\nbob,b7,1700000100\ncid,b2,1700000200\n");
  put("items.csv", thirty_items());
  open(std::string(kEvents) + kItems);
  ASSERT_TRUE(model_);
  const RecommendationList newcomer = list("dan", {}, 2);
  ASSERT_EQ(newcomer.items.size(), 2U);
  EXPECT_EQ(newcomer.items[0].item, "b7");
  EXPECT_EQ(newcomer.items[1].item, "b2");
}

// Views, and not one purchase yet: what is viewed counts.
TEST_F(NewShop, WithoutAGoalEventEveryEventCounts) {
  std::string events = "user_id,item_id,action\n";
  for (int u = 0; u < 8; ++u) {
    for (const int item : {3, u}) {
      events += "u" + std::to_string(u) + ",b" + std::to_string(item) + ",view\n";
    }
  }
  put("views.csv", events);
  put("events.csv", kHeader);
  put("items.csv", thirty_items());
  open(std::string("[project]\ngoal = [\"buy\"]\n[split]\nby = \"random\"\n") + kItems +
       "[[source]]\nname = \"views\"\nkind = \"events\"\npath = \"views.csv\"\n"
       "columns = { user = \"user_id\", item = \"item_id\", action = \"action\" }\n"
       "[[source]]\nname = \"buy\"\nkind = \"events\"\npath = \"events.csv\"\n"
       "columns = { user = \"user_id\", item = \"item_id\", time = \"timestamp:s\" }\n");
  ASSERT_TRUE(model_);
  EXPECT_NE(said().find("none of the 15 events meets the goal (buy)"), std::string::npos) << said();
  EXPECT_EQ(list("dan", {}, 1).items.at(0).item, "b3");
}

// Twenty events and more: experts that learn from events are fitted with their defaults.
TEST_F(NewShop, EventsOfFewUsersAreLearnedWithoutTuning) {
  std::string events = kHeader;
  for (int u = 0; u < 4; ++u) {
    for (int n = 0; n < 8; ++n) {
      events += "u" + std::to_string(u) + ",b" + std::to_string(u % 2 + 2 * ((n + u) % 9)) + "," +
                std::to_string(1700000000 + 1000 * n + u) + "\n";
    }
  }
  put("events.csv", events);
  open(std::string(kEvents) + "[split]\nby = \"leave_last\"\n");
  ASSERT_TRUE(model_);
  EXPECT_NE(said().find("4 of 5 users"), std::string::npos) << said();
  const auto names = model_->names();
  EXPECT_TRUE(std::ranges::count(names, "item_knn") == 1);
  for (const RecommendedItem& item : list("u0", {}, 1).items) {
    EXPECT_EQ(std::stoi(item.item.substr(1)) % 2, 0);
  }
}

TEST_F(NewShop, ConfiguredExpertsThatNeedMoreAreLeftOut) {
  put("events.csv", std::string(kHeader) + "ann,book-1,1700000000\n");
  open(std::string(kEvents) + "[train.experts.friends]\n");
  ASSERT_TRUE(model_);
  EXPECT_EQ(model_->names(), (std::vector<std::string>{"popularity"}));
}

TEST_F(NewShop, NothingAtAllIsAnError) {
  put("users.csv", "user_id,age\nann,30\n");
  put("haina.toml",
      "[[source]]\nname = \"users\"\nkind = \"users\"\npath = \"users.csv\"\n"
      "columns = { user = \"user_id\", age = \"number\" }\n");
  const auto config = load_config(folder_);
  ASSERT_TRUE(config);
  const auto dataset = run_prepare(*config, {});
  ASSERT_FALSE(dataset);
  EXPECT_EQ(dataset.error().code, ErrorCode::kBadData);
  EXPECT_NE(dataset.error().hint.find("kind = \"items\""), std::string::npos) << dataset.error().hint;
}

// The handed folders, from init on.
TEST_F(NewShop, HandedFoldersStart) {
  const char* const data = std::getenv("HAINA_DATA");
  const fs::path cases = fs::path(data != nullptr ? data : HAINA_SOURCE_DIR "/../shared/data").parent_path() / "cases";
  if (!fs::exists(cases / "exports")) {
    GTEST_SKIP() << "no handed cases beside HAINA_DATA";
  }
  for (const char* const name : {"27a-one-event", "27b-items-only", "27c-one-user"}) {
    const auto report = run_init(cases / "exports" / name, folder_ / "haina.toml", Overwrite::kYes);
    ASSERT_TRUE(report) << name << to_text(report.error());
    fs::remove_all(folder_ / "prepared");
    open(read_text(folder_ / "haina.toml").value_or(""));
    ASSERT_TRUE(model_) << name;
    EXPECT_FALSE(said().empty()) << name;
    EXPECT_EQ(list("a newcomer", {}, 1).items.size(), 1U) << name;
  }
}

}  // namespace
}  // namespace haina
