// Parts that several experts share: histories as sparse rows, item features from side sources, item-to-item neighbours,
// sparse state.
#pragma once

#include <ATen/ATen.h>

#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/tensors_file.h"
#include "data/field.h"
#include "data/user_state.h"
#include "experts/expert.h"
#include "kernels/csr.h"
#include "kernels/csr_tensors.h"
#include "kernels/sparse_products.h"

namespace haina {

// kBadData where `train` has no event.
Status require_events(const Interactions& train);
bool stop_requested(const FitContext& context);
tl::unexpected<Error> interrupted();

// X [users, items] of ones. Items outside the catalogue (new since the fit) are left out.
Csr binary_matrix(const Interactions& train);
Csr binary_histories(std::span<const UserState> users, int64_t num_items);
// float32 [cols]: cells a column.
std::vector<float> column_counts(const Csr& matrix);
// Of columns of ones: what two share becomes their cosine, shrunk, together / (sqrt(n_i n_j) + shrink).
Reweigh shrunk_cosine(const Csr& matrix, double shrink);

// Sources of one side that name features: tags, categories, links, and texts by their words where asked. One matrix a
// field, [rows, features], counts as values, features of a single row left out (they relate nothing). Links between
// items are made symmetric, with the item itself. Words that more than a fifth of the rows hold say little and cost
// most: they are left out too.
enum class Words { kLeaveOut, kCut };
std::vector<Csr> feature_bags(std::span<const Field> fields, Side side, int64_t num_rows, Words words);
// Ties between users of all social sources in one matrix of ones, [users, users], symmetric, without the user himself.
// Empty where there are none.
Csr social_ties(std::span<const Field> fields, int64_t num_users);
// (1 + log count)·log(1 + n/df), each row of length 1.
Csr tf_idf(const Csr& bags);
// Columns of all side by side.
Csr side_by_side(std::span<const Csr> parts, int64_t num_rows);

// Score of a state from item-to-item weights [items, items]: Σ over history of decay^(steps before the
// end)·weights[item]. decay 1 counts each item once; below 1 each event counts, the last `window` of known items.
at::Tensor score_neighbours(std::span<const UserState> users, const Csr& weights, double decay, int64_t window);

// An expert that is a matrix of item-to-item weights: what it keeps, and how that comes back from a file.
class ItemWeights : public Expert {
 public:
  TensorMap state() const override;
  Status restore(const TensorMap& state, const std::string& where) override;

 protected:
  Csr weights_;  // [items of the history, scored items]
};

}  // namespace haina
