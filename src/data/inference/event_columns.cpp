#include "data/inference/event_columns.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "data/inference/looked_at.h"
#include "data/parse_cell.h"
#include "text/action_words.h"

namespace haina {
namespace {

constexpr double kPlausible = 0.98;  // of the cells; a few sentinels such as 0 are among the times of many exports

}  // namespace

bool plausible_times(const ColumnProfile& column) {
  if (column.time_unit.empty()) {
    return false;
  }
  if (column.written_time() || !column.stats.numeric() || column.time_unit == "yyyymmdd") {
    return true;
  }
  // Days since 1899 look like any other numbers; so fine times hardly repeat, and large ids do.
  const bool fine = column.time_unit == "us" || column.time_unit == "ns";
  return column.time_unit != "excel" && column.stats.per_cell(column.stats.recent) >= kPlausible &&
         (!fine || 2 * column.distinct() > column.stats.filled);
}

bool means_something_else(const ColumnProfile& column) {
  const NameHints& hints = column.hints;
  const Meaning others[] = {Meaning::kTime,  Meaning::kRating,   Meaning::kAmount,  Meaning::kAction,  Meaning::kPrice,
                            Meaning::kTitle, Meaning::kCategory, Meaning::kProfile, Meaning::kContext, Meaning::kRow};
  if (hints.of(Meaning::kOrder) >= 2 || hints.of(Meaning::kSession) >= 2) {
    return true;
  }
  return std::ranges::any_of(others, [&](Meaning meaning) { return hints.of(meaning) >= 3 && hints.mainly(meaning); });
}

namespace {

// May name users or items: by the name even a single one of them.
bool nameable(const ColumnProfile& column, int hint) {
  if (column.id_like()) {
    return true;
  }
  if (column.stats.per_cell(column.stats.links) >= 0.5) {
    return false;
  }
  const bool fractions = column.stats.numeric() && !column.whole;
  return hint >= 3 && !column.list && !fractions && !column.written_time() &&
         column.stats.per_cell(column.stats.words) < 6;
}

void sort_by_score(std::vector<GuessedColumn>& columns) {
  std::ranges::stable_sort(columns, [](const GuessedColumn& a, const GuessedColumn& b) { return a.score > b.score; });
}

// Points for the shape: ids before names, fine before coarse, repeating before one a row.
int shape_points(const TableProfile& table, const ColumnProfile& column) {
  int points = column.hints.id() ? 6 : 0;
  points -= column.constant() && table.num_rows() > 10 ? 8 : 0;
  points -= column.key() && table.num_rows() > 20 ? 3 : 0;
  points += column.small_vocabulary() && column.distinct() < 13 ? -3 : 0;
  points -= 2 * column.stats.filled < table.num_rows() ? 8 : 0;
  return points;
}

std::string because(const ColumnProfile& column, const char* what) {
  return fmt::format("its name is that of {}; {} values in {} rows", what, column.distinct(), column.stats.filled);
}

}  // namespace

IdSide side_of(const std::set<std::string>& ids, const KnownIds& known) {
  if (ids.size() < 2) {
    return IdSide::kNeither;
  }
  // A few small numbers are among any numbered ids.
  const bool numbered = std::ranges::all_of(ids, [](const std::string& id) {
    return id.size() <= 9 && id.find_first_not_of("0123456789") == std::string::npos;
  });
  const auto few = [&](const std::set<std::string>& all) { return numbered && 3 * ids.size() < all.size(); };
  const double user = few(known.users) ? 0 : share_within(ids, known.users);
  const double item = few(known.items) ? 0 : share_within(ids, known.items);
  return user >= 0.5 && user > 1.5 * item   ? IdSide::kUser
         : item >= 0.5 && item > 1.5 * user ? IdSide::kItem
                                            : IdSide::kNeither;
}

std::vector<GuessedColumn> user_columns(const TableProfile& table, const KnownIds& known) {
  std::vector<GuessedColumn> found;
  for (size_t c = 0; c < table.columns.size(); ++c) {
    const ColumnProfile& column = table.columns[c];
    const NameHints& hints = column.hints;
    const int hint = hints.of(Meaning::kUser);
    if (!nameable(column, hint)) {
      continue;
    }
    const bool titled = hint >= 2 && hints.mainly(Meaning::kTitle);
    const int points = shape_points(table, column);
    if (hint >= 3 || (hint > 0 && hints.mainly(Meaning::kUser))) {
      found.push_back({c, 10 + 10 * hint + points, because(column, "a user")});
    } else if (side_of(column.ids, known) == IdSide::kUser && !means_something_else(column)) {
      found.push_back({c, 28 + points, "its ids are those of users in another file"});
    } else if (titled) {
      found.push_back({c, 22 + points, because(column, "a user's name")});
    } else if (hints.of(Meaning::kSession) >= 3) {
      found.push_back({c, 12 + points, because(column, "a session")});
    } else if (hints.of(Meaning::kOrder) >= 3 && (hints.id() || hints.of(Meaning::kOrder) == 4) && !column.key()) {
      found.push_back({c, 8 + points, because(column, "an order")});
    }
  }
  sort_by_score(found);
  return found;
}

std::vector<GuessedColumn> item_columns(const TableProfile& table, const KnownIds& known) {
  std::vector<GuessedColumn> found;
  for (size_t c = 0; c < table.columns.size(); ++c) {
    const ColumnProfile& column = table.columns[c];
    const NameHints& hints = column.hints;
    const int hint = hints.of(Meaning::kItem);
    if (!nameable(column, hint) || hints.of(Meaning::kUser) > hint || hints.of(Meaning::kSession) > hint) {
      continue;
    }
    const bool described = hint >= 2 && hints.mainly(Meaning::kTitle);
    const int points = shape_points(table, column);
    if ((hint >= 3 && !(hints.of(Meaning::kTime) > hint)) || (hint > 0 && hints.mainly(Meaning::kItem))) {
      const bool attribute = means_something_else(column) && !hints.mainly(Meaning::kItem);
      found.push_back({c, 10 + 10 * hint + points - (attribute ? 15 : 0), because(column, "an item")});
    } else if (side_of(column.ids, known) == IdSide::kItem && !means_something_else(column)) {
      found.push_back({c, 28 + points, "its ids are those of items in another file"});
    } else if (described) {
      found.push_back({c, 22 + points, because(column, "an item's name")});
    }
  }
  sort_by_score(found);
  return found;
}

std::optional<GuessedColumn> repeating_column(const TableProfile& table, size_t owner) {
  std::optional<GuessedColumn> best;
  int64_t most = 0;
  for (size_t c = 0; c < table.columns.size(); ++c) {
    const ColumnProfile& column = table.columns[c];
    const NameHints& hints = column.hints;
    const bool other = means_something_else(column) || hints.of(Meaning::kOrder) >= 2 ||
                       hints.of(Meaning::kSession) >= 2 || !column.time_unit.empty();
    if (c == owner || other || !column.id_like() || (column.key() && table.num_rows() > 20) || column.distinct() < 4 ||
        10 * column.distinct() > 9 * column.stats.filled || 2 * column.stats.filled < table.num_rows()) {
      continue;
    }
    if (table.determines(owner, c) > 0.9) {
      continue;  // a property of the owner
    }
    const int64_t weight = column.distinct() + (hints.id() ? 1'000'000 : 0);
    if (weight > most) {
      most = weight;
      best = GuessedColumn{c, 0,
                           fmt::format("{} values repeat in {} rows{}", column.distinct(), column.stats.filled,
                                       looked_at(*table.preview))};
    }
  }
  return best;
}

std::optional<GuessedColumn> time_column(const TableProfile& table, const std::set<size_t>& taken,
                                         std::vector<Doubt>& doubts) {
  std::optional<GuessedColumn> best;
  std::optional<size_t> unread;
  int64_t best_weight = -1;
  for (size_t c = 0; c < table.columns.size(); ++c) {
    const ColumnProfile& column = table.columns[c];
    const int hint = column.hints.of(Meaning::kTime);
    if (taken.contains(c) || column.list || (column.stats.filled == 0 && table.num_rows() > 0)) {
      continue;
    }
    if (table.num_rows() == 0 && hint >= 3 && column.hints.mainly(Meaning::kTime)) {
      return GuessedColumn{c, hint, "its name is that of a time, and there are no rows"};
    }
    const bool numeric = column.stats.numeric();
    const bool is_time = !column.time_unit.empty() &&
                         (hint >= 1 || column.hints.none() ? hint >= 2 || plausible_times(column) : !numeric);
    if (!is_time) {
      const bool part = numeric && column.stats.most < 1e5;  // a day of the month, a year
      unread = !part && hint >= 2 && column.hints.mainly(Meaning::kTime) ? std::optional(c) : unread;
      continue;
    }
    const int64_t weight = column.distinct() + (hint >= 2 ? 1'000'000 : 0);
    if (weight > best_weight) {
      best_weight = weight;
      best = GuessedColumn{c, hint,
                           fmt::format("it holds times ({}), {} different ones", column.time_unit, column.distinct())};
    }
  }
  if (!best && unread) {
    const ColumnProfile& column = table.columns[*unread];
    const std::string sample = column.stats.distinct.empty() ? "" : *column.stats.distinct.begin();
    doubts.push_back({Spoils::kTime,
                      fmt::format("column '{}' has the name of a time and holds none that can be read ('{}'); it is "
                                  "left out, so events have no order",
                                  column.name, sample),
                      column.name});
  }
  return best;
}

std::optional<GuessedColumn> value_column(const TableProfile& table, const std::set<size_t>& taken) {
  std::optional<GuessedColumn> best;
  for (size_t c = 0; c < table.columns.size(); ++c) {
    const ColumnProfile& column = table.columns[c];
    const NameHints& hints = column.hints;
    const bool usable =
        !taken.contains(c) && !column.list && column.stats.numeric() && !column.constant() && !hints.id();
    const int rating = hints.mainly(Meaning::kRating) ? hints.of(Meaning::kRating) : 0;
    const int amount = hints.mainly(Meaning::kAmount) ? hints.of(Meaning::kAmount) : 0;
    const bool flag =
        column.distinct() == 2 && column.stats.least >= -1 && column.stats.most == 1 && action_word(column.name);
    const int score = rating >= 2 ? 20 + 10 * rating : amount >= 2 ? 10 * amount : flag ? 5 : 0;
    if (usable && score > 0 && (!best || score > best->score)) {
      best = GuessedColumn{c, score, because(column, rating >= 2 ? "a rating" : amount >= 2 ? "an amount" : "a deed")};
    }
  }
  return best;
}

std::optional<GuessedColumn> action_column(const TableProfile& table, const std::set<size_t>& taken) {
  std::optional<GuessedColumn> best;
  for (size_t c = 0; c < table.columns.size(); ++c) {
    const ColumnProfile& column = table.columns[c];
    if (taken.contains(c) || column.list || column.constant() || column.distinct() > 60) {
      continue;
    }
    const auto deeds =
        std::ranges::count_if(column.ids, [](const std::string& id) { return action_word(id).has_value(); });
    const bool mostly_deeds = 2 * deeds >= column.distinct() && !column.stats.numeric() &&
                              !column.hints.mainly(Meaning::kTitle) && column.stats.per_cell(column.stats.words) <= 3 &&
                              (column.distinct() <= 3 || 3 * column.distinct() <= column.stats.filled);
    const int hint = column.hints.of(Meaning::kAction);
    const bool named = hint >= 3 && column.hints.mainly(Meaning::kAction) && column.small_vocabulary() &&
                       (!column.hints.id() || column.distinct() <= 12);
    const int score = (mostly_deeds ? 20 + static_cast<int>(deeds) : 0) + (named ? 10 * hint : 0);
    if (score > 0 && (!best || score > best->score)) {
      best = GuessedColumn{c, score, fmt::format("{} values, of which {} read like deeds", column.distinct(), deeds)};
    }
  }
  return best;
}

std::string constant_deed(const TableProfile& table, const std::set<size_t>& taken) {
  for (size_t c = 0; c < table.columns.size(); ++c) {
    const ColumnProfile& column = table.columns[c];
    if (!taken.contains(c) && column.distinct() == 1 && !column.stats.numeric() &&
        column.stats.filled == table.num_rows() && action_word(*column.ids.begin()) &&
        (column.hints.of(Meaning::kAction) >= 2 || column.hints.none() || column.hints.of(Meaning::kCategory) >= 3)) {
      return *column.ids.begin();
    }
  }
  return "";
}

}  // namespace haina
