// Makes many lists of one dataset: what does not depend on the user is made once.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "config/config.h"
#include "config/goal.h"
#include "data/dataset.h"
#include "data/seen_actions.h"
#include "data/user_state_builder.h"
#include "model/model.h"
#include "recommend/build_list.h"
#include "recommend/catalog.h"
#include "recommend/content_index.h"
#include "recommend/rules.h"

namespace haina {

class ListMaker {
 public:
  // dataset, model: outlive this object. kInvalidArgument, at its place, for a rule or an action that the dataset does
  // not have. goals: of the project; where none are given, the dataset's goal events stand in.
  static Result<ListMaker> make(const Dataset& dataset, const Model& model, const ServeConfig& serve,
                                std::span<const Goal> goals);
  // As recommend() of build_list.h, under the rules of make(). Any thread.
  Result<RecommendationList> list(const RecommendRequest& request) const;
  const Rules& rules() const { return rules_; }

 private:
  ListMaker(const Dataset& dataset, const Model& model, Rules rules, SeenRules seen);

  const Dataset* dataset_;
  const Model* model_;
  Catalog catalog_;
  UserStateBuilder states_;
  Rules rules_;
  SeenRules seen_;
  std::unique_ptr<LazyContentIndex> content_;
};

// As request_state() of build_list.h, with a builder of the dataset's states at hand.
UserState request_state(const Dataset& dataset, const UserStateBuilder& states, const RecommendRequest& request,
                        std::vector<std::string>& notes);

}  // namespace haina
