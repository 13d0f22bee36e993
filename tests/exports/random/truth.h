// What a random export says, before it is written in some form: users, items and events, drawn from a seed.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "base/seed.h"
#include "data/interactions.h"

namespace haina {

// Draws by name, so that a plan reads as a list of choices.
class Draw {
 public:
  explicit Draw(uint64_t seed) : stream_(seed, "random export") {}
  int64_t below(int64_t bound) { return stream_.below(bound); }
  int64_t between(int64_t least, int64_t most) { return least + stream_.below(most - least + 1); }
  double uniform() { return stream_.uniform(); }
  bool chance(double probability) { return stream_.uniform() < probability; }
  template <class T>
  const T& pick(const std::vector<T>& of) {
    return of[static_cast<size_t>(below(std::ssize(of)))];
  }
  // An index, drawn by weight.
  size_t weighted(const std::vector<double>& weights);
  template <class T>
  void shuffle(std::vector<T>& list) {
    for (size_t i = list.size(); i > 1; --i) {
      std::swap(list[i - 1], list[static_cast<size_t>(below(static_cast<int64_t>(i)))]);
    }
  }

 private:
  RandomStream stream_;
};

enum class Language { kEnglish, kGerman, kFrench, kChinese, kJapanese, kRussian };
enum class IdKind { kSmall, kBig, kPrefixed, kUuid, kPadded, kMail, kWords, kHex };
enum class ValueKind { kNone, kStars, kHalfStars, kTen, kThumbs, kCount, kSeconds };

inline constexpr double kNoValue = std::numeric_limits<double>::quiet_NaN();

struct TrueEvent {
  size_t user = 0, item = 0;
  std::string action = {};
  double value = kNoValue;
  int64_t second = 0;    // since 1970 UTC; 0 where the export has no times
  bool spoiled = false;  // its time is a sentinel, or its row cannot be read: it may be missing, or lack its time
};

struct TrueItem {
  std::string title, category;
  std::vector<std::string> tags;
  double price = kNoValue;
  std::vector<double> vector;
  bool in_table = true;  // items beyond the table have no fields
  bool spoiled = false;  // its row of the table cannot be read
};

struct TrueUser {
  double age = kNoValue;
  std::string city;
};

struct Truth {
  Language language = Language::kEnglish;
  IdKind user_kind = IdKind::kSmall, item_kind = IdKind::kSmall;
  ValueKind value_kind = ValueKind::kNone;
  bool has_times = true;
  std::vector<std::string> actions = {};  // empty: the export has none
  std::vector<std::string> user_ids = {}, item_ids = {};
  std::vector<TrueEvent> events = {};
  std::vector<TrueItem> items = {};
  std::vector<TrueUser> users = {};
  std::vector<std::pair<size_t, size_t>> ties = {};
};

// No two events have the same user, item, action and minute, nor the same day where days_alone is set, so that rules
// against duplicates drop none. Without times no two have the same user and item.
struct TruthOptions {
  Language language = Language::kEnglish;
  bool has_times = true;
  int64_t time_step = 1;  // seconds that the form of time can tell apart
};
Truth draw_truth(Draw& draw, const TruthOptions& options);

}  // namespace haina
