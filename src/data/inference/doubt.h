// A guess of haina init that may be wrong.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace haina {

// What a wrong guess would spoil, the worst first.
enum class Spoils {
  kRows,   // which rows are read, and how
  kRoles,  // who the users and what the items and events are
  kTime,   // times and the split
  kGoal,   // what counts as wanted
  kFields  // one field
};

// One way to settle a doubt: what a person reads, and the answer under the doubt's key.
struct DoubtChoice {
  std::string label;
  std::string answer;
};

struct Doubt {
  Spoils spoils = Spoils::kFields;
  std::string text;                       // one sentence or two, without the file's name
  std::string column = {};                // the column in doubt, if it is one
  std::string key = {};                   // names the question, "ratings.csv:user"; empty: no other answer is known
  std::vector<DoubtChoice> choices = {};  // the first one was assumed
  std::string file = {};                  // name of the file; empty: of the project
  std::vector<std::string> rows = {};     // at most three sample rows
};

// Answers of a person to earlier doubts, by their keys.
using DoubtAnswers = std::map<std::string, std::string>;

}  // namespace haina
