// Encoders against plain loops, and the gradient of the weighted bag sum against finite differences.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "base/seed.h"
#include "data/word_bags.h"
#include "encoders/embedding_bag.h"
#include "encoders/encoder.h"
#include "small_fields.h"
#include "text/tokenizer.h"

namespace haina {
namespace {

struct Fitted {
  std::shared_ptr<Encoder> encoder;
  EncodedField cells;
  at::Tensor out;  // float32 [rows, 4]
  at::Tensor parameter(const std::string& name) const { return encoder->named_parameters()[name].detach(); }
};

Fitted fitted(const std::string& name, const Field& field, const Interactions& train) {
  const EncoderEntry& entry = **find_encoder(name, "");
  Fitted made = {entry.make(Params(entry.params)), {}, {}};
  EXPECT_TRUE(made.encoder->fit(field, {.width = 4, .train = &train, .fields = {}}));
  made.cells = *made.encoder->encode(field);
  const at::NoGradGuard no_grad;
  made.out = made.encoder->forward({.field = &made.cells, .rows = {}, .history = nullptr});
  return made;
}

TEST(Tags, EqualTheUnitLengthTfIdfSumOfTheirVectors) {
  const Field field = small_field(FieldType::kTags);
  const Fitted made = fitted("tags", field, small_train());
  const at::Tensor counts = to_dense(field.bags).to(at::kDouble);
  const at::Tensor df = counts.narrow(0, 0, kSeenRows).gt(0).sum(0);
  // Tags in at least two seen rows count, in the order of the field.
  const at::Tensor kept = df.ge(2).nonzero().squeeze(1);
  ASSERT_EQ(made.parameter("table").size(0), kept.size(0));
  const at::Tensor idf = (1 + kSeenRows / df.to(at::kDouble)).log().index_select(0, kept);
  const at::Tensor picked = counts.index_select(1, kept);
  const at::Tensor weighed = at::where(picked.gt(1), 1 + picked.clamp_min(1).log(), picked) * idf;
  const at::Tensor unit = weighed / weighed.norm(2, 1, true).clamp_min(1e-12);
  const at::Tensor expected = at::matmul(unit, made.parameter("table").to(at::kDouble)).to(at::kFloat);
  EXPECT_TRUE(at::allclose(made.out, expected, 1e-5, 1e-7)) << made.out - expected;
}

TEST(Tags, DoNotDependOnTheNumberingOfTheField) {
  const Field field = small_field(FieldType::kTags);
  const Fitted made = fitted("tags", field, small_train());
  Field turned = field;
  turned.values = {};
  const auto columns = static_cast<int32_t>(field.bags.num_cols);
  for (int32_t c = 0; c < columns; ++c) {
    turned.values.find_or_add(field.values.name(columns - 1 - c));
  }
  std::vector<int32_t> r, c;
  std::vector<float> v;
  for (int64_t row = 0; row < kRows; ++row) {
    for (size_t i = 0; i < field.bags.row(row).size(); ++i) {
      r.push_back(static_cast<int32_t>(row));
      c.push_back(columns - 1 - field.bags.row(row)[i]);
      v.push_back(field.bags.row_values(row)[i]);
    }
  }
  turned.bags = csr_from_coordinates(kRows, columns, r, c, v, Repeats::kSum);
  const EncodedField cells = *made.encoder->encode(turned);
  const at::NoGradGuard no_grad;
  EXPECT_TRUE(at::allclose(made.encoder->forward({.field = &cells, .rows = {}, .history = nullptr}), made.out));
}

TEST(Number, EqualsTheVectorOfItsBinPlusALine) {
  const Field field = small_field(FieldType::kNumber);  // 0, 1, 4, 9, missing, 25, … 81 seen; 100 and 121 not
  const Fitted made = fitted("number", field, small_train());
  const std::vector<double> sorted = {0, 1, 4, 9, 25, 36, 49, 64, 81};
  const auto quantile = [&](double share) {
    const double place = share * static_cast<double>(sorted.size() - 1);
    const auto low = static_cast<size_t>(place);
    const double high = sorted[std::min(low + 1, sorted.size() - 1)];
    return sorted[low] + (place - static_cast<double>(low)) * (high - sorted[low]);
  };
  const double median = quantile(0.5), spread = quantile(0.75) - quantile(0.25);
  for (int64_t row = 0; row < kRows; ++row) {
    if (row == kMissingRow) {
      continue;
    }
    const auto x = static_cast<double>(row * row);
    int64_t bin = 0;
    for (int edge = 1; edge < 10; ++edge) {
      bin += static_cast<float>(quantile(edge / 10.0)) <= static_cast<float>(x) ? 1 : 0;
    }
    EXPECT_EQ(made.cells.codes[row].item<int64_t>(), bin) << x;
    const double scaled = std::clamp((x - median) / spread, -4.0, 4.0);
    const at::Tensor expected = made.parameter("table")[bin] + made.parameter("line")[0] * scaled;
    EXPECT_TRUE(at::allclose(made.out[row], expected, 1e-5, 1e-7)) << x;
  }
}

TEST(Category, EqualsTheVectorOfItsValueAndRareValuesAreMissing) {
  Field field = small_field(FieldType::kCategory);
  field.codes.data_ptr<int32_t>()[0] = field.values.find_or_add("once");
  const Fitted made = fitted("category", field, small_train());
  ASSERT_EQ(made.parameter("table").size(0), 3);
  EXPECT_FALSE(made.cells.present[0].item<bool>());
  for (int64_t row = 1; row < kRows; ++row) {
    if (row != kMissingRow) {
      EXPECT_TRUE(made.out[row].equal(made.parameter("table")[row % 3])) << row;
    }
  }
}

TEST(Vectors, AColumnThatIsConstantInTrainingIsZeroInAllRows) {
  Field field = small_field(FieldType::kVector);
  field.numbers.select(1, 2).narrow(0, 0, kSeenRows).fill_(0.1F);
  field.numbers[kMissingRow].fill_(std::numeric_limits<float>::quiet_NaN());
  const Fitted made = fitted("vectors", field, small_train());
  EXPECT_TRUE(made.cells.dense.select(1, 2).eq(0).all().item<bool>());
  EXPECT_TRUE(at::isfinite(made.out).all().item<bool>());
  EXPECT_TRUE(made.out[kSeenRows].abs().sum().gt(0).item<bool>());
}

TEST(Vectors, OfAnotherLengthAreAnError) {
  const Fitted made = fitted("vectors", small_field(FieldType::kVector), small_train());
  Field longer = small_field(FieldType::kVector);
  longer.numbers = at::ones({kRows, 6}, at::kFloat);
  const auto encoded = made.encoder->encode(longer);
  ASSERT_FALSE(encoded);
  EXPECT_EQ(encoded.error().at, "small.cells");
  TensorMap constants = made.encoder->constants();
  constants["deviation"] = at::ones({3}, at::kFloat);
  const EncoderEntry& entry = **find_encoder("vectors", "");
  const Status status = entry.make(Params(entry.params))->restore(constants, {.width = 4, .fields = {}}, "m.tensors");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().at, "m.tensors");
}

TEST(HashedText, EqualsTheTfIdfSumOfTheVectorsOfItsBuckets) {
  const Field field = small_field(FieldType::kText);
  const EncoderEntry& entry = **find_encoder("hashed_text", "");
  Params params(entry.params);
  ASSERT_TRUE(params.set("buckets", 7, ""));  // fewer than words: some share a bucket
  const auto encoder = entry.make(params);
  const Interactions train = small_train();
  ASSERT_TRUE(encoder->fit(field, {.width = 4, .train = &train, .fields = {}}));
  const std::string language = guess_language(std::span(field.texts).first(static_cast<size_t>(kSeenRows)));
  at::Tensor counts = at::zeros({kRows, 7}, at::kDouble);
  visit_grams(field.texts, language, Grams::kWordsAndPairs, [&](int64_t row, const std::vector<std::string>& grams) {
    for (const std::string& gram : grams) {
      counts[row][static_cast<int64_t>(derive_seed(0, gram) % 7)] += 1;
    }
  });
  const at::Tensor df = counts.narrow(0, 0, kSeenRows).gt(0).sum(0);
  const at::Tensor idf = at::where(df.ge(2), (1 + kSeenRows / df.to(at::kDouble)).log(), 0.0);
  const at::Tensor weighted = at::where(counts.gt(0), 1 + counts.clamp_min(1).log(), 0.0) * idf;
  const at::Tensor unit = weighted / weighted.norm(2, 1, true).clamp_min(1e-12);
  const at::NoGradGuard no_grad;
  const EncodedField cells = *encoder->encode(field);
  const at::Tensor out = encoder->forward({.field = &cells, .rows = {}, .history = nullptr});
  const at::Tensor table = encoder->named_parameters()["table"].to(at::kDouble);
  EXPECT_TRUE(at::allclose(out.to(at::kDouble), at::matmul(unit, table), 1e-5, 1e-7));
}

// The sum is linear in the table, so that central differences with a wide step have rounding errors only.
TEST(WeightedBagSum, GradientEqualsFiniteDifferences) {
  const Csr bag = small_field(FieldType::kTags).bags;
  const at::Tensor rows = at::tensor(std::vector<int64_t>{5, 0, kMissingRow, 5, 11}, at::kLong);
  at::Generator generator = make_generator(3, "gradient");
  const at::Tensor table = at::normal(0, 1, {bag.num_cols, 3}, generator, at::kFloat).requires_grad_();
  const at::Tensor out_weight = at::normal(0, 1, {rows.size(0), 3}, generator, at::kFloat);
  (weighted_bag_sum(bag, rows, table) * out_weight).sum().backward();
  const at::NoGradGuard no_grad;
  const auto loss = [&](const at::Tensor& at_table) {
    return (weighted_bag_sum(bag, rows, at_table).to(at::kDouble) * out_weight).sum().item<double>();
  };
  for (int64_t i = 0; i < table.numel(); ++i) {
    at::Tensor up = table.detach().clone(), down = up.clone();
    up.data_ptr<float>()[i] += 0.5F;
    down.data_ptr<float>()[i] -= 0.5F;
    EXPECT_NEAR(table.grad().const_data_ptr<float>()[i], loss(up) - loss(down), 1e-5) << i;
  }
}

TEST(WeightedBagSum, EqualsTheDenseProduct) {
  const Csr bag = small_field(FieldType::kTags).bags;
  at::Generator generator = make_generator(4, "product");
  const at::Tensor table = at::normal(0, 1, {bag.num_cols, 3}, generator, at::kFloat);
  EXPECT_TRUE(at::allclose(weighted_bag_sum(bag, {}, table), at::matmul(to_dense(bag), table), 1e-5, 1e-6));
}

TEST(GatherRows, EqualTheRowsOfTheDenseMatrix) {
  const Csr bag = small_field(FieldType::kTags).bags;
  const at::Tensor rows = at::tensor(std::vector<int64_t>{5, 0, kMissingRow, 5, 11}, at::kLong);
  EXPECT_TRUE(at::equal(to_dense(gather_rows(bag, rows)), to_dense(bag).index_select(0, rows)));
  EXPECT_EQ(gather_rows(bag, rows.narrow(0, 0, 0)).nnz(), 0);
}

}  // namespace
}  // namespace haina
