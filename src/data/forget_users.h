// A dataset with nothing left of some users, whose rows stay where they are: models refer to users by row.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/hashed_names.h"
#include "data/dataset.h"

namespace haina {

// The forgotten users that a dataset is known to hold nothing of: those that were left out when it was made, and those
// that were taken out since.
HashedNames forgotten_in(const Dataset& dataset);
void set_forgotten_in(Dataset& dataset, const HashedNames& forgotten);
// Whether `name` stands for a user who was taken out.
bool is_forgotten_name(std::string_view name);
// Those entries of `forgotten` that are of these rows' users.
HashedNames entries_of(const Dataset& dataset, std::span<const int32_t> rows, const HashedNames& forgotten);
// Replaces texts in which a word, or the whole, is one of these names.
void remove_forgotten_names(nlohmann::json& json, const HashedNames& forgotten);
// Rows of users that were forgotten after the dataset was made, ascending.
std::vector<int32_t> rows_to_forget(const Dataset& dataset, const HashedNames& forgotten);

// The dataset without what is known of the users in these rows: their names, events, profiles, ties at either end, tags
// that they assigned, rows of negatives, and values of categories, tags and contexts that nobody else has. Examples in
// the quality report that may name one of `forgotten` are removed. Numbers of rows and columns stay as they were.
Dataset without_users(const Dataset& dataset, std::span<const int32_t> rows, const HashedNames& forgotten);

}  // namespace haina
