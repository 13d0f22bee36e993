// The prepared dataset: users, items, events and the fields of every source, cleaned and aligned; what `haina prepare`
// writes and all else reads.
#pragma once

#include <ATen/ATen.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/error.h"
#include "data/field.h"
#include "data/interactions.h"
#include "data/vocabulary.h"

namespace haina {

// Accepted events of all event sources, one entry an event, sorted by (user, time, input order).
struct EventLog {
  at::Tensor user;    // int32 [n], row of Dataset.users
  at::Tensor item;    // int32 [n], row of Dataset.items
  at::Tensor action;  // uint8 [n], row of Dataset.actions
  at::Tensor value;   // float32 [n], NaN where missing
  at::Tensor weight;  // float32 [n], > 0
  at::Tensor time;    // int64 [n], µs since 1970 UTC; kNoTime where missing
  at::Tensor goal;    // bool [n]: whether this is what [project] goal wants more of
  at::Tensor part;    // uint8 [n], Part
  int64_t size() const { return user.defined() ? user.size(0) : 0; }
};

// A column of the events that is neither of the above: device, place, hour.
struct ContextColumn {
  std::string name;
  Vocabulary values;
  at::Tensor codes;  // int32 [events], -1 where missing
};

struct Dataset {
  std::string name;
  Vocabulary users;
  Vocabulary items;
  Vocabulary actions;
  EventLog events;
  Csr negatives = empty_csr(0, 0);  // [users, items]: items published to be ranked beside a user's held-out ones (part
                                    // = "negatives"), value 1; no rows where no source gives any
  std::vector<ContextColumn> context;
  std::vector<Field> fields;        // both sides, in the order of haina.toml
  std::vector<std::string> titles;  // [items] what a person reads for an item; its id where no source has a title
  nlohmann::json quality;           // the data-quality report, schema haina.quality/1
  nlohmann::json provenance;        // sources (path, bytes, modified), the configuration's fingerprint, versions
};

// A folder: manifest.json (schema haina.dataset/1), events.arrow, users.arrow, items.arrow, fields.safetensors, …;
// whole or absent.
Status save_dataset(const Dataset& dataset, const std::filesystem::path& folder);
// Memory-maps what it can. kNotFound with "run haina prepare" when there is none.
Result<Dataset> load_dataset(const std::filesystem::path& folder);

}  // namespace haina
