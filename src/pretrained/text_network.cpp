#include "pretrained/text_network.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "base/tensors_file.h"
#include "pretrained/unit_length.h"

namespace haina {
namespace {

constexpr const char* kTry = "one two three";

Error no_text_network(const NetworkFolder& folder, const std::string& why) {
  return {ErrorCode::kUnsupported, why, folder.model.string(),
          "give a network of texts: token ids in, one vector or one for each token out"};
}

}  // namespace

Result<TextNetwork> TextNetwork::load(const std::filesystem::path& path) {
  HAINA_TRY(NetworkFolder folder, read_network_folder(path));
  if (folder.tokenizer.empty()) {
    return fail({ErrorCode::kNotFound, "no tokenizer.json beside the network", folder.model.string(),
                 "put the tokenizer.json that belongs to the network there"});
  }
  HAINA_TRY(Tokenizer tokenizer, Tokenizer::load(folder.tokenizer, folder.max_tokens));
  TextNetwork network(std::move(folder), std::move(tokenizer));
  HAINA_OK(network.folder_.is_table() ? network.load_table() : network.load_session());
  HAINA_TRY(const std::vector<float> vector, network.encode(kTry));
  if (vector.empty()) {
    return fail({ErrorCode::kBadData, fmt::format("the network gives nothing for \"{}\"", kTry),
                 network.folder_.model.string(), "look whether tokenizer.json belongs to it"});
  }
  network.width_ = std::ssize(vector);
  return network;
}

Status TextNetwork::load_table() {
  HAINA_TRY(const TensorMap tensors, load_tensors(folder_.model));
  if (tensors.size() != 1 || tensors.begin()->second.dim() != 2 || !tensors.begin()->second.is_floating_point()) {
    return fail(
        no_text_network(folder_, fmt::format("its {} tensors are not one table of token vectors", tensors.size())));
  }
  table_ = tensors.begin()->second.to(at::kFloat).contiguous();
  return ok();
}

Status TextNetwork::load_session() {
  HAINA_TRY(session_, OnnxSession::load(folder_.model, folder_.output, 1));
  for (const OnnxSession::Input& input : session_->inputs()) {
    const bool known = input.name == "input_ids" || input.name == "attention_mask" || input.name == "token_type_ids";
    if (!known || (input.type != OnnxSession::Type::kInt64 && input.type != OnnxSession::Type::kInt32)) {
      return fail(no_text_network(folder_, fmt::format("it wants an input '{}', which is none of input_ids, "
                                                       "attention_mask and token_type_ids in whole numbers",
                                                       input.name)));
    }
  }
  return ok();
}

Result<std::vector<float>> TextNetwork::encode(std::string_view text) const {
  HAINA_TRY(const std::vector<int64_t> ids, tokens(text));
  if (ids.empty()) {
    return std::vector<float>();
  }
  HAINA_TRY(std::vector<float> vector, session_ ? by_session(ids) : by_table(ids));
  finish_vector(folder_.normalize, vector);
  return vector;
}

Result<std::vector<float>> TextNetwork::by_table(const std::vector<int64_t>& ids) const {
  const int64_t width = table_.size(1);
  std::vector<double> sums(static_cast<size_t>(width));
  for (const int64_t id : ids) {
    if (id >= table_.size(0)) {
      return fail({ErrorCode::kBadData, fmt::format("token {} is beyond the table's {} rows", id, table_.size(0)),
                   folder_.model.string(), "put the tokenizer.json that belongs to the network there"});
    }
    const float* const row = table_.const_data_ptr<float>() + id * width;
    std::transform(sums.begin(), sums.end(), row, sums.begin(), [](double sum, float value) { return sum + value; });
  }
  std::vector<float> mean;
  std::ranges::transform(sums, std::back_inserter(mean),
                         [&](double sum) { return static_cast<float>(sum / static_cast<double>(ids.size())); });
  return mean;
}

Result<std::vector<float>> TextNetwork::by_session(const std::vector<int64_t>& ids) const {
  const std::vector<int64_t> ones(ids.size(), 1), zeros(ids.size(), 0);
  std::vector<std::vector<int32_t>> narrow;
  narrow.reserve(session_->inputs().size());
  std::vector<OnnxSession::Value> values;
  for (const OnnxSession::Input& input : session_->inputs()) {
    const std::vector<int64_t>& own = input.name == "input_ids" ? ids : input.name == "attention_mask" ? ones : zeros;
    const void* data = own.data();
    if (input.type == OnnxSession::Type::kInt32) {
      data = narrow.emplace_back(own.begin(), own.end()).data();
    }
    values.push_back({.data = data, .shape = {1, std::ssize(ids)}});
  }
  HAINA_TRY(OnnxSession::Output output, session_->run(values));
  if (output.shape.size() == 2 && output.shape[0] == 1) {
    return std::move(output.numbers);
  }
  if (output.shape.size() != 3 || output.shape[0] != 1 || output.shape[1] != std::ssize(ids)) {
    return fail(no_text_network(folder_, fmt::format("its output has the shape [{}]", fmt::join(output.shape, ", "))));
  }
  const auto width = static_cast<size_t>(output.shape[2]);
  const size_t tokens = folder_.pooling == Pooling::kFirst ? 1 : ids.size();
  std::vector<float> vector(width);
  for (size_t d = 0; d < width; ++d) {
    double sum = 0;
    for (size_t t = 0; t < tokens; ++t) {
      sum += output.numbers[t * width + d];
    }
    vector[d] = static_cast<float>(sum / static_cast<double>(tokens));
  }
  return vector;
}

}  // namespace haina
