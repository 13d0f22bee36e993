#include "adam_rows.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/error.h"

namespace haina {

void adam_rows(at::Tensor& table, at::Tensor& first, at::Tensor& second, const at::Tensor& ids,
               const at::Tensor& gradients, int64_t step, const AdamRowsOptions& options) {
  const int64_t rows = table.size(0), width = table.size(1), n = ids.size(0);
  for (const at::Tensor* const tensor : {&table, &first, &second}) {
    HAINA_ASSERT(tensor->scalar_type() == at::kFloat && tensor->is_contiguous() && tensor->sizes() == table.sizes());
  }
  HAINA_ASSERT(ids.scalar_type() == at::kLong && ids.is_contiguous() && step > 0);
  HAINA_ASSERT(gradients.scalar_type() == at::kFloat && gradients.is_contiguous() && gradients.dim() == 2 &&
               gradients.size(0) == n && gradients.size(1) == width);
  const int64_t* const id = ids.const_data_ptr<int64_t>();
  const float* const gradient = gradients.const_data_ptr<float>();
  float* const value = table.data_ptr<float>();
  float* const mean = first.data_ptr<float>();
  float* const square = second.data_ptr<float>();
  const float beta1 = static_cast<float>(options.beta1), beta2 = static_cast<float>(options.beta2);
  const float epsilon = static_cast<float>(options.epsilon);
  const float rate = static_cast<float>(options.learning_rate / (1 - std::pow(options.beta1, step)));
  const float correction = static_cast<float>(1 / std::sqrt(1 - std::pow(options.beta2, step)));
  // Each part sorts and updates the ids of its share of the table; positions ascend within an id.
  const int64_t parts = std::clamp<int64_t>(n / 1024, 1, 64);
  at::parallel_for(0, parts, 1, [&](int64_t begin, int64_t end) {
    struct Place {
      int64_t id, at;
    };
    std::vector<Place> places;
    std::vector<float> sum(static_cast<size_t>(width));
    for (int64_t part = begin; part < end; ++part) {
      const int64_t low = rows * part / parts, high = rows * (part + 1) / parts;
      places.clear();
      for (int64_t i = 0; i < n; ++i) {
        HAINA_ASSERT(id[i] >= 0 && id[i] < rows);
        if (id[i] >= low && id[i] < high) {
          places.push_back({id[i], i});
        }
      }
      std::sort(places.begin(), places.end(),
                [](const Place& a, const Place& b) { return a.id != b.id ? a.id < b.id : a.at < b.at; });
      for (size_t i = 0; i < places.size();) {
        constexpr size_t kAhead = 8;
        if (i + kAhead < places.size()) {  // rows are scattered over a table larger than any cache
          const int64_t later = places[i + kAhead].id * width;
          __builtin_prefetch(value + later, 1);
          __builtin_prefetch(mean + later, 1);
          __builtin_prefetch(square + later, 1);
        }
        const int64_t row = places[i].id;
        std::copy_n(gradient + places[i].at * width, width, sum.data());
        for (++i; i < places.size() && places[i].id == row; ++i) {
          for (int64_t k = 0; k < width; ++k) {
            sum[static_cast<size_t>(k)] += gradient[places[i].at * width + k];
          }
        }
        for (int64_t k = 0; k < width; ++k) {
          const float g = sum[static_cast<size_t>(k)];
          float& m = mean[row * width + k];
          float& v = square[row * width + k];
          m = beta1 * m + (1 - beta1) * g;
          v = beta2 * v + (1 - beta2) * g * g;
          value[row * width + k] -= rate * m / (std::sqrt(v) * correction + epsilon);
        }
      }
    }
  });
}

}  // namespace haina
