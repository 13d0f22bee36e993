// Texts to vectors by a pretrained network: one of ONNX, as MiniLM, or a table of token vectors whose mean is taken, as
// WordLlama and Model2Vec.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "pretrained/network_folder.h"
#include "pretrained/onnx_session.h"
#include "pretrained/tokenizer.h"

namespace haina {

class TextNetwork {
 public:
  // See read_network_folder. Fails also where the network is none of texts: one try is made.
  static Result<TextNetwork> load(const std::filesystem::path& path);

  const std::string& identity() const { return folder_.identity; }
  int64_t width() const { return width_; }
  // Ids of a text's tokens, as the network reads them.
  Result<std::vector<int64_t>> tokens(std::string_view text) const {
    return tokenizer_.ids(text, session_.has_value());
  }
  // float32 [width()]; empty where the text has no token, or the network gives no finite numbers. On one thread, and
  // safe to call from several. A text is encoded alone: its vector does not depend on what it is encoded beside.
  Result<std::vector<float>> encode(std::string_view text) const;

 private:
  TextNetwork(NetworkFolder folder, Tokenizer tokenizer)
      : folder_(std::move(folder)), tokenizer_(std::move(tokenizer)) {}
  Status load_table();
  Status load_session();
  Result<std::vector<float>> by_table(const std::vector<int64_t>& ids) const;
  Result<std::vector<float>> by_session(const std::vector<int64_t>& ids) const;

  NetworkFolder folder_;
  Tokenizer tokenizer_;
  std::optional<OnnxSession> session_;
  at::Tensor table_;  // float32 [tokens, width]; undefined with a session
  int64_t width_ = 0;
};

}  // namespace haina
