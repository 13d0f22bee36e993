#include "pipeline/explain/source_values.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cmath>
#include <ctime>
#include <filesystem>
#include <utility>

#include "base/files.h"
#include "base/sha256.h"
#include "data/fingerprint.h"
#include "data/split.h"
#include "evaluation/explain/shapley.h"
#include "metrics/intervals.h"
#include "metrics/validation_metric.h"
#include "model/model.h"
#include "pipeline/explain/linear_game.h"
#include "pipeline/explain/players.h"

namespace haina {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using Subset = LinearGame::Subset;
using Users = LinearGame::Users;

constexpr const char* kCacheSchema = "haina.source_values/1";
constexpr std::array<double, 6> kL2 = {100, 300, 1000, 3000, 30, 10};
constexpr std::array<double, 4> kDecays = {1, 0.98, 0.9, 0.7};
constexpr std::array<double, 4> kWeights = {0.1, 1, 10, 100};  // of one source
// Of the regularization and of all weights, once every source has its own.
constexpr std::array<std::pair<double, double>, 4> kFactors = {{{1, 0.3}, {1, 3}, {3, 1}, {1.0 / 3, 1}}};

// Settings are tried on the users that choose: the regularization and the decay with the events of the goal alone, then
// the weight of each source beside these events, then common factors with all sources. A weight that was chosen beside
// all other sources would be 0 for two sources that say the same, and a source of noise would keep one that only luck
// and the others' presence make harmless.
class SettingSearch {
 public:
  SettingSearch(const LinearGame& game, size_t players, bool ordered, Progress& progress)
      : game_(game), ordered_(ordered), progress_(progress) {
    best_.weight.assign(players, 0);
  }

  Result<LinearSetting> run() {
    HAINA_OK(choose_l2());
    HAINA_OK(choose_weights());
    HAINA_OK(choose_factors());
    return best_;
  }
  int64_t fits() const { return fits_; }
  static int64_t expected(size_t players) {
    return std::ssize(kL2) + std::ssize(kWeights) * static_cast<int64_t>(players) + 1 + std::ssize(kFactors);
  }

 private:
  Result<at::Tensor> inverse_of(Subset subset, const LinearSetting& setting) {
    progress_.update(fits_++, fmt::format("l2 {:g}", setting.l2));
    return game_.inverse(subset, setting);
  }
  at::Tensor ndcg_of(const at::Tensor& inverse, Subset subset, const LinearSetting& setting) const {
    return game_.ndcg(inverse, subset, setting, Users::kChoosing);
  }

  Status choose_l2() {
    double highest = -1;
    LinearSetting setting = best_;
    for (const double l2 : kL2) {
      setting.l2 = l2;
      HAINA_TRY(const at::Tensor inverse, inverse_of(0, setting));
      for (const double decay : kDecays) {
        setting.decay = decay;
        const at::Tensor values = ndcg_of(inverse, 0, setting);
        if (const double mean = values.mean().item<double>(); mean > highest) {
          highest = mean;
          best_ = setting;
          events_alone_ = values;
        }
        if (!ordered_) {
          break;
        }
      }
    }
    return ok();
  }

  // A source gets a weight only where it raises the mean by more than its standard error: the best of several weights
  // of a source that says nothing often looks a little better than none.
  Status choose_weights() {
    for (size_t p = 0; p < best_.weight.size(); ++p) {
      double highest = 0;
      LinearSetting setting = best_;
      std::ranges::fill(setting.weight, 0);
      for (const double weight : kWeights) {
        setting.weight[p] = weight;
        const Subset alone = Subset{1} << p;
        HAINA_TRY(const at::Tensor inverse, inverse_of(alone, setting));
        const at::Tensor raised = ndcg_of(inverse, alone, setting) - events_alone_;
        const double mean = raised.mean().item<double>();
        const double error = raised.std().item<double>() / std::sqrt(static_cast<double>(raised.size(0)));
        if (mean > highest && mean > error) {
          highest = mean;
          best_.weight[p] = weight;
        }
      }
    }
    return ok();
  }

  Status choose_factors() {
    const LinearSetting start = best_;
    HAINA_TRY(const at::Tensor inverse, inverse_of(game_.everybody(), start));
    double highest = ndcg_of(inverse, game_.everybody(), start).mean().item<double>();
    for (const auto& [of_l2, of_weights] : kFactors) {
      LinearSetting setting = start;
      setting.l2 *= of_l2;
      for (double& weight : setting.weight) {
        weight *= of_weights;
      }
      HAINA_TRY(const at::Tensor changed, inverse_of(game_.everybody(), setting));
      if (const double mean = ndcg_of(changed, game_.everybody(), setting).mean().item<double>(); mean > highest) {
        highest = mean;
        best_ = setting;
      }
    }
    return ok();
  }

  const LinearGame& game_;
  bool ordered_;
  Progress& progress_;
  LinearSetting best_;
  at::Tensor events_alone_;  // float64 [choosing users]: NDCG@10 of the events of the goal alone
  int64_t fits_ = 0;
};

// NDCG@10 of every subset, by measured user: float64 [users, 2^players]. Subsets that differ only in sources without
// weight are the same model, which is fitted once.
Result<at::Tensor> values_of_subsets(const LinearGame& game, const LinearSetting& setting, Progress& progress,
                                     int64_t& fits) {
  const auto players = setting.weight.size();
  Subset weighted = 0;
  for (size_t p = 0; p < players; ++p) {
    weighted |= setting.weight[p] > 0 ? Subset{1} << p : 0;
  }
  const int64_t subsets = int64_t{1} << players;
  at::Tensor values = at::empty({subsets, game.num_users(Users::kMeasured)}, at::kDouble);
  int64_t done = 0;
  progress.start("measure every set of sources", int64_t{1} << std::popcount(weighted));
  for (int64_t subset = 0; subset < subsets; ++subset) {
    const auto same = static_cast<Subset>(subset) & weighted;  // at most `subset`
    if (same != subset) {
      values[subset].copy_(values[same]);
      continue;
    }
    HAINA_TRY(const at::Tensor inverse, game.inverse(same, setting));
    values[subset].copy_(game.ndcg(inverse, same, setting, Users::kMeasured));
    progress.update(++done, "");
  }
  progress.finish();
  fits += done;
  return values.t().contiguous();
}

json as_json(const Interval& interval) {
  return {{"value", interval.value}, {"low", interval.low}, {"high", interval.high}};
}

json of_column(const at::Tensor& values) { return as_json(bootstrap_means(values.unsqueeze(1).contiguous()).front()); }

json sources_json(const std::vector<Player>& players, const LinearSetting& setting, const at::Tensor& values) {
  const std::vector<Interval> intervals = bootstrap_means(shapley_values(values, std::ssize(players)));
  const double all = (values.select(1, -1) - values.select(1, 0)).mean().item<double>();
  json sources = json::array();
  for (size_t p = 0; p < players.size(); ++p) {
    // Without weight, exactly 0 and not the rounding of sums.
    const Interval of_source = setting.weight[p] > 0 ? intervals[p] : Interval{0, 0, 0};
    json one = as_json(of_source);
    one["name"] = players[p].name;
    one["weight"] = setting.weight[p];
    if (all > 0) {
      one["share"] = of_source.value / all;
    }
    sources.push_back(std::move(one));
  }
  return sources;
}

json sets_json(const std::vector<Player>& players, const at::Tensor& values) {
  const at::Tensor means = values.mean(0).contiguous();
  json sets = json::array();
  for (int64_t subset = 0; subset < means.size(0); ++subset) {
    json names = json::array();
    for (size_t p = 0; p < players.size(); ++p) {
      if ((subset >> p & 1) != 0) {
        names.push_back(players[p].name);
      }
    }
    sets.push_back({{"sources", std::move(names)}, {"value", means.const_data_ptr<double>()[subset]}});
  }
  return sets;
}

// What the values depend on beside the program.
std::string cache_key(const Dataset& dataset, const Config& config, const SourceValueOptions& options) {
  const SplitConfig& split = config.split;
  const json key = {
      kCacheSchema,    fingerprint_of(dataset), static_cast<int>(split.by),
      split.test,      split.validation,        split.validation_by ? static_cast<int>(*split.validation_by) : -1,
      split.seed,      config.train.exclude,    config.train.seed,
      options.sources, options.most_items};
  const std::string text = key.dump(-1, ' ', false, json::error_handler_t::replace);
  Sha256 hash;
  hash.add(text.data(), text.size());
  return hash.hex();
}

}  // namespace

Result<json> measure_source_values(const Dataset& dataset, const Config& config, const SourceValueOptions& options) {
  const auto started = std::chrono::steady_clock::now();
  const std::clock_t cpu_started = std::clock();
  Progress& progress = options.progress != nullptr ? *options.progress : no_progress();
  HAINA_TRY(const Split whole, make_split(dataset, config.split));
  const Split split = without_actions(dataset, whole, config.train.exclude);
  const std::vector<Field> fields = scan_fields(dataset, split, Stage::kValidation, config.train.exclude).fields;
  HAINA_TRY(const Players found, find_players(dataset, fields, config.train.exclude, options.sources));
  const HeldOut held = sample_users(held_out(dataset, split, Stage::kValidation), kValidationUsers, config.train.seed);
  HAINA_TRY(const LinearGame game, LinearGame::make(dataset, split, fields, found.players, held,
                                                    {.most_items = options.most_items, .stop = options.stop}));

  progress.start("choose the weights of sources", SettingSearch::expected(found.players.size()));
  SettingSearch search(game, found.players.size(), is_ordered(dataset, config.split), progress);
  HAINA_TRY(const LinearSetting setting, search.run());
  progress.finish();
  int64_t fits = search.fits();
  HAINA_TRY(const at::Tensor values, values_of_subsets(game, setting, progress, fits));

  return json{{"metric", "ndcg@10"},
              {"users", game.num_users(Users::kMeasured)},
              {"choosing_users", game.num_users(Users::kChoosing)},
              {"items", game.num_items()},
              {"of_items", dataset.items.size()},
              {"by_file", found.by_file},
              {"left_out", found.left_out},
              {"setting", {{"l2", setting.l2}, {"decay", setting.decay}}},
              {"popularity", of_column(game.ndcg_of_popularity(Users::kMeasured))},
              {"none", of_column(values.select(1, 0))},
              {"all", of_column(values.select(1, -1))},
              {"sources", sources_json(found.players, setting, values)},
              {"sets", sets_json(found.players, values)},
              {"fits", fits},
              {"seconds", std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count()},
              {"cpu_seconds", static_cast<double>(std::clock() - cpu_started) / CLOCKS_PER_SEC}};
}

Result<json> cached_source_values(const Dataset& dataset, const Config& config, const SourceValueOptions& options) {
  const std::string key = cache_key(dataset, config, options);
  const fs::path folder = config.output_folder() / "explain",
                 file = folder / ("sources-" + key.substr(0, 16) + ".json");
  if (const Result<json> kept = read_json(file); kept && kept->value("key", "") == key && kept->contains("values")) {
    json values = kept->at("values");
    values["cached"] = true;
    return values;
  }
  HAINA_TRY(json values, measure_source_values(dataset, config, options));
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed) {
    return fail({ErrorCode::kIo, "cannot create the folder: " + failed.message(), folder.string(),
                 "see who owns it and whether the disk is full"});
  }
  HAINA_OK(write_text(file, json{{"schema", kCacheSchema}, {"key", key}, {"values", values}}.dump(1) + "\n"));
  values["cached"] = false;
  return values;
}

}  // namespace haina
