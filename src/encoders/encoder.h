// An encoder turns one field of users or items into vectors. It learns the field's scales and vocabularies on the
// training part, converts cells to tensors, and maps rows to the network's width as a trainable module. A missing value
// gives a row of zeros and present = false.
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/params.h"
#include "base/tensors_file.h"
#include "data/field.h"
#include "data/interactions.h"
#include "kernels/csr.h"

namespace haina {

inline constexpr double kInitStd = 0.02;  // of the rows of embedding tables before training

// A field's cells as tensors: the input of forward(). Each encoder defines the members that it needs.
struct EncodedField {
  at::Tensor dense;    // float32 [rows, p]
  Csr bag;             // [rows, ids], weighted
  Csr second_bag;      // [rows, ids] of a second vocabulary (n-grams; friends' items)
  at::Tensor codes;    // int64 [rows]
  at::Tensor present;  // bool [rows]
  at::Tensor images;   // uint8 [rows, channels, height, width]
};
EncodedField moved(const EncodedField& field, at::Device device);

// The newest items of a batch of histories, newest first. L is the longest length in the batch and may be 0.
struct HistoryBatch {
  static constexpr int64_t kLongest = 50;
  at::Tensor vectors;  // float32 [B, L, width]: fused item vectors of unit length; undefined values past the end
  at::Tensor ages;     // float32 [B, L]: log(1 + days before the newest); 0 where unknown
  at::Tensor lengths;  // int64 [B]
};

// The input of forward(): rows of an encoded field, or histories for encoders of FieldType::kBehaviour.
struct EncoderInput {
  const EncodedField* field = nullptr;
  at::Tensor rows;                        // int64 [n] into `field`; undefined: all
  const HistoryBatch* history = nullptr;  // for kBehaviour only
};

struct EncoderContext {
  int64_t width = 64;                   // of every encoder's output
  const Interactions* train = nullptr;  // the training part: which rows have events, and what friends did
  std::span<const Field> fields;  // all fields of the side (kBehaviour: of the items), for encoders that read several
  uint64_t seed = 7;
};

class Encoder : public torch::nn::Module {
 public:
  // Learns from rows with a training event only (other rows must leave no trace), then creates the parameters.
  virtual Status fit(const Field& field, const EncoderContext& context) = 0;
  // Cells to tensors, one row per row of `field`. Values that were not learned count as missing. Also called with
  // fields of rows that were added after training.
  virtual Result<EncodedField> encode(const Field& field) const = 0;
  // -> float32 [n, width], one row per input row (kBehaviour: one per history). Rows that are not present give zeros.
  virtual at::Tensor forward(const EncoderInput& input) = 0;
  // What fit() learned besides the module's parameters and buffers: vocabularies, scales, SVD bases. restore() reads it
  // back and creates parameters of the right shapes; the caller then fills those by their names in named_parameters().
  virtual TensorMap constants() const = 0;
  virtual Status restore(const TensorMap& constants, const EncoderContext& context, const std::string& where) = 0;
};

struct EncoderEntry {
  std::string name;  // as in haina.toml: number, category, tags, text, ...
  std::string summary;
  std::vector<FieldType> types;  // the field types it serves
  std::vector<ParamSpec> params;
  std::function<std::shared_ptr<Encoder>(const Params&)> make;
};

// All entries, in the order of encoders.def.
std::span<const EncoderEntry> encoder_entries();
// kInvalidArgument with "did you mean" for an unknown name.
Result<const EncoderEntry*> find_encoder(const std::string& name, const std::string& where);
// The default encoder of a field: the first entry that serves its type. nullptr if there is none (kMedia).
const EncoderEntry* encoder_for(const Field& field);

struct EncoderChoice {
  const EncoderEntry* entry = nullptr;  // nullptr: no encoder serves the field's type
  Params params;
};
// The encoder of a field under the settings of [train.encoders]: an entry for the field's full name ("movies.title")
// comes first, then one for its type ("text"), then the default encoder. A setting is the name of an encoder or a table
// {"encoder": name, param: value}; without "encoder" its parameters apply to the default encoder. Fails with
// kInvalidArgument for an unknown encoder or parameter, and for an encoder that does not serve the field's type.
Result<EncoderChoice> choose_encoder(const Field& field, const std::map<std::string, nlohmann::json>& settings,
                                     const std::string& where);
// Fails with kInvalidArgument if a key of the settings names neither one of the fields nor a field type.
Status check_encoder_settings(std::span<const Field> fields, const std::map<std::string, nlohmann::json>& settings,
                              const std::string& where);

}  // namespace haina
