#include "pipeline/doctor.h"

#include <ATen/ATen.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/clock.h"
#include "config/goal.h"
#include "data/suggest_id.h"
#include "data/user_state_builder.h"
#include "experts/expert.h"
#include "pipeline/changed_files.h"
#include "recommend/few_events.h"
#include "recommend/list_maker.h"
#include "recommend/rules.h"

namespace haina {
namespace {

constexpr int64_t kListed = 10;          // places of the lists that are looked at
constexpr int64_t kUsersLookedAt = 200;  // evenly spread over the dataset's users
constexpr double kMostlyCounts = 0.5;    // share of reasons by counts alone
constexpr double kMostlyMissing = 0.95;
constexpr int64_t kOldDays = 30;
constexpr int64_t kFewOfAUser = 3;  // goal events

double percent(double part, double whole) { return whole > 0 ? 100 * part / whole : 0; }

std::string date_of(int64_t time_us) {
  return fmt::format("{:%F}",
                     std::chrono::sys_days(std::chrono::floor<std::chrono::days>(
                         std::chrono::sys_time<std::chrono::microseconds>(std::chrono::microseconds(time_us)))));
}

// Whether a model says the same of items to every user.
bool counts_only(const std::string& name) {
  const auto entry = find_expert(name, "");
  return entry && (*entry)->evidence == Evidence::kCounts;
}

// Lists as `haina recommend` makes them.
class Lists {
 public:
  static Result<Lists> make(const Config& config, const Dataset& dataset, const Model& model) {
    HAINA_TRY(const std::vector<Goal> goals, parse_goals(config));
    HAINA_TRY(ListMaker maker, ListMaker::make(dataset, model, config.serve, goals));
    return Lists(dataset, std::move(maker));
  }
  Result<RecommendationList> of(const std::string& user, int64_t k = kListed) const {
    RecommendRequest request;
    request.user = user;
    request.k = k;
    return maker_.list(request);
  }
  const Rules& rules() const { return maker_.rules(); }
  // Up to kUsersLookedAt users, evenly spread.
  std::vector<std::string> users() const {
    std::vector<std::string> users;
    const int64_t all = dataset_.users.size(), step = std::max<int64_t>(1, (all + kUsersLookedAt - 1) / kUsersLookedAt);
    for (int64_t u = 0; u < all; u += step) {
      users.emplace_back(dataset_.users.name(static_cast<int32_t>(u)));
    }
    return users;
  }

 private:
  Lists(const Dataset& dataset, ListMaker maker) : dataset_(dataset), maker_(std::move(maker)) {}
  const Dataset& dataset_;
  ListMaker maker_;
};

// The share of a list's reasons that models give who say the same to every user.
double share_of_counts(const RecommendationList& list) {
  double sum = 0;
  for (const RecommendedItem& item : list.items) {
    for (const auto& [name, share] : item.explanation ? item.explanation->experts : std::map<std::string, double>()) {
      sum += counts_only(name) ? share : 0;
    }
  }
  return list.items.empty() ? 0 : sum / static_cast<double>(list.items.size());
}

void examine_goal(const Config& config, const Dataset& dataset, std::vector<Finding>& findings) {
  const int64_t events = dataset.events.size();
  const int64_t goals = events == 0 ? 0 : dataset.events.goal.sum().item<int64_t>();
  const std::string goal =
      config.goal.empty() ? "every event but refusals" : fmt::format("{}", fmt::join(config.goal, ", "));
  const std::string text = fmt::format("{} of {} events ({:.1f} %) are what lists are made for: {}", goals, events,
                                       percent(static_cast<double>(goals), static_cast<double>(events)), goal);
  if (goals < kFewEvents) {
    findings.push_back(
        {FindingLevel::kProblem, "goal", text,
         events == 0 ? "give a source of kind events" : "name another goal in [project], or wait for more events"});
  } else if (goals == events && dataset.actions.size() > 1) {
    std::vector<std::string> actions = dataset.actions.to_strings();
    actions.resize(std::min<size_t>(actions.size(), 6));
    findings.push_back({FindingLevel::kNote, "goal",
                        text + fmt::format("; there are several actions: {}", fmt::join(actions, ", ")),
                        fmt::format("if one of them matters most, write goal = [\"{}\"]", actions.back())});
  } else {
    findings.push_back({FindingLevel::kFine, "goal", text, ""});
  }
}

void examine_sources(const Config& config, const Dataset& dataset, std::vector<Finding>& findings) {
  for (const Field& field : dataset.fields) {
    const double missing = field.num_rows == 0 ? 0 : 1 - field.present().to(at::kFloat).mean().item<double>();
    if (field.type != FieldType::kMedia && missing > kMostlyMissing) {
      findings.push_back({FindingLevel::kProblem, "source",
                          fmt::format("{} is missing for {:.1f} % of {}", field.full_name(), 100 * missing,
                                      field.side == Side::kItem ? "items" : "users"),
                          "see whether its ids are those of the events: haina prepare says how many of them meet"});
    }
  }
  const nlohmann::json sources = dataset.quality.value("sources", nlohmann::json::array());
  for (const nlohmann::json& source : sources) {
    if (const int64_t read = source.value("read", int64_t{0}), bad = source.value("rejected", int64_t{0}); bad > 0) {
      findings.push_back({FindingLevel::kNote, "source",
                          fmt::format("{} of {} rows of {} are bad and left out", bad, read, source.value("name", "")),
                          fmt::format("see rejects/{}.csv", source.value("name", ""))});
    }
  }
  if (files_have_changed(config, dataset)) {
    findings.push_back(
        {FindingLevel::kProblem, "source", "files have changed since the model was trained", "run haina train"});
  }
  const bool has_items =
      std::ranges::any_of(dataset.fields, [](const Field& field) { return field.side == Side::kItem; });
  if (!has_items) {
    findings.push_back({FindingLevel::kNote, "source",
                        "nothing is known of items but their events: new items cannot be listed for anybody",
                        "give a source of kind items, with titles or categories"});
  }
  const int64_t newest = UserStateBuilder(dataset).newest_us();
  if (newest != kNoTime) {
    const int64_t days = (now_us() - newest) / 86'400'000'000;
    findings.push_back(
        {days > kOldDays ? FindingLevel::kNote : FindingLevel::kFine, "source",
         fmt::format("the newest event is of {}, {} days ago", date_of(newest), days),
         days > kOldDays ? "export again, or train from the store of the service: haina train --from-store" : ""});
  }
}

void examine_model(const Model& model, std::vector<Finding>& findings) {
  const nlohmann::json untested = model.about.value("unvalidated", nlohmann::json());
  if (untested.is_object()) {
    findings.push_back({FindingLevel::kProblem, "model", untested.value("text", ""), untested.value("hint", "")});
  }
  findings.push_back(
      {FindingLevel::kFine, "model",
       fmt::format("the ranker weighs '{}' most, of {} models", model.ranker.heaviest(), model.names().size()), ""});
}

// Whether lists differ from user to user, and from what is popular.
Status examine_lists(const Lists& lists, int64_t items, std::vector<Finding>& findings) {
  std::set<std::string> listed;
  std::map<std::vector<std::string>, int64_t> equal;
  double counts = 0;
  const std::vector<std::string> users = lists.users();
  if (users.empty() || items == 0) {
    return ok();
  }
  for (const std::string& user : users) {
    HAINA_TRY(const RecommendationList list, lists.of(user));
    std::vector<std::string> ids;
    for (const RecommendedItem& item : list.items) {
      ids.push_back(item.item);
    }
    listed.insert(ids.begin(), ids.end());
    ++equal[std::move(ids)];
    counts += share_of_counts(list) / static_cast<double>(users.size());
  }
  const int64_t most = std::ranges::max_element(equal, {}, [](const auto& entry) { return entry.second; })->second;
  const bool collapsed = std::ssize(users) >= 10 && most * 2 > std::ssize(users);
  findings.push_back(
      {collapsed ? FindingLevel::kProblem : FindingLevel::kFine, "lists",
       fmt::format("{} of {} users looked at have the same list of {}; all lists together hold {} of {} items",
                   most == 1 ? "no two" : std::to_string(most), users.size(), kListed, listed.size(), items),
       collapsed ? "scores hardly differ between users: see what haina evaluate says of single models" : ""});
  findings.push_back(
      {counts > kMostlyCounts ? FindingLevel::kNote : FindingLevel::kFine, "lists",
       fmt::format("{:.0f} % of the reasons for items are popularity and trend, which are the same for all users",
                   100 * counts),
       counts > kMostlyCounts ? "more events of each user, or fields of items, let lists be personal" : ""});
  return ok();
}

// The field values of one item.
std::string known_of(const Dataset& dataset, int32_t item) {
  int known = 0, all = 0;
  for (const Field& field : dataset.fields) {
    if (field.side == Side::kItem && field.type != FieldType::kMedia) {
      ++all;
      known += field.present()[item].item<bool>() ? 1 : 0;
    }
  }
  return fmt::format("{} of {} fields have a value", known, all);
}

}  // namespace

Result<std::vector<Finding>> examine_project(const Config& config, const Dataset& dataset, const Model& model) {
  std::vector<Finding> findings;
  examine_goal(config, dataset, findings);
  examine_sources(config, dataset, findings);
  examine_model(model, findings);
  HAINA_TRY(const Lists lists, Lists::make(config, dataset, model));
  HAINA_OK(examine_lists(lists, dataset.items.size(), findings));
  std::ranges::stable_sort(findings, [](const Finding& a, const Finding& b) { return a.level > b.level; });
  return findings;
}

Result<std::vector<Finding>> examine_user(const std::string& user, const Config& config, const Dataset& dataset,
                                          const Model& model) {
  std::vector<Finding> findings;
  const std::optional<int32_t> row = dataset.users.find(user);
  if (!row) {
    findings.push_back({FindingLevel::kProblem, "user",
                        fmt::format("the training data has no user '{}', so the list is a newcomer's", user),
                        did_you_mean(user, dataset.users)});
  }
  const UserState state = UserStateBuilder(dataset).known(row.value_or(-1));
  const size_t goals = state.history.size(), others = state.other_events.size();
  if (row) {
    const bool few = std::ssize(state.history) < kFewOfAUser;
    findings.push_back(
        {few ? FindingLevel::kProblem : FindingLevel::kFine, "user",
         fmt::format("{} events of the goal, {} others, {} friends", goals, others, state.friends.size()),
         !few         ? ""
         : others > 0 ? "what this user did is not what the goal asks for: a wider goal in [project] would use it"
                      : "with so few events a list can only be popular, or go by profile and friends"});
  }
  HAINA_TRY(const Lists lists, Lists::make(config, dataset, model));
  HAINA_TRY(const RecommendationList list, lists.of(user));
  HAINA_TRY(const RecommendationList newcomer, lists.of(""));
  int64_t shared = 0;
  for (const RecommendedItem& item : list.items) {
    shared += std::ranges::any_of(newcomer.items, [&](const RecommendedItem& other) { return other.item == item.item; })
                  ? 1
                  : 0;
  }
  const double counts = share_of_counts(list);
  findings.push_back(
      {counts > kMostlyCounts ? FindingLevel::kNote : FindingLevel::kFine, "lists",
       fmt::format("{} of {} items are also on a newcomer's list; {:.0f} % of the reasons are popularity and trend",
                   shared, list.items.size(), 100 * counts),
       counts <= kMostlyCounts ? ""
       : goals == 0            ? "the list becomes personal with the first event"
                               : "the models found little that this user's events have in common with others'"});
  return findings;
}

Result<std::vector<Finding>> examine_item(const std::string& item, const Config& config, const Dataset& dataset,
                                          const Model& model) {
  const std::optional<int32_t> row = dataset.items.find(item);
  if (!row) {
    return fail({ErrorCode::kNotFound, fmt::format("the training data has no item '{}'", item), "--item",
                 did_you_mean(item, dataset.items)});
  }
  std::vector<Finding> findings;
  HAINA_TRY(const Lists lists, Lists::make(config, dataset, model));
  for (const std::string& rule : filters_of(lists.rules(), *row)) {
    findings.push_back({FindingLevel::kProblem, "item", fmt::format("rule '{}' keeps it out of every list", rule),
                        "change or remove the rule"});
  }
  const at::Tensor of_item = dataset.events.size() == 0 ? at::zeros({0}, at::kBool) : dataset.events.item.eq(*row);
  const int64_t events = of_item.sum().item<int64_t>();
  const int64_t goals = events == 0 ? 0 : of_item.logical_and(dataset.events.goal).sum().item<int64_t>();
  findings.push_back(
      {goals < kFewOfAUser ? FindingLevel::kNote : FindingLevel::kFine, "item",
       fmt::format("{} events, {} of them of the goal; {}", events, goals, known_of(dataset, *row)),
       goals >= kFewOfAUser
           ? ""
           : "with few events an item is listed by its fields alone: fill them, or boost new items by a rule"});
  constexpr int64_t kFar = 1000;
  int64_t listed = 0, seen = 0, best = kFar + 1;
  std::string best_user;
  const std::vector<std::string> users = lists.users();
  for (const std::string& user : users) {
    HAINA_TRY(const RecommendationList list, lists.of(user, kFar));
    const auto at = std::ranges::find(list.items, item, &RecommendedItem::item);
    const int64_t place = at == list.items.end() ? kFar + 1 : at - list.items.begin() + 1;
    listed += place <= kListed ? 1 : 0;
    seen += at == list.items.end() && std::ssize(list.items) < kFar ? 1 : 0;
    if (place < best) {
      best = place;
      best_user = user;
    }
  }
  const std::string where = best > kFar ? fmt::format("it is among the first {} of none", kFar)
                                        : fmt::format("its best place is {}, for user '{}'", best, best_user);
  findings.push_back({listed == 0 ? FindingLevel::kProblem : FindingLevel::kFine, "lists",
                      fmt::format("on {} of {} users' lists of {}; {}{}", listed, users.size(), kListed, where,
                                  seen > 0 ? fmt::format("; {} have had it, or a rule leaves it out", seen) : ""),
                      listed > 0   ? ""
                      : goals == 0 ? "nobody took it yet: a boost or a quota of a rule shows it to some"
                                   : "others are preferred to it: haina recommend --user shows what comes before"});
  return findings;
}

nlohmann::json to_json(const std::vector<Finding>& findings) {
  constexpr std::array kLevels = {"fine", "note", "problem"};
  nlohmann::json list = nlohmann::json::array();
  for (const Finding& finding : findings) {
    list.push_back({{"level", kLevels[static_cast<size_t>(finding.level)]},
                    {"about", finding.about},
                    {"text", finding.text},
                    {"hint", finding.hint}});
  }
  return {{"schema", "haina.doctor/1"}, {"findings", std::move(list)}};
}

}  // namespace haina
