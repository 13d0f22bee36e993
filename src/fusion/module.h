// The fusion network as a module: the sources of both sides, the parameters that weigh and join them, and what scoring
// reads once they are trained.
#pragma once

#include <ATen/ATen.h>
#include <torch/nn.h>

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/params.h"
#include "data/user_state.h"
#include "encoders/encoder.h"
#include "fusion/fusion.h"
#include "fusion/sequence_encoder.h"
#include "fusion/trend.h"
#include "kernels/packed_rows.h"

namespace haina {

inline constexpr float kMasked = -1e9F;  // a logit of what is no candidate

// One source of one side: its encoder, what its cells became, and the gain that brings its rows to kRowScale.
struct Source {
  std::string name;
  std::string encoder_name;
  FieldType type = FieldType::kId;
  std::shared_ptr<Encoder> encoder;
  EncodedField encoded;
  at::Tensor gain;  // float32 [], fixed at the start
  bool is_behaviour() const { return encoder_name == "behaviour"; }
};

// The id of every item, a source like the others; and the order of a user's history.
Field id_field(int64_t rows);
Field behaviour_field(int64_t rows);
// With its encoder fitted and the gain set.
Result<Source> make_source(const std::string& name, const Field& field, const EncoderContext& context);

// a b, of halves (bfloat16) where the CPU multiplies those: their sums stay float32.
at::Tensor product(const at::Tensor& a, const at::Tensor& b, bool halves);

// Rows of unit length; zeros stay.
at::Tensor unit(const at::Tensor& x);

enum class Parts { kSkip, kKeep };

struct FusionModule : torch::nn::Module {
  NetworkForm form = NetworkForm::kSet;
  at::Device device = at::kCPU;  // of the parameters and of what the encoders read; what finish() makes is on the CPU
  int64_t width = 0;
  int64_t num_items = 0;
  Params params;
  std::vector<Source> item_sources;
  std::vector<Source> user_sources;
  // Item side: a = softmax over present sources of prior_s + <probe_s, h_s>; q = (number present) * sum a_s gain_s h_s.
  at::Tensor prior, probe;  // [S], [S, width]
  // User side, a set: p = LN(sum of unit q over the kept history / sqrt n); p += up(gelu(down p)); p += sum_s gain_s
  // LN(h_s), behaviour among them. A sequence: p = reader over unit q of the newest events, its last position, and the
  // same sum.
  at::Tensor norm_weight, norm_bias, down, down_bias, up, user_gain;
  at::Tensor query;  // [width]; a set, where asked for: an item of the history weighs exp <query, unit q>
  std::shared_ptr<SequenceReader> reader;  // nullptr: a set
  at::Tensor scale, bias;                  // [], [items]
  at::Tensor trend_weight;                 // [Trend::kScales]; undefined where events have no times

  // Made by finish(), read by scoring:
  at::Tensor final_items;    // unit q, float32 [items, width]
  Panels final_panels;       // the same
  at::Tensor final_parts;    // float32 [items, S, width]: what each source adds to q before normalising
  at::Tensor final_weights;  // float32 [items, S]
  at::Tensor trend_now;      // float32 [Trend::kScales, items], known before; undefined without trend_weight
  at::Tensor final_pool;     // weights in a history, float32 [items]; undefined without query
  at::Tensor final_bias;     // bias and what is in trend now, float32 [items]
  std::vector<at::Tensor>
      final_users;  // a user source with rows: gain x LN(h_s), float32 [users, width]; else undefined

  // Registers the parameters; sources, sizes and trend_now stand by then.
  void create(uint64_t seed);
  // Takes parameters, their encoders and cells to another device.
  void move_to(at::Device device);

  struct Items {
    at::Tensor q;        // [items, width]
    at::Tensor parts;    // [items, S, width], where kept
    at::Tensor weights;  // [items, S]
  };
  // kept: a source, all true outside training (source dropout). rows: int64 [n], those alone; undefined: all.
  Items fuse_items(const std::vector<bool>& kept, Parts parts, const at::Tensor& rows = {}) const;
  // Of other items: one encoded field of `count` rows an item source, nullptr where they have nothing of it.
  Items fuse_fields(std::span<const EncodedField* const> encoded, const std::vector<bool>& kept, int64_t count,
                    Parts parts, const at::Tensor& rows = {}) const;
  // LN(h_s) of those rows, or of all; zeros where the source is missing.
  at::Tensor user_source_rows(const Source& source, const at::Tensor& rows) const;
  // The same of cells that a caller gives, [width]; undefined where the state's profile has none of this source.
  at::Tensor given_profile(const Source& source, const UserState& user) const;
  // LN of what a history's order says; q: unit item vectors; recent, ages, lengths as in Batch. Zeros without a
  // history.
  at::Tensor behaviour_rows(const Source& source, const at::Tensor& q, const at::Tensor& recent, const at::Tensor& ages,
                            const at::Tensor& lengths) const;
  // Weights of items in a history: exp <query, q>, [C]; undefined where all weigh the same.
  at::Tensor pool_weights(const at::Tensor& q) const;
  // kept: [B, C], equal in a row where not 0. Sum of w q over sqrt of the sum of w^2; zero where nothing is kept.
  at::Tensor pool(const at::Tensor& kept, const at::Tensor& q, bool halves) const;
  // pooled: [B, width], as from pool().
  at::Tensor user_vector(const at::Tensor& pooled, const at::Tensor& has_history) const;
  // What is stored or given of users but their histories: the gained sum of those sources. float32 [B, width]
  at::Tensor profile_vectors(std::span<const UserState> users) const;
  // The reader's last position over each history, zeros where there is none: float32 [B, width].
  at::Tensor sequence_vectors(std::span<const UserState> users) const;
  // At most unit length: what is known of a user decides how far it may move the scores. A history fills a layer norm's
  // sqrt(width); a profile alone has what length its gains gave it, and nothing known is zero.
  at::Tensor bounded(const at::Tensor& p) const;

  // What scoring reads, from the parameters as they are now; the parts, which reasons read, only where kept.
  void finish(Parts parts);
  // [B, width], at most unit length. After finish().
  at::Tensor user_vectors(std::span<const UserState> users) const;
  // [B, items], float32. After finish().
  at::Tensor score(std::span<const UserState> users) const;
};

}  // namespace haina
