#include "data/split.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/seed.h"
#include "base/suggest.h"

namespace haina {
namespace {

// Values of Split.part. Fold-in events are the known half of an unseen user's history: never fitted on, but part of the
// state.
constexpr uint8_t kNone = 0, kTrain = 1, kValidation = 2, kTest = 3, kValidationFoldIn = 5, kTestFoldIn = 6;
constexpr double kFoldInShare = 0.8;
constexpr size_t kLeaveLastKeeps = 2;  // goals of a user that stay in training where the last is held out

struct Columns {
  explicit Columns(const EventLog& log)
      : user(log.user.const_data_ptr<int32_t>()),
        item(log.item.const_data_ptr<int32_t>()),
        time(log.time.const_data_ptr<int64_t>()),
        goal(log.goal.const_data_ptr<bool>()),
        given(log.part.const_data_ptr<uint8_t>()),
        size(log.size()) {}
  const int32_t* user;
  const int32_t* item;
  const int64_t* time;
  const bool* goal;
  const uint8_t* given;
  int64_t size;
};

// The cut leaves `share` of the goal events among those not yet held out at or after it.
int64_t time_cut(const Columns& events, const uint8_t* part, double share) {
  std::vector<int64_t> times;
  for (int64_t i = 0; i < events.size; ++i) {
    if (events.goal[i] && part[i] == kTrain) {
      times.push_back(events.time[i]);
    }
  }
  if (times.empty()) {
    return INT64_MAX;
  }
  const auto at =
      times.begin() + std::min(std::ssize(times) - 1,
                               static_cast<int64_t>(std::llround((1 - share) * static_cast<double>(times.size()))));
  std::nth_element(times.begin(), at, times.end());
  return *at;
}

void hold_out_by_time(const Columns& events, uint8_t* part, double share, uint8_t as) {
  const int64_t cut = time_cut(events, part, share);
  for (int64_t i = 0; i < events.size; ++i) {
    if (part[i] == kTrain && events.time[i] >= cut) {
      part[i] = as;
    }
  }
}

// Calls with [begin, end) of every user's events and the training goals among them, in order.
template <class Call>
void for_users(const Columns& events, const uint8_t* part, Call call) {
  std::vector<int64_t> goals;
  for (int64_t begin = 0; begin < events.size;) {
    int64_t end = begin;
    goals.clear();
    for (; end < events.size && events.user[end] == events.user[begin]; ++end) {
      if (events.goal[end] && part[end] == kTrain) {
        goals.push_back(end);
      }
    }
    call(begin, end, std::as_const(goals));
    begin = end;
  }
}

// The last `count` goals, with all that came behind the first of them.
void hold_out_from(int64_t end, std::span<const int64_t> goals, int64_t count, uint8_t* part, uint8_t as) {
  for (int64_t i = goals[goals.size() - static_cast<size_t>(count)]; i < end; ++i) {
    part[i] = part[i] == kTrain ? as : part[i];
  }
}

// Of users with more than `keep` goals.
void hold_out_last(const Columns& events, uint8_t* part, size_t keep, uint8_t as) {
  for_users(events, part, [&](int64_t, int64_t end, const std::vector<int64_t>& goals) {
    if (goals.size() > keep) {
      hold_out_from(end, goals, 1, part, as);
    }
  });
}

// Every user keeps at least one goal in training.
void hold_out_latest(const Columns& events, uint8_t* part, double share, uint8_t as) {
  for_users(events, part, [&](int64_t, int64_t end, const std::vector<int64_t>& goals) {
    const int64_t count =
        std::min(std::llround(share * static_cast<double>(goals.size())), static_cast<long long>(goals.size()) - 1);
    if (count > 0) {
      hold_out_from(end, goals, count, part, as);
    }
  });
}

// Repeats and other actions on the pair go with it; a user whose goals are all on one item keeps them.
void hold_out_one(const Columns& events, uint8_t* part, uint8_t as, RandomStream& random) {
  for_users(events, part, [&](int64_t begin, int64_t end, const std::vector<int64_t>& goals) {
    if (goals.size() < 3) {
      return;
    }
    const int32_t item = events.item[goals[static_cast<size_t>(random.below(std::ssize(goals)))]];
    if (std::ranges::all_of(goals, [&](int64_t i) { return events.item[i] == item; })) {
      return;
    }
    for (int64_t i = begin; i < end; ++i) {
      part[i] = part[i] == kTrain && events.item[i] == item ? as : part[i];
    }
  });
}

void hold_out_random(const Columns& events, uint8_t* part, double share, uint8_t as, RandomStream& random) {
  std::set<std::pair<int32_t, int32_t>> held;
  for (int64_t i = 0; i < events.size; ++i) {
    if (part[i] == kTrain && events.goal[i] && random.uniform() < share) {
      held.emplace(events.user[i], events.item[i]);
    }
  }
  for (int64_t i = 0; i < events.size; ++i) {  // repeats and other actions on a held-out pair go with it
    if (part[i] == kTrain && held.contains({events.user[i], events.item[i]})) {
      part[i] = as;
    }
  }
}

void hold_out_users(const Columns& events, uint8_t* part, const std::vector<uint8_t>& held_user, uint8_t as,
                    uint8_t fold_in, RandomStream& random, bool timed) {
  for (int64_t begin = 0; begin < events.size;) {
    int64_t end = begin;
    while (end < events.size && events.user[end] == events.user[begin]) {
      ++end;
    }
    if (held_user[static_cast<size_t>(events.user[begin])] == as) {
      for (int64_t i = begin; i < end; ++i) {
        const bool known = timed ? static_cast<double>(i - begin) < kFoldInShare * static_cast<double>(end - begin)
                                 : random.uniform() < kFoldInShare;
        part[i] = known ? fold_in : as;
      }
    }
    begin = end;
  }
}

Interactions gather(const Dataset& dataset, const std::function<bool(int64_t)>& wanted) {
  const EventLog& log = dataset.events;
  std::vector<int64_t> rows;
  for (int64_t i = 0; i < log.size(); ++i) {
    if (wanted(i)) {
      rows.push_back(i);
    }
  }
  const at::Tensor index = at::tensor(rows, at::kLong);
  const at::Tensor users = log.user.index_select(0, index);
  at::Tensor offsets = at::zeros({dataset.users.size() + 1}, at::kLong);
  int64_t* const o = offsets.data_ptr<int64_t>();
  for (const int64_t row : rows) {
    ++o[log.user.const_data_ptr<int32_t>()[row] + 1];
  }
  for (int64_t u = 0; u < dataset.users.size(); ++u) {
    o[u + 1] += o[u];
  }
  return {.num_users = dataset.users.size(),
          .num_items = dataset.items.size(),
          .offsets = offsets,
          .items = log.item.index_select(0, index),
          .actions = log.action.index_select(0, index),
          .weights = log.weight.index_select(0, index),
          .values = log.value.index_select(0, index),
          .times = log.time.index_select(0, index)};
}

uint8_t held_code(Stage stage) { return stage == Stage::kValidation ? kValidation : kTest; }

}  // namespace

Result<Split> make_split(const Dataset& dataset, const SplitConfig& config) {
  const Columns events(dataset.events);
  Split split = {at::full({events.size}, kTrain, at::kByte)};
  uint8_t* const part = split.part.data_ptr<uint8_t>();
  RandomStream random(config.seed, "data/split");
  const bool timed = events.size > 0 && dataset.events.time.min().item<int64_t>() != kNoTime;
  if (config.by == "time") {
    if (!timed) {
      return fail({ErrorCode::kBadData, "split by time, but some events have no time", config.place,
                   "name the time column in [[source]] columns, or set [split] by = \"random\""});
    }
    hold_out_by_time(events, part, config.test, kTest);
    hold_out_by_time(events, part, config.validation, kValidation);
  } else if (config.by == "leave_last") {
    hold_out_last(events, part, kLeaveLastKeeps, kTest);
    hold_out_last(events, part, kLeaveLastKeeps, kValidation);
  } else if (config.by == "random") {
    hold_out_random(events, part, config.test, kTest, random);
    hold_out_random(events, part, config.validation, kValidation, random);
  } else if (config.by == "new_users") {
    std::vector<uint8_t> held_user(static_cast<size_t>(dataset.users.size()), kTrain);
    for (uint8_t& held : held_user) {
      const double draw = random.uniform();
      held = draw < config.test ? kTest : draw < config.test + config.validation ? kValidation : kTrain;
    }
    hold_out_users(events, part, held_user, kTest, kTestFoldIn, random, timed);
    hold_out_users(events, part, held_user, kValidation, kValidationFoldIn, random, timed);
  } else if (config.by == "files") {
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
    if (!has_test) {
      return fail({ErrorCode::kBadData, "split by files, but no source has part = \"test\"", config.place,
                   "write part = \"test\" into the [[source]] with the held-out events, or choose another [split] by"});
    }
    if (has_validation) {
      return split;
    }
    // As the test part was made, which only its author can say.
    if (config.validation_by == "one") {
      hold_out_one(events, part, kValidation, random);
    } else if (config.validation_by == "leave_last") {
      hold_out_last(events, part, 1, kValidation);
    } else if (config.validation_by == "latest") {
      hold_out_latest(events, part, config.validation, kValidation);
    } else {
      hold_out_random(events, part, config.validation, kValidation, random);
    }
  } else {
    const std::vector<std::string> known = {"time", "leave_last", "random", "new_users", "files"};
    return fail({ErrorCode::kInvalidArgument, fmt::format("unknown split '{}'", config.by), config.place,
                 did_you_mean(config.by, known)});
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
      part[i] = kNone;
    }
  }
  return result;
}

std::vector<std::string> other_actions(const Dataset& dataset) {
  std::vector<bool> met(static_cast<size_t>(dataset.actions.size()), false);
  for (int64_t i = 0; i < dataset.events.size(); ++i) {
    if (!dataset.events.goal.const_data_ptr<bool>()[i]) {
      met[dataset.events.action.const_data_ptr<uint8_t>()[i]] = true;
    }
  }
  std::vector<std::string> names;
  const std::vector<std::string> all = dataset.actions.to_strings();
  for (size_t a = 0; a < all.size(); ++a) {
    if (met[a]) {
      names.push_back(all[a]);
    }
  }
  return names;
}

UserEvent event_of(const EventLog& log, int64_t event) {
  return {.item = ItemId{log.item.const_data_ptr<int32_t>()[event]},
          .action = log.action.const_data_ptr<uint8_t>()[event],
          .weight = log.weight.const_data_ptr<float>()[event],
          .value = log.value.const_data_ptr<float>()[event],
          .time_us = log.time.const_data_ptr<int64_t>()[event]};
}

bool is_ordered(const Dataset& dataset, const SplitConfig& config) {
  if (config.by == "leave_last" || config.validation_by == "leave_last") {
    return true;
  }
  // Published test parts often come without the times that the training part has.
  const at::Tensor times = dataset.events.time.masked_select(dataset.events.part.ne(static_cast<int64_t>(Part::kTest)));
  return times.numel() > 0 && times.min().item<int64_t>() != kNoTime;
}

Interactions known_events(const Dataset& dataset, const Split& split, Stage stage, Only only) {
  const uint8_t* const part = split.part.const_data_ptr<uint8_t>();
  const bool* const goal = dataset.events.goal.const_data_ptr<bool>();
  return gather(dataset, [=](int64_t i) {
    const bool known =
        part[i] == kTrain || (stage == Stage::kTest && (part[i] == kValidation || part[i] == kValidationFoldIn));
    return known && (only == Only::kAll || goal[i] == (only == Only::kGoals));
  });
}

HeldOut held_out(const Dataset& dataset, const Split& split, Stage stage, Only only) {
  const uint8_t* const part = split.part.const_data_ptr<uint8_t>();
  const bool* const goal = dataset.events.goal.const_data_ptr<bool>();
  const int32_t* const user = dataset.events.user.const_data_ptr<int32_t>();
  const int32_t* const item = dataset.events.item.const_data_ptr<int32_t>();
  const int64_t* const time = dataset.events.time.const_data_ptr<int64_t>();
  const uint8_t held = held_code(stage);
  const uint8_t fold_in = stage == Stage::kValidation ? kValidationFoldIn : kTestFoldIn;
  const auto known = [=](int64_t i) {
    return part[i] == kTrain || part[i] == fold_in ||
           (stage == Stage::kTest && (part[i] == kValidation || part[i] == kValidationFoldIn));
  };
  std::vector<UserState> states = states_of(gather(dataset, [&](int64_t i) { return goal[i] && known(i); }));
  std::vector<UserState> others = states_of(gather(dataset, [&](int64_t i) { return !goal[i] && known(i); }));
  for (size_t u = 0; u < states.size(); ++u) {
    states[u].others = std::move(others[u].history);
  }
  const auto social = std::ranges::find_if(dataset.fields, [](const Field& f) { return f.type == FieldType::kSocial; });

  HeldOut result;
  std::vector<int32_t> rows, columns;
  std::vector<float> values;
  for (int64_t begin = 0; begin < dataset.events.size();) {
    int64_t end = begin;
    std::set<int32_t> truth;
    int64_t first_time = kNoTime;
    for (; end < dataset.events.size() && user[end] == user[begin]; ++end) {
      if (part[end] == held && (only == Only::kAll || goal[end] == (only == Only::kGoals))) {
        truth.insert(item[end]);
        first_time = first_time == kNoTime ? time[end] : first_time;
      }
    }
    const UserState& state = states[static_cast<size_t>(user[begin])];
    for (const UserEvent& event : state.history) {
      truth.erase(row_of(event.item));
    }
    if (!truth.empty()) {
      for (const int32_t target : truth) {
        rows.push_back(static_cast<int32_t>(result.users.size()));
        columns.push_back(target);
        values.push_back(1);
      }
      result.users.push_back(state);
      result.users.back().now_us = first_time;
      if (social != dataset.fields.end()) {
        for (const int32_t other : social->bags.row(state.user)) {
          result.users.back().friends.push_back(UserId{other});
        }
      }
    }
    begin = end;
  }
  result.truth =
      csr_from_coordinates(std::ssize(result.users), dataset.items.size(), rows, columns, values, Repeats::kMax);
  return result;
}

std::vector<Csr> held_out_actions(const Dataset& dataset, const Split& split, Stage stage, const HeldOut& held) {
  std::vector<int32_t> row_of_user(static_cast<size_t>(dataset.users.size()), -1);
  for (size_t u = 0; u < held.users.size(); ++u) {
    row_of_user[static_cast<size_t>(held.users[u].user)] = static_cast<int32_t>(u);
  }
  const auto actions = static_cast<size_t>(dataset.actions.size());
  std::vector<std::vector<int32_t>> rows(actions), columns(actions);
  for (int64_t i = 0; i < dataset.events.size(); ++i) {
    const int32_t row = row_of_user[static_cast<size_t>(dataset.events.user.const_data_ptr<int32_t>()[i])];
    const int32_t item = dataset.events.item.const_data_ptr<int32_t>()[i];
    if (split.part.const_data_ptr<uint8_t>()[i] == held_code(stage) && row >= 0 &&
        std::ranges::binary_search(held.truth.row(row), item)) {
      const uint8_t action = dataset.events.action.const_data_ptr<uint8_t>()[i];
      rows[action].push_back(row);
      columns[action].push_back(item);
    }
  }
  std::vector<Csr> did;
  for (size_t a = 0; a < actions; ++a) {
    did.push_back(csr_from_coordinates(std::ssize(held.users), dataset.items.size(), rows[a], columns[a],
                                       std::vector<float>(rows[a].size(), 1), Repeats::kMax));
  }
  return did;
}

Csr held_out_pairs(const Dataset& dataset, const Split& split, Stage stage) {
  const uint8_t* const part = split.part.const_data_ptr<uint8_t>();
  std::vector<int32_t> rows, columns;
  for (int64_t i = 0; i < dataset.events.size(); ++i) {
    if (part[i] == kTest || (stage == Stage::kValidation && part[i] == kValidation)) {
      rows.push_back(dataset.events.user.const_data_ptr<int32_t>()[i]);
      columns.push_back(dataset.events.item.const_data_ptr<int32_t>()[i]);
    }
  }
  return csr_from_coordinates(dataset.users.size(), dataset.items.size(), rows, columns,
                              std::vector<float>(rows.size(), 1.0F), Repeats::kMax);
}

}  // namespace haina
