// A folder that holds a pretrained network with what belongs to it, as Hugging Face lays it out: model.onnx (or
// onnx/model.onnx) or model.safetensors, tokenizer.json of texts, preprocessor_config.json of pictures, the settings of
// sentence-transformers, and encoder.json, which overrides them all.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/error.h"

namespace haina {

enum class Pooling { kMean, kFirst };  // of a network that gives a vector for each token

struct NetworkFolder {
  std::filesystem::path model;                  // a file of ONNX, or of safetensors with one table of vectors
  std::filesystem::path tokenizer;              // empty: not of texts
  std::string identity;                         // SHA-256 of all that decides what comes out
  int64_t max_tokens = 256;                     // of a text; the rest is cut
  Pooling pooling = Pooling::kMean;             //
  bool normalize = true;                        // to vectors of length 1
  std::string output;                           // a tensor's name; empty: the network's first output
  int64_t resize = 0;                           // of pictures: pixels before the middle is cut out; 0: side
  bool keep_ratio = true;                       // resize: of the shorter side, else of both
  int64_t side = 224;                           // pixels of what the network sees, each way
  double scale = 1.0 / 255;                     // a channel's value is (v * scale - mean) / deviation
  std::array<double, 3> mean = {0, 0, 0};       // red, green, blue
  std::array<double, 3> deviation = {1, 1, 1};  //
  bool bgr = false;                             // the network wants blue first
  std::optional<bool> channels_first;           // nothing: by the shape of its input
  bool is_table() const { return model.extension() == ".safetensors"; }
};

// `path` is such a folder, or a file of ONNX beside the others. kNotFound, naming what was looked for; kBadData with
// file and key for settings that make no sense.
Result<NetworkFolder> read_network_folder(const std::filesystem::path& path);

}  // namespace haina
