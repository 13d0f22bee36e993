// Users or items that two sources name differently, found by normalised keys or by titles, one to one, the surest pairs
// first.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/assembly/assemble.h"

namespace haina {

// NFKC, case folded, letters and digits alone: "ABC-0012 b" and "abc0012B" are one key.
std::string normal_key(std::string_view text);

// A title's ways of being written, lower case, without accents and punctuation, the article in front: "City of Lost
// Children, The (Cité …) (1995)" is "the city of lost children" and "cite …" of 1995. The first is the main one.
struct NormalTitle {
  std::vector<std::string> variants;
  std::optional<int> year;
};
NormalTitle normal_title(std::string_view text);

// From 0 to 1: shared trigrams of the nearest variants; names in parentheses count a little less, and years that differ
// count against.
double title_similarity(const NormalTitle& a, const NormalTitle& b);

struct Named {
  std::string id, text;
  std::optional<int> year;  // where the text does not say it
};
struct AlignedPair {
  size_t from, to;  // rows of both lists
  double similarity;
};
// Pairs of at least `threshold`, each row in one pair at most. A key that several rows share pairs the first ones.
std::vector<AlignedPair> pairs_by_key(const std::vector<Named>& from, const std::vector<Named>& to);
std::vector<AlignedPair> pairs_by_title(const std::vector<Named>& from, const std::vector<Named>& to, double threshold);

// Carries out every [[align]]: the ids of `source` become those of `to`; an id without a counterpart becomes
// "SOURCE:id", for it may mean something else elsewhere. Every pair stands in the quality report. kInvalidArgument
// where a source or column is not there.
Status align_sources(const Config& config, std::vector<SourceTable>& tables, QualityReport& quality);

}  // namespace haina
