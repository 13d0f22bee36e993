// Pictures to vectors by a pretrained network of ONNX, as MobileNet or a ResNet without its classifier.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "pretrained/network_folder.h"
#include "pretrained/onnx_session.h"

namespace haina {

class PictureNetwork {
 public:
  // See read_network_folder. Fails also where the network is none of pictures: one try is made.
  static Result<PictureNetwork> load(const std::filesystem::path& path);

  const NetworkFolder& folder() const { return folder_; }
  int64_t width() const { return width_; }
  // Pixels in rows from the top, red, green, blue: folder().side x folder().side of them -> float32 [width()], the mean
  // over places where the network gives one for each. Empty where a number is not finite. On one thread, and safe to
  // call from several.
  Result<std::vector<float>> encode(std::span<const uint8_t> pixels) const;

 private:
  PictureNetwork(NetworkFolder folder, OnnxSession session)
      : folder_(std::move(folder)), session_(std::move(session)) {}

  NetworkFolder folder_;
  OnnxSession session_;
  bool channels_first_ = true;
  int64_t width_ = 0;
};

}  // namespace haina
