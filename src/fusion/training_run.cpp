#include "fusion/training_run.h"

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

namespace haina {
namespace {

// Relative to the learning rate: each number that weighs a source or a trend must cross whole units alone, where the
// numbers of a vector move by hundredths together. With the same rate for all, small data end before these weights have
// left where they began.
std::vector<double> rates_of(const FusionModule& module) {
  const double of_weights = module.form == NetworkForm::kArticle ? 1 : module.params.number("weight_rate");
  std::vector<double> rates;
  for (const auto& parameter : module.named_parameters()) {
    const std::string& name = parameter.key();
    rates.push_back(name == "prior" || name == "trend_weight" ? of_weights : 1);
  }
  return rates;
}

}  // namespace

TrainingRun::TrainingRun(FusionModule& trained, const AdamOptions& adam_options, uint64_t seed,
                         std::vector<int32_t> users)
    : module(trained),
      adam(trained.parameters(), adam_options, rates_of(trained)),
      dropout_generator(make_generator(seed, "fusion/dropout")),
      random(seed, "fusion/batches"),
      order(std::move(users)) {}

Checkpoint TrainingRun::pack(const FusionTraining& training) const {
  Checkpoint checkpoint;
  for (const auto& parameter : module.named_parameters()) {
    checkpoint.tensors["parameter/" + parameter.key()] = parameter.value().detach().cpu();
  }
  for (const auto& buffer : module.named_buffers()) {  // draws and rows of encoders
    checkpoint.tensors["buffer/" + buffer.key()] = buffer.value().detach().cpu();
  }
  for (const auto& [name, tensor] : best_state) {
    checkpoint.tensors["best/" + name] = tensor.cpu();
  }
  adam.pack(checkpoint.tensors);
  checkpoint.tensors["order"] = at::tensor(order, at::kInt);
  checkpoint.tensors["random"] = random.state();
  checkpoint.tensors["draws"] = dropout_generator.get_state();
  checkpoint.about = {{"best", best}, {"best_epoch", training.best_epoch}, {"curve", nlohmann::json::array()}};
  for (const EpochRecord& record : training.epochs) {
    checkpoint.about["curve"].push_back({record.epoch, record.loss, record.validation_metric, record.seconds});
  }
  return checkpoint;
}

bool TrainingRun::resume(const Checkpoint& checkpoint, FusionTraining& training) {
  const at::NoGradGuard no_grad;
  for (auto& parameter : module.named_parameters()) {
    const auto found = checkpoint.tensors.find("parameter/" + parameter.key());
    if (found == checkpoint.tensors.end() || found->second.sizes() != parameter.value().sizes()) {
      return false;
    }
    parameter.value().copy_(found->second);
  }
  for (auto& buffer : module.named_buffers()) {
    const auto found = checkpoint.tensors.find("buffer/" + buffer.key());
    if (found != checkpoint.tensors.end()) {  // checkpoints of before had none
      if (found->second.sizes() != buffer.value().sizes()) {
        return false;
      }
      buffer.value().copy_(found->second);
    }
  }
  for (const auto& [name, tensor] : checkpoint.tensors) {
    if (name.starts_with("best/")) {
      best_state[name.substr(5)] = tensor.clone();
    }
  }
  const auto sound = [&](const char* name, int64_t size) {
    const auto found = checkpoint.tensors.find(name);
    return found != checkpoint.tensors.end() && found->second.numel() == size;
  };
  if (!adam.restore(checkpoint.tensors) || !sound("order", std::ssize(order)) || !sound("random", 4) ||
      !sound("draws", dropout_generator.get_state().numel())) {
    return false;
  }
  const int32_t* const saved = checkpoint.tensors.at("order").const_data_ptr<int32_t>();
  order.assign(saved, saved + order.size());
  random.set(checkpoint.tensors.at("random"));
  dropout_generator.set_state(checkpoint.tensors.at("draws").clone());
  best = checkpoint.about.at("best");
  training.best_epoch = checkpoint.about.at("best_epoch");
  for (const nlohmann::json& record : checkpoint.about.at("curve")) {
    training.epochs.push_back({record.at(0), record.at(1), record.at(2), record.at(3)});
  }
  training.resumed_at = std::ssize(training.epochs);
  return true;
}

void TrainingRun::shuffle() {
  for (size_t i = order.size(); i > 1; --i) {
    std::swap(order[i - 1], order[static_cast<size_t>(random.below(static_cast<int64_t>(i)))]);
  }
}

void TrainingRun::keep_best(double value) {
  best = value;
  best_state.clear();
  for (const auto& parameter : module.named_parameters()) {
    best_state[parameter.key()] = parameter.value().detach().clone();
  }
}

void TrainingRun::restore_best() {
  const at::NoGradGuard no_grad;
  for (auto& parameter : module.named_parameters()) {
    if (const auto found = best_state.find(parameter.key()); found != best_state.end()) {
      parameter.value().copy_(found->second);
    }
  }
}

}  // namespace haina
