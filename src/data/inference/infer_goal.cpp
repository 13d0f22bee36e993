#include "data/inference/infer_goal.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <optional>

#include "data/inference/looked_at.h"
#include "data/parse_cell.h"
#include "data/parse_quantity.h"

namespace haina {
namespace {

using Counts = std::map<double, int64_t>;  // number -> rows

Counts counts_of(const TableProfile& table, size_t column) {
  Counts counts;
  for (const std::vector<std::string>& row : table.preview->rows) {
    if (const auto number = parse_quantity(trimmed(row[column]), table.decimal)) {
      ++counts[*number];
    }
  }
  return counts;
}

int64_t rows_of(const Counts& counts) {
  int64_t rows = 0;
  for (const auto& [number, count] : counts) {
    rows += count;
  }
  return rows;
}

// "-1 (148), 5 (50), 7 (74)": at most seven values with their rows.
std::string shown(const Counts& counts) {
  std::vector<std::string> texts;
  for (const auto& [number, count] : counts) {
    texts.push_back(fmt::format("{} ({})", number, count));
  }
  if (texts.size() > 7) {
    return fmt::format("{} to {}, {} different", counts.begin()->first, counts.rbegin()->first, counts.size());
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

// A number that stands for "no value": -1 below ratings that are all positive, 99 far above ratings of -10 to 10.
std::optional<double> marker(const Counts& counts) {
  if (counts.size() < 4) {
    return std::nullopt;
  }
  const double least = counts.begin()->first;
  const double second = std::next(counts.begin())->first;
  const double most = counts.rbegin()->first;
  const double before = std::next(counts.rbegin())->first;
  if (least < 0 && second >= 0 && (least == -1 || least <= -9) && most >= 3) {
    return least;
  }
  const double range = before - least;
  if ((most == 99 || most == 999 || most == 9999) && most - before > 4 * std::max(1.0, range)) {
    return most;
  }
  return std::nullopt;
}

bool whole_or_half_steps(const Counts& counts) {
  return std::ranges::all_of(counts, [](const auto& one) { return 2 * one.first == std::floor(2 * one.first); });
}

// The least rating that says "wanted" on a scale that ends there: 4 of 5, 7 of 10, 3 of 4.
double wanted_from(double most) { return std::ceil(0.7 * most - 1e-9); }

struct Scale {
  std::string condition;
  std::string what;  // "stars up to 5"
  bool sure = false;
};

// What the numbers look like, apart from the marker.
Scale scale_of(const Counts& counts, bool rating, bool amount) {
  const double least = counts.begin()->first;
  const double most = counts.rbegin()->first;
  if (least < 0 && most > 0) {
    return {"> 0", "numbers below 0 look like dislikes or returns"};
  }
  if (counts.size() <= 2 && least == 0 && most == 1) {
    return {"> 0", "0 and 1 look like no and yes"};
  }
  if (amount) {
    return {};  // one piece is bought as surely as five
  }
  const bool few = counts.size() <= 21 && whole_or_half_steps(counts);
  if (least < 0 || (counts.size() < 3 && !rating) || counts.size() < 2) {
    return {};
  }
  if (few && (most == 5 || most == 10)) {
    return {fmt::format(">= {}", wanted_from(most)), fmt::format("looks like stars up to {}", most), true};
  }
  if (rating && few && most >= 3 && most <= 20) {
    return {fmt::format(">= {}", wanted_from(most)), fmt::format("looks like ratings that end at {}", most)};
  }
  if (rating && most > 10 && most <= 100 && most >= wanted_from(most <= 20 ? 20 : 100)) {
    return {fmt::format(">= {}", wanted_from(most <= 20 ? 20 : 100)),
            fmt::format("looks like ratings up to {}", most <= 20 ? 20 : 100)};
  }
  if (rating && most <= 10 && most > 1) {  // averages, fractions
    const double end = most <= 5 ? 5 : 10;
    if (most < wanted_from(end)) {
      return {};
    }
    return {fmt::format(">= {}", wanted_from(end)), fmt::format("looks like ratings up to {}", end)};
  }
  return {};
}

}  // namespace

std::string goal_name(const std::string& column) {
  const bool plain = column.find_first_of("<>=!\"\\\n\r\t") == std::string::npos && !column.starts_with(' ') &&
                     !column.ends_with(' ') && !column.empty();
  return plain ? column : "value";
}

InferredGoal infer_goal(const TableProfile& table, size_t value, std::vector<Doubt>& doubts) {
  const ColumnProfile& column = table.columns[value];
  Counts counts = counts_of(table, value);
  InferredGoal goal;
  if (counts.empty()) {
    return goal;
  }
  const std::string all = shown(counts) + (looked_at(*table.preview).empty() ? "" : "," + looked_at(*table.preview));
  const int64_t rows = rows_of(counts);
  const int amount = column.hints.of(Meaning::kAmount);
  const bool rating = column.hints.of(Meaning::kRating) > amount || (column.hints.none() && counts.size() <= 12);
  std::string aside;
  if (const auto none = marker(counts); none && amount < 2) {
    aside = fmt::format("; {} is taken for \"no value\" ({} of {} rows): such an event counts, and is no goal", *none,
                        counts[*none], rows);
    goal.no_value.push_back(*none);
    counts.erase(*none);
  } else if (const auto zero = counts.find(0); rating && zero != counts.end() && counts.size() >= 4 &&
                                               counts.begin()->first == 0 && 10 * zero->second > rows &&
                                               std::next(zero)->first >= 1) {
    aside = fmt::format("; 0 is taken for \"no opinion\" ({} of {} rows): such an event counts, and is no goal",
                        zero->second, rows);
    goal.no_value.push_back(0);
    counts.erase(zero);
  }
  const std::string name = goal_name(column.name);
  const Scale scale = counts.empty() ? Scale() : scale_of(counts, rating, amount >= 2);
  goal.condition = scale.condition;
  const std::string key = "goal:" + name;
  if (!goal.condition.empty()) {
    doubts.push_back(
        {Spoils::kGoal,
         fmt::format("goal: '{}' {} ({}), so the goal is '{} {}'{}", name, scale.what, all, name, goal.condition,
                     aside),
         column.name,
         key,
         {{fmt::format("wanted is {} {}", name, goal.condition), goal.condition}, {"every row is wanted", "every"}}});
    return goal;
  }
  doubts.push_back(
      {Spoils::kGoal,
       fmt::format("goal: '{}' is an amount ({}), so every row counts as wanted; to ask for more write "
                   "goal = [\"{} >= …\"]{}",
                   name, all, name, aside),
       column.name,
       key,
       {{"every row is wanted", "every"},
        {fmt::format("wanted is {} > {}", name, counts.begin()->first), fmt::format("> {}", counts.begin()->first)}}});
  return goal;
}

}  // namespace haina
