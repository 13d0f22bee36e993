// The rules that assign events to the parts of a split. Each takes events from kTrain only, so rules can follow each
// other: first the test part, then the validation part of what is left.
#pragma once

#include <cstdint>
#include <vector>

#include "base/seed.h"
#include "data/dataset.h"

namespace haina {

// Values of Split.part: those of Part, and the known share of the history of a held-out user (new_users), which is
// never trained on but stands in the user's state.
inline constexpr uint8_t kNoPart = 0, kTrain = 1, kValidation = 2, kTest = 3, kValidationFoldIn = 5, kTestFoldIn = 6;

// The columns of the log that the rules read. Events are sorted by user and time.
struct SplitColumns {
  explicit SplitColumns(const EventLog& log)
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
  const uint8_t* given;  // Part, as the sources say
  int64_t size;
};

// part: [events.size]; `as` is the part that held-out events get.

// All events from a time on, chosen so that `share` of the goal events lie at or after it.
void hold_out_by_time(const SplitColumns& events, uint8_t* part, double share, uint8_t as);
// The last goal event of each user with more than `keep` goal events, and all events after it.
void hold_out_last(const SplitColumns& events, uint8_t* part, size_t keep, uint8_t as);
// The last `share` of each user's goal events, and all events after the first of them. Every user keeps one.
void hold_out_latest(const SplitColumns& events, uint8_t* part, double share, uint8_t as);
// One item of each user with at least three goal events, chosen by a random goal event; all events of the user on the
// item go with it. A user whose goal events are all on one item keeps them.
void hold_out_one(const SplitColumns& events, uint8_t* part, uint8_t as, RandomStream& random);
// A random `share` of the (user, item) pairs of goal events, with all events on them.
void hold_out_random(const SplitColumns& events, uint8_t* part, double share, uint8_t as, RandomStream& random);
// All events of the users with held_user[user] == as: 80 % of them as `fold_in` (the earliest if timed, else random),
// the others as `as`.
void hold_out_users(const SplitColumns& events, uint8_t* part, const std::vector<uint8_t>& held_user, uint8_t as,
                    uint8_t fold_in, RandomStream& random, bool timed);

}  // namespace haina
