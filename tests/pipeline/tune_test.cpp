// Settings are found: ladders are walked while validation rises, within bounds of work or time, and not twice.
#include "pipeline/tune.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <fstream>
#include <set>
#include <thread>

#include "base/files.h"
#include "base/seed.h"
#include "made_clicks.h"
#include "pipeline/init.h"
#include "pipeline/prepare.h"
#include "pipeline/train.h"

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

// What was fitted, in order; and at which fit, counted from 1, the user pressed Ctrl-C.
struct Fits {
  std::vector<double> x;
  StopFlag stop;
  size_t stop_at = 0;
  int sleep_ms = 0;
};

// An expert whose one parameter is best at 64: every doubling or halving beside it puts the right item, which is item 0
// for everyone, a place further down.
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

ExpertEntry dial_entry(double x, Fits& fits, Ladder ladder) {
  return {.name = "dial",
          .summary = "",
          .params = {{.name = "x", .value = x, .min = 1, .max = 1e6, .doc = ""},
                     {.name = "sweeps", .value = 9, .min = 1, .max = 9, .doc = ""}},
          .make = [&fits](const Params& p) { return std::make_unique<Dial>(p.number("x"), fits); },
          .ladders = {std::move(ladder)}};
}

class Tune : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("haina_tune_" + std::to_string(::getpid()) + "_" +
                                           testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directories(folder_);
    train_ = interactions_of({{31, 32}, {33}, {32, 34}}, kItems);  // 5 events
    judges_ = held_out_of(train_, {{0}, {0}, {0}});
  }
  void TearDown() override { fs::remove_all(folder_); }

  Result<std::vector<NamedExpert>> tune(const ExpertEntry& entry, double budget, TrialLog& log,
                                        const StopFlag* stop = nullptr) const {
    const std::vector<ExpertTask> tasks = {{.entry = &entry, .name = entry.name}};
    return tune_experts(
        tasks,
        {.train = &train_, .judges = &judges_, .budget_seconds = budget, .place = "haina.toml:9:1", .stop = stop}, log);
  }

  fs::path folder_;
  Interactions train_;
  HeldOut judges_;
  Fits fits_;
};

Ladder always(double factor = 2) { return {.param = "x", .factor = factor, .always_max = 1e6, .always_below = 1e9}; }

TEST_F(Tune, GoesUpWhileValidationRisesAndKeepsTheBest) {
  TrialLog log;
  const auto fitted = tune(dial_entry(8, fits_, always()), 0, log);
  ASSERT_TRUE(fitted) << to_text(fitted.error());
  ASSERT_EQ(fitted->size(), 1U);
  EXPECT_EQ(fitted->front().params.at("x"), 64);
  EXPECT_EQ(fits_.x[0], 8);
  EXPECT_EQ(std::vector<double>(fits_.x.begin(), fits_.x.begin() + 5), (std::vector<double>{8, 16, 32, 64, 128}));
  const json trials = log.to_json();
  EXPECT_EQ(trials.size(), fits_.x.size()) << "each fit is a trial, and none is made twice";
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

TEST_F(Tune, ASettingThatTheDataDoNotSuitEndsTheWalkAndNotTheTraining) {
  TrialLog log;
  const auto fitted = tune(dial_entry(4000, fits_, always(8)), 0, log);
  ASSERT_TRUE(fitted);
  EXPECT_EQ(fitted->front().params.at("x"), 63) << "32000 does not suit; 500, 63 and 8 do";
}

TEST_F(Tune, WithoutABudgetWorkIsBounded) {
  TrialLog log;
  Ladder ladder = always();
  ladder.always_below = 5 * 33;  // five events
  const auto fitted = tune(dial_entry(8, fits_, ladder), 0, log);
  ASSERT_TRUE(fitted);
  EXPECT_EQ(fitted->front().params.at("x"), 32);
  ladder.always_below = 1e9;
  ladder.always_max = 16;
  TrialLog second;
  EXPECT_EQ(tune(dial_entry(8, fits_, ladder), 0, second)->front().params.at("x"), 16);
  TrialLog third;
  EXPECT_EQ(tune(dial_entry(8, fits_, {.param = "x"}), 0, third)->front().params.at("x"), 8)
      << "a ladder that is not always walked waits for a budget";
  EXPECT_TRUE(third.to_json().empty()) << "nothing to compare: nothing is judged";
}

TEST_F(Tune, ABudgetBuysAllLadders) {
  TrialLog log;
  const auto fitted = tune(dial_entry(8, fits_, {.param = "x"}), 60, log);
  ASSERT_TRUE(fitted);
  EXPECT_EQ(fitted->front().params.at("x"), 64);
}

TEST_F(Tune, ABudgetThatIsSpentAtOnceLeavesTheDefaults) {
  fits_.sleep_ms = 5;
  TrialLog log;
  const auto fitted = tune(dial_entry(8, fits_, {.param = "x"}), 0.001, log);
  ASSERT_TRUE(fitted);
  EXPECT_EQ(fitted->front().params.at("x"), 8);
  EXPECT_EQ(fits_.x.size(), 1U);
}

TEST_F(Tune, ATimeBudgetIsKeptToWithinATrial) {
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

TEST_F(Tune, DraftsSiftAndTheBetterHalfIsTriedWhole) {
  ExpertEntry entry = dial_entry(64, fits_, {.param = "x"});
  entry.variants = {{{"x", 1}}, {{"x", 2}}, {{"x", 4}}};
  entry.draft = {{"sweeps", 1}};
  TrialLog log;
  const auto fitted = tune(entry, 60, log);
  ASSERT_TRUE(fitted);
  EXPECT_EQ(fitted->front().params.at("x"), 64);
  EXPECT_EQ(fitted->front().params.at("sweeps"), 9) << "a draft is never what is kept";
  std::set<double> drafts, whole;
  for (const json& trial : log.to_json()) {
    const bool draft = trial.value("draft", false);
    EXPECT_EQ(trial.at("params").at("sweeps"), draft ? 1 : 9);
    EXPECT_TRUE(!draft || !trial.at("kept").get<bool>());
    (draft ? drafts : whole).insert(trial.at("params").at("x").get<double>());
  }
  EXPECT_EQ(drafts, (std::set<double>{1, 2, 4, 32, 64, 128}));
  EXPECT_EQ(whole, (std::set<double>{32, 64, 128}));
}

TEST_F(Tune, WhatWasTriedBeforeAStopIsNotTriedAgain) {
  fits_.sleep_ms = 110;  // long enough to be kept
  fits_.stop_at = 4;
  {
    TrialLog log(folder_ / "trials.json", "these data");
    const auto stopped = tune(dial_entry(8, fits_, always()), 0, log, &fits_.stop);
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().code, ErrorCode::kInterrupted);
    EXPECT_NE(stopped.error().mend.find("run haina train again"), std::string::npos);
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
  // Trials of other data, and a file that is none, count for nothing.
  EXPECT_EQ(TrialLog(folder_ / "trials.json", "other data").seconds(), 0);
  ASSERT_TRUE(write_text(folder_ / "broken.json", "{\"schema\": "));
  EXPECT_EQ(TrialLog(folder_ / "broken.json", "these data").seconds(), 0);
}

// A hundred tastes of four items; everyone has three tastes and took three items of each. Four factors cannot keep them
// apart.
TEST_F(Tune, FactorsDoubleWhereManyTastesAskForThem) {
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
  const HeldOut judges = held_out_of(train, truth);
  const ExpertEntry& ials = **find_expert("ials", "");
  const std::vector<ExpertTask> tasks = {{.entry = &ials, .name = "ials", .settings = {{"sweeps", 4}, {"factors", 4}}}};
  TrialLog log;
  const auto fitted = tune_experts(tasks, {.train = &train, .judges = &judges, .place = ""}, log);
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

// A shop whose items have two sources of features, trained as `haina train` does.
class TunedShop : public Tune {
 protected:
  void SetUp() override {
    Tune::SetUp();
    fs::create_directories(folder_ / "exports");
    RandomStream random(11, "tune_test");
    write_clicks(folder_ / "exports" / "clicks.csv", 60, 12,
                 [&](int user, int) { return (user % 3) + 3 * random.below(20); });
    std::ofstream items(folder_ / "exports" / "items.csv");
    items << "item_id,genres,mood/tone\n";
    const char* const genres[] = {"space|war", "love|drama", "comedy|farce"};
    const char* const moods[] = {"dark|slow", "bright|loud"};
    for (int i = 0; i < 60; ++i) {
      items << "i" << i << "," << genres[i % 3] << "," << moods[i % 2] << "\n";
    }
  }
  Result<Config> ready() const {
    HAINA_TRY(const InitReport report, run_init(folder_ / "exports", folder_ / "haina.toml", Overwrite::kNo));
    HAINA_TRY(Config config, load_config(folder_));
    config.train.network = "none";
    config.train.experts = {{"ease", json::object()}, {"content", json::object()}};
    return config;
  }
};

TEST_F(TunedShop, ABudgetOfNothingTrainsAndTheTrialsAreTold) {
  auto config = ready();
  ASSERT_TRUE(config) << to_text(config.error());
  config->train.budget_seconds = 0.001;
  config->train.metric = "recall@20";
  const auto dataset = run_prepare(*config, {});
  ASSERT_TRUE(dataset) << to_text(dataset.error());
  const auto folder = run_train(*dataset, *config, {});
  ASSERT_TRUE(folder) << to_text(folder.error());
  const auto model = load_model(*folder, *dataset, *config);
  ASSERT_TRUE(model) << to_text(model.error());
  EXPECT_EQ(model->about.at("metric"), "recall@20");
  ASSERT_FALSE(model->about.at("trials").empty());
  for (const json& trial : model->about.at("trials")) {
    EXPECT_TRUE(trial.at("kept").get<bool>()) << "with no time for others, every trial is a first one";
  }
  EXPECT_FALSE(fs::exists(folder_ / "checkpoint-trials.json"));
}

// One of eleven is found by chance far more often than one of sixty.
TEST_F(TunedShop, AmongFewDrawnItemsEveryTrialIsEasierAndTheRankerKnows) {
  auto config = ready();
  ASSERT_TRUE(config) << to_text(config.error());
  const auto dataset = run_prepare(*config, {});
  ASSERT_TRUE(dataset) << to_text(dataset.error());
  const Split split = *make_split(*dataset, config->split);
  const auto all = train_model(*dataset, *config, split, {});
  config->train.among = 10;
  const auto few = train_model(*dataset, *config, split, {});
  ASSERT_TRUE(all && few);
  const json &whole = all->about.at("trials"), &drawn = few->about.at("trials");
  ASSERT_EQ(whole.size(), drawn.size());
  for (size_t t = 0; t < whole.size(); ++t) {
    EXPECT_GT(drawn[t].at("value").get<double>(), whole[t].at("value").get<double>()) << whole[t].dump();
  }
  EXPECT_FALSE(all->ranker.all_judged);
  EXPECT_TRUE(few->ranker.all_judged);
}

TEST_F(TunedShop, WhatTrainingCannotBeToldNamesPlaceAndMend) {
  ASSERT_TRUE(ready());
  const auto sound = read_text(folder_ / "haina.toml");
  ASSERT_TRUE(sound);
  for (const auto& [line, what, mend] : {std::tuple{"device = \"cuba\"", "unknown device 'cuba'", "cuda"},
                                         std::tuple{"among = -1", "among is -1", "0"}}) {
    std::ofstream(folder_ / "haina.toml") << *sound << "\n[train]\n" << line << "\n";
    const auto config = load_config(folder_);
    ASSERT_FALSE(config) << line;
    EXPECT_EQ(config.error().what, what);
    EXPECT_NE(config.error().at.find("haina.toml:"), std::string::npos);
    EXPECT_NE(config.error().mend.find(mend), std::string::npos) << config.error().mend;
  }
}

// Where validation is unlike what will be asked for, a voice weighs as many as the sources it speaks of: events one,
// each source of items one, their sum as many as they are, and what reads all of them all. Ease without its side rows
// reads events.
TEST_F(TunedShop, VoicesWeighWhatTheirModelsReadAsTheyAreSet) {
  auto config = ready();
  ASSERT_TRUE(config) << to_text(config.error());
  const auto dataset = run_prepare(*config, {});
  ASSERT_TRUE(dataset) << to_text(dataset.error());
  const Split split = *make_split(*dataset, config->split);
  config->split.by = "files";
  config->split.validation_by = "latest";
  config->train.network = "none";
  config->train.experts.clear();
  const auto weights_with = [&](double side_weight) {
    config->train.experts["popularity"] = json::object();
    config->train.experts["item_knn"] = {{"shrink", 5}};
    config->train.experts["ials"] = {{"factors", 8}};
    config->train.experts["ease"] = {{"side_weight", side_weight}};
    const auto model = train_model(*dataset, *config, split, {});
    EXPECT_TRUE(model) << (model ? "" : to_text(model.error()));
    std::map<std::string, float> weights;
    for (size_t m = 0; m < model->ranker.models.size(); ++m) {
      weights[model->ranker.models[m]] = model->ranker.form.weights[static_cast<int64_t>(m)].item<float>();
    }
    return weights;
  };
  std::map<std::string, float> expected = {{"popularity", 0}, {"item_knn", 0.5}, {"ease", 0.5}, {"ials", 1}};
  EXPECT_EQ(weights_with(0), expected) << "nothing speaks of a source of items alone";
  config->train.experts["content"] = json::object();
  expected = {{"popularity", 0},
              {"item_knn", 0.5},
              {"ease", 0.5},
              {"ials", 3},
              {"content", 2},
              {"content.items.genres", 1},
              {"content.items.mood/tone", 1}};
  EXPECT_EQ(weights_with(0), expected);
  expected["item_knn"] = 1;
  expected["ease"] = expected["ials"] = 1.5;
  EXPECT_EQ(weights_with(10), expected);
}

TEST_F(TunedShop, SourcesWithFeaturesHaveExpertsOfTheirOwnWhichLoadAgain) {
  const auto config = ready();
  ASSERT_TRUE(config) << to_text(config.error());
  const auto dataset = run_prepare(*config, {});
  ASSERT_TRUE(dataset) << to_text(dataset.error());
  const Split split = *make_split(*dataset, config->split);
  const auto trained = train_model(*dataset, *config, split, {});
  ASSERT_TRUE(trained) << to_text(trained.error());
  const std::vector<std::string> names = trained->names();
  for (const char* const name : {"ease", "content", "content.items.genres", "content.items.mood/tone"}) {
    EXPECT_EQ(std::ranges::count(names, name), 1) << name;
  }
  ASSERT_TRUE(save_model(*trained, folder_ / "model"));
  const auto loaded = load_model(folder_ / "model", *dataset, *config);
  ASSERT_TRUE(loaded) << to_text(loaded.error());
  EXPECT_EQ(loaded->names(), names);
  const HeldOut test = held_out(*dataset, split, Stage::kTest);
  EXPECT_TRUE(at::equal(loaded->score(test.users), trained->score(test.users)));

  Config one_source = *config;
  one_source.train.experts = {{"content.items.genres", json::object()}};
  const auto alone = train_model(*dataset, one_source, split, {});
  ASSERT_TRUE(alone) << to_text(alone.error());
  EXPECT_EQ(alone->names(), (std::vector<std::string>{"content.items.genres"}));

  one_source.train.experts = {{"content.items.genre", json::object()}};
  const auto mistyped = train_model(*dataset, one_source, split, {});
  ASSERT_FALSE(mistyped);
  EXPECT_EQ(mistyped.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(mistyped.error().mend.find("did you mean 'content.items.genres'"), std::string::npos);
}

}  // namespace
}  // namespace haina
