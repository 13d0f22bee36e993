// The network on each device equals the one on the CPU. Without a GPU its cases are skipped with a message; those of
// the CPU always run.
#include "base/device.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "default_source.h"
#include "encoders/small_fields.h"
#include "experts/small_data.h"
#include "fusion/losses.h"
#include "fusion/masked_batches.h"
#include "fusion/sequence_sampler.h"
#include "kernels/topk.h"
#include "user_groups.h"

namespace haina {
namespace {

constexpr int64_t kItems = kRows, kUsers = 60, kWidth = 16;

// Users of two tastes, even and odd items, with an hour between events; the last two items have no events.
Interactions two_tastes() {
  RandomStream random(1, "device_test");
  std::vector<std::vector<int32_t>> histories(kUsers);
  for (size_t u = 0; u < histories.size(); ++u) {
    for (int64_t left = 3 + random.below(5); left > 0; --left) {
      histories[u].push_back(static_cast<int32_t>(static_cast<int64_t>(u) % 2 + 2 * random.below(kSeenRows / 2)));
    }
  }
  Interactions train = interactions_of(histories, kItems);
  train.times.mul_(3600);
  return train;
}

// A field of every type that an encoder serves, with relations between users and a user profile.
std::vector<Field> every_field() {
  std::vector<Field> fields;
  for (const EncoderEntry& entry : encoder_entries()) {
    for (const FieldType type : entry.types) {
      if (type != FieldType::kBehaviour && type != FieldType::kId && type != FieldType::kSocial) {
        fields.push_back(small_field(type, entry.name + std::to_string(static_cast<int>(type))));
      }
    }
  }
  Field ties;
  ties.source = "ties";
  ties.name = "ties";
  ties.side = Side::kUser;
  ties.type = FieldType::kSocial;
  ties.target = Field::Target::kUsers;
  ties.num_rows = kUsers;
  std::vector<int32_t> rows, columns;
  for (int32_t u = 0; u < kUsers; ++u) {
    for (const int32_t step : {2, 4, 6}) {
      rows.push_back(u);
      columns.push_back((u + step) % static_cast<int32_t>(kUsers));
    }
  }
  ties.bags = csr_from_coordinates(kUsers, kUsers, rows, columns, std::vector<float>(rows.size(), 1), Repeats::kSum);
  fields.push_back(group_of_users(kUsers));
  fields.push_back(ties);
  return fields;
}

Params params_of(NetworkForm form, double dropout) {
  Params params(fusion_params(form));
  EXPECT_TRUE(params.merge({{"width", kWidth},
                            {"dropout", dropout},
                            {"source_dropout", 0},
                            {"history_dropout", 0},
                            {"alignment", 0.1},
                            {"learning_rate", 0.01}},
                           "test"));
  if (form == NetworkForm::kSequence) {
    EXPECT_TRUE(params.merge(
        {{"tokens", 64}, {"length", 8}, {"input_dropout", dropout}, {"attention_dropout", dropout}}, "test"));
  } else {
    EXPECT_TRUE(params.merge({{"attention", 1}}, "test"));
  }
  return params;
}

class OnDevice : public testing::TestWithParam<std::tuple<NetworkForm, std::string>> {
 protected:
  void SetUp() override {
    const auto found = find_device(std::get<1>(GetParam()), "");
    if (!found && std::get<1>(GetParam()) == "cuda") {
      GTEST_SKIP() << "NOT CHECKED: " << found.error().what;
    }
    ASSERT_TRUE(found) << to_text(found.error());
    device_ = *found;
  }

  std::unique_ptr<FusionModule> module() const {
    auto module = std::make_unique<FusionModule>();
    module->form = form_;
    module->width = kWidth;
    module->num_items = kItems;
    module->params = params_of(form_, 0);
    module->trend_now = trend_.now;
    const EncoderContext context = {.width = kWidth, .train = &train_, .fields = fields_};
    module->item_sources.push_back(default_source("id", id_field(kItems), context));
    for (const Field& field : fields_) {
      (field.side == Side::kItem ? module->item_sources : module->user_sources)
          .push_back(default_source(field.full_name(), field, context));
    }
    if (form_ == NetworkForm::kSet) {
      module->user_sources.push_back(default_source("behaviour.order", behaviour_field(kUsers), context));
    }
    module->create(3);
    const at::NoGradGuard no_grad;
    at::Generator generator = make_generator(4, "device_test");
    for (const auto& parameter : module->named_parameters()) {  // away from the initial values, many of which are zero
      parameter.value().add_(at::normal(0, 0.1, parameter.value().sizes(), generator, at::kFloat));
    }
    return module;
  }

  // The loss of one batch with a sampled softmax, on the module's device; the gradients are in the parameters.
  double loss(FusionModule& module) const {
    RandomStream random(5, "device_test");
    at::Generator draws = make_generator(6, "device_test");
    Trend trend = trend_;
    trend.tables = trend.tables.to(module.device);
    StepContext context = {
        .module = module, .trend = &trend, .bf16 = false, .random = random, .dropout_generator = draws};
    at::Tensor loss;
    if (form_ == NetworkForm::kSet) {
      const MaskedBatchSampler batches(train_, &trend_, 0, 11);
      loss = set_loss(moved(batches.draw(std::span(batches.users()).first(4), random), module.device), context);
    } else {
      const SequenceSampler sequences(train_, &trend_, {.longest = 8, .tokens = 64, .negatives = 5});
      const std::vector<std::vector<int32_t>> plan = sequences.plan(random);
      loss = sequence_loss(moved(sequences.draw(plan.front(), random), module.device), context);
    }
    loss.backward();
    return loss.item<double>();
  }

  const NetworkForm form_ = std::get<0>(GetParam());
  at::Device device_ = at::kCPU;
  const Interactions train_ = two_tastes();
  const Trend trend_ = *trend_of(train_);
  const std::vector<Field> fields_ = every_field();
};
INSTANTIATE_TEST_SUITE_P(Fusion, OnDevice,
                         testing::Combine(testing::Values(NetworkForm::kSet, NetworkForm::kSequence),
                                          testing::Values("cpu", "cuda")),
                         [](const auto& info) {
                           return std::string(to_string(std::get<0>(info.param))) + "_" + std::get<1>(info.param);
                         });

TEST_P(OnDevice, LossGradientsAndScoresAreThoseOfTheCpu) {
  const auto here = module(), there = module();
  there->move_to(device_);
  for (const auto& parameter : there->named_parameters()) {
    ASSERT_EQ(parameter.value().device(), device_) << parameter.key();
  }
  const double expected = loss(*here);
  EXPECT_NEAR(loss(*there), expected, 1e-5 * expected);
  const auto of_device = there->named_parameters();
  for (const auto& parameter : here->named_parameters()) {
    const at::Tensor& own = parameter.value().grad();
    const at::Tensor& other = of_device[parameter.key()].grad();
    ASSERT_EQ(own.defined(), other.defined()) << parameter.key();
    if (own.defined()) {
      EXPECT_TRUE(at::allclose(other.cpu(), own, 1e-3, 1e-5)) << parameter.key() << (other.cpu() - own).abs().max();
    }
  }
  const std::vector<UserState> users = states_of(train_);
  here->materialize(KeepContributions::kSkip);
  there->materialize(KeepContributions::kSkip);
  EXPECT_TRUE(at::allclose(there->score(users), here->score(users), 1e-4, 1e-4));
  EXPECT_TRUE(there->final_items.is_cpu());
  there->move_to(at::kCPU);
  there->materialize(KeepContributions::kKeep);
  EXPECT_TRUE(at::allclose(there->score(users), here->score(users), 1e-4, 1e-4));
}

TEST_P(OnDevice, TrainsResumesAndReturnsToTheCpu) {
  const auto folder = std::filesystem::temp_directory_path() / ("haina_device_" + std::to_string(::getpid()));
  StopFlag stop;
  class StopAfterThree final : public Progress {
   public:
    explicit StopAfterThree(StopFlag& flag) : flag_(flag) {}
    void start(const std::string&, int64_t) override {}
    void update(int64_t, const std::string&) override {}
    void finish() override {}
    void line(const std::string& text) override {
      if (text.find("Epoch [3/20], Step") != std::string::npos) {
        flag_.request();
      }
    }

   private:
    StopFlag& flag_;
  } progress(stop);
  FusionOptions options = {.form = form_,
                           .seed = 7,
                           .epochs = 20,
                           .device = device_,
                           .stop = &stop,
                           .progress = &progress,
                           .checkpoint = folder,
                           .checkpoint_key = "k",
                           .checkpoint_seconds = 0};
  const FusionData data = {.train = &train_, .fields = fields_, .validation = nullptr};
  FusionTraining first, second;
  ASSERT_TRUE(FusionNetwork::train(data, params_of(form_, 0.1), options, first));
  ASSERT_TRUE(std::filesystem::exists(folder / "manifest.json"));
  options.stop = nullptr;
  options.progress = nullptr;
  const auto network = FusionNetwork::train(data, params_of(form_, 0.1), options, second);
  ASSERT_TRUE(network) << to_text(network.error());
  EXPECT_GE(second.resumed_at, 2);
  EXPECT_LT(second.epochs.back().loss, first.epochs.front().loss);
  for (int32_t taste = 0; taste < 2; ++taste) {
    UserState state;
    state.history = {{.item = ItemId{taste}}, {.item = ItemId{taste + 2}}};
    const RankedLists lists = top_k(network->score({&state, 1}).contiguous(), 3);
    for (int64_t r = 0; r < 3; ++r) {
      EXPECT_EQ(lists.items[0][r].item<int>() % 2, taste);
    }
  }
  for (const auto& [name, tensor] : network->state()) {
    EXPECT_TRUE(tensor.is_cpu()) << name;
  }
  const auto back = FusionNetwork::restore(network->state(), network->about(), fields_, kItems, "here");
  ASSERT_TRUE(back) << to_text(back.error());
  EXPECT_TRUE(at::equal(back->item_vectors(), network->item_vectors()));
}

TEST(Device, WithoutAGpuTheErrorHasAHint) {
  EXPECT_TRUE(find_device("cpu", "here")->is_cpu());
  const auto any = find_device("auto", "here");
  const auto gpu = find_device("cuda", "here");
  ASSERT_TRUE(any);
  ASSERT_EQ(gpu.has_value(), !any->is_cpu());
  if (!gpu) {
    EXPECT_EQ(gpu.error().code, ErrorCode::kUnsupported);
    EXPECT_EQ(gpu.error().at, "here");
    EXPECT_NE(gpu.error().hint.find("tools/setup --cuda"), std::string::npos);
  }
}

}  // namespace
}  // namespace haina
