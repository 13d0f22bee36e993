// A ranking metric and its cut-off, "ndcg@10": what [train] metric may name.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.h"

namespace haina {

struct MetricSpec {
  std::string metric = "ndcg";  // a name of ranking_metric_entries()
  int64_t cutoff = 10;
};

// kInvalidArgument at `where` for an unknown metric, or where the cut-off is missing or not from 1 to 9999.
Result<MetricSpec> parse_metric_spec(const std::string& text, const std::string& where);
std::string to_string(const MetricSpec& spec);

}  // namespace haina
