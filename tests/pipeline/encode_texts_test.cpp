// Vectors that pretrained networks make of texts and pictures, through prepare.
#include "pipeline/encode_texts.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "pipeline/prepare.h"
#include "pretrained_folder.h"

namespace haina {
namespace {
namespace fs = std::filesystem;

class EncodeTexts : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("haina_encode_" + std::to_string(::getpid()) + "_" +
                                           testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directories(folder_ / "photos");
    put("clicks.csv", "user,item\nanna,1\nbert,2\nbert,3\ncarl,4\n");
    put("items.csv",
        "item,plot,colour\n1,a dog runs over the meadow,red\n2,the puppy plays in the grass,red\n3,,blue\n"
        "4,interest rates of the central bank,blue\n");
  }
  void TearDown() override { fs::remove_all(folder_); }
  void put(const std::string& name, const std::string& text) { std::ofstream(folder_ / name) << text; }
  Result<Dataset> prepare(const std::string& encode) {
    put("haina.toml", R"(
[project]
name = "shop"
[[source]]
name = "clicks"
kind = "events"
path = "clicks.csv"
columns = { user = "user", item = "item" }
[[source]]
name = "items"
kind = "items"
path = "items.csv"
columns = { item = "item", plot = "text", colour = "category" }
)" + encode);
    HAINA_TRY(const Config config, load_config(folder_ / "haina.toml"));
    return run_prepare(config, {});
  }
  static std::string network(const std::string& name) { return (pretrained_folder() / name).string(); }
  static const Field* field(const Dataset& dataset, const std::string& name) {
    const auto found = std::ranges::find(dataset.fields, name, [](const Field& one) { return one.full_name(); });
    return found == dataset.fields.end() ? nullptr : &*found;
  }
  fs::path folder_;
};

TEST_F(EncodeTexts, AddsAFieldInWhichLikeMeaningsAreNear) {
  NEEDS_NETWORKS();
  for (const char* const name : {"minilm", "wordllama"}) {
    const auto dataset = prepare("encode = { plot = \"" + network(name) + "\" }\n");
    ASSERT_TRUE(dataset) << to_text(dataset.error());
    const Field* const vectors = field(*dataset, "items.plot_vector");
    ASSERT_NE(vectors, nullptr);
    ASSERT_EQ(vectors->type, FieldType::kVector);
    const auto row = [&](const char* id) { return vectors->numbers[*dataset->items.find(id)]; };
    const double dogs = row("1").dot(row("2")).item<double>(), bank = row("1").dot(row("4")).item<double>();
    EXPECT_GT(dogs, bank + 0.15) << name;
    EXPECT_NEAR(row("1").norm().item<double>(), 1, 1e-5);
    EXPECT_FALSE(vectors->present()[*dataset->items.find("3")].item<bool>()) << "a text that is missing has no vector";
    ASSERT_NE(field(*dataset, "items.plot"), nullptr) << "the text itself stays a field";
    const nlohmann::json about = dataset->quality["sources"][1]["detected"]["encoded"]["plot"];
    EXPECT_EQ(about["texts"], 3);
    EXPECT_EQ(about["encoded"], 3);
    EXPECT_EQ(about["without"], 0);
  }
}

TEST_F(EncodeTexts, EncodesATextOnce) {
  NEEDS_NETWORKS();
  const std::string encode = "encode = { plot = \"" + network("wordllama") + "\" }\n";
  const auto first = prepare(encode);
  ASSERT_TRUE(first) << to_text(first.error());
  put("clicks.csv", "user,item\nanna,1\nbert,2\nbert,3\ncarl,4\ndora,1\n");
  const auto second = prepare(encode);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->quality["sources"][1]["detected"]["encoded"]["plot"]["encoded"], 0);
  EXPECT_TRUE(at::equal(field(*first, "items.plot_vector")->numbers.nan_to_num(),
                        field(*second, "items.plot_vector")->numbers.nan_to_num()));
}

TEST_F(EncodeTexts, AnotherNetworkMakesTheDatasetAnew) {
  NEEDS_NETWORKS();
  fs::copy(pretrained_folder() / "wordllama", folder_ / "network", fs::copy_options::recursive);
  const std::string encode = "encode = { plot = \"network\" }\n";
  const auto first = prepare(encode);
  ASSERT_TRUE(first) << to_text(first.error());
  put("network/encoder.json", R"({"max_tokens": 2})");
  const auto second = prepare(encode);
  ASSERT_TRUE(second) << to_text(second.error());
  EXPECT_FALSE(at::equal(field(*first, "items.plot_vector")->numbers.nan_to_num(),
                         field(*second, "items.plot_vector")->numbers.nan_to_num()));
}

TEST_F(EncodeTexts, SaysWhereTheNetworkIsNamedAndWhatItLacks) {
  const auto missing = prepare("encode = { plot = \"nowhere\" }\n");
  ASSERT_FALSE(missing);
  EXPECT_NE(to_text(missing.error()).find("haina.toml:14:19"), std::string::npos) << to_text(missing.error());
  EXPECT_NE(to_text(missing.error()).find("nowhere"), std::string::npos);
  const auto wrong = prepare("encode = { colour = \"nowhere\" }\n");
  ASSERT_FALSE(wrong);
  EXPECT_NE(to_text(wrong.error()).find("'colour' is no column of type text"), std::string::npos);
  const auto unknown = prepare("encode = { plto = \"nowhere\" }\n");
  ASSERT_FALSE(unknown);
  EXPECT_NE(to_text(unknown.error()).find("plto"), std::string::npos);
}

TEST_F(EncodeTexts, PicturesGetAVectorBesideTheirFeatures) {
  NEEDS_NETWORKS();
  const fs::path samples = fs::path(HAINA_SOURCE_DIR) / "tests" / "media" / "samples";
  fs::copy_file(samples / "red.png", folder_ / "photos" / "1.png");
  fs::copy_file(samples / "red.jpg", folder_ / "photos" / "2.jpg");
  put("photos/3.png", "this is no picture");
  const std::string encode =
      "[[source]]\nname = \"photos\"\nkind = \"media\"\npath = \"photos/{item}.*\"\nencode = { picture = \"" +
      network("resnet") + "\" }\n";
  const auto dataset = prepare(encode);
  ASSERT_TRUE(dataset) << to_text(dataset.error());
  const Field* const vectors = field(*dataset, "photos.picture_vector");
  ASSERT_NE(vectors, nullptr);
  EXPECT_EQ(vectors->numbers.size(1), 1024);
  EXPECT_NE(field(*dataset, "photos.picture"), nullptr);
  const auto row = [&](const char* id) { return vectors->numbers[*dataset->items.find(id)]; };
  EXPECT_GT(row("1").dot(row("2")).item<double>(), 0.97) << "the same picture in two formats";
  EXPECT_FALSE(vectors->present()[*dataset->items.find("3")].item<bool>());
  put("clicks.csv", "user,item\nanna,1\nbert,2\nbert,3\n");
  const auto again = prepare(encode);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->quality["sources"][2]["detected"]["decoded"], 0);
}

}  // namespace
}  // namespace haina
