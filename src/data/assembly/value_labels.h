// Readable labels of codes, from sources of kind "values": genre 1 is "Drama".
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "data/assembly/assemble.h"

namespace haina {

using CodeLabels = std::map<std::string, std::string, std::less<>>;  // code -> label
// By the column that a source of values explains: "movies.genre", "tagged.tag", "graph.entity" for all columns of
// entities of a source; "" for all tags that users assigned.
using ValueLabels = std::map<std::string, CodeLabels, std::less<>>;

// kInvalidArgument where `of` does not name a column of tags, categories or entities.
Result<ValueLabels> value_labels(const std::vector<SourceTable>& tables);
// The label of a code, or the code itself. labels: null where nothing explains the column.
std::string_view label_of(const CodeLabels* labels, std::string_view code);

}  // namespace haina
