// From sources of ties to fields: friends of users, links between items, and the entities of a knowledge graph.
#pragma once

#include <vector>

#include "data/assembly/assemble.h"
#include "data/assembly/value_labels.h"
#include "data/dataset.h"

namespace haina {

// One field a source, in their order: kSocial "friends" of kind = "social"; kLinks "links" of kind = "links" with
// columns item and other; kLinks "entities" of kind = "links" with columns head, relation and tail, where another
// source of links says which entity an item is. Ties to ids that the dataset does not have are skipped. Entities are
// named by their labels, which hold for all sources of links; those that share a label keep their ids beside it.
void add_tie_fields(const std::vector<SourceTable>& tables, Dataset& dataset, const ValueLabels& labels = {});

}  // namespace haina
