#include "data/split.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>

#include "base/seed.h"
#include "data/hold_out_rules.h"

namespace haina {
namespace {

constexpr size_t kLeaveLastKeeps = 2;  // goal events of a user that stay in training

// Whether all events outside the published test part have a time.
bool trained_times(const Dataset& dataset) {
  const at::Tensor times = dataset.events.time.masked_select(dataset.events.part.ne(static_cast<int64_t>(Part::kTest)));
  return times.numel() > 0 && times.min().item<int64_t>() != kNoTime;
}

// The published test part, and the published validation part or one held out by `validation_by`.
Status split_by_files(const SplitColumns& events, const SplitConfig& config, uint8_t* part, RandomStream& random) {
  bool has_test = false;
  bool has_validation = false;
  for (int64_t i = 0; i < events.size; ++i) {
    if (events.given[i] == static_cast<uint8_t>(Part::kTest)) {
      part[i] = kTest;
      has_test = true;
    } else if (events.given[i] == static_cast<uint8_t>(Part::kValidation)) {
      part[i] = kValidation;
      has_validation = true;
    }
  }
  if (!has_test && events.size > 0) {
    return fail({ErrorCode::kBadData, "split by = \"files\", but no source has part = \"test\"", config.place,
                 "set part = \"test\" in the [[source]] with the held-out events, or choose another [split] by"});
  }
  if (has_validation) {
    return ok();
  }
  // Validation should be held out as the published test part was, which only the configuration can say.
  if (config.validation_by == ValidationBy::kOne) {
    hold_out_one(events, part, kValidation, random);
  } else if (config.validation_by == ValidationBy::kLeaveLast) {
    hold_out_last(events, part, 1, kValidation);
  } else if (config.validation_by == ValidationBy::kLatest) {
    hold_out_latest(events, part, config.validation, kValidation);
  } else {
    hold_out_random(events, part, config.validation, kValidation, random);
  }
  return ok();
}

// A rule that takes a user's last events needs to know which ones those are.
Status check_order(const Dataset& dataset, const SplitConfig& config, bool timed) {
  const bool by_files = config.by == SplitBy::kFiles;
  const bool needs_order =
      config.by == SplitBy::kLeaveLast ||
      (by_files && (config.validation_by == ValidationBy::kLeaveLast || config.validation_by == ValidationBy::kLatest));
  if (!needs_order || timed || dataset.rows_in_order || dataset.events.size() == 0) {
    return ok();
  }
  // Published test parts often lack times, even where the training part has them.
  if (by_files && trained_times(dataset)) {
    return ok();
  }
  return fail({ErrorCode::kBadData,
               by_files ? "[split] validation_by takes each user's last events, but some events have no time"
                        : "split by = \"leave_last\", but some events have no time",
               config.place,
               "name the time column in [[source]] columns; if each user's rows stand in the order in which the events "
               "happened, set order = \"rows\" in the [[source]]; else choose another rule"});
}

}  // namespace

Result<Split> make_split(const Dataset& dataset, const SplitConfig& config) {
  const SplitColumns events(dataset.events);
  Split split = {at::full({events.size}, kTrain, at::kByte)};
  uint8_t* const part = split.part.data_ptr<uint8_t>();
  RandomStream random(config.seed, "data/split");
  const bool timed = events.size > 0 && dataset.events.time.min().item<int64_t>() != kNoTime;
  HAINA_OK(check_order(dataset, config, timed));
  if (config.by == SplitBy::kTime) {
    if (!timed && events.size > 0) {
      return fail({ErrorCode::kBadData, "split by = \"time\", but some events have no time", config.place,
                   "name the time column in [[source]] columns, or set [split] by = \"random\""});
    }
    hold_out_by_time(events, part, config.test, kTest);
    hold_out_by_time(events, part, config.validation, kValidation);
  } else if (config.by == SplitBy::kLeaveLast) {
    hold_out_last(events, part, kLeaveLastKeeps, kTest);
    hold_out_last(events, part, kLeaveLastKeeps, kValidation);
  } else if (config.by == SplitBy::kRandom) {
    hold_out_random(events, part, config.test, kTest, random);
    hold_out_random(events, part, config.validation, kValidation, random);
  } else if (config.by == SplitBy::kNewUsers) {
    std::vector<uint8_t> held_user(static_cast<size_t>(dataset.users.size()), kTrain);
    for (uint8_t& held : held_user) {
      const double draw = random.uniform();
      held = draw < config.test ? kTest : draw < config.test + config.validation ? kValidation : kTrain;
    }
    hold_out_users(events, part, held_user, kTest, kTestFoldIn, random, timed);
    hold_out_users(events, part, held_user, kValidation, kValidationFoldIn, random, timed);
  } else {  // SplitBy::kFiles
    HAINA_OK(split_by_files(events, config, part, random));
  }
  return split;
}

Split without_actions(const Dataset& dataset, const Split& split, const std::vector<std::string>& actions) {
  std::set<int64_t> codes;
  for (const std::string& name : actions) {
    if (const auto code = dataset.actions.find(name)) {
      codes.insert(*code);
    }
  }
  Split result = {split.part.clone()};
  uint8_t* const part = result.part.data_ptr<uint8_t>();
  for (int64_t i = 0; i < dataset.events.size() && !codes.empty(); ++i) {
    if (!dataset.events.goal.const_data_ptr<bool>()[i] &&
        codes.contains(dataset.events.action.const_data_ptr<uint8_t>()[i])) {
      part[i] = kNoPart;
    }
  }
  return result;
}

std::vector<std::string> other_actions(const Dataset& dataset) {
  std::vector<bool> occurs(static_cast<size_t>(dataset.actions.size()), false);
  for (int64_t i = 0; i < dataset.events.size(); ++i) {
    if (!dataset.events.goal.const_data_ptr<bool>()[i]) {
      occurs[dataset.events.action.const_data_ptr<uint8_t>()[i]] = true;
    }
  }
  std::vector<std::string> names;
  const std::vector<std::string> all = dataset.actions.to_strings();
  for (size_t a = 0; a < all.size(); ++a) {
    if (occurs[a]) {
      names.push_back(all[a]);
    }
  }
  return names;
}

bool is_ordered(const Dataset& dataset, const SplitConfig& config) {
  // What a protocol calls the latest rows need not be the latest events.
  return trained_times(dataset) || (dataset.rows_in_order && config.validation_by != ValidationBy::kLatest);
}

}  // namespace haina
