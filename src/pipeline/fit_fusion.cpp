#include "pipeline/fit_fusion.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "base/log.h"
#include "encoders/encoder.h"

namespace haina {
namespace {

// "auto" takes the sequence form where the test is each user's next event, since order then predicts most. Elsewhere it
// takes the set form, which sees the order only through the source `behaviour`.
NetworkForm form_of(const Config& config) {
  if (config.train.network == NetworkChoice::kArticle) {
    return NetworkForm::kArticle;
  }
  const bool sequence = config.train.network == NetworkChoice::kSequence ||
                        (config.train.network == NetworkChoice::kAuto && config.split.by == SplitBy::kLeaveLast);
  return sequence ? NetworkForm::kSequence : NetworkForm::kSet;
}

// [train.encoders] without the fields of sources that are switched off.
std::map<std::string, nlohmann::json> encoder_settings(const TrainConfig& train) {
  std::map<std::string, nlohmann::json> settings = train.encoders;
  std::erase_if(settings, [&](const auto& setting) {
    return std::ranges::any_of(train.exclude,
                               [&](const std::string& source) { return setting.first.starts_with(source + "."); });
  });
  return settings;
}

}  // namespace

Result<std::optional<FusionNetwork>> fit_fusion(const Config& config, const FusionData& data, int64_t epochs,
                                                at::Device device, const TrainOptions& options,
                                                FusionTraining& training) {
  if (config.train.network == NetworkChoice::kNone) {
    return std::nullopt;
  }
  const NetworkForm form = form_of(config);
  Params params(fusion_params(form));
  HAINA_OK(params.merge(config.train.network_params, place_of(config.train, "network_params")));
  FusionOptions how = {.form = form,
                       .seed = config.train.seed,
                       .epochs = epochs,
                       .schedule = form == NetworkForm::kSequence ? params.integer("epochs") : 0,
                       .device = device,
                       .stop = options.stop,
                       .progress = options.progress,
                       .encoders = encoder_settings(config.train),
                       .encoders_place = place_of(config.train, "encoders")};
  HAINA_OK(check_encoder_settings(data.fields, how.encoders, how.encoders_place));
  if (data.validation != nullptr && !options.checkpoint.empty()) {
    how.checkpoint = options.checkpoint;
    how.checkpoint_key = options.checkpoint_key;
  }
  Result<FusionNetwork> network = FusionNetwork::train(data, params, how, training);
  if (network) {
    return std::optional<FusionNetwork>(std::move(*network));
  }
  const ErrorCode code = network.error().code;
  if (config.train.network == NetworkChoice::kAuto &&
      (code == ErrorCode::kUnsupported || code == ErrorCode::kBadData)) {
    log_warning(fmt::format("fusion network left out: {}", network.error().what));
    return std::nullopt;
  }
  return fail(network.error());
}

}  // namespace haina
