// A convolutional encoder trained end to end with the fusion network: what only pixels show is learned from events, and
// places items that have none.
#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/params.h"
#include "base/progress.h"
#include "base/seed.h"
#include "base/stop.h"
#include "data/field_type.h"
#include "fusion/fusion.h"

namespace haina {
namespace {

constexpr int32_t kItems = 160, kKnown = 120, kUsers = 240;  // items from kKnown on have no events

// Users of either of two tastes with 8 items of their class each; item i is of class i % 2.
Interactions two_tastes() {
  RandomStream random(3, "image_test");
  std::vector<int64_t> offsets = {0};
  std::vector<int32_t> items;
  for (int32_t user = 0; user < kUsers; ++user) {
    for (int i = 0; i < 8; ++i) {
      items.push_back(user % 2 + 2 * static_cast<int32_t>(random.below(kKnown / 2)));
    }
    offsets.push_back(std::ssize(items));
  }
  const int64_t n = std::ssize(items);
  return {.num_users = kUsers,
          .num_items = kItems,
          .offsets = at::tensor(offsets, at::kLong),
          .items = at::tensor(items, at::kInt),
          .actions = at::zeros({n}, at::kByte),
          .weights = at::ones({n}),
          .values = at::full({n}, std::nanf("")),
          .times = at::full({n}, kNoTime, at::kLong)};
}

Field field_of_images(const std::string& name, at::Tensor images) {
  Field field;
  field.source = "posters";
  field.name = name;
  field.type = FieldType::kImage;
  field.num_rows = images.size(0);
  field.has_image = at::ones({images.size(0)}, at::kBool);
  field.images = std::move(images);
  return field;
}

// Stripes of random width, place, colours and noise: lying in class 0, standing in class 1. Both have the same colours.
Field stripes() {
  RandomStream random(4, "stripes");
  at::Tensor images = at::zeros({kItems, 3, 32, 32}, at::kByte);
  uint8_t* pixel = images.data_ptr<uint8_t>();
  for (int32_t item = 0; item < kItems; ++item) {
    const double period = 5 + 4 * random.uniform(), phase = 7 * random.uniform();
    const std::vector<double> colour = {random.uniform(), random.uniform(), random.uniform()};
    for (int64_t i = 0; i < int64_t{3} * 32 * 32; ++i) {
      const double place = static_cast<double>(item % 2 == 0 ? i % 1024 / 32 : i % 32);
      const double wave = std::sin(2 * 3.141592653589793 * place / period + phase);
      *pixel++ =
          static_cast<uint8_t>(128 + 60 * wave * colour[static_cast<size_t>(i / 1024)] + 40 * (random.uniform() - 0.5));
    }
  }
  return field_of_images("picture_pixels", images);
}

// Spectrograms of a tone that rises in class 0 and falls in class 1, over the same bands for the same time.
Field chirps() {
  RandomStream random(4, "chirps");
  at::Tensor images = at::zeros({kItems, 1, 32, 64}, at::kByte);
  uint8_t* pixel = images.data_ptr<uint8_t>();
  for (int32_t item = 0; item < kItems; ++item) {
    const double low = 3 + 6 * random.uniform(), range = 14 + 6 * random.uniform();
    for (int64_t band = 0; band < 32; ++band) {
      for (int64_t part = 0; part < 64; ++part) {
        const double along = static_cast<double>(item % 2 == 0 ? part : 63 - part) / 63;
        const double distance = static_cast<double>(band) - low - range * along;
        *pixel++ = static_cast<uint8_t>(60 + 120 * std::exp(-distance * distance / 3) + 40 * random.uniform());
      }
    }
  }
  return field_of_images("sound_spectrogram", images);
}

// The mean and the deviation of each channel: what a list of colours, or of loudness, has of an image.
Field without_order(const Field& images) {
  const at::Tensor values = images.images.to(at::kFloat).flatten(2);
  Field field = images;
  field.type = FieldType::kVector;
  field.images = field.has_image = at::Tensor();
  field.numbers = at::cat({values.mean(2), values.std(2, false)}, 1);
  return field;
}

FusionNetwork trained(const Interactions& train, const Field& field) {
  Params params(fusion_params(NetworkForm::kSet));
  EXPECT_TRUE(params.merge({{"width", 32}, {"epochs", 12}, {"batch", 24}, {"learning_rate", 0.005}}, "test"));
  FusionTraining training;
  auto network = FusionNetwork::train({.train = &train, .fields = {&field, 1}}, params, {}, training);
  EXPECT_TRUE(network) << (network ? "" : to_text(network.error()));
  return std::move(*network);
}

// The share of pairs of items without events, one of either class, in which a user has the one of the own class first.
double share_right(const FusionNetwork& network) {
  int64_t right = 0, pairs = 0;
  for (int32_t taste = 0; taste < 2; ++taste) {
    const UserState user = {.history = {{.item = ItemId{taste}}, {.item = ItemId{taste + 10}}}};
    const at::Tensor scores = network.score({&user, 1})[0].contiguous();
    const float* const score = scores.const_data_ptr<float>();
    for (int32_t own = kKnown + taste; own < kItems; own += 2) {
      for (int32_t other = kKnown + 1 - taste; other < kItems; other += 2) {
        right += score[own] > score[other] ? 1 : 0;
        ++pairs;
      }
    }
  }
  return static_cast<double>(right) / static_cast<double>(pairs);
}

void expect_learned(const Field& images) {
  const Interactions train = two_tastes();
  const FusionNetwork network = trained(train, images);
  const double by_pixels = share_right(network), by_colours = share_right(trained(train, without_order(images)));
  EXPECT_GT(by_pixels, 0.9);
  EXPECT_LT(by_colours, 0.7) << "the test would prove nothing";
  testing::Test::RecordProperty("by_pixels", std::to_string(by_pixels));
  testing::Test::RecordProperty("by_colours", std::to_string(by_colours));
  // Items that are added while serving are placed as the same items were in training.
  const auto back = FusionNetwork::restore(network.state(), network.about(), {&images, 1}, kItems, "here");
  ASSERT_TRUE(back) << to_text(back.error());
  std::vector<std::vector<std::string>> cells;
  for (int32_t item = kKnown; item < kKnown + 4; ++item) {
    cells.push_back(entry_of(FieldType::kImage).to_text(images, item, {}));
  }
  const Field live = field_of_cells(images.full_name(), Side::kItem, FieldType::kImage, cells);
  const auto vectors = back->fuse({&live, 1}, std::ssize(cells));
  ASSERT_TRUE(vectors) << to_text(vectors.error());
  EXPECT_TRUE(at::allclose(*vectors, network.item_vectors().narrow(0, kKnown, 4), 1e-3, 1e-4));
}

TEST(Images, TheWayOfStripesIsLearnedFromEvents) { expect_learned(stripes()); }

TEST(Images, WhetherAToneRisesIsLearnedFromEvents) { expect_learned(chirps()); }

// Which images a step computes and how they are moved goes on where the checkpoint stands.
TEST(Images, AnInterruptedRunResumesAndEndsWithTheSameBits) {
  const Interactions train = two_tastes();
  const Field images = stripes();
  HeldOut validation;
  std::vector<int32_t> rows, columns;
  for (int32_t user = 0; user < 20; ++user) {
    validation.users.push_back({.user = user, .history = {{.item = ItemId{user % 2}}}});
    rows.push_back(user);
    columns.push_back(user % 2 + 4);
  }
  validation.truth = csr_from_coordinates(20, kItems, rows, columns, std::vector<float>(20, 1.0F), Repeats::kMax);
  const FusionData data = {.train = &train, .fields = {&images, 1}, .validation = &validation};
  Params params(fusion_params(NetworkForm::kSet));
  ASSERT_TRUE(params.merge({{"width", 16}, {"batch", 64}, {"patience", 9}}, "test"));
  StopFlag stop;
  class StopAfterTwo final : public Progress {
   public:
    explicit StopAfterTwo(StopFlag& stop) : stop_(stop) {}
    void start(const std::string&, int64_t) override {}
    void update(int64_t, const std::string&) override {}
    void finish() override {}
    void line(const std::string& text) override {
      if (text.find("Epoch [2/4], validation") != std::string::npos) {
        stop_.request();
      }
    }

   private:
    StopFlag& stop_;
  } progress(stop);
  FusionOptions options = {.epochs = 4, .encoders = {{"image", {{"rows", 40}}}}, .encoders_place = "here"};
  FusionTraining whole, first, second;
  const auto uninterrupted = FusionNetwork::train(data, params, options, whole);
  ASSERT_TRUE(uninterrupted) << to_text(uninterrupted.error());
  options.stop = &stop;
  options.progress = &progress;
  options.checkpoint = std::filesystem::temp_directory_path() / ("haina_images_" + std::to_string(::getpid()));
  options.checkpoint_key = "k";
  options.checkpoint_seconds = 0;
  ASSERT_TRUE(FusionNetwork::train(data, params, options, first));
  ASSERT_TRUE(first.interrupted);
  options.stop = nullptr;
  options.progress = nullptr;
  const auto resumed = FusionNetwork::train(data, params, options, second);
  ASSERT_TRUE(resumed) << to_text(resumed.error());
  EXPECT_EQ(second.resumed_at, 2);
  EXPECT_TRUE(at::equal(resumed->item_vectors(), uninterrupted->item_vectors()));
}

}  // namespace
}  // namespace haina
