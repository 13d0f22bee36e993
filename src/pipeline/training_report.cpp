#include "pipeline/training_report.h"

#include "data/fingerprint.h"

namespace haina {
namespace {

nlohmann::json learning_curve(const FusionTraining& training) {
  nlohmann::json curve = nlohmann::json::array();
  for (const EpochRecord& record : training.epochs) {
    curve.push_back({{"epoch", record.epoch},
                     {"loss", record.loss},
                     {"val", record.validation_metric},
                     {"seconds", record.seconds}});
  }
  return curve;
}

}  // namespace

nlohmann::json training_report(const Dataset& dataset, const Config& config, const TrainingReport& report) {
  return {{"dataset", fingerprint_of(dataset)},
          {"users", dataset.users.size()},
          {"items", dataset.items.size()},
          {"seed", config.train.seed},
          {"device", report.device},
          {"split", config.split.by},
          {"without", config.train.exclude},
          {"leaks", report.leaks},
          {"metric", config.train.metric},
          {"trials", report.trials.to_json()},
          {"curve", learning_curve(report.training)},
          {"best_epoch", report.training.best_epoch},
          {"interrupted", report.training.interrupted},
          {"resumed_at", report.training.resumed_at},
          {"calibration",
           {{"slope", report.calibration.slope},
            {"offset", report.calibration.offset},
            {"scores", report.calibration.of_network ? "network" : "ranker"},
            {"negatives", report.sampled_negatives ? "sampled" : "observed"}}},
          {"validation_users", report.validation_users},
          {"seconds",
           {{"experts", report.seconds.experts},
            {"network", report.seconds.network},
            {"ranker", report.seconds.ranker},
            {"experts_again", report.seconds.experts_again},
            {"network_again", report.seconds.network_again},
            {"total", report.seconds.total}}}};
}

}  // namespace haina
