// Equal datasets have equal fingerprints, and any difference that a model would feel shows.
#include "data/fingerprint.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <string>

namespace haina {
namespace {

namespace fs = std::filesystem;

Dataset three_events() {
  Dataset dataset;
  dataset.name = "three";
  for (const char* const user : {"ann", "bob"}) {
    dataset.users.find_or_add(user);
  }
  for (const char* const item : {"x", "y"}) {
    dataset.items.find_or_add(item);
    dataset.titles.emplace_back(std::string("title of ") + item);
  }
  dataset.actions.find_or_add("view");
  dataset.events = {.user = at::tensor({0, 0, 1}, at::kInt),
                    .item = at::tensor({0, 1, 1}, at::kInt),
                    .action = at::zeros({3}, at::kByte),
                    .value = at::tensor({1.0F, NAN, 3.0F}),
                    .weight = at::ones({3}),
                    .time = at::tensor({10, 20, 30}, at::kLong),
                    .goal = at::ones({3}, at::kBool),
                    .part = at::zeros({3}, at::kByte)};
  ContextColumn device = {.name = "device", .values = {}, .codes = at::tensor({0, -1, 0}, at::kInt)};
  device.values.find_or_add("phone");
  dataset.context.push_back(device);
  Field colour;
  colour.source = "items";
  colour.name = "colour";
  colour.side = Side::kItem;
  colour.type = FieldType::kCategory;
  colour.num_rows = 2;
  colour.codes = at::tensor({0, 1}, at::kInt);
  colour.values.find_or_add("red");
  colour.values.find_or_add("blue");
  dataset.fields.push_back(colour);
  return dataset;
}

TEST(Fingerprint, ASavedDatasetHasItAgain) {
  const fs::path folder = fs::temp_directory_path() / ("haina_fingerprint_" + std::to_string(::getpid()));
  const Dataset dataset = three_events();
  ASSERT_TRUE(save_dataset(dataset, folder));
  const auto loaded = load_dataset(folder);
  ASSERT_TRUE(loaded) << to_text(loaded.error());
  EXPECT_EQ(fingerprint_of(*loaded), fingerprint_of(dataset));
  EXPECT_EQ(fingerprint_of(dataset).size(), 64U);
  fs::remove_all(folder);
}

TEST(Fingerprint, WhereItCameFromDoesNotMatter) {
  Dataset other = three_events();
  other.provenance = {{"files", {"elsewhere.csv"}}};
  other.quality = {{"rules", 3}};
  EXPECT_EQ(fingerprint_of(other), fingerprint_of(three_events()));
}

TEST(Fingerprint, EveryDifferenceShows) {
  const std::string same = fingerprint_of(three_events());
  const auto differs = [&](const char* what, auto change) {
    Dataset other = three_events();
    change(other);
    EXPECT_NE(fingerprint_of(other), same) << what;
  };
  differs("order of users", [](Dataset& d) {
    d.users = {};
    d.users.find_or_add("bob");
    d.users.find_or_add("ann");
  });
  differs("an item's id", [](Dataset& d) {
    d.items = {};
    d.items.find_or_add("x");
    d.items.find_or_add("z");
  });
  differs("an action", [](Dataset& d) { d.actions.find_or_add("buy"); });
  differs("an event's item", [](Dataset& d) { d.events.item = at::tensor({0, 1, 0}, at::kInt); });
  differs("an event's time", [](Dataset& d) { d.events.time = at::tensor({10, 20, 31}, at::kLong); });
  differs("an event's goal", [](Dataset& d) { d.events.goal = at::tensor({1, 1, 0}, at::kInt).to(at::kBool); });
  differs("a context", [](Dataset& d) { d.context[0].codes = at::tensor({0, -1, -1}, at::kInt); });
  differs("a cell", [](Dataset& d) { d.fields[0].codes = at::tensor({1, 1}, at::kInt); });
  differs("a field's name", [](Dataset& d) { d.fields[0].name = "shade"; });
  differs("a title", [](Dataset& d) { d.titles[0] = "another"; });
}

}  // namespace
}  // namespace haina
