#include "pipeline/explain/explain.h"

#include <chrono>
#include <utility>
#include <vector>

#include "data/fingerprint.h"
#include "pipeline/explain/item_map.h"
#include "pipeline/explain/model_weights.h"
#include "pipeline/explain/partial_dependence.h"

namespace haina {

Result<nlohmann::json> run_explain(const Dataset& dataset, const Config& config, const Model& model,
                                   const ExplainOptions& options) {
  const auto started = std::chrono::steady_clock::now();
  Progress& progress = options.progress != nullptr ? *options.progress : no_progress();
  nlohmann::json document = {{"schema", "haina.explain/1"},
                             {"dataset", dataset.name},
                             {"version", model.about.value("version", "")},
                             {"fingerprint", fingerprint_of(dataset)},
                             {"users", dataset.users.size()},
                             {"items", dataset.items.size()},
                             {"source_values", nullptr}};
  // First what may fail on the wish of the caller.
  if (options.source_values == SourceValues::kMeasure) {
    SourceValueOptions how = options.of_sources;
    how.stop = options.stop;
    how.progress = &progress;
    HAINA_TRY(document["source_values"], cached_source_values(dataset, config, how));
  }
  progress.start("read what the model has learned", 0);
  const std::vector<UserState> users = spread_users(dataset, options.users);
  HAINA_TRY(document["weights"], model_weights(model, users, options.stop));
  HAINA_TRY(document["partial_dependence"], partial_dependence(dataset, model, users, options.stop));
  document["map"] = item_map(dataset, model);
  progress.finish();
  document["seconds"] = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  return document;
}

}  // namespace haina
