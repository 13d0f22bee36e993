// The fusion network as a torch module: the sources of items and users, the parameters that weight and combine them,
// and the tensors that scoring reads after training.
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/params.h"
#include "data/field.h"
#include "data/user_state.h"
#include "encoders/encoder.h"
#include "fusion/article_network.h"
#include "fusion/fusion.h"
#include "fusion/sequence_encoder.h"
#include "fusion/trend.h"
#include "kernels/packed_rows.h"

namespace haina {

inline constexpr float kMasked = -1e9F;    // the logit of an item that is no candidate
inline constexpr double kRowScale = 0.02;  // the RMS at which every item source starts, so that none dominates
inline constexpr double kUserGain = 0.1;   // of every user source before training

// One source of items or users: its encoder, the encoded cells, and the gain that brings its rows to kRowScale.
struct Source {
  std::string name;
  std::string encoder_name;
  Params encoder_params;
  FieldType type = FieldType::kId;
  std::shared_ptr<Encoder> encoder;
  EncodedField encoded;
  at::Tensor gain;  // float32 [], fixed before training
  bool is_behaviour() const { return encoder_name == "behaviour"; }
};

// Two sources that no file provides: the id of every item, and the order of a user's history.
Field id_field(int64_t rows);
Field behaviour_field(int64_t rows);
// Fits the chosen encoder on the field and sets the gain. choice.entry must not be nullptr (asserted).
Result<Source> make_source(const std::string& name, const Field& field, const EncoderChoice& choice,
                           const EncoderContext& context);

// The matrix product a b; with bf16 of bfloat16 factors and float32 sums.
at::Tensor product(const at::Tensor& a, const at::Tensor& b, bool bf16);

// Rows scaled to unit length; zero rows stay zero.
at::Tensor l2_normalize(const at::Tensor& x);

// Whether each source's part of an item vector is kept, which explanations need.
enum class KeepContributions { kSkip, kKeep };

struct FusionModule : torch::nn::Module {
  NetworkForm form = NetworkForm::kSet;
  // Of the parameters and of the encoders' inputs. What materialize() makes is on the CPU.
  at::Device device = at::kCPU;
  int64_t width = 0;
  int64_t num_items = 0;
  Params params;
  std::vector<Source> item_sources;
  std::vector<Source> user_sources;
  // Items: a = softmax over present sources of prior_s + <probe_s, h_s>; q = (number present) * sum a_s gain_s h_s.
  at::Tensor prior, probe;  // [S], [S, width]
  // Users, set form: p = LN(sum of unit q over the kept history / sqrt n); p += up(gelu(down p)); p += sum_s gain_s
  // LN(h_s) over the user sources, behaviour among them. Sequence form: p = the last position of `reader` over unit q
  // of the newest events, plus the same sum.
  at::Tensor norm_weight, norm_bias, down, down_bias, up, user_gain;
  at::Tensor query;  // [width]; set form with parameter `attention`: a history item has weight exp <query, unit q>
  std::shared_ptr<SequenceEncoder> reader;  // sequence form; else nullptr
  std::shared_ptr<ArticleNetwork> article;  // the article's form; else nullptr
  at::Tensor scale, bias;                   // [], [items]; undefined in the article's form
  at::Tensor trend_weight;                  // [Trend::kScales]; undefined if events have no times
  at::Tensor unseen;  // bool [items]: without an event in training, and so never a target; undefined if there are none

  // Computed by materialize(), read by scoring:
  at::Tensor final_items;          // unit q, float32 [items, width]; the article's form: extracted, float32 [items, d]
  PackedRows final_packed;         // the same, packed
  at::Tensor final_contributions;  // float32 [items, S, width]: what each source adds to q before it is normalized
  at::Tensor final_weights;        // float32 [items, S]
  at::Tensor trend_now;            // float32 [Trend::kScales, items]; an input; undefined without trend_weight
  at::Tensor final_pool;           // float32 [items], weights in a history; undefined without query
  at::Tensor final_bias;           // float32 [items]: bias plus the trend of now
  at::Tensor final_prepared;       // the article's form: float32 [items, d], what items give to the fusion
  at::Tensor final_average;        // the article's form: float32 [S, width], mean of the contributions over items
  // Of each user source: user_gain x LN(h_s), float32 [users, width]; undefined for behaviour.
  std::vector<at::Tensor> final_users;

  // Registers the parameters. Sources, sizes and trend_now must be set.
  void create(uint64_t seed);
  // Moves parameters, encoders and encoded cells to another device.
  void move_to(at::Device device);

  struct Items {
    at::Tensor q;              // [items, width]
    at::Tensor contributions;  // [items, S, width]; undefined with kSkip
    at::Tensor weights;        // [items, S]
  };
  // kept: one flag per source, all true outside training (source dropout). rows: int64 [n], the items to fuse;
  // undefined: all.
  Items fuse_items(const std::vector<bool>& kept, KeepContributions keep, const at::Tensor& rows = {}) const;
  // The same for other items: per item source an encoded field of `count` rows, or nullptr if they lack that source.
  Items fuse_fields(std::span<const EncodedField* const> encoded, const std::vector<bool>& kept, int64_t count,
                    KeepContributions keep, const at::Tensor& rows = {}) const;
  // By which items are compared and scored, of q [n, width]: unit q, or what the article's extractor makes of it; zeros
  // where q is zero.
  at::Tensor item_vectors_of(const at::Tensor& q) const;
  // LN(h_s) of these rows, or of all; zeros where the source is missing.
  at::Tensor user_source_rows(const Source& source, const at::Tensor& rows) const;
  // The same for cells of the state's profile: [width]; undefined if the profile has none of this source.
  at::Tensor given_profile(const Source& source, const UserState& user) const;
  // LN of the behaviour encoder's output. q: unit item vectors; recent, ages, lengths: as in Batch. Zeros without a
  // history.
  at::Tensor behaviour_rows(const Source& source, const at::Tensor& q, const at::Tensor& recent, const at::Tensor& ages,
                            const at::Tensor& lengths) const;
  // Weights of items in a history: exp <query, q>, [C]; undefined if all have the same weight.
  at::Tensor pool_weights(const at::Tensor& q) const;
  // Sum of w q over sqrt of the sum of w²; zero where nothing is kept. kept: [B, C]; its nonzero values are equal
  // within a row.
  at::Tensor pool(const at::Tensor& kept, const at::Tensor& q, bool bf16) const;
  // pooled: [B, width], as from pool().
  at::Tensor user_vector(const at::Tensor& pooled, const at::Tensor& has_history) const;
  // The weighted sum of the user sources except behaviour, from stored rows or the state's profile. float32 [B, width]
  at::Tensor profile_vectors(std::span<const UserState> users) const;
  // The reader's last position over each history; zeros without one. float32 [B, width]
  at::Tensor sequence_vectors(std::span<const UserState> users) const;
  // The article's form, from profiles and the mean vector of the newest PairSampler::kLongest items. float32 [B, d]
  at::Tensor article_vectors(std::span<const UserState> users) const;
  // The article's form: per pair of the user and an item, how much each source adds to the logit of an average item, by
  // integrated gradients. contributions: float32 [n, S, width]; average: [S, width]; user: [d]. float32 [n, S]
  at::Tensor article_source_parts(const at::Tensor& contributions, const at::Tensor& average,
                                  const at::Tensor& user) const;
  // Scales to at most unit length, so that scores move less for users of whom less is known. A history alone has length
  // sqrt(width) from the layer norm; a profile alone is as long as its gains make it; a user without either is zero.
  at::Tensor bounded(const at::Tensor& p) const;

  // Computes the final_ tensors from the current parameters.
  void materialize(KeepContributions keep);
  // [B, width], at most unit length. After materialize().
  at::Tensor user_vectors(std::span<const UserState> users) const;
  // [B, items], float32. After materialize().
  at::Tensor score(std::span<const UserState> users) const;
};

}  // namespace haina
