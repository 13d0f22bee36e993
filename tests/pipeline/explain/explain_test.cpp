// The document of haina explain against the model that it is about.
#include "pipeline/explain/explain.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>

#include "base/files.h"
#include "base/seed.h"
#include "data/fingerprint.h"
#include "evaluation/explain/explain_html.h"
#include "made_clicks.h"
#include "model/versions.h"
#include "pipeline/explain/item_map.h"
#include "pipeline/explain/model_weights.h"
#include "pipeline/explain/partial_dependence.h"
#include "pipeline/prepare.h"
#include "pipeline/run_train.h"

namespace haina {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int kItems = 60;

// Users of odd numbers take items with tag "odd", which cost 100 and more; the others take "even" ones below 40.
class Explain : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = fs::temp_directory_path() / ("haina_explain_" + std::to_string(::getpid()));
    fs::create_directories(folder_);
    RandomStream random(5, "explain_test");
    write_clicks(folder_ / "clicks.csv", 120, 10,
                 [&](int user, int) { return user % 2 + 2 * random.below(kItems / 2); });
    std::ofstream(folder_ / "clicks.csv", std::ios::app) << "novice,i4,1700000000\n";
    std::ofstream items(folder_ / "items.csv");
    items << "item,title,kind,price\n";
    for (int i = 0; i < kItems; ++i) {
      items << "i" << i << ",<Thing> " << i << "," << (i % 2 == 0 ? "even" : "odd") << ","
            << (i % 2 == 0 ? 10 + i / 2 : 100 + i) << "\n";
    }
    items.close();
    ASSERT_TRUE(write_text(folder_ / "haina.toml", R"(
[project]
name = "explained"
[[source]]
name = "clicks"
kind = "events"
path = "clicks.csv"
columns = { user = "user", item = "item", time = "time" }
[[source]]
name = "items"
kind = "items"
path = "items.csv"
columns = { item = "item", title = "text", kind = "tags:|", price = "number" }
[train]
network_params = { width = 16, epochs = 8 }
[train.experts.popularity]
[train.experts.ease]
)"));
    config_ = load_config(folder_ / "haina.toml").value();
    const Result<Dataset> dataset = run_prepare(*config_, {});
    ASSERT_TRUE(dataset) << to_text(dataset.error());
    const auto trained = run_train(*dataset, *config_, {});
    ASSERT_TRUE(trained) << to_text(trained.error());
    Result<Loaded> loaded = load_version(*config_, *current_version(*config_));
    ASSERT_TRUE(loaded) << to_text(loaded.error());
    loaded_ = std::move(*loaded);
    const Result<json> document = run_explain(loaded_->dataset, *config_, loaded_->model, {});
    ASSERT_TRUE(document) << to_text(document.error());
    document_ = *document;
  }
  static void TearDownTestSuite() { fs::remove_all(folder_); }

  static inline fs::path folder_;
  static inline std::optional<Config> config_;
  static inline std::optional<Loaded> loaded_;
  static inline json document_;
};

TEST_F(Explain, NamesWhatItIsAbout) {
  EXPECT_EQ(document_.at("schema"), "haina.explain/1");
  EXPECT_EQ(document_.at("version"), *current_version(*config_));
  EXPECT_EQ(document_.at("fingerprint"), fingerprint_of(loaded_->dataset));
  EXPECT_EQ(document_.at("users"), 121);
  EXPECT_EQ(document_.at("items"), kItems);
  EXPECT_TRUE(document_.at("source_values").is_null()) << "not asked for";
}

TEST_F(Explain, WeightsAreThoseOfTheModel) {
  const Model& model = loaded_->model;
  const json& weights = document_.at("weights");
  EXPECT_EQ(weights.at("users"), 121);
  const std::vector<UserState> users = spread_users(loaded_->dataset, 256);
  const at::Tensor of_users = model.ranker.user_weights(users).mean(0);
  const std::vector<std::string> names = model.names();
  ASSERT_EQ(weights.at("experts").size(), names.size());
  double shares = 0;
  for (size_t m = 0; m < names.size(); ++m) {
    const json& expert = weights.at("experts")[m];
    EXPECT_EQ(expert.at("name"), names[m]);
    EXPECT_NEAR(expert.at("weight").get<double>(), of_users[static_cast<int64_t>(m)].item<double>(), 1e-5);
    EXPECT_LE(expert.at("share").at("low"), expert.at("share").at("value"));
    EXPECT_GE(expert.at("share").at("high"), expert.at("share").at("value"));
    shares += expert.at("share").at("value").get<double>();
  }
  EXPECT_NEAR(shares, 1, 1e-6);

  ASSERT_TRUE(model.network);
  const at::Tensor of_items = model.network->item_source_weights().mean(0);
  const std::vector<std::string> sources = model.network->item_sources();
  ASSERT_EQ(weights.at("sources").size(), sources.size());
  shares = 0;
  for (size_t s = 0; s < sources.size(); ++s) {
    EXPECT_EQ(weights.at("sources")[s].at("name"), sources[s]);
    EXPECT_NEAR(weights.at("sources")[s].at("weight").get<double>(), of_items[static_cast<int64_t>(s)].item<double>(),
                1e-5);
    shares += weights.at("sources")[s].at("share").at("value").get<double>();
  }
  EXPECT_NEAR(shares, 1, 1e-6);
}

TEST_F(Explain, GroupsAreUsersByTheLengthOfTheirHistory) {
  const json& groups = document_.at("weights").at("groups");
  ASSERT_EQ(groups.size(), 2U);
  EXPECT_EQ(groups[0].at("name"), "1 to 4 events");
  EXPECT_EQ(groups[0].at("users"), 1);
  EXPECT_EQ(groups[1].at("name"), "5 to 19 events");
  EXPECT_EQ(groups[1].at("users"), 120);
  for (const json& group : groups) {
    double sum = 0;
    for (const auto& [name, share] : group.at("experts").items()) {
      sum += share.get<double>();
    }
    EXPECT_NEAR(sum, 1, 1e-6) << group.at("name");
  }
}

// Who takes dear items is offered an item the sooner the dearer it is.
TEST_F(Explain, PartialDependenceFollowsTheTasteOfTheUsers) {
  const std::vector<UserState> all = spread_users(loaded_->dataset, 121);
  for (const int odd : {0, 1}) {
    std::vector<UserState> users;
    for (const UserState& user : all) {
      if (loaded_->dataset.users.name(user.user) != "novice" && row_of(user.history.front().item) >= 0) {
        const std::string item(loaded_->dataset.items.name(row_of(user.history.front().item)));
        if (std::stoi(item.substr(1)) % 2 == odd) {
          users.push_back(user);
        }
      }
    }
    const Result<json> moved = partial_dependence(loaded_->dataset, loaded_->model, users, nullptr);
    ASSERT_TRUE(moved) << to_text(moved.error());
    ASSERT_EQ(moved->size(), 1U);
    const json& price = moved->front();
    EXPECT_EQ(price.at("field"), "items.price");
    EXPECT_EQ(price.at("users"), 60);
    EXPECT_EQ(price.at("items"), kItems);
    const json& points = price.at("points");
    ASSERT_EQ(points.size(), 11U);
    EXPECT_EQ(points.front().at("value"), 10);
    EXPECT_EQ(points.back().at("value"), 159);
    const double cheap = points.front().at("score"), dear = points.back().at("score");
    EXPECT_GT(odd == 1 ? dear - cheap : cheap - dear, 0.1) << points.dump();
    EXPECT_TRUE(std::ranges::is_sorted(points, {}, [](const json& point) { return point.at("value").get<double>(); }));
  }
}

TEST_F(Explain, MapHasEveryItemInOneClusterNamedByItsTags) {
  const json& map = document_.at("map");
  ASSERT_EQ(map.at("items").size(), static_cast<size_t>(kItems));
  int64_t items = 0;
  std::set<std::string> names;
  for (const json& cluster : map.at("clusters")) {
    items += cluster.at("items").get<int64_t>();
    for (const json& word : cluster.at("words")) {
      names.insert(word.at("word"));
    }
  }
  EXPECT_EQ(items, kItems);
  EXPECT_EQ(names, (std::set<std::string>{"even", "odd"}));
  for (const json& item : map.at("items")) {
    EXPECT_LE(std::abs(item.at("x").get<double>()), 1 + 1e-6);
    EXPECT_GE(item.at("cluster").get<size_t>(), 1U);
    EXPECT_LE(item.at("cluster").get<size_t>(), map.at("clusters").size());
  }
}

TEST_F(Explain, PageHoldsEveryPartAndTheDocument) {
  json document = document_;
  document["source_values"] = *measure_source_values(loaded_->dataset, *config_, {});
  const std::string english = explain_html(document), chinese = explain_html(document, Language::kChinese);
  for (const char* const words :
       {"<html lang=\"en\">", "What lists rely on", "Sources of the network", "What each source is worth",
        "How numbers move scores", "Map of items", "items.price", "id=\"haina-document\"", "&lt;Thing&gt; 3"}) {
    EXPECT_NE(english.find(words), std::string::npos) << words;
  }
  EXPECT_EQ(english.find("<Thing>"), std::string::npos) << "titles are escaped";
  EXPECT_NE(chinese.find("<html lang=\"zh\">"), std::string::npos);
  EXPECT_NE(chinese.find("每个来源值多少"), std::string::npos);
  EXPECT_EQ(chinese.find("What each source"), std::string::npos);
}

TEST(KMeans, FindsSeparateGroups) {
  at::Generator generator = make_generator(3, "explain_test");
  const at::Tensor centres = at::tensor(std::vector<float>{0, 0, 10, 0, 0, 10}, at::kFloat).view({3, 2});
  const at::Tensor rows = centres.repeat({20, 1}) + at::randn({60, 2}, generator) * 0.5;
  const at::Tensor found = k_means(rows, 3, 7);
  EXPECT_TRUE(k_means(rows, 3, 7).equal(found));
  for (int64_t r = 3; r < 60; ++r) {
    EXPECT_EQ(found[r].item<int64_t>(), found[r % 3].item<int64_t>()) << r;
  }
  EXPECT_EQ(std::get<0>(at::_unique(found)).size(0), 3);
}

}  // namespace
}  // namespace haina
