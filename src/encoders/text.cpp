// Text: words and pairs of neighboring words of any language, weighted by tf-idf. Two views are added: the row's
// position among the strongest directions of all texts (a fixed truncated SVD, through a trained projection), which
// knows which words go together; and a trained vector per word, which learns what the SVD cannot see. Cost of fitting:
// a few passes over the words times the rank.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/seed.h"
#include "data/word_bags.h"
#include "encoders/embedding_bag.h"
#include "encoders/encoder.h"
#include "encoders/svd_projection.h"
#include "encoders/trained_rows.h"
#include "kernels/tf_idf.h"
#include "text/tokenizer.h"

namespace haina {
namespace {

class TextEncoder final : public Encoder {
 public:
  TextEncoder(int64_t min_df, int64_t rank) : min_df_(min_df), rank_(rank) {}

  Status fit(const Field& field, const EncoderContext& context) override {
    const at::Tensor seen = trained_rows(field, context);
    const bool* const is_seen = seen.const_data_ptr<bool>();
    std::vector<std::string> texts;
    for (int64_t r = 0; r < field.num_rows; ++r) {
      if (is_seen[r]) {
        texts.push_back(field.texts[static_cast<size_t>(r)]);
      }
    }
    language_ = guess_language(texts);
    // Of all words and pairs in seen rows, those in at least min_df rows are kept; of very few rows, all.
    Vocabulary all;
    const Csr counts = learn_words(texts, language_, Grams::kWordsAndPairs, all);
    const at::Tensor all_rows = at::ones({std::ssize(texts)}, at::kBool);
    at::Tensor idf = inverse_document_frequency(counts, all_rows, min_df_);
    if (!idf.gt(0).any().item<bool>()) {
      idf = inverse_document_frequency(counts, all_rows, 1);
    }
    const at::Tensor kept = idf.gt(0).nonzero().squeeze(1).contiguous();
    for (int64_t i = 0; i < kept.size(0); ++i) {
      vocabulary_.find_or_add(all.name(static_cast<int32_t>(kept.const_data_ptr<int64_t>()[i])));
    }
    idf_ = idf.index_select(0, kept).contiguous();
    directions_ = svd_projection(tf_idf(bag_of(texts), idf_), rank_, context.seed, "encoders/text/svd");
    create(context, "encoders/text/" + field.full_name());
    return ok();
  }

  Result<EncodedField> encode(const Field& field) const override {
    EncodedField encoded;
    encoded.bag = tf_idf(bag_of(field.texts), idf_);
    encoded.dense = multiply(encoded.bag, directions_);
    encoded.present = encoded.bag.offsets.diff().gt(0);
    return encoded;
  }

  at::Tensor forward(const EncoderInput& input) override {
    const at::Tensor dense = input.rows.defined() ? input.field->dense.index_select(0, input.rows) : input.field->dense;
    return weighted_bag_sum(input.field->bag, input.rows, table_) + at::matmul(dense, projection_);
  }

  TensorMap constants() const override {
    TensorMap constants = {{"idf", idf_}, {"directions", directions_}};
    vocabulary_.pack("words", constants);
    Vocabulary language;
    language.find_or_add(language_);
    language.pack("language", constants);
    return constants;
  }

  Status restore(const TensorMap& constants, const EncoderContext& context, const std::string& where) override {
    HAINA_TRY(idf_, take_tensor(constants, "idf", at::kFloat, 1, where));
    HAINA_TRY(directions_, take_tensor(constants, "directions", at::kFloat, 2, where));
    HAINA_TRY(vocabulary_, Vocabulary::unpack("words", constants, where));
    HAINA_TRY(const Vocabulary language, Vocabulary::unpack("language", constants, where));
    if (language.size() != 1 || vocabulary_.size() != idf_.size(0) || directions_.size(0) != idf_.size(0)) {
      return fail({ErrorCode::kBadData, "words, weights and directions have inconsistent shapes", where,
                   "run haina train again"});
    }
    language_ = language.name(0);
    create(context, where);
    return ok();
  }

 private:
  // [texts, vocabulary], counts; unknown words are dropped.
  Csr bag_of(std::span<const std::string> texts) const {
    return count_words(texts, language_, Grams::kWordsAndPairs, vocabulary_);
  }

  void create(const EncoderContext& context, const std::string& purpose) {
    at::Generator generator = make_generator(context.seed, purpose);
    const auto rows = std::max<int64_t>(1, idf_.size(0));
    table_ = register_parameter("table", at::normal(0, kInitStd, {rows, context.width}, generator, at::kFloat));
    projection_ = register_parameter(
        "projection", at::normal(0, kInitStd, {directions_.size(1), context.width}, generator, at::kFloat));
  }

  int64_t min_df_, rank_;
  std::string language_ = "none";
  Vocabulary vocabulary_;  // words and pairs "a b"
  at::Tensor idf_;         // float32 [words]
  at::Tensor directions_;  // float32 [words, rank]
  at::Tensor table_;       // float32 [words, width]
  at::Tensor projection_;  // float32 [rank, width]
};

}  // namespace

EncoderEntry text_encoder_entry() {
  return {
      .name = "text",
      .summary = "Words and word pairs of any language: tf-idf, a truncated SVD, and a trained vector per word.",
      .types = {FieldType::kText},
      .params = {{.name = "min_df",
                  .value = 2,
                  .min = 1,
                  .max = 1e9,
                  .doc = "number of rows that must hold a word for it to count"},
                 {.name = "rank", .value = 64, .min = 1, .max = 4096, .doc = "number of directions of the SVD"}},
      .make = [](const Params& p) { return std::make_shared<TextEncoder>(p.integer("min_df"), p.integer("rank")); }};
}

}  // namespace haina
