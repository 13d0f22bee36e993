// From the columns of users, items, ties and given tags to fields aligned with the rows of the dataset.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "data/assembly/assemble.h"

namespace haina {

// Readable names of codes, by the column they explain: "movies.genre", "tagged.tag"; "" for all tags that users gave.
using NamesOfCodes = std::map<std::string, std::string, std::less<>>;
using ValueNames = std::map<std::string, NamesOfCodes, std::less<>>;
// kInvalidArgument where `of` names nothing that has codes.
Result<ValueNames> names_of_values(const std::vector<SourceTable>& tables);

// Rows of ids that the dataset does not have, since they lie outside the core, are passed over by all of these.
// The fields of a table of users or items, one a column that is no id.
void add_entity_fields(const SourceTable& source, Side side, const Vocabulary& ids, const CleanConfig& clean,
                       const ValueNames& names, Dataset& dataset, QualityReport& quality);
// Tags that users gave to items: a field with authors.
void add_assigned_tags(const SourceTable& source, const ValueNames& names, Dataset& dataset);
// Friends, linked items, and the entities of a knowledge graph as bags "relation|entity" of the items that stand for
// one.
void add_tie_fields(const std::vector<SourceTable>& tables, Dataset& dataset);
// What a person reads for an item: a text that is called like a title, else the first text, else the id.
void set_titles(Dataset& dataset);

}  // namespace haina
