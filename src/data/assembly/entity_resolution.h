// Entity resolution: users or items that two sources name differently are paired one to one, by normalized keys or by
// the similarity of their titles.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "data/assembly/assemble.h"

namespace haina {

struct Named {
  std::string id, text;
  std::optional<int> year;  // used where the text has none
};
struct AlignedPair {
  size_t from, to;  // rows of both lists
  double similarity;
};
// Pairs of rows; each row is in at most one. By key: rows with equal normal_key(), the first ones where several share
// it; similarity 1. By title: pairs of at least `threshold`, the most similar first.
std::vector<AlignedPair> pairs_by_key(const std::vector<Named>& from, const std::vector<Named>& to);
std::vector<AlignedPair> pairs_by_title(const std::vector<Named>& from, const std::vector<Named>& to, double threshold);

// Applies every [[align]]: the ids of `source` become those of `to`. An id without a counterpart becomes "SOURCE:id",
// since the same id may mean something else in another source. Every pair is listed in the quality report.
// kInvalidArgument where a source or column does not exist.
Status align_sources(const Config& config, std::vector<SourceTable>& tables, QualityReport& quality);

}  // namespace haina
