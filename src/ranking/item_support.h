// What the ranker makes of models that learn from events where an item has hardly any. Such a model scores an item that
// nobody took as low as one that nobody wants, and with most of the weight on such models no new item comes near the
// top of a list, however well its content fits. So an item of fewer than `full` events is read from these models in
// part only, and for the rest from the fusion network, which knows content too. How many events are enough is chosen by
// validation; 0 leaves all scores as they are.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <vector>

#include "base/error.h"
#include "base/tensors_file.h"
#include "experts/expert.h"

namespace haina {

struct ItemSupport {
  int64_t full = 0;                  // events from which on a model is believed
  int64_t network = -1;              // the column of the fusion network; -1: there is none, and nothing is changed
  std::vector<ItemEvents> rests_on;  // of each model
  at::Tensor goals, all;             // float32 [items]: events of the goal, and of every action

  bool changes() const { return full > 0 && network >= 0; }
  // How far model m is believed of an item: min(1, events / full), 0 for items added since training.
  double trust_in(size_t m, int32_t item) const;
  // The same of the first `count` items: float32 [count]; undefined: 1 for all.
  at::Tensor trust(size_t m, int64_t count) const;
  // Each row of each model standardised, float32 [B, items], undefined where `scores` is; then with the network in the
  // place of what is not believed. trained: as in standardise().
  std::vector<at::Tensor> standardised(std::span<const at::Tensor> scores, int64_t trained = 0) const;

  nlohmann::json to_json() const;
  TensorMap state() const;
  // Of a ranker of `models` models. kBadData at `where` if the tensors do not fit. Models of earlier releases say
  // nothing and change nothing.
  static Result<ItemSupport> restore(const nlohmann::json& json, const TensorMap& state, int64_t models,
                                     const std::string& where);

 private:
  // float32 [items], the events that model m rests on; undefined where it is believed whatever they are.
  at::Tensor events_of(size_t m) const;
};

}  // namespace haina
