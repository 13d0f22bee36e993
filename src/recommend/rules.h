// Compiles [[rule]] and [serve] for a catalog: which items may be shown, which are boosted, what a list must hold.
#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "config/config.h"
#include "data/vocabulary.h"
#include "recommend/catalog.h"
#include "recommend/rerank.h"

namespace haina {

// Leaves out the items whose date is past, or those whose date is still to come.
struct DateFilter {
  at::Tensor days;  // float64 [items]: since 1970 UTC, NaN where missing: such items stay
  bool past = true;
};

struct Rules {
  std::vector<RuleConfig> configured;  // as the configuration has them
  std::vector<at::Tensor> members;     // by rule of the configuration: bool [items]; undefined: the rule needs none
  Vocabulary categories;               // columns of reranking.categories
  at::Tensor allowed;                  // bool [items], without the filters by date; undefined: all
  std::vector<DateFilter> dates;
  at::Tensor boost;  // float32 [items]; undefined: none
  Reranking reranking;
  std::map<std::string, double> action_values;  // lists are ordered by expected value; empty: by the ranker's score
};

// kInvalidArgument, at the rule's place in the configuration, for an unknown field or action. A rule that pins an
// unknown item has no effect.
Result<Rules> compile_rules(const ServeConfig& serve, const Catalog& catalog);
// The rules after the cells of these items (rows of the catalog, ascending) changed: as compile_rules would make them,
// but reads no other items. All items that the catalog has more than `before` are among them.
Result<Rules> update_rules(const Rules& before, const ServeConfig& serve, const Catalog& catalog,
                           std::span<const int32_t> items);
// bool [items]: the items that a list made now may hold; undefined: all.
at::Tensor allowed_now(const Rules& rules);
// The names of the filters that keep the item (a row of the catalog) out of lists made now.
std::vector<std::string> filters_of(const Rules& rules, int32_t item);
// The item field that holds categories: the configured one, else the first category field, else the first tags field;
// nullptr where there is none.
Result<const Field*> category_field(const ServeConfig& serve, const Dataset& dataset);
// bool [items]: the items with that value in the field.
at::Tensor items_with_value(const Catalog& catalog, const Field& field, const std::string& value);

}  // namespace haina
