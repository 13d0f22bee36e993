#include "pipeline/explain/players.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/suggest.h"
#include "data/split.h"
#include "evaluation/explain/shapley.h"

namespace haina {
namespace {

constexpr const char* kSourcesOption = "--sources";

// Whether the linear model of the game has a form for the field.
bool can_play(const Field& field) {
  switch (field.type) {
    case FieldType::kCategory:
    case FieldType::kTags:
    case FieldType::kLinks:
    case FieldType::kText:
    case FieldType::kNumber:
    case FieldType::kDate:
      return true;
    case FieldType::kVector:
      return field.side == Side::kItem;
    case FieldType::kSocial:
      return field.side == Side::kUser;
    default:
      return false;
  }
}

// Every field, or every file of fields, that can play.
std::vector<Player> players_of_fields(std::span<const Field> fields, bool by_file) {
  std::vector<Player> players;
  for (size_t f = 0; f < fields.size(); ++f) {
    if (!can_play(fields[f])) {
      continue;
    }
    const std::string name = by_file ? fields[f].source : fields[f].full_name();
    auto found = std::ranges::find(players, name, &Player::name);
    if (found == players.end()) {
      players.push_back({name, {}, {}});
      found = std::prev(players.end());
    }
    found->fields.push_back(f);
  }
  return players;
}

std::vector<Player> players_of_actions(const Dataset& dataset, const std::vector<std::string>& excluded) {
  std::vector<Player> players;
  for (const std::string& action : other_actions(dataset)) {
    if (std::ranges::find(excluded, action) == excluded.end()) {
      players.push_back({action, {}, {static_cast<uint8_t>(dataset.actions.find(action).value())}});
    }
  }
  return players;
}

// Those of `known` that are named, in the order of the names.
Result<std::vector<Player>> named_players(const std::vector<Player>& known, const std::vector<std::string>& named) {
  std::vector<std::string> names;
  std::ranges::transform(known, std::back_inserter(names), &Player::name);
  std::vector<Player> players;
  std::set<size_t> fields;
  for (const std::string& name : named) {
    const auto found = std::ranges::find(known, name, &Player::name);
    if (found == known.end()) {
      return fail({ErrorCode::kInvalidArgument, fmt::format("there is no source '{}'", name), kSourcesOption,
                   did_you_mean(name, names)});
    }
    const bool twice = std::ranges::find(players, name, &Player::name) != players.end() ||
                       std::ranges::any_of(found->fields, [&](size_t field) { return fields.contains(field); });
    if (twice) {
      return fail({ErrorCode::kInvalidArgument, fmt::format("'{}' is named twice", name), kSourcesOption,
                   "name each field once: by itself or by its file"});
    }
    fields.insert(found->fields.begin(), found->fields.end());
    players.push_back(*found);
  }
  return players;
}

}  // namespace

Result<Players> find_players(const Dataset& dataset, std::span<const Field> fields,
                             const std::vector<std::string>& excluded, const std::vector<std::string>& named) {
  Players found;
  const std::vector<Player> actions = players_of_actions(dataset, excluded);
  std::vector<Player> alone = players_of_fields(fields, false), files = players_of_fields(fields, true);
  if (!named.empty()) {
    std::vector<Player> known = alone;
    std::ranges::copy(actions, std::back_inserter(known));
    for (const Player& file : files) {  // a file called like an action is named by its fields
      if (std::ranges::find(known, file.name, &Player::name) == known.end()) {
        known.push_back(file);
      }
    }
    HAINA_TRY(found.players, named_players(known, named));
  } else {
    found.by_file = std::ssize(alone) + std::ssize(actions) > kMostPlayers;
    found.players = found.by_file ? std::move(files) : std::move(alone);
    std::ranges::copy(actions, std::back_inserter(found.players));
  }
  if (std::ssize(found.players) > kMostPlayers) {
    std::vector<std::string> names;
    std::ranges::transform(found.players, std::back_inserter(names), &Player::name);
    return fail(
        {ErrorCode::kUnsupported,
         fmt::format("exact Shapley values of {} sources need all 2^{} sets of them; at most {} can take part",
                     names.size(), names.size(), kMostPlayers),
         kSourcesOption,
         fmt::format("name at most {} with --sources, separated by commas: {}", kMostPlayers, fmt::join(names, ", "))});
  }
  if (found.players.empty()) {
    return fail({ErrorCode::kBadData, "there is no source beside the events of the goal, so there is nothing to share",
                 dataset.name, "add a source of items, users or other events to haina.toml, and train again"});
  }
  for (size_t f = 0; f < fields.size(); ++f) {
    const bool plays = std::ranges::any_of(found.players, [&](const Player& player) {
      return std::ranges::find(player.fields, f) != player.fields.end();
    });
    if (!plays) {
      found.left_out.push_back(fields[f].full_name());
    }
  }
  return found;
}

}  // namespace haina
