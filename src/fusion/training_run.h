// The state of a training run between epochs: everything that the next epoch depends on, and the best epoch so far.
#pragma once

#include <ATen/core/Generator.h>

#include <cstdint>
#include <vector>

#include "base/seed.h"
#include "base/tensors_file.h"
#include "fusion/adam.h"
#include "fusion/checkpoint.h"
#include "fusion/fusion.h"
#include "fusion/module.h"

namespace haina {

struct TrainingRun {
  // users: those whose order is shuffled before each epoch.
  TrainingRun(FusionModule& trained, const AdamOptions& adam_options, uint64_t seed, std::vector<int32_t> users);

  Checkpoint pack(const FusionTraining& training) const;
  // false if the checkpoint is of another network; the run is then partly overwritten and must be thrown away.
  bool resume(const Checkpoint& checkpoint, FusionTraining& training);
  void shuffle();
  // Remembers the parameters as they are now.
  void keep_best(double value);
  // Back to the parameters of the best epoch, if there is one.
  void restore_best();

  FusionModule& module;
  Adam adam;
  at::Generator dropout_generator;
  RandomStream random;
  std::vector<int32_t> order;  // of the users
  double best = -1;            // validation metric of the best epoch
  TensorMap best_state;
};

}  // namespace haina
