// Social ties, as the sum of three views. Friends: a trained vector per friend, weighted by tf-idf, so that a user whom
// everybody follows counts little. Behavior: the newest items of the friends, as a bag. Structure: the position among
// the strongest directions of the network, and the number of ties.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/seed.h"
#include "encoders/embedding_bag.h"
#include "encoders/encoder.h"
#include "encoders/optional_constant.h"
#include "encoders/svd_projection.h"
#include "encoders/trained_rows.h"
#include "kernels/csr_tensors.h"
#include "kernels/tf_idf.h"

namespace haina {
namespace {

constexpr double kDefaultMaxItems = 200;

// [users, items]: 1 for each of the newest distinct items of every user.
Csr newest_items(const Interactions& train, size_t most) {
  std::vector<int32_t> rows, columns;
  for (int64_t u = 0; u < train.num_users; ++u) {
    const auto items = train.row(u);
    std::vector<int32_t> newest;
    for (size_t i = items.size(); i-- > 0 && newest.size() < most;) {
      if (std::ranges::find(newest, items[i]) == newest.end()) {
        newest.push_back(items[i]);
      }
    }
    rows.insert(rows.end(), newest.size(), static_cast<int32_t>(u));
    columns.insert(columns.end(), newest.begin(), newest.end());
  }
  return csr_from_coordinates(train.num_users, train.num_items, rows, columns, std::vector<float>(rows.size(), 1.0F),
                              Repeats::kMax);
}

class SocialEncoder final : public Encoder {
 public:
  explicit SocialEncoder(const Params& p)
      : min_df_(p.integer("min_df")),
        rank_(p.integer("rank")),
        newest_items_(p.integer("newest_items")),
        max_items_(p.integer("max_items")) {}

  Status fit(const Field& field, const EncoderContext& context) override {
    const at::Tensor seen = trained_rows(field, context);
    idf_ = inverse_document_frequency(field.bags, seen, min_df_);
    if (!idf_.gt(0).any().item<bool>()) {
      idf_ = inverse_document_frequency(field.bags, seen, 1);
    }
    const Csr items = context.train == nullptr ? empty_csr(field.bags.num_cols, 0)
                                               : newest_items(*context.train, static_cast<size_t>(newest_items_));
    const at::Tensor has_items = items.offsets.diff().gt(0);
    item_idf_ = inverse_document_frequency(items, has_items, 1);
    items_of_ = tf_idf(items, item_idf_);
    const Csr ties = tf_idf(seen_rows(field.bags, seen), idf_);
    directions_ = svd_projection(ties, rank_, context.seed, "encoders/social/svd");
    const at::Tensor degrees = log_degrees(field.bags).masked_select(seen);
    degree_ = at::stack({degrees.mean(), degrees.std(false).clamp_min(1e-3)});
    create(context, "encoders/social/" + field.full_name());
    return ok();
  }

  Result<EncodedField> encode(const Field& field) const override {
    EncodedField encoded;
    encoded.bag = tf_idf(field.bags, idf_);
    encoded.present = encoded.bag.offsets.diff().gt(0);
    encoded.second_bag = items_of_friends(encoded.bag);
    const at::Tensor degree = ((log_degrees(field.bags) - degree_[0]) / degree_[1]).clamp(-5, 5);
    const at::Tensor present = encoded.present.to(at::kFloat).unsqueeze(1);
    encoded.dense = (at::cat({multiply(encoded.bag, directions_),
                              degree.unsqueeze(1) / std::sqrt(static_cast<double>(directions_.size(1)))},
                             1) *
                     present)
                        .contiguous();
    return encoded;
  }

  at::Tensor forward(const EncoderInput& input) override {
    const EncodedField& field = *input.field;
    const at::Tensor dense = input.rows.defined() ? field.dense.index_select(0, input.rows) : field.dense;
    return weighted_bag_sum(field.bag, input.rows, friends_) + weighted_bag_sum(field.second_bag, input.rows, items_) +
           at::matmul(dense, projection_);
  }

  TensorMap constants() const override {
    TensorMap constants = {{"idf", idf_}, {"item_idf", item_idf_}, {"directions", directions_}, {"degree", degree_}};
    put_csr("items_of", items_of_, constants);
    put_unless_default("max_items", static_cast<double>(max_items_), kDefaultMaxItems, constants);
    return constants;
  }

  Status restore(const TensorMap& constants, const EncoderContext& context, const std::string& where) override {
    HAINA_TRY(idf_, take_tensor(constants, "idf", at::kFloat, 1, where));
    HAINA_TRY(item_idf_, take_tensor(constants, "item_idf", at::kFloat, 1, where));
    HAINA_TRY(directions_, take_tensor(constants, "directions", at::kFloat, 2, where));
    HAINA_TRY(degree_, take_tensor(constants, "degree", at::kFloat, 1, where));
    HAINA_TRY(items_of_, take_csr(constants, "items_of", where));
    HAINA_TRY(const double max_items, take_or_default(constants, "max_items", kDefaultMaxItems, where));
    max_items_ = static_cast<int64_t>(max_items);
    if (directions_.size(0) != idf_.size(0) || degree_.size(0) != 2 || items_of_.num_rows() != idf_.size(0) ||
        items_of_.num_cols != item_idf_.size(0)) {
      return fail(
          {ErrorCode::kBadData, "the tensors of social ties have inconsistent shapes", where, "run haina train again"});
    }
    create(context, where);
    return ok();
  }

 private:
  static at::Tensor log_degrees(const Csr& bags) { return bags.offsets.diff().to(at::kFloat).log1p(); }

  // The matrix with the rows that are not seen emptied.
  static Csr seen_rows(const Csr& bags, const at::Tensor& seen) {
    Csr kept = bags;
    const at::Tensor of_cell = seen.repeat_interleave(bags.offsets.diff());
    const at::Tensor counts = bags.offsets.diff() * seen;
    kept.offsets = at::cat({at::zeros({1}, at::kLong), counts.cumsum(0)});
    kept.columns = bags.columns.masked_select(of_cell);
    kept.values = bags.values.masked_select(of_cell);
    return kept;
  }

  // friends [rows, users] -> [rows, items], rows of unit length.
  Csr items_of_friends(const Csr& friends) const {
    std::vector<int32_t> rows, columns;
    std::vector<float> values;
    std::vector<float> weight(static_cast<size_t>(items_of_.num_cols), 0);
    for (int64_t r = 0; r < friends.num_rows(); ++r) {
      std::vector<int32_t> found;
      const auto ids = friends.row(r);
      for (size_t f = 0; f < ids.size(); ++f) {
        const auto items = items_of_.row(ids[f]);
        for (size_t i = 0; i < items.size(); ++i) {
          float& sum = weight[static_cast<size_t>(items[i])];
          if (sum == 0) {
            found.push_back(items[i]);
          }
          sum += friends.row_values(r)[f] * items_of_.row_values(ids[f])[i];
        }
      }
      const auto heavier = [&](int32_t a, int32_t b) {
        const float x = weight[static_cast<size_t>(a)], y = weight[static_cast<size_t>(b)];
        return x != y ? x > y : a < b;
      };
      const size_t kept = std::min(found.size(), static_cast<size_t>(max_items_));
      std::ranges::partial_sort(found, found.begin() + static_cast<ptrdiff_t>(kept), heavier);
      double square = 0;
      for (size_t i = 0; i < kept; ++i) {
        square += std::pow(weight[static_cast<size_t>(found[i])], 2);
      }
      for (size_t i = 0; i < kept; ++i) {
        rows.push_back(static_cast<int32_t>(r));
        columns.push_back(found[i]);
        values.push_back(static_cast<float>(weight[static_cast<size_t>(found[i])] / std::sqrt(square)));
      }
      for (const int32_t item : found) {
        weight[static_cast<size_t>(item)] = 0;
      }
    }
    return csr_from_coordinates(friends.num_rows(), items_of_.num_cols, rows, columns, values, Repeats::kSum);
  }

  void create(const EncoderContext& context, const std::string& purpose) {
    at::Generator generator = make_generator(context.seed, purpose);
    const auto normal = [&](int64_t rows) {
      return at::normal(0, kInitStd, {std::max<int64_t>(1, rows), context.width}, generator, at::kFloat);
    };
    friends_ = register_parameter("friends", normal(idf_.size(0)));
    items_ = register_parameter("items", normal(items_of_.num_cols));
    projection_ = register_parameter("projection", normal(directions_.size(1) + 1));
  }

  int64_t min_df_, rank_, newest_items_, max_items_;
  at::Tensor idf_;                           // float32 [users]; 0: dropped
  at::Tensor item_idf_;                      // float32 [items]
  Csr items_of_;                             // [users, items], rows of unit length
  at::Tensor directions_;                    // float32 [users, rank]
  at::Tensor degree_;                        // float32 [2]: mean and deviation of log(1 + ties)
  at::Tensor friends_, items_, projection_;  // float32 [users | items | rank + 1, width]
};

}  // namespace

EncoderEntry social_encoder_entry() {
  return {.name = "social",
          .summary = "Friends, their items, and the user's position in the network.",
          .types = {FieldType::kSocial},
          .params = {{.name = "min_df",
                      .value = 2,
                      .min = 1,
                      .max = 1e9,
                      .doc = "number of users that must be tied to a user for the user to count"},
                     {.name = "rank", .value = 32, .min = 1, .max = 4096, .doc = "number of directions of the network"},
                     {.name = "newest_items",
                      .value = 50,
                      .min = 1,
                      .max = 1e6,
                      .doc = "number of newest items of each friend that count"},
                     {.name = "max_items",
                      .value = kDefaultMaxItems,
                      .min = 1,
                      .max = 1e6,
                      .doc = "number of items of all friends that are kept, heaviest first"}},
          .make = [](const Params& p) { return std::make_shared<SocialEncoder>(p); }};
}

}  // namespace haina
