// [[rule]]s and [serve] against a catalogue: which items may be shown, which are helped, what a list must hold.
#pragma once

#include <map>
#include <string>

#include "config/config.h"
#include "recommend/catalog.h"
#include "recommend/rerank.h"

namespace haina {

struct Rules {
  at::Tensor allowed;  // bool [items]; undefined: all
  at::Tensor boost;    // float32 [items]; undefined: none
  Reranking reranking;
  std::map<std::string, double> worth;  // of an action; empty: lists go by R's order
};

// kInvalidArgument, at the rule's place, for a field that there is not. A pinned item that there is not is not shown.
Result<Rules> compile_rules(const ServeConfig& serve, const Catalogue& catalogue);
// The item field that categories are read from: as configured, or the first of categories or tags; nullptr: none.
Result<const Field*> category_field(const ServeConfig& serve, const Dataset& dataset);
// bool [items]: those with that value in the field.
at::Tensor with_value(const Catalogue& catalogue, const Field& field, const std::string& value);

}  // namespace haina
