// What the values of events mean: which of them say that the item was wanted, and which say nothing.
#pragma once

#include <string>
#include <vector>

#include "data/inference/doubt.h"
#include "data/inference/table_profile.h"

namespace haina {

struct InferredGoal {
  std::string condition;         // ">= 4"; empty: every row is wanted
  std::vector<double> no_value;  // numbers that stand for "no value": -1 beside ratings of 1 to 10
};

// Never silent: each guess is a doubt with its alternatives. `answer`: what a person chose before, "" for none.
InferredGoal infer_goal(const TableProfile& table, size_t value, std::vector<Doubt>& doubts);

// A value column's name in a goal; "value" where its own name cannot stand there.
std::string goal_name(const std::string& column);

}  // namespace haina
