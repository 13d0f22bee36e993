// Parameters that count per event keep their product with the number of events.
#include "pipeline/refit_settings.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

#include "base/params.h"
#include "experts/expert.h"

namespace haina {
namespace {

// An entry of the registry with a parameter per event, and that parameter.
std::pair<const ExpertEntry*, const ParamSpec*> entry_per_event() {
  for (const ExpertEntry& entry : expert_entries()) {
    if (!entry.per_event.empty()) {
      return {&entry, &*std::ranges::find(entry.params, entry.per_event.front(), &ParamSpec::name)};
    }
  }
  return {nullptr, nullptr};
}

class RefitSettings : public testing::Test {
 protected:
  void SetUp() override {
    std::tie(entry_, spec_) = entry_per_event();
    ASSERT_NE(entry_, nullptr) << "no expert has a parameter per event";
    nlohmann::json params = Params(entry_->params).to_json();
    params[spec_->name] = spec_->min + 8;
    experts_.push_back({entry_->name, params, nullptr});
  }
  double refitted(double share, const Config& config, const TrainOptions& options) const {
    return refit_settings(experts_, share, config, options).at(entry_->name).at(spec_->name).get<double>();
  }

  const ExpertEntry* entry_ = nullptr;
  const ParamSpec* spec_ = nullptr;
  std::vector<NamedExpert> experts_;
};

TEST_F(RefitSettings, ScalesWhatTrainingChose) {
  EXPECT_DOUBLE_EQ(refitted(0.75, {}, {}), 0.75 * (spec_->min + 8));
  EXPECT_DOUBLE_EQ(refitted(1e-9, {}, {}), std::max(spec_->min, 1e-9 * (spec_->min + 8))) << "never below the minimum";
}

TEST_F(RefitSettings, KeepsWhatTheUserOrAnEarlierTrainingSet) {
  Config config;
  config.train.experts[entry_->name] = {{spec_->name, spec_->min + 8}};
  EXPECT_DOUBLE_EQ(refitted(0.75, config, {}), spec_->min + 8);
  EXPECT_DOUBLE_EQ(refitted(0.75, {}, {.settled = {{entry_->name, nlohmann::json::object()}}}), spec_->min + 8);
}

TEST_F(RefitSettings, KeepsAllOtherParameters) {
  const ExpertSettings settings = refit_settings(experts_, 0.5, {}, {});
  for (const ParamSpec& spec : entry_->params) {
    if (std::ranges::find(entry_->per_event, spec.name) == entry_->per_event.end()) {
      EXPECT_EQ(settings.at(entry_->name).at(spec.name), experts_[0].params.at(spec.name)) << spec.name;
    }
  }
}

}  // namespace
}  // namespace haina
