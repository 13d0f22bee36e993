// Trains 10 categorical fields of one vocabulary of 1 M values, rows of 16, under an MLP 400-400-400 on random labelled
// batches of 4096, and prints one JSON line with the seconds a step. The table learns through the kernel that moves
// touched rows alone. Usage: haina_bench_categorical [STEPS=20] [float32|bfloat16]. Peers: tools/compare_speed.
#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "adam_rows.h"
#include "base/seed.h"
#include "fusion/adam.h"

namespace haina {
namespace {

constexpr int64_t kFields = 10, kVocabulary = 1'000'000, kWidth = 16, kHidden = 400, kBatch = 4096;
constexpr double kLearningRate = 1e-3;

struct Batch {
  at::Tensor ids;     // int64 [kBatch * kFields]
  at::Tensor labels;  // float32 [kBatch]
};

// Labels follow two of the fields, so that the loss falls where the trainer learns.
Batch draw(at::Generator& generator) {
  const at::Tensor ids = at::rand({kBatch, kFields}, generator, at::kFloat)
                             .pow(3)
                             .mul(kVocabulary)
                             .to(at::kLong)
                             .clamp_max(kVocabulary - 1);
  const at::Tensor labels = (ids.select(1, 0) + ids.select(1, 1)).remainder(2).to(at::kFloat);
  return {ids.flatten().contiguous(), labels};
}

int run(int64_t steps, at::ScalarType type) {
  at::Generator generator = make_generator(7, "categorical");
  at::Tensor table = at::randn({kVocabulary, kWidth}, generator, at::kFloat).mul_(0.01);
  at::Tensor first = at::zeros_like(table), second = at::zeros_like(table);
  std::vector<at::Tensor> parameters;
  int64_t inputs = kFields * kWidth;
  for (const int64_t outputs : {kHidden, kHidden, kHidden, int64_t{1}}) {
    const double bound = 1 / std::sqrt(static_cast<double>(inputs));
    for (const at::Tensor& parameter : {at::empty({outputs, inputs}, at::kFloat), at::empty({outputs}, at::kFloat)}) {
      parameter.uniform_(-bound, bound, generator);
      parameters.push_back(parameter.set_requires_grad(true));
    }
    inputs = outputs;
  }
  Adam adam(parameters, {.beta1 = 0.9, .beta2 = 0.999, .weight_decay = 0, .clip_norm = 0});
  std::vector<Batch> batches;
  for (int64_t i = 0; i < 8; ++i) {
    batches.push_back(draw(generator));
  }
  std::vector<double> seconds;
  double loss_of_last = 0;
  for (int64_t step = 1; step <= steps + 3; ++step) {
    const Batch& batch = batches[static_cast<size_t>(step) % batches.size()];
    const auto begin = std::chrono::steady_clock::now();
    // What is looked up is a leaf: its gradient goes to the rows it came from, and no gradient of the table is made.
    const at::Tensor looked_up = at::index_select(table, 0, batch.ids).set_requires_grad(true);
    at::Tensor x = looked_up.view({kBatch, kFields * kWidth}).to(type);
    for (size_t layer = 0; layer < parameters.size(); layer += 2) {
      x = at::linear(x, parameters[layer].to(type), parameters[layer + 1].to(type));
      if (layer + 2 < parameters.size()) {
        x = at::relu(x);
      }
    }
    const at::Tensor loss = at::binary_cross_entropy_with_logits(x.squeeze(1).to(at::kFloat), batch.labels);
    loss.backward();
    adam_rows(table, first, second, batch.ids, looked_up.grad().contiguous(), step, {.learning_rate = kLearningRate});
    adam.step(kLearningRate);
    loss_of_last = loss.item<double>();
    if (step > 3) {  // the first touch memory anew
      seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    }
  }
  std::ranges::sort(seconds);
  std::puts(fmt::format(R"({{"step_seconds": {:.6f}, "loss": {:.5f}, "threads": {}}})", seconds[seconds.size() / 2],
                        loss_of_last, at::get_num_threads())
                .c_str());
  return std::isfinite(loss_of_last) ? 0 : 1;
}

}  // namespace
}  // namespace haina

int main(int argc, char** argv) {
  const std::string type = argc > 2 ? argv[2] : "float32";
  const int64_t steps = argc > 1 ? std::atoll(argv[1]) : 20;
  if (steps < 1 || (type != "float32" && type != "bfloat16")) {
    std::fprintf(stderr, "usage: haina_bench_categorical [STEPS=20] [float32|bfloat16]\n");
    return 2;
  }
  return haina::run(steps, type == "float32" ? at::kFloat : at::kBFloat16);
}
