// Side sources of items and users as sparse feature matrices.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "config/source_kinds.h"
#include "data/field.h"
#include "kernels/csr.h"

namespace haina {

enum class Words { kLeaveOut, kCount };
// One matrix of counts per field of that side with num_rows rows, [rows, features]: tags, categories and links, and
// with kCount the words of texts. Features of a single row are left out, since they relate nothing, and so are words
// that more than a fifth of the rows hold, which say little and cost most. Links between items are made symmetric and
// include the item itself. Fields without a shared feature are left out.
std::vector<Csr> feature_bags(std::span<const Field> fields, Side side, int64_t num_rows, Words words);
// The ties of all social sources as one matrix of ones [users, users], symmetric, without the diagonal. Empty if there
// are no ties.
Csr social_ties(std::span<const Field> fields, int64_t num_users);
// The columns of all matrices side by side. Each has num_rows rows.
Csr hconcat(std::span<const Csr> matrices, int64_t num_rows);

}  // namespace haina
