// Prepare from files to a saved dataset: mapping, alignment, imputation, and when files are read again.
#include "pipeline/prepare.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/file_lock.h"
#include "base/files.h"
#include "pipeline/changed_files.h"

namespace haina {
namespace {
namespace fs = std::filesystem;

constexpr const char* kProject = R"(
[project]
name = "shop"
out = "built/here"
[[source]]
name = "clicks"
kind = "events"
path = "clicks*.csv"
columns = { user = "user", item = "item", context = ["device"] }
[[source]]
name = "films"
kind = "items"
path = "films.csv"
columns = { item = "id", name = "label", price = "number" }
[[source]]
name = "shelf"
kind = "items"
path = "shelf.csv"
columns = { item = "sku", label = "text", colour = "category" }
[[source]]
name = "notes"
kind = "events"
path = "notes.csv"
ids = { user = "people.json" }
columns = { user = "who", item = "item", tag = "tag" }
[[align]]
source = "shelf"
to = "films"
by = "title"
column = "label"
to_column = "label"
[clean.impute]
"films.price" = "median"
)";

class Prepare : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("haina_prepare_" + std::to_string(::getpid()) + "_" +
                                           testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directories(folder_);
    put("haina.toml", kProject);
    put("clicks1.csv", "user,item,device\nanna,f1,phone\nbert,f2,\n");
    put("clicks2.csv", "user,item,device\nbert,f1,desk\n");
    put("films.csv", "id,label,price\nf1,\"Matrix, The (1999)\",10\nf2,Sabrina (1995),\nf3,Alien (1979),30\n");
    put("shelf.csv", "sku,label,colour\n1,The Matrix (1999),green\n2,Sabrina (1954),grey\n");
    put("notes.csv", "who,item,tag\n7,f1,dark\n8,f2,sweet\n");
    put("people.json", R"({"7": "anna"})");
  }
  void TearDown() override { fs::remove_all(folder_); }
  void put(const std::string& name, const std::string& text) const { ASSERT_TRUE(write_text(folder_ / name, text)); }
  Result<Dataset> prepare() const {
    HAINA_TRY(const Config config, load_config(folder_));
    return run_prepare(config, {});
  }
  fs::path folder_;
};

int64_t count_of(const Dataset& dataset, const std::string& rule) {
  int64_t count = 0;
  for (const nlohmann::json& entry : dataset.quality.at("rules")) {
    count += entry.at("rule") == rule ? entry.at("count").get<int64_t>() : 0;
  }
  return count;
}

TEST_F(Prepare, TwoAtOnceInOneProjectAreToldApart) {
  {
    const auto other = FileLock::take(folder_ / "built" / "here" / "prepare.lock", "", "");
    ASSERT_FALSE(other) << "there is no such folder yet";
    fs::create_directories(folder_ / "built" / "here");
    const auto held = FileLock::take(folder_ / "built" / "here" / "prepare.lock", "", "");
    ASSERT_TRUE(held);
    const auto refused = prepare();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kIo);
    EXPECT_NE(refused.error().what.find("process " + std::to_string(::getpid())), std::string::npos);
  }
  ASSERT_TRUE(prepare());
  const auto held = FileLock::take(folder_ / "built" / "here" / "prepare.lock", "", "");
  EXPECT_TRUE(prepare()) << "nothing has changed: the saved dataset is read, and nothing is written";
}

TEST_F(Prepare, AChangedFileIsNoticed) {
  const auto made = prepare();
  ASSERT_TRUE(made) << to_text(made.error());
  const Config config = *load_config(folder_);
  EXPECT_FALSE(files_have_changed(config, *made));
  put("clicks2.csv", "user,item,device\nbert,f1,desk\nbert,f3,desk\n");
  EXPECT_TRUE(files_have_changed(config, *made));
}

TEST_F(Prepare, MapsAlignsAndFillsAndReportsEachCase) {
  const auto made = prepare();
  ASSERT_TRUE(made) << to_text(made.error());
  const auto dataset = load_dataset(folder_ / "built" / "here" / "prepared");
  ASSERT_TRUE(dataset) << to_text(dataset.error());
  EXPECT_FALSE(fs::exists(folder_ / "prepared"));
  EXPECT_EQ(dataset->events.size(), 3);
  EXPECT_EQ(dataset->users.to_strings(), (std::vector<std::string>{"anna", "bert"}));
  // The shelf's 1 is the film f1; its Sabrina is another film, so it gets an id of its own.
  EXPECT_EQ(count_of(*dataset, "aligned"), 1);
  EXPECT_EQ(count_of(*dataset, "no counterpart found"), 1);
  ASSERT_TRUE(dataset->items.find("shelf:2"));
  EXPECT_FALSE(dataset->items.find("1"));
  EXPECT_EQ(dataset->quality.at("alignments").at(0).at("pairs").at(0), nlohmann::json({"1", "f1", 1.0}));
  const auto field = [&](const std::string& name) -> const Field& {
    return *std::ranges::find(dataset->fields, name, &Field::full_name);
  };
  const int32_t f1 = *dataset->items.find("f1"), f2 = *dataset->items.find("f2");
  EXPECT_EQ(field("shelf.colour").values.name(field("shelf.colour").codes[f1].item<int>()), "green");
  EXPECT_EQ(field("films.price").numbers[f2].item<float>(), 20.0F);
  EXPECT_EQ(count_of(*dataset, "missing value filled with median"), 2);  // f2, and the film that only the shelf has
  EXPECT_EQ(count_of(*dataset, "row with an id outside the mapping dropped"), 1);
  EXPECT_EQ(field("notes.tag").assigned_user.numel(), 1);
  EXPECT_EQ(dataset->titles[static_cast<size_t>(f1)], "Matrix, The (1999)");
  ASSERT_EQ(dataset->context.size(), 1U);
  EXPECT_EQ(dataset->context[0].name, "device");
}

const nlohmann::json& source_report(const Dataset& dataset, const std::string& name) {
  for (const nlohmann::json& source : dataset.quality.at("sources")) {
    if (source.at("name") == name) {
      return source;
    }
  }
  static const nlohmann::json none;
  ADD_FAILURE() << "no source " << name;
  return none;
}

TEST_F(Prepare, RowsThatTheirIdsLeaveOutAreDroppedAndNotAccepted) {
  put("notes.csv", "who,item,tag\n7,f1,dark\n8,f2,sweet\n9,f2,sweet\n");
  put("clicks2.csv", "user,item,device\nbert,f1,desk\nNULL,f1,desk\n");
  const auto made = prepare();
  ASSERT_TRUE(made) << to_text(made.error());
  const nlohmann::json& notes = source_report(*made, "notes");
  EXPECT_EQ(notes.at("read"), 3);
  EXPECT_EQ(notes.at("accepted"), 1);
  EXPECT_EQ(notes.at("rejected"), 0);
  EXPECT_EQ(notes.at("dropped"), 2);
  EXPECT_NE(made->quality.at("rules").dump().find("user 8"), std::string::npos) << "an example";
  const nlohmann::json& clicks = source_report(*made, "clicks");
  EXPECT_EQ(clicks.at("accepted"), 3);
  EXPECT_EQ(clicks.at("dropped"), 1);
  EXPECT_EQ(source_report(*made, "films").at("dropped"), 0);
}

TEST_F(Prepare, OfRowsWithSeveralItemsTheDroppedItemsAreCounted) {
  std::string project = kProject;
  project.replace(project.find("ids = { user"), 12, "ids = { item = \"things.json\", user");
  project.replace(project.rfind("item = \"item\""), 13, "item = \"item:;\"");
  put("haina.toml", project);
  put("things.json", R"({"a": "f1", "b": "f2"})");
  put("notes.csv", "who,item,tag\n7,a;x;b,dark\n7,y;a,dark\n");
  const auto made = prepare();
  ASSERT_TRUE(made) << to_text(made.error());
  EXPECT_EQ(source_report(*made, "notes").at("accepted"), 2) << "rows of the file";
  EXPECT_EQ(source_report(*made, "notes").at("dropped"), 2) << "items";
}

TEST_F(Prepare, ListsReadWithASeparatorLoseTheirBracketsAndPiecesOfListsAreNamed) {
  put("clicks1.csv", "user,item,device\nanna,\"[384, 289]\",phone\nbert,\"['f2']\",\n");
  std::string project = kProject;
  project.replace(project.find("item = \"item\""), 13, "item = \"item:,\"");
  put("haina.toml", project);
  const auto made = prepare();
  ASSERT_TRUE(made) << to_text(made.error());
  for (const char* const item : {"384", "289", "f2"}) {
    EXPECT_TRUE(made->items.find(item)) << item;
  }
  put("haina.toml", kProject);  // without a separator each list is one id
  put("clicks1.csv", "user,item,device\nanna,\"[384, 289]\",phone\nbert,\"['f2']\",\n");
  const auto whole = prepare();
  ASSERT_TRUE(whole) << to_text(whole.error());
  const std::string rule = "'item' that begins or ends with a bracket taken as it stands";
  EXPECT_EQ(count_of(*whole, rule), 2);
  EXPECT_NE(whole->quality.dump().find("[384, 289]"), std::string::npos);
}

TEST_F(Prepare, ReadsAgainOnlyWhenAnyOfItsFilesChanged) {
  ASSERT_TRUE(prepare());
  const fs::path manifest = folder_ / "built" / "here" / "prepared" / "manifest.json";
  const auto first = fs::last_write_time(manifest);
  ASSERT_TRUE(prepare());
  EXPECT_EQ(fs::last_write_time(manifest), first);
  put("clicks3.csv", "user,item,device\nanna,f3,desk\n");  // one more file of the glob
  const auto more = prepare();
  ASSERT_TRUE(more);
  EXPECT_EQ(more->events.size(), 4);
  put("people.json", R"({"7": "anna", "8": "bert"})");
  const auto mapped = prepare();
  ASSERT_TRUE(mapped);
  EXPECT_EQ(count_of(*mapped, "row with an id outside the mapping dropped"), 0);
}

TEST_F(Prepare, AFailureLeavesTheEarlierDatasetAlone) {
  ASSERT_TRUE(prepare());
  put("people.json", "{\"7\": ");
  const auto failed = prepare();
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().at.find("people.json"), std::string::npos);
  EXPECT_TRUE(load_dataset(folder_ / "built" / "here" / "prepared"));
}

TEST(PrepareImpressions, AreEventsThatAreNeverGoals) {
  const fs::path folder = fs::temp_directory_path() / ("haina_impressions_" + std::to_string(::getpid()));
  fs::create_directories(folder);
  ASSERT_TRUE(write_text(folder / "clicks.csv", "user,item\nann,hat\nbob,cap\n"));
  ASSERT_TRUE(write_text(folder / "shown.csv", "user,item\nann,cap\nann,shoe\nbob,hat\n"));
  ASSERT_TRUE(write_text(folder / "haina.toml", R"(
[project]
name = "shop"
[[source]]
name = "clicks"
kind = "events"
path = "clicks.csv"
columns = { user = "user", item = "item" }
[[source]]
name = "shown"
kind = "impressions"
path = "shown.csv"
columns = { user = "user", item = "item" }
)"));
  const auto config = load_config(folder);
  ASSERT_TRUE(config) << to_text(config.error());
  const auto dataset = run_prepare(*config, {});
  ASSERT_TRUE(dataset) << to_text(dataset.error());
  EXPECT_EQ(dataset->events.size(), 5);
  EXPECT_EQ(dataset->events.goal.sum().item<int64_t>(), 2);
  EXPECT_EQ(dataset->items.size(), 3);
  fs::remove_all(folder);
}

}  // namespace
}  // namespace haina
