// A dataset with every type of field is loaded as it was saved; a damaged one is an error with a place, never a crash.
#include "data/dataset.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/tensors_file.h"

namespace haina {
namespace {
namespace fs = std::filesystem;

Csr bag(int64_t rows, int64_t columns) {
  return csr_from_coordinates(rows, columns, std::vector<int32_t>{0, 0, 1}, std::vector<int32_t>{0, 1, 1},
                              std::vector<float>{1, 2, 3}, Repeats::kMax);
}

Dataset every_type() {
  Dataset dataset;
  dataset.name = "small";
  for (const char* const user : {"u", "v", "ü"}) {
    dataset.users.find_or_add(user);
  }
  for (const char* const item : {"x", "y"}) {
    dataset.items.find_or_add(item);
  }
  dataset.actions.find_or_add("click");
  dataset.titles = {"The X", ""};
  dataset.events = {.user = at::tensor({0, 1}, at::kInt),
                    .item = at::tensor({1, 0}, at::kInt),
                    .action = at::zeros({2}, at::kByte),
                    .value = at::tensor({4.5F, std::nanf("")}),
                    .weight = at::ones({2}),
                    .time = at::tensor({int64_t{1700000000000000}, kNoTime}, at::kLong),
                    .goal = at::tensor({1, 0}, at::kInt).to(at::kBool),
                    .part = at::tensor({1, 3}, at::kInt).to(at::kByte)};
  ContextColumn device;
  device.name = "device";
  device.values.find_or_add("phone");
  device.codes = at::tensor({0, -1}, at::kInt);
  dataset.context.push_back(std::move(device));
  const auto add = [&](FieldType type, Side side) -> Field& {
    Field& field = dataset.fields.emplace_back();
    field.source = "source";
    field.name = std::string(to_string(type));
    field.side = side;
    field.type = type;
    field.num_rows = side == Side::kUser ? 3 : 2;
    return field;
  };
  add(FieldType::kNumber, Side::kItem).numbers = at::tensor({1.5F, std::nanf("")});
  Field& category = add(FieldType::kCategory, Side::kUser);
  category.values.find_or_add("red");
  category.codes = at::tensor({0, -1, 0}, at::kInt);
  Field& tags = add(FieldType::kTags, Side::kItem);
  tags.values.find_or_add("war");
  tags.values.find_or_add("love");
  tags.bags = bag(2, 2);
  tags.assigned_user = at::tensor({0, 1, 2}, at::kInt);
  tags.assigned_item = at::tensor({0, 0, 1}, at::kInt);
  tags.assigned_value = at::tensor({0, 1, 1}, at::kInt);
  add(FieldType::kText, Side::kItem).texts = {"", "naïve"};
  add(FieldType::kMedia, Side::kItem).texts = {"posters/x.jpg", ""};
  add(FieldType::kVector, Side::kItem).numbers = at::tensor({1.0F, 2.0F, 3.0F, 4.0F}).view({2, 2});
  Field& links = add(FieldType::kLinks, Side::kItem);
  links.target = Field::Target::kItems;
  links.bags = bag(2, 2);
  Field& social = add(FieldType::kSocial, Side::kUser);
  social.target = Field::Target::kUsers;
  social.bags = bag(3, 3);
  dataset.negatives = bag(3, 2);
  dataset.quality = {{"schema", "haina.quality/1"}};
  dataset.provenance = {{"prepare", 1}};
  return dataset;
}

void expect_same(const at::Tensor& a, const at::Tensor& b, const std::string& what) {
  ASSERT_EQ(a.defined(), b.defined()) << what;
  EXPECT_TRUE(!a.defined() || (a.scalar_type() == b.scalar_type() && at::allclose(a, b, 0, 0, true))) << what;
}

void expect_equal(const Dataset& loaded, const Dataset& saved) {
  EXPECT_EQ(loaded.name, saved.name);
  EXPECT_EQ(loaded.users.to_strings(), saved.users.to_strings());
  EXPECT_EQ(loaded.items.to_strings(), saved.items.to_strings());
  EXPECT_EQ(loaded.titles, saved.titles);
  EXPECT_EQ(loaded.provenance, saved.provenance);
  EXPECT_EQ(loaded.quality, saved.quality);
  for (const auto member : {&EventLog::user, &EventLog::item, &EventLog::action, &EventLog::value, &EventLog::weight,
                            &EventLog::time, &EventLog::goal, &EventLog::part}) {
    expect_same(loaded.events.*member, saved.events.*member, "events");
  }
  ASSERT_EQ(loaded.context.size(), 1U);
  expect_same(loaded.context[0].codes, saved.context[0].codes, "context");
  EXPECT_EQ(loaded.context[0].values.to_strings(), saved.context[0].values.to_strings());
  EXPECT_EQ(loaded.negatives.num_cols, saved.negatives.num_cols);
  expect_same(loaded.negatives.offsets, saved.negatives.offsets, "negatives");
  expect_same(loaded.negatives.columns, saved.negatives.columns, "negatives");
  ASSERT_EQ(loaded.fields.size(), saved.fields.size());
  for (size_t i = 0; i < saved.fields.size(); ++i) {
    const Field &a = loaded.fields[i], &b = saved.fields[i];
    EXPECT_EQ(a.full_name(), b.full_name());
    EXPECT_EQ(a.type, b.type);
    EXPECT_EQ(a.side, b.side);
    EXPECT_EQ(a.target, b.target);
    EXPECT_EQ(a.texts, b.texts);
    EXPECT_EQ(a.values.to_strings(), b.values.to_strings());
    expect_same(a.numbers, b.numbers, a.full_name());
    expect_same(a.codes, b.codes, a.full_name());
    expect_same(a.bags.offsets, b.bags.offsets, a.full_name());
    expect_same(a.bags.columns, b.bags.columns, a.full_name());
    expect_same(a.bags.values, b.bags.values, a.full_name());
    expect_same(a.assigned_value, b.assigned_value, a.full_name());
    EXPECT_TRUE(at::equal(a.present(), b.present()));
  }
}

nlohmann::json about_of(const fs::path& folder) {
  return nlohmann::json::parse(*read_text(folder / "manifest.json")).at("about");
}

class SavedDataset : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("haina_dataset_" + std::to_string(::getpid()));
    fs::remove_all(folder_);
    const Status saved = save_dataset(every_type(), folder_);
    ASSERT_TRUE(saved) << to_text(saved.error());
  }
  void TearDown() override { fs::remove_all(folder_); }

  // Changes tensors without changing the size of the file, which the manifest holds.
  void rewrite_tensors(const std::function<void(TensorMap&)>& change) const {
    const fs::path path = folder_ / "fields.safetensors";
    const auto loaded = load_tensors(path);
    ASSERT_TRUE(loaded);
    TensorMap tensors;
    for (const auto& [name, tensor] : *loaded) {
      tensors[name] = tensor.clone();
    }
    const auto bytes = fs::file_size(path);
    change(tensors);
    ASSERT_TRUE(save_tensors(path, tensors));
    ASSERT_EQ(fs::file_size(path), bytes);
  }
  void expect_refused(const std::string& file) const {
    const auto dataset = load_dataset(folder_);
    ASSERT_FALSE(dataset) << file;
    EXPECT_EQ(dataset.error().code, ErrorCode::kBadData);
    EXPECT_NE((dataset.error().at + dataset.error().what).find(file), std::string::npos) << to_text(dataset.error());
    EXPECT_FALSE(dataset.error().hint.empty());
  }

  fs::path folder_;
};

TEST_F(SavedDataset, IsLoadedAsItWasSaved) {
  const auto loaded = load_dataset(folder_);
  ASSERT_TRUE(loaded) << to_text(loaded.error());
  expect_equal(*loaded, every_type());
}

// tests/data/golden/dataset_1 is every_type() as version 0.1.0 wrote it: later versions load it and write the same
// tensors and manifest. (The bytes of the .arrow files are those of the Arrow library.)
TEST_F(SavedDataset, HasTheFormatOfEarlierVersions) {
  const fs::path golden = fs::path(HAINA_SOURCE_DIR) / "tests" / "data" / "golden" / "dataset_1";
  const auto loaded = load_dataset(golden);
  ASSERT_TRUE(loaded) << to_text(loaded.error());
  expect_equal(*loaded, every_type());
  EXPECT_EQ(*read_text(folder_ / "fields.safetensors"), *read_text(golden / "fields.safetensors"));
  nlohmann::json saved = about_of(folder_);
  saved.erase("rows_in_order");  // a later version added it
  EXPECT_EQ(saved, about_of(golden));
  EXPECT_TRUE(loaded->rows_in_order) << "as earlier versions took it";
}

TEST_F(SavedDataset, RemembersWhetherRowsWereInOrder) {
  for (const bool in_order : {true, false}) {
    Dataset dataset = every_type();
    dataset.rows_in_order = in_order;
    ASSERT_TRUE(save_dataset(dataset, folder_));
    EXPECT_EQ(load_dataset(folder_)->rows_in_order, in_order);
  }
}

TEST_F(SavedDataset, ATruncatedOrMissingFileIsNamed) {
  for (const char* const file : {"events.arrow", "users.arrow", "items.arrow", "fields.safetensors"}) {
    ASSERT_TRUE(save_dataset(every_type(), folder_));
    fs::resize_file(folder_ / file, fs::file_size(folder_ / file) / 2);
    expect_refused(file);
    fs::remove(folder_ / file);
    EXPECT_FALSE(load_dataset(folder_));
  }
  fs::resize_file(folder_ / "manifest.json", 20);
  EXPECT_FALSE(load_dataset(folder_));
  fs::remove_all(folder_);
  EXPECT_EQ(load_dataset(folder_).error().code, ErrorCode::kNotFound);
}

TEST_F(SavedDataset, NegativesOfOtherUsersAreRefused) {
  Dataset dataset = every_type();
  dataset.negatives = bag(4, 2);
  ASSERT_TRUE(save_dataset(dataset, folder_));
  expect_refused("fields.safetensors");
  dataset.negatives = empty_csr(0, 0);
  ASSERT_TRUE(save_dataset(dataset, folder_));
  EXPECT_EQ(load_dataset(folder_)->negatives.nnz(), 0);
}

TEST_F(SavedDataset, AFieldOfAnUnknownTypeIsRefused) {
  nlohmann::json manifest = nlohmann::json::parse(*read_text(folder_ / "manifest.json"));
  for (const int type : {-1, 99}) {
    manifest["about"]["fields"][0]["type"] = type;
    ASSERT_TRUE(write_text(folder_ / "manifest.json", manifest.dump()));
    expect_refused("unknown type");
  }
}

TEST(TargetNames, AreThoseThatTheColumnsOfABagStandFor) {
  const Dataset dataset = every_type();
  for (const Field& field : dataset.fields) {
    const Vocabulary& names = target_names(field, dataset);
    EXPECT_EQ(&names, field.type == FieldType::kLinks    ? &dataset.items
                      : field.type == FieldType::kSocial ? &dataset.users
                                                         : &field.values);
  }
}

TEST_F(SavedDataset, AnIndexOutsideIsRefused) {
  for (const char* const suffix : {".codes", ".bags.columns", ".assigned_user", ".assigned_item", ".assigned_value",
                                   ".bags.offsets", ".texts.ends", "negatives.columns"}) {
    ASSERT_TRUE(save_dataset(every_type(), folder_));
    int changed = 0;
    rewrite_tensors([&](TensorMap& tensors) {
      for (auto& [name, tensor] : tensors) {
        if (name.ends_with(suffix)) {
          tensor[0] = 99;
          ++changed;
        }
      }
    });
    EXPECT_GT(changed, 0) << suffix;
    expect_refused("fields.safetensors");
  }
}

// With any single wrong byte in a file, loading gives a dataset or an error.
TEST_F(SavedDataset, NoDamagedByteIsACrash) {
  for (const char* const file : {"events.arrow", "items.arrow", "fields.safetensors"}) {
    const auto size = fs::file_size(folder_ / file);
    for (uintmax_t at = 0; at < size; at += 13) {
      ASSERT_TRUE(save_dataset(every_type(), folder_));
      std::fstream damaged(folder_ / file, std::ios::in | std::ios::out | std::ios::binary);
      damaged.seekp(static_cast<std::streamoff>(at));
      damaged.put('\xE7');
      damaged.close();
      const auto dataset = load_dataset(folder_);
      if (!dataset) {
        EXPECT_FALSE(dataset.error().hint.empty());
      }
    }
  }
}

}  // namespace
}  // namespace haina
