#include "pretrained/picture_network.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "pretrained/unit_length.h"

namespace haina {
namespace {

Error no_picture_network(const NetworkFolder& folder, const std::string& why) {
  return {ErrorCode::kUnsupported, why, folder.model.string(),
          "give a network of pictures: [1, 3, height, width] or [1, height, width, 3] in float32 in, one vector out"};
}

}  // namespace

Result<PictureNetwork> PictureNetwork::load(const std::filesystem::path& path) {
  HAINA_TRY(NetworkFolder folder, read_network_folder(path));
  if (folder.is_table()) {
    return fail(no_picture_network(folder, "a table of vectors sees no pictures"));
  }
  HAINA_TRY(OnnxSession session, OnnxSession::load(folder.model, folder.output, 1));
  if (session.inputs().size() != 1 || session.inputs()[0].type != OnnxSession::Type::kFloat ||
      session.inputs()[0].shape.size() != 4) {
    return fail(no_picture_network(folder, "its input is not one tensor of four dimensions"));
  }
  const std::vector<int64_t> shape = session.inputs()[0].shape;
  const bool first = shape[1] == 3 || (shape[3] != 3 && folder.channels_first.value_or(true));
  const int64_t height = shape[first ? 2 : 1], width = shape[first ? 3 : 2];
  if ((height > 0 && height != folder.side) || (width > 0 && width != folder.side)) {
    return fail({ErrorCode::kInvalidArgument,
                 fmt::format("the network sees {} x {} pixels, its settings say {}", height, width, folder.side),
                 folder.model.string(), fmt::format("write \"side\": {} into encoder.json beside it", height)});
  }
  PictureNetwork network(std::move(folder), std::move(session));
  network.channels_first_ = first;
  const std::vector<uint8_t> grey(static_cast<size_t>(network.folder_.side * network.folder_.side * 3), 128);
  HAINA_TRY(const std::vector<float> vector, network.encode(grey));
  if (vector.empty()) {
    return fail(no_picture_network(network.folder_, "it gives no finite numbers for a grey picture"));
  }
  network.width_ = std::ssize(vector);
  return network;
}

Result<std::vector<float>> PictureNetwork::encode(std::span<const uint8_t> pixels) const {
  const auto area = static_cast<size_t>(folder_.side * folder_.side);
  if (pixels.size() != 3 * area) {
    return fail({ErrorCode::kBadData, fmt::format("{} bytes are not {} pixels", pixels.size(), area), "",
                 "decode the picture at the side that the network wants"});
  }
  std::vector<float> input(pixels.size());
  for (size_t at = 0; at < area; ++at) {
    for (size_t c = 0; c < 3; ++c) {
      const double value = (pixels[3 * at + c] * folder_.scale - folder_.mean[c]) / folder_.deviation[c];
      const size_t channel = folder_.bgr ? 2 - c : c;
      input[channels_first_ ? channel * area + at : 3 * at + channel] = static_cast<float>(value);
    }
  }
  const OnnxSession::Value value = {.data = input.data(),
                                    .shape = channels_first_ ? std::vector<int64_t>{1, 3, folder_.side, folder_.side}
                                                             : std::vector<int64_t>{1, folder_.side, folder_.side, 3}};
  HAINA_TRY(OnnxSession::Output output, session_.run({&value, 1}));
  // [1, d], [1, d, h, w] or, of a transformer, [1, tokens, d], whose first token stands for the picture.
  std::vector<float> vector;
  if (output.shape.size() == 2) {
    vector = std::move(output.numbers);
  } else if (output.shape.size() == 3) {
    vector.assign(output.numbers.begin(), output.numbers.begin() + output.shape[2]);
  } else if (output.shape.size() == 4 && output.shape[0] == 1) {
    const int64_t channels = channels_first_ ? output.shape[1] : output.shape[3];
    const int64_t places = channels == 0 ? 0 : std::ssize(output.numbers) / channels;
    for (int64_t c = 0; c < channels; ++c) {
      double sum = 0;
      for (int64_t p = 0; p < places; ++p) {
        sum += output.numbers[static_cast<size_t>(channels_first_ ? c * places + p : p * channels + c)];
      }
      vector.push_back(static_cast<float>(sum / static_cast<double>(places)));
    }
  } else {
    return fail(
        no_picture_network(folder_, fmt::format("its output has the shape [{}]", fmt::join(output.shape, ", "))));
  }
  finish_vector(folder_.normalize, vector);
  return vector;
}

}  // namespace haina
