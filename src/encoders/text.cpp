// Text: words of any language, uni- and bigrams, weighed by tf-idf. Two views are added: the row's place among the
// strongest directions of all texts (truncated SVD, fixed, through a trained projection), which knows that words go
// together, and a trained vector a word, which learns what the SVD cannot see. Cost of fitting: a few passes over the
// words times the rank.
#include "base/seed.h"
#include "text/tokenizer.h"
#include "encoders/truncated_svd.h"
#include "encoders/embedding_bag.h"
#include "encoders/encoder.h"

namespace haina {
namespace {

constexpr double kInitStd = 0.02;

class TextEncoder final : public Encoder {
 public:
  TextEncoder(int64_t min_df, int64_t rank) : min_df_(min_df), rank_(rank) {}

  Status fit(const Field& field, const EncoderContext& context) override {
    const at::Tensor seen = context.train == nullptr    ? at::ones({field.num_rows}, at::kBool)
                            : field.side == Side::kItem ? context.train->item_counts(0).gt(0)
                                                        : context.train->offsets.diff().gt(0);
    const bool* const is_seen = seen.const_data_ptr<bool>();
    std::vector<std::string> texts;
    for (int64_t r = 0; r < field.num_rows; ++r) {
      if (is_seen[r]) {
        texts.push_back(field.texts[static_cast<size_t>(r)]);
      }
    }
    language_ = guess_language(texts);
    // Every word and pair of the rows seen, of which those in min_df rows (or, of few rows, all) stay.
    Vocabulary all;
    const WordCutter words(language_);
    std::vector<int32_t> rows, columns;
    for (size_t r = 0; r < texts.size(); ++r) {
      for (const std::string& gram : grams(words, texts[r])) {
        rows.push_back(static_cast<int32_t>(r));
        columns.push_back(all.find_or_add(gram));
      }
    }
    const Csr counts = csr_from_coordinates(std::ssize(texts), all.size(), rows, columns,
                                            std::vector<float>(rows.size(), 1.0F), Repeats::kSum);
    const at::Tensor every = at::ones({std::ssize(texts)}, at::kBool);
    at::Tensor idf = inverse_document_frequency(counts, every, min_df_);
    if (!idf.gt(0).any().item<bool>()) {
      idf = inverse_document_frequency(counts, every, 1);
    }
    const at::Tensor kept = idf.gt(0).nonzero().squeeze(1).contiguous();
    for (int64_t i = 0; i < kept.size(0); ++i) {
      vocabulary_.find_or_add(all.name(static_cast<int32_t>(kept.const_data_ptr<int64_t>()[i])));
    }
    idf_ = idf.index_select(0, kept).contiguous();
    directions_ = strongest_directions(tf_idf(bag_of(texts), idf_), rank_, context.seed, "encoders/text/svd");
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
      return fail({ErrorCode::kBadData, "words, weights and directions do not fit together", where,
                   "make it again with haina train"});
    }
    language_ = language.name(0);
    create(context, where);
    return ok();
  }

 private:
  static std::vector<std::string> grams(const WordCutter& words, const std::string& text) {
    std::vector<std::string> grams = words(text);
    const size_t count = grams.size();
    for (size_t i = 0; i + 1 < count; ++i) {
      grams.push_back(grams[i] + " " + grams[i + 1]);
    }
    return grams;
  }

  // [texts, vocabulary], counts; unknown words are dropped.
  Csr bag_of(const std::vector<std::string>& texts) const {
    const WordCutter words(language_);
    std::vector<int32_t> rows, columns;
    for (size_t r = 0; r < texts.size(); ++r) {
      for (const std::string& gram : grams(words, texts[r])) {
        if (const auto known = vocabulary_.find(gram)) {
          rows.push_back(static_cast<int32_t>(r));
          columns.push_back(*known);
        }
      }
    }
    return csr_from_coordinates(std::ssize(texts), vocabulary_.size(), rows, columns,
                                std::vector<float>(rows.size(), 1.0F), Repeats::kSum);
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
      .summary = "Words and pairs of any language: tf-idf, truncated SVD, and a trained vector a word.",
      .types = {FieldType::kText},
      .params =
          {{.name = "min_df", .value = 2, .min = 1, .max = 1e9, .doc = "rows that must hold a word for it to count"},
           {.name = "rank", .value = 64, .min = 1, .max = 4096, .doc = "directions of the SVD that are kept"}},
      .make = [](const Params& p) { return std::make_shared<TextEncoder>(p.integer("min_df"), p.integer("rank")); }};
}

}  // namespace haina
