#include "exports/random/check_export.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace haina {
namespace {

// A difference, the columns whose naming in a doubt tells of it, and other words that do.
struct Difference {
  std::string text;
  std::vector<Role> roles;
  std::vector<std::string> words = {};
};

std::string without_breaks(std::string text) {
  std::erase_if(text, [](char c) { return c == '\n' || c == '\r' || c == ' ' || c == '"'; });
  return text;
}

class Checker {
 public:
  Checker(const RandomExport& made, const Dataset& data) : made_(made), truth_(made.truth), data_(data) {}

  std::vector<Difference> differences() {
    ids(data_.users, truth_.user_ids, "users", Role::kUser);
    ids(data_.items, truth_.item_ids, "items", Role::kItem);
    pairs();
    if (found_.empty()) {
      events();
    }
    if (made_.plan.items) {
      titles();
      fields_of_items();
    }
    if (made_.plan.users) {
      fields_of_users();
    }
    if (made_.plan.ties) {
      ties();
    }
    return std::move(found_);
  }

 private:
  void differ(std::string text, std::vector<Role> roles, std::vector<std::string> words = {}) {
    found_.push_back({std::move(text), std::move(roles), std::move(words)});
  }

  // All ids that the events or the tables have, and no other.
  void ids(const Vocabulary& got, const std::vector<std::string>& expected, const std::string& what, Role role) {
    std::set<std::string> open(expected.begin(), expected.end());
    std::string unknown, missing;
    int64_t unknowns = 0;
    for (int32_t row = 0; row < got.size(); ++row) {
      if (open.erase(std::string(got.name(row))) == 0) {
        unknown = got.name(row);
        ++unknowns;
      }
    }
    if (role == Role::kItem) {
      std::set<size_t> used;
      for (const TrueEvent& event : truth_.events) {
        used.insert(event.spoiled ? SIZE_MAX : event.item);
      }
      for (size_t i = 0; i < expected.size(); ++i) {
        if (!used.contains(i) && !(made_.plan.items && truth_.items[i].in_table && !truth_.items[i].spoiled)) {
          open.erase(expected[i]);
        }
      }
    }
    if (unknowns > 0 || !open.empty()) {
      differ(fmt::format("{}: {} of {} missing{}, {} unknown{}", what, open.size(), expected.size(),
                         open.empty() ? "" : " such as '" + *open.begin() + "'", unknowns,
                         unknowns == 0 ? "" : " such as '" + unknown + "'"),
             {Role::kUser, Role::kItem});
    }
  }

  // Counts by key: those that must be there, and those that may be there too.
  struct Expected {
    std::map<std::string, int64_t> must, may;
  };

  void compare(const std::string& what, const Expected& expected, const std::map<std::string, int64_t>& got,
               std::vector<Role> roles, const std::vector<std::string>& words = {}) {
    int64_t missing = 0, surplus = 0;
    std::string example_missing, example_surplus;
    const auto count = [](const std::map<std::string, int64_t>& counts, const std::string& key) {
      const auto at = counts.find(key);
      return at == counts.end() ? 0 : at->second;
    };
    for (const auto& [key, n] : expected.must) {
      if (count(got, key) < n) {
        missing += n - count(got, key);
        example_missing = key;
      }
    }
    for (const auto& [key, n] : got) {
      if (n > count(expected.must, key) + count(expected.may, key)) {
        surplus += n - count(expected.must, key) - count(expected.may, key);
        example_surplus = key;
      }
    }
    if (missing > 0 || surplus > 0) {
      differ(fmt::format("{}: {} of {} missing{}, {} wrong{}", what, missing, truth_.events.size(),
                         missing > 0 ? " such as " + example_missing : "", surplus,
                         surplus > 0 ? " such as " + example_surplus : ""),
             std::move(roles), words);
    }
  }

  template <class OfTruth, class OfData>
  void compare_events(const std::string& what, OfTruth of_truth, OfData of_data, std::vector<Role> roles,
                      const std::vector<std::string>& words = {}) {
    Expected expected;
    for (const TrueEvent& event : truth_.events) {
      const std::string pair = truth_.user_ids[event.user] + " - " + truth_.item_ids[event.item] + " ";
      ++(event.spoiled ? expected.may : expected.must)[pair + of_truth(event)];
      if (event.spoiled) {
        ++expected.may[pair + "no time"];
      }
    }
    std::map<std::string, int64_t> got;
    const auto* const user = data_.events.user.const_data_ptr<int32_t>();
    const auto* const item = data_.events.item.const_data_ptr<int32_t>();
    for (int64_t r = 0; r < data_.events.size(); ++r) {
      ++got[fmt::format("{} - {} {}", data_.users.name(user[r]), data_.items.name(item[r]), of_data(r))];
    }
    if (once_) {
      for (auto& [key, n] : expected.must) {
        expected.may[key] += n - 1;
        n = 1;
      }
    }
    compare(what, expected, got, std::move(roles), words);
  }

  // Where the times could not be read, repeats of a pair cannot be told from duplicates: then a pair counts once.
  bool reads_times() const {
    const auto* const time = data_.events.time.const_data_ptr<int64_t>();
    return std::any_of(time, time + data_.events.size(), [](int64_t t) { return t != kNoTime; });
  }

  void pairs() {
    once_ = truth_.has_times && !reads_times();
    compare_events(
        "events", [](const TrueEvent&) { return ""; }, [](int64_t) { return ""; }, {Role::kUser, Role::kItem},
        {"no file has a user and an item column"});
  }

  void events() {
    const auto* const time = data_.events.time.const_data_ptr<int64_t>();
    compare_events(
        "times", [&](const TrueEvent& event) { return truth_.has_times ? fmt::format("{}", event.second) : "no time"; },
        [&](int64_t r) { return time[r] == kNoTime ? std::string("no time") : fmt::format("{}", time[r] / 1'000'000); },
        {Role::kTime});
    const auto* const value = data_.events.value.const_data_ptr<float>();
    compare_events(
        "values", [&](const TrueEvent& event) { return fmt::format("{:.2f}", event.value); },
        [&](int64_t r) { return fmt::format("{:.2f}", value[r]); }, {Role::kValue});
    const auto* const action = data_.events.action.const_data_ptr<uint8_t>();
    if (truth_.actions.empty()) {
      if (data_.actions.size() != 1) {
        differ(fmt::format("actions: {} and none in the export", data_.actions.size()), {Role::kDevice});
      }
    } else {
      compare_events(
          "actions", [&](const TrueEvent& event) { return event.action; },
          [&](int64_t r) { return std::string(data_.actions.name(action[r])); }, {Role::kAction});
    }
    const auto* const goal = data_.events.goal.const_data_ptr<bool>();
    int64_t wanted = 0;
    for (int64_t r = 0; r < data_.events.size(); ++r) {
      wanted += goal[r] && value[r] < 0 ? 1 : 0;
    }
    if (wanted > 0) {
      differ(fmt::format("goal: {} events with negative values are goals", wanted), {Role::kValue}, {"goal"});
    }
  }

  void titles() {
    int64_t wrong = 0;
    std::string example;
    for_each_item([&](int32_t row, const TrueItem& item) {
      if (without_breaks(data_.titles[static_cast<size_t>(row)]) != without_breaks(item.title)) {
        ++wrong;
        example = fmt::format("'{}' for '{}'", data_.titles[static_cast<size_t>(row)], item.title);
      }
    });
    if (wrong > 0) {
      differ(fmt::format("titles: {} wrong, such as {}", wrong, example), {Role::kTitle});
    }
  }

  template <class Call>
  void for_each_item(Call call) const {
    for (size_t i = 0; i < truth_.items.size(); ++i) {
      const auto row = data_.items.find(truth_.item_ids[i]);
      if (row && truth_.items[i].in_table && !truth_.items[i].spoiled) {
        call(*row, truth_.items[i]);
      }
    }
  }

  const Field* field_of(Role role, Side side) const {
    const auto names = made_.columns.find(role);
    for (const Field& field : data_.fields) {
      if (names != made_.columns.end() && field.side == side &&
          std::ranges::find(names->second, field.name) != names->second.end()) {
        return &field;
      }
    }
    return nullptr;
  }

  static std::string cell_text(const Field& field, int32_t row) {
    if (field.type == FieldType::kNumber) {
      const float number = field.numbers.const_data_ptr<float>()[row];
      return std::isnan(number) ? "" : fmt::format("{:.2f}", number);
    }
    if (field.type == FieldType::kVector) {
      const at::Tensor vector = field.numbers.select(0, row);
      std::string text;
      for (int64_t d = 0; d < vector.numel(); ++d) {
        const double x = vector[d].item<double>();
        text += std::isnan(x) ? "" : fmt::format("{:.3f} ", x);
      }
      return text;
    }
    if (field.type == FieldType::kCategory) {
      const int32_t code = field.codes.const_data_ptr<int32_t>()[row];
      return code < 0 ? "" : std::string(field.values.name(code));
    }
    if (field.type == FieldType::kTags) {
      std::set<std::string> tags;
      for (const int32_t tag : field.bags.row(row)) {
        tags.emplace(field.values.name(tag));
      }
      return fmt::format("{}", fmt::join(tags, "|"));
    }
    return field.type == FieldType::kText ? field.texts[static_cast<size_t>(row)] : "?";
  }

  // The field of a role holds what the truth says of each row.
  template <class ForEach, class Text>
  void field(Role role, Side side, const std::string& what, ForEach for_each, Text text) {
    if (!made_.columns.contains(role) || (role == Role::kCategory && side == Side::kUser)) {
      return;
    }
    const Field* const found = field_of(role, side);
    if (found == nullptr) {
      return differ(what + ": no such field", {role});
    }
    int64_t wrong = 0;
    std::string example;
    for_each([&](int32_t row, const auto& entity) {
      if (cell_text(*found, row) != text(entity)) {
        ++wrong;
        example = fmt::format("'{}' for '{}'", cell_text(*found, row), text(entity));
      }
    });
    if (wrong > 0) {
      differ(fmt::format("{}: as {}, {} wrong, such as {}", what, to_string(found->type), wrong, example), {role});
    }
  }

  static std::string number(double value) {
    return std::isnan(value) ? "" : fmt::format("{:.2f}", static_cast<float>(value));
  }

  void fields_of_items() {
    const auto each = [this](auto call) { for_each_item(call); };
    field(Role::kCategory, Side::kItem, "category", each, [](const TrueItem& item) { return item.category; });
    field(Role::kTags, Side::kItem, "tags", each, [](const TrueItem& item) {
      return fmt::format("{}", fmt::join(std::set<std::string>(item.tags.begin(), item.tags.end()), "|"));
    });
    field(Role::kPrice, Side::kItem, "price", each, [](const TrueItem& item) { return number(item.price); });
    field(Role::kVector, Side::kItem, "vector", each, [](const TrueItem& item) {
      std::string text;
      for (const double x : item.vector) {
        text += fmt::format("{:.3f} ", x);
      }
      return text;
    });
  }

  void fields_of_users() {
    const auto each = [this](auto call) {
      for (size_t u = 0; u < truth_.users.size(); ++u) {
        if (const auto row = data_.users.find(truth_.user_ids[u])) {
          call(*row, truth_.users[u]);
        }
      }
    };
    field(Role::kAge, Side::kUser, "age", each, [](const TrueUser& user) { return number(user.age); });
    field(Role::kCity, Side::kUser, "city", each, [](const TrueUser& user) { return user.city; });
  }

  void ties() {
    for (const Field& field : data_.fields) {
      if (field.type == FieldType::kSocial) {
        int64_t right = 0;
        for (const auto& [a, b] : truth_.ties) {
          const auto from = data_.users.find(truth_.user_ids[a]), to = data_.users.find(truth_.user_ids[b]);
          right += from && to && std::ranges::count(field.bags.row(*from), *to) > 0 ? 1 : 0;
        }
        if (right != std::ssize(truth_.ties)) {
          differ(fmt::format("ties: {} of {}", right, truth_.ties.size()), {}, {"friend", "tie", "trust", "follow"});
        }
        return;
      }
    }
    differ("ties: none", {}, {"friend", "ties", "trust", "follow"});
  }

  const RandomExport& made_;
  const Truth& truth_;
  const Dataset& data_;
  std::vector<Difference> found_;
  bool once_ = false;
};

bool is_told(const Difference& difference, const RandomExport& made, const std::vector<std::string>& doubts) {
  return std::ranges::any_of(doubts, [&](const std::string& doubt) {
    for (const Role role : difference.roles) {
      const auto names = made.columns.find(role);
      for (size_t i = 0; names != made.columns.end() && i < names->second.size(); ++i) {
        if (doubt.find("'" + names->second[i] + "'") != std::string::npos) {
          return true;
        }
      }
    }
    return std::ranges::any_of(difference.words,
                               [&](const std::string& word) { return doubt.find(word) != std::string::npos; });
  });
}

// By its path: "events.csv".
bool names_a_file(const Error& error, const RandomExport& made) {
  const std::string text = to_text(error);
  return std::ranges::any_of(made.files, [&](const auto& file) { return text.find(file.first) != std::string::npos; });
}

}  // namespace

const char* name_of(Outcome outcome) {
  static const char* const names[] = {"right", "told", "refused", "unclear", "SILENT", "CRASH"};
  return names[static_cast<size_t>(outcome)];
}

Verdict check_export(const RandomExport& made, const ExportRun& run) {
  if (!run.data) {
    const Error error = run.error.value_or(Error{});
    return {names_a_file(error, made) ? Outcome::kRefused : Outcome::kUnclear, {"error: " + to_text(error)}};
  }
  Verdict verdict;
  for (const Difference& difference : Checker(made, *run.data).differences()) {
    const bool told = is_told(difference, made, run.init.doubts);
    verdict.differences.push_back((told ? "(told) " : "") + difference.text);
    verdict.outcome = std::max(verdict.outcome, told ? Outcome::kTold : Outcome::kSilent);
  }
  return verdict;
}

}  // namespace haina
