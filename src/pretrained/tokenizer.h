// Texts to the ids that a network was trained on, by a tokenizer.json of Hugging Face and their library.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace haina {

class Tokenizer {
 public:
  // Sequences are cut to `most` tokens, special ones included. kUnsupported in a build without the library.
  static Result<Tokenizer> load(const std::filesystem::path& file, int64_t most);

  // Ids of the tokens, with those that the file puts around every text if `special`. Bytes that are no UTF-8 count as
  // U+FFFD. Safe to call from several threads.
  Result<std::vector<int64_t>> ids(std::string_view text, bool special) const;

 private:
  Tokenizer() = default;
  std::shared_ptr<void> library_;
  int64_t most_ = 0;
};

}  // namespace haina
