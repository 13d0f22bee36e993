// Which sources of a dataset are weighed against each other by their Shapley values.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "data/dataset.h"
#include "data/field.h"

namespace haina {

// One source, or all fields of one file together.
struct Player {
  std::string name;              // "movies.genres", "movies", or an action that is no goal: "view"
  std::vector<size_t> fields;    // rows of the fields
  std::vector<uint8_t> actions;  // rows of Dataset.actions
};

struct Players {
  std::vector<Player> players;
  bool by_file = false;               // fields of one file stand together, since there are more than kMostPlayers
  std::vector<std::string> left_out;  // fields that a linear model cannot read, and those that `named` does not name
};

// Every field and every action beside the goals. named: fields, files or actions that take part; empty: all. fields:
// without excluded ones. kInvalidArgument, at --sources, for an unknown name and for a name that includes another;
// kUnsupported where more than kMostPlayers are left; kBadData where there is none.
Result<Players> find_players(const Dataset& dataset, std::span<const Field> fields,
                             const std::vector<std::string>& excluded, const std::vector<std::string>& named);

}  // namespace haina
