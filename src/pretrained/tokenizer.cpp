#include "pretrained/tokenizer.h"

#include <array>
#include <string>

#include "base/files.h"

#ifdef HAINA_TOKENIZERS
extern "C" {  // of tokenizer/src/lib.rs
void* haina_tokenizer_new(const uint8_t* json, size_t length, size_t most, char* message, size_t room);
int64_t haina_tokenizer_encode(const void* tokenizer, const uint8_t* text, size_t length, bool special, uint32_t* ids,
                               size_t room);
void haina_tokenizer_free(void* tokenizer);
}
#endif

namespace haina {
#ifdef HAINA_TOKENIZERS

Result<Tokenizer> Tokenizer::load(const std::filesystem::path& file, int64_t most) {
  HAINA_TRY(const std::string json, read_text(file));
  std::array<char, 300> message = {};
  void* const made = haina_tokenizer_new(reinterpret_cast<const uint8_t*>(json.data()), json.size(),
                                         static_cast<size_t>(most), message.data(), message.size());
  if (made == nullptr) {
    return fail({ErrorCode::kBadData, std::string("no tokenizer: ") + message.data(), file.string(),
                 "give the tokenizer.json that belongs to the network"});
  }
  Tokenizer tokenizer;
  tokenizer.library_ = {made, haina_tokenizer_free};
  tokenizer.most_ = most;
  return tokenizer;
}

Result<std::vector<int64_t>> Tokenizer::ids(std::string_view text, bool special) const {
  std::vector<uint32_t> ids(static_cast<size_t>(most_));
  const int64_t count = haina_tokenizer_encode(library_.get(), reinterpret_cast<const uint8_t*>(text.data()),
                                               text.size(), special, ids.data(), ids.size());
  if (count < 0) {
    return fail({ErrorCode::kBadData, "the tokenizer cannot cut a text", "", "look for odd characters in it"});
  }
  return std::vector<int64_t>(ids.begin(), ids.begin() + count);
}

#else

Result<Tokenizer> Tokenizer::load(const std::filesystem::path& file, int64_t) {
  return fail({ErrorCode::kUnsupported, "this build has no tokenizers", file.string(),
               "install cargo 1.85 or later (Debian: cargo-web) and build Haina again"});
}

Result<std::vector<int64_t>> Tokenizer::ids(std::string_view, bool) const {
  return fail({ErrorCode::kUnsupported, "this build has no tokenizers", "", "build Haina with cargo"});
}

#endif
}  // namespace haina
