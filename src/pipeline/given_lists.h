// Lists that another recommender made for the users of the dataset, which an evaluation measures beside its own models.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/stop.h"
#include "data/dataset.h"
#include "evaluation/evaluate.h"

namespace haina {

struct GivenLists {
  std::string name;                              // of the recommender, as tables show it
  std::vector<std::vector<int32_t>> items;       // by row of the dataset's users: items best first, each once
  int64_t rows = 0, users = 0;                   // of the file; with a list
  int64_t unknown_users = 0, unknown_items = 0;  // ids of the file that the dataset does not have
};
// file: any tabular format that a source may have, with columns "user" and "item" (or "user_id", "item_id"), and
// perhaps "score" (higher is better); without it a user's rows stand best first. kBadData, naming the file, where the
// columns are missing, a row is bad, or no user of the dataset has a list.
Result<GivenLists> read_given_lists(const std::string& name, const std::filesystem::path& file, const Dataset& dataset,
                                    const StopFlag* stop = nullptr);
// The lists as a model: items that are in none have no rank.
NamedScorer scorer_of(std::shared_ptr<const GivenLists> lists, int64_t num_items);
// {"name", "rows", "users", "without_list", "unknown_users", "unknown_items"}; without_list: of the held-out users.
nlohmann::json to_json(const GivenLists& lists, const HeldOut& test);

}  // namespace haina
