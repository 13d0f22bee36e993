// F: feature extraction. An encoder learns one field's scales and vocabularies on the training part, turns cells into
// tensors, and maps rows to one width as a trainable module. Missing values give a row of zeros and present = false.
#pragma once

#include <ATen/ATen.h>
#include <torch/nn.h>

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/params.h"
#include "base/tensors_file.h"
#include "data/field.h"
#include "data/interactions.h"

namespace haina {

// What a field's cells became; what forward reads. Which members are defined is the encoder's own affair.
struct EncodedField {
  at::Tensor dense;    // float32 [rows, p]
  Csr bag;             // [rows, ids], weighted
  Csr second_bag;      // [rows, ids] of a second vocabulary (n-grams; friends' items)
  at::Tensor codes;    // int64 [rows]
  at::Tensor present;  // bool [rows]
};
EncodedField moved(const EncodedField& field, at::Device device);

// The newest items of a batch of histories, newest first; L is the longest of the batch, maybe 0.
struct HistoryBatch {
  static constexpr int64_t kLongest = 50;
  at::Tensor vectors;  // float32 [B, L, width]: fused item vectors of unit length; beyond the end anything
  at::Tensor ages;     // float32 [B, L]: log(1 + days before the newest); 0 where unknown
  at::Tensor lengths;  // int64 [B]
};

// What forward maps: rows of an encoded field; for the encoder of behaviour, histories.
struct EncoderInput {
  const EncodedField* field = nullptr;
  at::Tensor rows;                        // int64 [n] into `field`; undefined: all
  const HistoryBatch* history = nullptr;  // behaviour alone
};

struct EncoderContext {
  int64_t width = 64;                   // of every encoder's output
  const Interactions* train = nullptr;  // training part: which rows were seen, and the behaviour of friends
  std::span<const Field> fields;  // all fields of the side (behaviour: the items'), for encoders that look at several
  uint64_t seed = 7;
};

class Encoder : public torch::nn::Module {
 public:
  // Learns from the rows seen in training (an item or user without a training event teaches nothing), then creates the
  // parameters.
  virtual Status fit(const Field& field, const EncoderContext& context) = 0;
  // Cells to tensors, one row a row of `field`; values never seen in training count as missing. Also for fields of new
  // rows (online).
  virtual Result<EncodedField> encode(const Field& field) const = 0;
  // -> float32 [n, width], one row an input row (behaviour: [B, width], one a history). Rows not present give zeros.
  virtual at::Tensor forward(const EncoderInput& input) = 0;
  // Fitted constants (vocabularies, scales, PCA) beside the module's own parameters and buffers; restore creates the
  // parameters with the right shapes, which the caller then fills from the same map (named as named_parameters()).
  virtual TensorMap constants() const = 0;
  virtual Status restore(const TensorMap& constants, const EncoderContext& context, const std::string& where) = 0;
};

struct EncoderEntry {
  std::string name;  // as in haina.toml: number, category, tags, text, …
  std::string summary;
  std::vector<FieldType> types;  // the field types it serves
  std::vector<ParamSpec> params;
  std::function<std::shared_ptr<Encoder>(const Params&)> make;
};

// All entries, in the order of encoders.def.
std::span<const EncoderEntry> encoder_entries();
Result<const EncoderEntry*> find_encoder(const std::string& name, const std::string& where);
// The first entry that serves the field's type; nullptr where none does (media without a picture encoder).
const EncoderEntry* encoder_for(const Field& field);

}  // namespace haina
