// Logistic regression by Newton's method: the action heads and the calibration of scores are fitted with it.
#pragma once

#include <ATen/core/Tensor.h>

namespace haina {

// Rows with labels. A row may stand for several.
struct LabelledRows {
  at::Tensor x;       // double [n, columns]
  at::Tensor labels;  // double [n], 0 or 1
  at::Tensor counts;  // double [n], how many rows it stands for
  LabelledRows select(const at::Tensor& rows) const {
    return {x.index_select(0, rows), labels.index_select(0, rows), counts.index_select(0, rows)};
  }
};

struct LogisticOptions {
  at::Tensor ridge;  // double [columns]: penalty ridge / 2 * weight^2
  at::Tensor free;   // double [columns]: 1, or 0 where a weight must stay 0
  at::Tensor start;  // double [columns]
  int max_steps = 30;
  double tolerance = 1e-6;  // the largest change of a weight at which the fit has converged
};

// Cross-entropy of P(1) = sigmoid(x · weights), summed over the rows times their counts.
double cross_entropy(const LabelledRows& rows, const at::Tensor& weights);
// The weights with the least cross-entropy plus ridge penalty: double [columns]. A step is halved until the loss falls.
// Each step costs n * columns^2.
at::Tensor fit_logistic(const LabelledRows& rows, const LogisticOptions& options);

}  // namespace haina
