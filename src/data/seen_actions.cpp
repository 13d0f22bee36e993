#include "data/seen_actions.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>

#include "base/suggest.h"

namespace haina {
namespace {

struct Words {
  Deed deed;
  std::vector<std::string_view> words;
};

// Words of action names, each in its plain form.
const std::vector<Words>& known_words() {
  static const std::vector<Words> words = {
      {Deed::kShown, {"impression", "imp", "show", "shown", "exposure", "expose", "display", "served", "曝光"}},
      {Deed::kLookedAt,
       {"view",       "click",    "clk",      "pv",     "open",     "visit",  "browse",  "hover",       "detail",
        "preview",    "pageview", "itemview", "search", "tap",      "scroll", "seen",    "productview", "clickthrough",
        "detailview", "look",     "glance",   "zoom",   "navigate", "see",    "details", "浏览",        "点击"}},
      {Deed::kWanted,
       {"cart",     "addtocart", "add2cart", "basket",   "addtobasket", "removefromcart", "wishlist", "wish",
        "favorite", "favourite", "fav",      "bookmark", "save",        "like",           "share",    "follow",
        "addtobag", "heart",     "star",     "want",     "watchlist",   "addtowishlist",  "atc",      "upvote",
        "checkout", "收藏",      "加购"}},
      {Deed::kDealtWith,
       {"buy",     "bought", "purchase", "order",   "transaction", "rating", "rate",    "review", "read",     "watch",
        "watched", "play",   "listen",   "stream",  "sale",        "sold",   "paid",    "pay",    "book",     "rent",
        "borrow",  "loan",   "apply",    "install", "download",    "use",    "consume", "finish", "complete", "购买"}},
      {Deed::kRefused, {"dislike",    "unlike",        "hate",     "hide",    "hidden", "block",  "downvote",
                        "thumbsdown", "skip",          "skipped",  "dismiss", "reject", "report", "uninstall",
                        "ban",        "notinterested", "negative", "return",  "refund", "不喜欢"}}};
  return words;
}

// "view" of "viewed", "views" and "viewing".
std::vector<std::string> plain_forms(const std::string& word) {
  std::vector<std::string> forms = {word};
  for (const std::string_view ending : {"s", "ed", "d", "ing", "es"}) {
    if (word.size() > ending.size() + 2 && word.ends_with(ending)) {
      forms.push_back(word.substr(0, word.size() - ending.size()));
    }
  }
  return forms;
}

std::optional<Deed> deed_of_word(const std::string& word) {
  for (const std::string& form : plain_forms(word)) {
    for (const Words& entry : known_words()) {
      if (std::ranges::find(entry.words, form) != entry.words.end()) {
        return entry.deed;
      }
    }
  }
  return std::nullopt;
}

// "AddToCart" and "add-to-cart": add, to, cart; and in one piece, addtocart.
std::vector<std::string> words_of(std::string_view action) {
  std::vector<std::string> words = {""};
  std::string whole;
  bool was_lower = false;
  for (const char c : action) {
    const auto byte = static_cast<unsigned char>(c);
    const bool upper = c >= 'A' && c <= 'Z';
    const bool letter = upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || byte >= 0x80;
    if (!letter || (upper && was_lower)) {
      words.emplace_back();
    }
    if (letter) {
      const char lower = upper ? static_cast<char>(c - 'A' + 'a') : c;
      words.back() += lower;
      whole += lower;
    }
    was_lower = letter && !upper;
  }
  words.push_back(whole);
  return words;
}

std::optional<Deed> known_deed(std::string_view action) {
  std::optional<Deed> strongest;
  for (const std::string& word : words_of(action)) {
    if (const auto deed = deed_of_word(word); deed && (!strongest || *deed > *strongest)) {
      strongest = deed;
    }
  }
  return strongest;
}

int64_t to_us(double days) {
  const double us = days * kMicrosPerDay;
  return us >= 9e18 ? SeenRules::kForever : static_cast<int64_t>(us);
}

// Whether any event of each action meets the goal, [actions].
std::vector<bool> has_goal_events(const Dataset& dataset) {
  std::vector<bool> has(static_cast<size_t>(dataset.actions.size()), false);
  for (int64_t i = 0; i < dataset.events.size(); ++i) {
    if (dataset.events.goal.const_data_ptr<bool>()[i]) {
      has[dataset.events.action.const_data_ptr<uint8_t>()[i]] = true;
    }
  }
  return has;
}

}  // namespace

Deed deed_of(std::string_view action) { return known_deed(action).value_or(Deed::kDealtWith); }

Result<SeenRules> SeenRules::make(const ServeConfig& serve, const Dataset& dataset, std::span<const Goal> goals) {
  SeenRules rules;
  rules.settings_ = serve.exclude_seen;
  const std::vector<std::string> actions = dataset.actions.to_strings();
  const std::vector<bool> has_goals = has_goal_events(dataset);
  std::optional<Deed> goal;
  const auto add = [&](const std::string& action) {
    rules.is_goal_action_[action] = true;
    const Deed deed = std::min(deed_of(action), Deed::kDealtWith);
    goal = std::max(goal.value_or(deed), deed);
  };
  for (size_t a = 0; a < actions.size(); ++a) {
    if (has_goals[a]) {
      add(actions[a]);
    }
  }
  for (const Goal& one : goals) {
    if (one.op.empty()) {
      add(one.name);
    }
  }
  const bool every_event = goals.empty() && (dataset.events.size() == 0 || dataset.events.goal.all().item<bool>());
  rules.goal_ = every_event ? Deed::kShown : goal.value_or(Deed::kDealtWith);

  std::vector<std::string> known = actions;
  for (const auto& [action, is_goal] : rules.is_goal_action_) {
    known.push_back(action);
  }
  for (const auto& [action, days] : serve.exclude_seen.of_action) {
    if (std::ranges::find(known, action) != known.end()) {
      continue;
    }
    if (!actions.empty() && !known_deed(action)) {
      const auto place = serve.places.find("exclude_seen." + action);
      return fail({ErrorCode::kInvalidArgument,
                   fmt::format("[serve] exclude_seen names '{}', an action that no event has", action),
                   place == serve.places.end() ? serve.place : place->second, did_you_mean(action, actions)});
    }
    rules.unused_names_.push_back(action);
  }
  for (const std::string& action : actions) {
    rules.age_of_row_.push_back(rules.age_us(action));
  }
  return rules;
}

int64_t SeenRules::age_us(const std::string& action) const {
  if (const auto set = settings_.of_action.find(action); set != settings_.of_action.end()) {
    return to_us(set->second);
  }
  return settings_.all ? to_us(*settings_.all) : default_age(action);
}

int64_t SeenRules::default_age(const std::string& action) const {
  return is_goal_action_.contains(action) || deed_of(action) >= goal_ ? kForever : 0;
}

bool keeps_out(int64_t age_us, int64_t event_us, int64_t now_us) {
  return age_us > 0 && (age_us == SeenRules::kForever || event_us == kNoTime || now_us == kNoTime ||
                        now_us < event_us || now_us - event_us < age_us);
}

std::vector<int32_t> seen_items(const UserState& user, const SeenRules* rules) {
  std::vector<int32_t> items;
  const auto add = [&](const std::vector<UserEvent>& events) {
    for (const UserEvent& event : events) {
      if (rules == nullptr || keeps_out(rules->age_us(event.action), event.time_us, user.now_us)) {
        items.push_back(row_of(event.item));
      }
    }
  };
  add(user.history);
  if (rules != nullptr) {
    add(user.other_events);
  }
  std::sort(items.begin(), items.end());
  items.erase(std::unique(items.begin(), items.end()), items.end());
  return items;
}

}  // namespace haina
