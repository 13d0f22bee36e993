// Numbers and chunks of RIFF files (WAV, AVI).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace haina {

// The lowest `num_bytes` bytes of the number, the lowest first.
inline void append_little_endian(std::string& bytes, uint32_t number, int num_bytes) {
  for (int byte = 0; byte < num_bytes; ++byte) {
    bytes += static_cast<char>(number >> (8 * byte) & 0xff);
  }
}

// name: four letters. Name, length, data, and a zero after an odd length.
inline std::string riff_chunk(std::string_view name, std::string_view data) {
  std::string chunk(name);
  append_little_endian(chunk, static_cast<uint32_t>(data.size()), 4);
  chunk += data;
  if (data.size() % 2 != 0) {
    chunk += '\0';
  }
  return chunk;
}

}  // namespace haina
