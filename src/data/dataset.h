// The prepared dataset: users, items, events and the fields of every source, cleaned and aligned. `haina prepare`
// writes it; training, evaluation and serving read it.
#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/error.h"
#include "data/field.h"
#include "data/interactions.h"
#include "data/vocabulary.h"

namespace haina {

// Accepted events of all event sources, one row an event, sorted by (user, time, input order).
struct EventLog {
  at::Tensor user;    // int32 [n], row of Dataset.users
  at::Tensor item;    // int32 [n], row of Dataset.items
  at::Tensor action;  // uint8 [n], row of Dataset.actions
  at::Tensor value;   // float32 [n], NaN where missing
  at::Tensor weight;  // float32 [n], > 0
  at::Tensor time;    // int64 [n], µs since 1970 UTC; kNoTime where missing
  at::Tensor goal;    // bool [n]: whether the event meets the goal of [project]
  at::Tensor part;    // uint8 [n], Part
  int64_t size() const { return user.defined() ? user.size(0) : 0; }
};

// Any other column of the events, with type = "context": device, place, hour.
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
  // Whether events without a time stand in the order in which they happened ([[source]] order = "rows" of all sources
  // that have any); else each user's stand in an order that says nothing.
  bool rows_in_order = false;
  // [users, items], value 1: items that a published split ranks together with the user's held-out items (sources with
  // part = "negatives"). No rows where no source gives any.
  Csr negatives = empty_csr(0, 0);
  std::vector<ContextColumn> context;
  std::vector<Field> fields;        // both sides, in the order of haina.toml
  std::vector<std::string> titles;  // [items] title shown for an item; its id where no source has a title
  nlohmann::json quality;           // the data-quality report, schema haina.quality/1
  nlohmann::json provenance;        // sources (path, bytes, modified), the configuration's fingerprint, versions
};

// What the columns of a field's bag are rows of: its own values, the items or the users.
const Vocabulary& target_names(const Field& field, const Dataset& dataset);

// Writes a folder: manifest.json (schema haina.dataset/1), events.arrow, users.arrow, items.arrow, fields.safetensors.
// After a failure the folder is as it was before.
Status save_dataset(const Dataset& dataset, const std::filesystem::path& folder);
// Memory-maps columns and tensors. kNotFound with "run haina prepare" where there is no dataset.
Result<Dataset> load_dataset(const std::filesystem::path& folder);

}  // namespace haina
