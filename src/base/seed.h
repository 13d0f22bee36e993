// Random numbers. Each purpose has its own generator, so that a new draw in one place changes no draw elsewhere.
#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string_view>

namespace haina {

// 64 bits derived from (seed, purpose), the same on every platform: FNV-1a of the purpose, mixed by splitmix64.
uint64_t derive_seed(uint64_t seed, std::string_view purpose);
// CPU generator seeded by derive_seed.
at::Generator make_generator(uint64_t seed, std::string_view purpose);

// Small, fast, portable stream of draws for plain loops (xoshiro256++ of Blackman and Vigna, seeded by splitmix64).
class RandomStream {
 public:
  explicit RandomStream(uint64_t seed);
  RandomStream(uint64_t seed, std::string_view purpose) : RandomStream(derive_seed(seed, purpose)) {}
  uint64_t next();
  // Uniform in [0, bound); bound > 0. Multiply-shift; its bias is below bound / 2^64.
  int64_t below(int64_t bound);
  // Uniform in [0, 1) with 53 bits.
  double uniform();
  // The state of the stream, int64 [4]; set() restores it.
  at::Tensor state() const;
  void set(const at::Tensor& state);

 private:
  uint64_t state_[4];
};

}  // namespace haina
