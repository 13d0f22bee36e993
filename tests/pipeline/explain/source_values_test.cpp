// Shapley values of sources on an invented shop of which it is known what each source tells.
#include "pipeline/explain/source_values.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>

#include "base/files.h"
#include "base/seed.h"
#include "made_clicks.h"
#include "pipeline/prepare.h"

namespace haina {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int kTastes = 60, kItems = 600, kUsers = 600;

// 600 users with one taste each take 5 of the 10 items of that taste. Of an item, `taste` and its copy say the taste,
// `noise` says nothing; `serial` belongs to one item alone.
class SourceValuesOfShop : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = fs::temp_directory_path() / ("haina_source_values_" + std::to_string(::getpid()));
    fs::create_directories(folder_);
    RandomStream random(5, "source_values_test");
    write_clicks(folder_ / "clicks.csv", kUsers, 5,
                 [&](int user, int) { return user % kTastes + kTastes * random.below(kItems / kTastes); });
    std::ofstream items(folder_ / "items.csv");
    items << "item,taste,copy,noise,serial\n";
    for (int i = 0; i < kItems; ++i) {
      items << "i" << i << ",t" << i % kTastes << ",t" << i % kTastes << ",n" << random.below(kTastes) << ",s" << i
            << "\n";
    }
    items.close();
    ASSERT_TRUE(write_text(folder_ / "haina.toml", R"(
[project]
name = "shop"
[[source]]
name = "clicks"
kind = "events"
path = "clicks.csv"
columns = { user = "user", item = "item", time = "time" }
[[source]]
name = "items"
kind = "items"
path = "items.csv"
columns = { item = "item", taste = "category", copy = "category", noise = "category", serial = "category" }
[split]
by = "leave_last"
)"));
    config_ = load_config(folder_ / "haina.toml").value();
    Result<Dataset> dataset = run_prepare(*config_, {});
    ASSERT_TRUE(dataset) << to_text(dataset.error());
    dataset_ = std::move(*dataset);
  }
  static void TearDownTestSuite() { fs::remove_all(folder_); }

  static json measured(const SourceValueOptions& options) {
    const Result<json> values = measure_source_values(*dataset_, *config_, options);
    EXPECT_TRUE(values) << to_text(values.error());
    return values.value_or(json::object());
  }
  static json source(const json& values, const std::string& name) {
    for (const json& one : values.at("sources")) {
      if (one.at("name") == name) {
        return one;
      }
    }
    ADD_FAILURE() << "no source " << name;
    return {};
  }

  static inline fs::path folder_;
  static inline std::optional<Config> config_;
  static inline std::optional<Dataset> dataset_;
};

TEST_F(SourceValuesOfShop, NoiseIsWorthNothingAndTheTellingSourceNearlyAll) {
  const json values = measured({.sources = {"items.taste", "items.noise"}});
  const json taste = source(values, "items.taste"), noise = source(values, "items.noise");
  EXPECT_GT(values.at("all").at("value").get<double>(), 1.1 * values.at("none").at("value").get<double>());
  EXPECT_GT(values.at("none").at("value").get<double>(), values.at("popularity").at("value").get<double>());
  EXPECT_GT(taste.at("low").get<double>(), 0);
  EXPECT_GT(taste.at("share").get<double>(), 0.98);
  EXPECT_LT(std::abs(noise.at("share").get<double>()), 0.02);
  EXPECT_LE(noise.at("low").get<double>(), 0);
  EXPECT_GE(noise.at("high").get<double>(), 0);
  // Every second user; those whose held-out item stands in their history before do not count.
  EXPECT_LE(std::abs(values.at("users").get<int>() - values.at("choosing_users").get<int>()), 1);
  EXPECT_LE(values.at("users").get<int>(), kUsers / 2);
  EXPECT_GT(values.at("users").get<int>(), kUsers / 4);
  EXPECT_EQ(values.at("left_out"), (json{"items.copy", "items.serial"}));
}

TEST_F(SourceValuesOfShop, SumToWhatAllSourcesAddAndEqualSourcesShareEqually) {
  const json values = measured({});
  double sum = 0;
  for (const json& one : values.at("sources")) {
    sum += one.at("value").get<double>();
  }
  const double added = values.at("all").at("value").get<double>() - values.at("none").at("value").get<double>();
  EXPECT_NEAR(sum, added, 1e-9);
  const json taste = source(values, "items.taste"), copy = source(values, "items.copy");
  EXPECT_EQ(taste.at("weight"), copy.at("weight"));
  EXPECT_NEAR(taste.at("value").get<double>(), copy.at("value").get<double>(), 1e-9);
  EXPECT_GT(copy.at("low").get<double>(), 0);
  EXPECT_NEAR(source(values, "items.serial").at("value").get<double>(), 0, 1e-9)
      << "values of one item alone relate it to no other";
  // Every set of the four sources, from none to all.
  ASSERT_EQ(values.at("sets").size(), 16U);
  EXPECT_NEAR(values.at("sets").front().at("value").get<double>(), values.at("none").at("value").get<double>(), 1e-12);
  EXPECT_NEAR(values.at("sets").back().at("value").get<double>(), values.at("all").at("value").get<double>(), 1e-12);
  EXPECT_EQ(values.at("sets").back().at("sources").size(), 4U);
}

TEST_F(SourceValuesOfShop, OfPopularItemsAloneSaysSo) {
  const json values = measured({.sources = {"items.taste"}, .most_items = 200});
  EXPECT_EQ(values.at("items"), 200);
  EXPECT_EQ(values.at("of_items"), kItems);
  EXPECT_LT(values.at("users").get<int>() + values.at("choosing_users").get<int>(), kUsers);
}

TEST_F(SourceValuesOfShop, AreKeptForTheSameQuestionOfTheSameDataset) {
  Config config = *config_;
  config.out = "kept";
  const SourceValueOptions options = {.sources = {"items.taste"}};
  const Result<json> first = cached_source_values(*dataset_, config, options);
  const Result<json> second = cached_source_values(*dataset_, config, options);
  ASSERT_TRUE(first && second);
  EXPECT_FALSE(first->at("cached").get<bool>());
  EXPECT_TRUE(second->at("cached").get<bool>());
  EXPECT_EQ(first->at("sources"), second->at("sources"));
  EXPECT_EQ(first->at("seconds"), second->at("seconds"));
  EXPECT_FALSE(cached_source_values(*dataset_, config, {.sources = {"items.noise"}})->at("cached").get<bool>());
  config.split.validation = 0.2;
  EXPECT_FALSE(cached_source_values(*dataset_, config, options)->at("cached").get<bool>());
}

TEST_F(SourceValuesOfShop, WrongNamesAreExplained) {
  const auto error_of = [](const std::vector<std::string>& sources) {
    const Result<json> values = measure_source_values(*dataset_, *config_, {.sources = sources});
    EXPECT_FALSE(values);
    return values ? Error{} : values.error();
  };
  const Error unknown = error_of({"items.tast"});
  EXPECT_EQ(unknown.code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(unknown.at, "--sources");
  EXPECT_NE(unknown.hint.find("items.taste"), std::string::npos) << unknown.hint;
  const Error twice = error_of({"items", "items.noise"});
  EXPECT_EQ(twice.code, ErrorCode::kInvalidArgument);
  EXPECT_NE(twice.what.find("named twice"), std::string::npos) << twice.what;
}

TEST_F(SourceValuesOfShop, NeedsUsersOfTheValidationPartAndASource) {
  Config config = *config_;
  config.split.by = SplitBy::kTime;
  config.split.validation = 0.001;
  const Result<json> few = measure_source_values(*dataset_, config, {});
  ASSERT_FALSE(few);
  EXPECT_EQ(few.error().code, ErrorCode::kBadData);
  EXPECT_NE(few.error().what.find("validation part"), std::string::npos) << few.error().what;
  EXPECT_NE(few.error().hint.find("[split] validation"), std::string::npos) << few.error().hint;
  config = *config_;
  config.train.exclude = {"items"};
  const Result<json> nothing = measure_source_values(*dataset_, config, {});
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().code, ErrorCode::kBadData);
  EXPECT_NE(nothing.error().what.find("no source beside"), std::string::npos) << nothing.error().what;
}

// Users whose first event is held out get popular items, so that a profile field that says nothing is not taken for
// popularity.
TEST_F(SourceValuesOfShop, NewUsersGetPopularItemsWhateverTheirProfile) {
  RandomStream random(6, "source_values_test");
  const fs::path folder = folder_ / "newcomers";
  fs::create_directories(folder);
  std::ofstream clicks(folder / "clicks.csv"), people(folder / "people.csv");
  clicks << "user,item,time\n";
  people << "user,shade\n";
  for (int user = 0; user < 700; ++user) {
    people << "u" << user << ",s" << random.below(5) << "\n";
    for (int nth = 0; nth < (user < 400 ? 5 : 1); ++nth) {  // the last 300 come one after the other and take one item
      // Item 99 is the most popular one. The first users take each item once, the rarest first, so that neither the
      // order of rows nor that of ids says what is popular.
      const double draw = random.uniform();
      const int item = user < 12 ? 40 + 5 * user + nth : 99 - static_cast<int>(60 * draw * draw * draw);
      clicks << "u" << user << ",i" << item << "," << 1700000000 + 1000 * user + nth << "\n";
    }
  }
  clicks.close();
  people.close();
  ASSERT_TRUE(write_text(folder / "haina.toml", R"(
[project]
name = "newcomers"
[[source]]
name = "clicks"
kind = "events"
path = "clicks.csv"
columns = { user = "user", item = "item", time = "time" }
[[source]]
name = "people"
kind = "users"
path = "people.csv"
columns = { user = "user", shade = "category" }
[split]
by = "time"
test = 0.05
validation = 0.06
)"));
  const Config config = load_config(folder / "haina.toml").value();
  const Result<Dataset> dataset = run_prepare(config, {});
  ASSERT_TRUE(dataset) << to_text(dataset.error());
  const Result<json> values = measure_source_values(*dataset, config, {});
  ASSERT_TRUE(values) << to_text(values.error());
  const double popularity = values->at("popularity").at("value"), none = values->at("none").at("value");
  EXPECT_GT(popularity, 0.2);
  EXPECT_GT(none, 0.9 * popularity);
  EXPECT_LT(std::abs(source(*values, "people.shade").at("value").get<double>()), 0.1 * none) << values->dump(1);
}

// More than ten fields: those of one file stand together; named one by one they are too many.
TEST_F(SourceValuesOfShop, TooManySourcesAreGroupedOrRefused) {
  Dataset wide = *dataset_;
  const Field taste = wide.fields.front();
  std::vector<std::string> names;
  for (int f = 0; f < 11; ++f) {
    Field copy = taste;
    copy.name = "f" + std::to_string(f);
    copy.source = "wide";
    names.push_back(copy.full_name());
    wide.fields.push_back(std::move(copy));
  }
  const Result<json> grouped = measure_source_values(wide, *config_, {});
  ASSERT_TRUE(grouped) << to_text(grouped.error());
  EXPECT_TRUE(grouped->at("by_file").get<bool>());
  ASSERT_EQ(grouped->at("sources").size(), 2U);
  EXPECT_EQ(grouped->at("sources")[1].at("name"), "wide");
  const Result<json> refused = measure_source_values(wide, *config_, {.sources = names});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnsupported);
  EXPECT_NE(refused.error().what.find("11 sources"), std::string::npos) << refused.error().what;
  EXPECT_NE(refused.error().hint.find("at most 10"), std::string::npos) << refused.error().hint;
}

}  // namespace
}  // namespace haina
