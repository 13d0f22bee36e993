#include "base/seed.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <cstring>

namespace haina {
namespace {

uint64_t splitmix64(uint64_t& x) {
  x += 0x9e3779b97f4a7c15ULL;
  uint64_t z = x;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

__extension__ using Wide = unsigned __int128;

uint64_t rotl(uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }

}  // namespace

uint64_t derive_seed(uint64_t seed, std::string_view purpose) {
  uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : purpose) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  }
  uint64_t x = seed ^ hash;
  return splitmix64(x);
}

at::Generator make_generator(uint64_t seed, std::string_view purpose) {
  return at::make_generator<at::CPUGeneratorImpl>(derive_seed(seed, purpose));
}

RandomStream::RandomStream(uint64_t seed) {
  for (uint64_t& word : state_) {
    word = splitmix64(seed);
  }
}

uint64_t RandomStream::next() {
  const uint64_t result = rotl(state_[0] + state_[3], 23) + state_[0];
  const uint64_t t = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= t;
  state_[3] = rotl(state_[3], 45);
  return result;
}

int64_t RandomStream::below(int64_t bound) {
  return static_cast<int64_t>((static_cast<Wide>(next()) * static_cast<uint64_t>(bound)) >> 64);
}

at::Tensor RandomStream::state() const {
  at::Tensor state = at::empty({4}, at::kLong);
  std::memcpy(state.data_ptr<int64_t>(), state_, sizeof state_);
  return state;
}

void RandomStream::set(const at::Tensor& state) {
  std::memcpy(state_, state.contiguous().const_data_ptr<int64_t>(), sizeof state_);
}

double RandomStream::uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

}  // namespace haina
