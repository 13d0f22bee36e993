#include "pipeline/explain/source_values.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <optional>
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
constexpr std::array<double, 2> kOtherWeights = {100, 1};  // of all sources; the first one tried is kFirstWeight
constexpr double kFirstWeight = 10;
constexpr std::array<double, 3> kFactors = {0, 0.1, 10};  // of the weight of one source
constexpr std::array<double, 4> kDecays = {1, 0.98, 0.9, 0.7};

// Settings are tried with all sources on the users that choose.
class SettingSearch {
 public:
  SettingSearch(const LinearGame& game, size_t players, bool ordered, Progress& progress)
      : game_(game), ordered_(ordered), progress_(progress) {
    best_.weight.assign(players, kFirstWeight);
  }

  // The regularization, then one weight for all sources, then a factor for each source. The factors are all tried from
  // the same start and taken together, so that equal sources get equal weights.
  Result<LinearSetting> run() {
    for (const double l2 : kL2) {
      HAINA_OK(take_if_better([&](LinearSetting& setting) { setting.l2 = l2; }));
    }
    for (const double weight : kOtherWeights) {
      HAINA_OK(take_if_better([&](LinearSetting& setting) { std::ranges::fill(setting.weight, weight); }));
    }
    HAINA_TRY(const std::vector<double> factors, best_factors());
    HAINA_OK(take_if_better([&](LinearSetting& setting) {
      for (size_t p = 0; p < factors.size(); ++p) {
        setting.weight[p] *= factors[p];
      }
    }));
    return best_;
  }
  int64_t fits() const { return fits_; }
  static int64_t expected(size_t players) {
    return std::ssize(kL2) + std::ssize(kOtherWeights) + std::ssize(kFactors) * static_cast<int64_t>(players) + 1;
  }

 private:
  // NDCG@10 of a setting; with the best decay where `any_decay`, which is then written into it.
  enum class Decay { kAsItIs, kBest };
  Result<double> value_of(LinearSetting& setting, Decay decay) {
    progress_.update(fits_++, fmt::format("l2 {:g}", setting.l2));
    HAINA_TRY(const at::Tensor inverse, game_.inverse(game_.everybody(), setting));
    const auto mean = [&] {
      return game_.ndcg(inverse, game_.everybody(), setting, Users::kChoosing).mean().item<double>();
    };
    if (decay == Decay::kAsItIs || !ordered_) {
      return mean();
    }
    std::pair<double, double> best = {-1, 1};
    for (const double one : kDecays) {
      setting.decay = one;
      if (const double value = mean(); value > best.first) {
        best = {value, one};
      }
    }
    setting.decay = best.second;
    return best.first;
  }

  template <class Change>
  Status take_if_better(const Change& change) {
    LinearSetting setting = best_;
    change(setting);
    HAINA_TRY(const double value, value_of(setting, Decay::kBest));
    if (value > best_value_) {
      best_ = setting;
      best_value_ = value;
    }
    return ok();
  }

  Result<std::vector<double>> best_factors() {
    std::vector<double> factors(best_.weight.size(), 1);
    for (size_t p = 0; p < factors.size(); ++p) {
      double highest = best_value_;
      for (const double factor : kFactors) {
        LinearSetting setting = best_;
        setting.weight[p] *= factor;
        HAINA_TRY(const double value, value_of(setting, Decay::kAsItIs));
        // What adds nothing gets no weight.
        if (value > highest || (factor == 0 && value == highest)) {
          highest = value;
          factors[p] = factor;
        }
      }
    }
    return factors;
  }

  const LinearGame& game_;
  bool ordered_;
  Progress& progress_;
  LinearSetting best_;
  double best_value_ = -1;
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
    json one = as_json(intervals[p]);
    one["name"] = players[p].name;
    one["weight"] = setting.weight[p];
    if (all > 0) {
      one["share"] = intervals[p].value / all;
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
