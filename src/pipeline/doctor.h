// What is wrong with a project, a user's lists or an item's place in lists, in sentences with numbers and a next step.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/error.h"
#include "config/config.h"
#include "data/dataset.h"
#include "model/model.h"

namespace haina {

enum class FindingLevel { kFine, kNote, kProblem };

struct Finding {
  FindingLevel level = FindingLevel::kFine;
  std::string about;  // goal, source, model, lists, user, item
  std::string text;   // with the numbers
  std::string hint;   // what to do; empty where nothing is to be done
};

// Of the project as a whole: goal, sources, age, whether files have changed, and what 200 users' lists have in common.
Result<std::vector<Finding>> examine_project(const Config& config, const Dataset& dataset, const Model& model);
// Why a user gets what they get. An id that the dataset does not know is a finding, not an error.
Result<std::vector<Finding>> examine_user(const std::string& user, const Config& config, const Dataset& dataset,
                                          const Model& model);
// Why an item is listed, or is not. kNotFound for an unknown item.
Result<std::vector<Finding>> examine_item(const std::string& item, const Config& config, const Dataset& dataset,
                                          const Model& model);

// Schema haina.doctor/1.
nlohmann::json to_json(const std::vector<Finding>& findings);

}  // namespace haina
