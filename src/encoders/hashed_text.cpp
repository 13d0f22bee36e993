// Hashed text: words and pairs of neighboring words are hashed to a fixed number of trained vectors, weighted by tf-idf
// and summed. It keeps no vocabulary and computes no SVD: memory does not grow with the texts, and fitting is one pass.
// It does not know that words go together, as `text` does; choose it for large vocabularies. Words that share a bucket
// share a vector (Weinberger et al., "Feature Hashing for Large Scale Multitask Learning", ICML 2009).
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/seed.h"
#include "data/word_bags.h"
#include "encoders/embedding_bag.h"
#include "encoders/encoder.h"
#include "encoders/trained_rows.h"
#include "kernels/tf_idf.h"
#include "text/tokenizer.h"

namespace haina {
namespace {

class HashedTextEncoder final : public Encoder {
 public:
  HashedTextEncoder(int64_t buckets, int64_t min_df) : buckets_(buckets), min_df_(min_df) {}

  Status fit(const Field& field, const EncoderContext& context) override {
    const at::Tensor seen = trained_rows(field, context);
    std::vector<std::string> texts;
    for (int64_t r = 0; r < field.num_rows; ++r) {
      if (seen.const_data_ptr<bool>()[r]) {
        texts.push_back(field.texts[static_cast<size_t>(r)]);
      }
    }
    language_ = guess_language(texts);
    const Csr counts = hashed_counts(texts);
    const at::Tensor all = at::ones({counts.num_rows()}, at::kBool);
    idf_ = inverse_document_frequency(counts, all, min_df_);
    if (!idf_.gt(0).any().item<bool>()) {  // so few texts that every word is rare: all of them count
      idf_ = inverse_document_frequency(counts, all, 1);
    }
    create(context, "encoders/hashed_text/" + field.full_name());
    return ok();
  }

  Result<EncodedField> encode(const Field& field) const override {
    EncodedField encoded;
    encoded.bag = tf_idf(hashed_counts(field.texts), idf_);
    encoded.present = encoded.bag.offsets.diff().gt(0);
    return encoded;
  }

  at::Tensor forward(const EncoderInput& input) override {
    return weighted_bag_sum(input.field->bag, input.rows, table_);
  }

  TensorMap constants() const override {
    TensorMap constants = {{"idf", idf_}};
    Vocabulary language;
    language.find_or_add(language_);
    language.pack("language", constants);
    return constants;
  }

  Status restore(const TensorMap& constants, const EncoderContext& context, const std::string& where) override {
    HAINA_TRY(idf_, take_tensor(constants, "idf", at::kFloat, 1, where));
    HAINA_TRY(const Vocabulary language, Vocabulary::unpack("language", constants, where));
    if (idf_.size(0) == 0 || language.size() != 1) {
      return fail(
          {ErrorCode::kBadData, "hashed text without buckets or without a language", where, "run haina train again"});
    }
    buckets_ = idf_.size(0);
    language_ = language.name(0);
    create(context, where);
    return ok();
  }

 private:
  // float32 [texts, buckets]
  Csr hashed_counts(std::span<const std::string> texts) const {
    std::vector<int32_t> rows, columns;
    visit_grams(texts, language_, Grams::kWordsAndPairs, [&](int64_t row, const std::vector<std::string>& grams) {
      for (const std::string& gram : grams) {
        rows.push_back(static_cast<int32_t>(row));
        columns.push_back(static_cast<int32_t>(derive_seed(0, gram) % static_cast<uint64_t>(buckets_)));
      }
    });
    return csr_from_coordinates(std::ssize(texts), buckets_, rows, columns, std::vector<float>(rows.size(), 1.0F),
                                Repeats::kSum);
  }

  void create(const EncoderContext& context, const std::string& purpose) {
    at::Generator generator = make_generator(context.seed, purpose);
    table_ = register_parameter("table", at::normal(0, kInitStd, {buckets_, context.width}, generator, at::kFloat));
  }

  int64_t buckets_, min_df_;
  std::string language_ = "none";
  at::Tensor idf_;    // float32 [buckets]; 0: dropped
  at::Tensor table_;  // float32 [buckets, width]
};

}  // namespace

EncoderEntry hashed_text_encoder_entry() {
  return {
      .name = "hashed_text",
      .summary = "Words and word pairs hashed to a fixed number of trained vectors, for large vocabularies.",
      .types = {FieldType::kText},
      .params =
          {{.name = "buckets", .value = 16384, .min = 1, .max = 1 << 24, .doc = "number of vectors that words share"},
           {.name = "min_df",
            .value = 2,
            .min = 1,
            .max = 1e9,
            .doc = "number of rows that must hit a bucket for it to count"}},
      .make = [](const Params& p) {
        return std::make_shared<HashedTextEncoder>(p.integer("buckets"), p.integer("min_df"));
      }};
}

}  // namespace haina
