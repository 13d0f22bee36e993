// Parameter paths are followed while the validation metric rises, within bounds of work or time, and no setting is
// tried twice.
#include "pipeline/tune.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <set>
#include <thread>
#include <utility>

#include "base/files.h"
#include "base/seed.h"

namespace haina {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int64_t kItems = 40;

Interactions interactions_of(const std::vector<std::vector<int32_t>>& rows, int64_t num_items) {
  std::vector<int64_t> offsets = {0};
  std::vector<int32_t> items;
  for (const auto& row : rows) {
    items.insert(items.end(), row.begin(), row.end());
    offsets.push_back(std::ssize(items));
  }
  const int64_t n = std::ssize(items);
  return {.num_users = std::ssize(rows),
          .num_items = num_items,
          .offsets = at::tensor(offsets, at::kLong),
          .items = at::tensor(items, at::kInt),
          .actions = at::zeros({n}, at::kByte),
          .weights = at::ones({n}),
          .values = at::full({n}, std::nanf("")),
          .times = at::full({n}, kNoTime, at::kLong)};
}

HeldOut held_out_of(const Interactions& train, const std::vector<std::vector<int32_t>>& truth) {
  HeldOut held;
  held.users = states_of(train);
  std::vector<int32_t> rows, columns;
  for (size_t u = 0; u < truth.size(); ++u) {
    for (const int32_t item : truth[u]) {
      rows.push_back(static_cast<int32_t>(u));
      columns.push_back(item);
    }
  }
  held.truth = csr_from_coordinates(std::ssize(truth), train.num_items, rows, columns,
                                    std::vector<float>(rows.size(), 1.0F), Repeats::kMax);
  return held;
}

// The values of x that were fitted, in order; and the fit, counted from 1, at which a stop is requested.
struct Fits {
  std::vector<double> x;
  StopFlag stop;
  size_t stop_at = 0;
  int sleep_ms = 0;
};

// An expert whose parameter x is best at 64: each doubling or halving away from it ranks the held-out item, item 0 for
// all users, one place lower.
class Dial final : public Expert {
 public:
  Dial(double x, Fits& fits) : x_(x), fits_(fits) {}
  Status fit(const Interactions&, const FitContext&) override {
    if (x_ > 4000) {
      return fail({ErrorCode::kBadData, "too large for these data", "", "take a smaller one"});
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(fits_.sleep_ms));
    fits_.x.push_back(x_);
    if (fits_.x.size() == fits_.stop_at) {
      fits_.stop.request();
    }
    return ok();
  }
  at::Tensor score(std::span<const UserState> users) const override {
    at::Tensor scores = at::arange(1, 1 - kItems, -1, at::kFloat);
    scores[0] = 0.5 - std::abs(std::log2(x_) - 6);
    return scores.expand({std::ssize(users), kItems});
  }
  TensorMap state() const override { return {}; }
  Status restore(const TensorMap&, const std::string&) override { return ok(); }

 private:
  double x_;
  Fits& fits_;
};

ExpertEntry dial_entry(double x, Fits& fits, ParameterPath path) {
  return {.name = "dial",
          .summary = "",
          .params = {{.name = "x", .value = x, .min = 1, .max = 1e6, .doc = ""},
                     {.name = "sweeps", .value = 9, .min = 1, .max = 9, .doc = ""}},
          .make = [&fits](const Params& p) { return std::make_unique<Dial>(p.number("x"), fits); },
          .parameter_paths = {std::move(path)}};
}

class Tune : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("haina_tune_" + std::to_string(::getpid()) + "_" +
                                           testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directories(folder_);
    train_ = interactions_of({{31, 32}, {33}, {32, 34}}, kItems);  // 5 events
    validation_users_ = held_out_of(train_, {{0}, {0}, {0}});
  }
  void TearDown() override { fs::remove_all(folder_); }

  Result<std::vector<NamedExpert>> tune(const ExpertEntry& entry, double budget, TrialLog& log,
                                        const StopFlag* stop = nullptr) const {
    const std::vector<ExpertTask> tasks = {{.entry = &entry, .name = entry.name, .place = "haina.toml:9:1"}};
    return tune_experts(
        tasks, {.train = &train_, .validation_users = &validation_users_, .budget_seconds = budget, .stop = stop}, log);
  }

  fs::path folder_;
  Interactions train_;
  HeldOut validation_users_;
  Fits fits_;
};

ParameterPath always(double factor = 2) {
  return {.param = "x", .factor = factor, .always_max = 1e6, .always_below = 1e9};
}

TEST_F(Tune, GoesUpWhileTheMetricRisesAndKeepsTheBest) {
  TrialLog log;
  const auto fitted = tune(dial_entry(8, fits_, always()), 0, log);
  ASSERT_TRUE(fitted) << to_text(fitted.error());
  ASSERT_EQ(fitted->size(), 1U);
  EXPECT_EQ(fitted->front().params.at("x"), 64);
  EXPECT_EQ(fits_.x[0], 8);
  EXPECT_EQ(std::vector<double>(fits_.x.begin(), fits_.x.begin() + 5), (std::vector<double>{8, 16, 32, 64, 128}));
  const json trials = log.to_json();
  EXPECT_EQ(trials.size(), fits_.x.size()) << "each fit is a trial, and no setting is fitted twice";
  for (const json& trial : trials) {
    EXPECT_EQ(trial.at("expert"), "dial");
    EXPECT_EQ(trial.at("kept").get<bool>(), trial.at("params").at("x") == 64);
    const double place = std::abs(std::log2(trial.at("params").at("x").get<double>()) - 6);
    EXPECT_NEAR(trial.at("value").get<double>(), 1 / std::log2(place + 2), 1e-9);
  }
}

TEST_F(Tune, GoesDownWhereUpIsWorse) {
  TrialLog log;
  const auto fitted = tune(dial_entry(256, fits_, always()), 0, log);
  ASSERT_TRUE(fitted);
  EXPECT_EQ(fitted->front().params.at("x"), 64);
  EXPECT_EQ(fits_.x, (std::vector<double>{256, 512, 128, 64, 32}));
}

TEST_F(Tune, ASettingThatDoesNotSuitTheDataEndsThePathNotTheTraining) {
  TrialLog log;
  const auto fitted = tune(dial_entry(4000, fits_, always(8)), 0, log);
  ASSERT_TRUE(fitted);
  EXPECT_EQ(fitted->front().params.at("x"), 63) << "32000 does not suit; 500, 63 and 8 do";
}

TEST_F(Tune, AnExpertThatIsAskedForAndCannotBeFittedIsAnErrorWithPlaceAndRemedy) {
  TrialLog log;
  const ExpertEntry entry = dial_entry(5000, fits_, always());
  for (const bool settled : {false, true}) {
    const std::vector<ExpertTask> tasks = {{.entry = &entry,
                                            .name = "dial.movies.genres",
                                            .place = "haina.toml:9:1",
                                            .settled = settled,
                                            .required = true}};
    const auto fitted = tune_experts(tasks, {.train = &train_, .validation_users = &validation_users_}, log);
    ASSERT_FALSE(fitted);
    EXPECT_EQ(fitted.error().at, "haina.toml:9:1");
    EXPECT_EQ(fitted.error().what, "expert 'dial.movies.genres' cannot be fitted: too large for these data");
    EXPECT_EQ(fitted.error().hint, "take a smaller one; or remove [train.experts.\"dial.movies.genres\"]");
  }
}

TEST_F(Tune, WithoutABudgetWorkIsBounded) {
  TrialLog log;
  ParameterPath path = always();
  path.always_below = 5 * 33;  // five events
  const auto fitted = tune(dial_entry(8, fits_, path), 0, log);
  ASSERT_TRUE(fitted);
  EXPECT_EQ(fitted->front().params.at("x"), 32);
  path.always_below = 1e9;
  path.always_max = 16;
  TrialLog second;
  EXPECT_EQ(tune(dial_entry(8, fits_, path), 0, second)->front().params.at("x"), 16);
  TrialLog third;
  EXPECT_EQ(tune(dial_entry(8, fits_, {.param = "x"}), 0, third)->front().params.at("x"), 8)
      << "a path without a bound of work needs a time budget";
  EXPECT_TRUE(third.to_json().empty()) << "nothing to compare: nothing is measured";
}

TEST_F(Tune, ATimeBudgetPaysForEveryPath) {
  TrialLog log;
  const auto fitted = tune(dial_entry(8, fits_, {.param = "x"}), 60, log);
  ASSERT_TRUE(fitted);
  EXPECT_EQ(fitted->front().params.at("x"), 64);
}

TEST_F(Tune, ABudgetThatTheFirstTrialSpendsLeavesTheDefaults) {
  fits_.sleep_ms = 5;
  TrialLog log;
  const auto fitted = tune(dial_entry(8, fits_, {.param = "x"}), 0.001, log);
  ASSERT_TRUE(fitted);
  EXPECT_EQ(fitted->front().params.at("x"), 8);
  EXPECT_EQ(fits_.x.size(), 1U);
}

TEST_F(Tune, ATimeBudgetIsExceededByAtMostOneTrial) {
  fits_.sleep_ms = 60;
  TrialLog log;
  const auto started = std::chrono::steady_clock::now();
  const auto fitted = tune(dial_entry(1, fits_, {.param = "x"}), 0.25, log);
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - started;
  ASSERT_TRUE(fitted);
  EXPECT_LE(fits_.x.size(), 5U);
  EXPECT_GE(fits_.x.size(), 2U);
  EXPECT_LT(spent.count(), 2);
}

TEST_F(Tune, TheBetterHalfOfLowFidelityTrialsIsTriedInFull) {
  ExpertEntry entry = dial_entry(64, fits_, {.param = "x"});
  entry.variants = {{{"x", 1}}, {{"x", 2}}, {{"x", 4}}};
  entry.low_fidelity = {{"sweeps", 1}};
  TrialLog log;
  const auto fitted = tune(entry, 60, log);
  ASSERT_TRUE(fitted);
  EXPECT_EQ(fitted->front().params.at("x"), 64);
  EXPECT_EQ(fitted->front().params.at("sweeps"), 9) << "a low-fidelity setting is never kept";
  std::set<double> low, full;
  for (const json& trial : log.to_json()) {
    const bool low_fidelity = trial.value("draft", false);
    EXPECT_EQ(trial.at("params").at("sweeps"), low_fidelity ? 1 : 9);
    EXPECT_TRUE(!low_fidelity || !trial.at("kept").get<bool>());
    (low_fidelity ? low : full).insert(trial.at("params").at("x").get<double>());
  }
  EXPECT_EQ(low, (std::set<double>{1, 2, 4, 32, 64, 128}));
  EXPECT_EQ(full, (std::set<double>{32, 64, 128}));
}

TEST_F(Tune, TrialsBeforeAStopAreNotRepeated) {
  fits_.sleep_ms = 110;  // long enough to be written to the file
  fits_.stop_at = 4;
  {
    TrialLog log(folder_ / "trials.json", "these data");
    const auto stopped = tune(dial_entry(8, fits_, always()), 0, log, &fits_.stop);
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().code, ErrorCode::kInterrupted);
    EXPECT_NE(stopped.error().hint.find("run haina train again"), std::string::npos);
  }
  EXPECT_EQ(fits_.x, (std::vector<double>{8, 16, 32, 64}));
  Fits again;
  TrialLog log(folder_ / "trials.json", "these data");
  EXPECT_GT(log.seconds(), 0.3);
  const auto fitted = tune(dial_entry(8, again, always()), 0, log);
  ASSERT_TRUE(fitted) << to_text(fitted.error());
  EXPECT_EQ(fitted->front().params.at("x"), 64);
  ASSERT_NE(fitted->front().expert, nullptr);
  EXPECT_EQ(again.x.front(), 128);
  EXPECT_EQ(std::ranges::count(again.x, 64), 1) << "the best is fitted, once";
  EXPECT_EQ(std::ranges::count_if(again.x, [](double x) { return x < 32; }), 0);
  // Trials of other data and a damaged file are ignored.
  EXPECT_EQ(TrialLog(folder_ / "trials.json", "other data").seconds(), 0);
  ASSERT_TRUE(write_text(folder_ / "broken.json", "{\"schema\": "));
  EXPECT_EQ(TrialLog(folder_ / "broken.json", "these data").seconds(), 0);
}

// A hundred tastes of four items; each user has three tastes and took three items of each. Four factors cannot separate
// them.
TEST_F(Tune, FactorsDoubleWhereManyTastesNeedThem) {
  constexpr int32_t kTastes = 100;
  RandomStream random(5, "tune_test");
  std::vector<std::vector<int32_t>> rows(500), truth(500);
  for (size_t u = 0; u < rows.size(); ++u) {
    std::set<int32_t> tastes;
    while (tastes.size() < 3) {
      tastes.insert(static_cast<int32_t>(random.below(kTastes)));
    }
    for (const int32_t taste : tastes) {
      const auto left = static_cast<int32_t>(random.below(4));
      for (int32_t i = 0; i < 4; ++i) {
        (i == left ? truth : rows)[u].push_back(4 * taste + i);
      }
    }
  }
  const Interactions train = interactions_of(rows, 4 * kTastes);
  const HeldOut validation_users = held_out_of(train, truth);
  const ExpertEntry& ials = **find_expert("ials", "");
  const std::vector<ExpertTask> tasks = {{.entry = &ials, .name = "ials", .settings = {{"sweeps", 4}, {"factors", 4}}}};
  TrialLog log;
  const auto fitted = tune_experts(tasks, {.train = &train, .validation_users = &validation_users}, log);
  ASSERT_TRUE(fitted) << to_text(fitted.error());
  EXPECT_GE(fitted->front().params.at("factors").get<double>(), 32);
  double first = 0, kept = 0;
  const json trials = log.to_json();
  for (const json& trial : trials) {
    first = trial == trials.front() ? trial.at("value").get<double>() : first;
    kept = trial.at("kept").get<bool>() ? trial.at("value").get<double>() : kept;
  }
  EXPECT_GT(kept, 1.5 * first);
}

}  // namespace
}  // namespace haina
