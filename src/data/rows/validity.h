// The validity bitmap of an Arrow array.
#pragma once

#include <ATen/Parallel.h>
#include <arrow/api.h>
#include <arrow/buffer_builder.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <new>

namespace haina {

// By `present`; nullptr if no value is missing. `missing`: how many are.
template <class T, class Present>
std::shared_ptr<arrow::Buffer> validity(const T* values, int64_t n, Present present, int64_t& missing) {
  std::atomic<int64_t> found = 0;
  at::parallel_for(0, n, 1 << 16, [&](int64_t begin, int64_t end) {
    found += std::count_if(values + begin, values + end, [&](T value) { return !present(value); });
  });
  missing = found;
  if (missing == 0) {
    return nullptr;
  }
  arrow::TypedBufferBuilder<bool> bits;
  std::shared_ptr<arrow::Buffer> valid;
  arrow::Status status = bits.Reserve(n);
  for (int64_t i = 0; i < n && status.ok(); ++i) {
    bits.UnsafeAppend(present(values[i]));
  }
  status = status.ok() ? bits.Finish(&valid) : status;
  if (!status.ok()) {
    throw std::bad_alloc();  // builders fail only if memory is short
  }
  return valid;
}

}  // namespace haina
