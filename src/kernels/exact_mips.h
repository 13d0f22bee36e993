// Exact search for the largest products of a vector with many others, without forming all of them. Rows lie by falling
// norm; since u·v <= |u||v| (Cauchy and Schwarz), a query is done at the first row whose norm lets no product reach its
// list any more. Models that learn from counts give often used items long vectors: of matrix factorisation on Gowalla a
// tenth of the items is read. Where norms are all alike everything is read, and nothing is lost but the norms.
#pragma once

#include <ATen/ATen.h>

#include <vector>

#include "kernels/csr.h"
#include "kernels/packed_rows.h"
#include "kernels/topk.h"

namespace haina {

class ProductSearch {
 public:
  ProductSearch() = default;
  // rows: float32 [n, d], finite, copied.
  explicit ProductSearch(const at::Tensor& rows);
  // The k largest products of each of queries float32 [B, d] with the rows, without those that `left_out` [B, n] has in
  // the query's row: what top_k gives of Panels::products, to the bit. Parallel over queries.
  RankedLists top(const at::Tensor& queries, int64_t k, const Csr& left_out) const;

 private:
  Panels panels_;               // by falling norm
  std::vector<int32_t> items_;  // [n], the row that lies there
  std::vector<double> norms_;   // [n], falling
};

}  // namespace haina
