// Social ties in three views that are added. Neighbours: a trained vector a friend, weighed by tf-idf, so that whom all
// follow says little. Behaviour: what the friends did, as a bag of their newest items. Structure: where the
// neighbourhood lies among the network's strongest directions, and how many ties there are.
#include "base/seed.h"
#include "encoders/truncated_svd.h"
#include "encoders/embedding_bag.h"
#include "encoders/encoder.h"
#include "kernels/csr_tensors.h"

namespace haina {
namespace {

constexpr double kInitStd = 0.02;
constexpr size_t kNewest = 50;         // items of a friend that count
constexpr size_t kFriendsItems = 200;  // items of all friends that are kept, the heaviest

// The newest distinct items of every user, each 1.
Csr newest_items(const Interactions& train) {
  std::vector<int32_t> rows, columns;
  for (int64_t u = 0; u < train.num_users; ++u) {
    const auto items = train.row(u);
    std::vector<int32_t> newest;
    for (size_t i = items.size(); i-- > 0 && newest.size() < kNewest;) {
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
  SocialEncoder(int64_t min_df, int64_t rank) : min_df_(min_df), rank_(rank) {}

  Status fit(const Field& field, const EncoderContext& context) override {
    const at::Tensor seen =
        context.train == nullptr ? at::ones({field.num_rows}, at::kBool) : context.train->offsets.diff().gt(0);
    idf_ = inverse_document_frequency(field.bags, seen, min_df_);
    if (!idf_.gt(0).any().item<bool>()) {
      idf_ = inverse_document_frequency(field.bags, seen, 1);
    }
    const Csr items = context.train == nullptr ? empty_csr(field.bags.num_cols, 0) : newest_items(*context.train);
    const at::Tensor of_users = items.offsets.diff().gt(0);
    item_idf_ = inverse_document_frequency(items, of_users, 1);
    items_of_ = tf_idf(items, item_idf_);
    const Csr ties = tf_idf(rows_seen(field.bags, seen), idf_);
    directions_ = strongest_directions(ties, rank_, context.seed, "encoders/social/svd");
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
    const at::Tensor shown = encoded.present.to(at::kFloat).unsqueeze(1);
    encoded.dense = (at::cat({multiply(encoded.bag, directions_),
                              degree.unsqueeze(1) / std::sqrt(static_cast<double>(directions_.size(1)))},
                             1) *
                     shown)
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
    return constants;
  }

  Status restore(const TensorMap& constants, const EncoderContext& context, const std::string& where) override {
    HAINA_TRY(idf_, take_tensor(constants, "idf", at::kFloat, 1, where));
    HAINA_TRY(item_idf_, take_tensor(constants, "item_idf", at::kFloat, 1, where));
    HAINA_TRY(directions_, take_tensor(constants, "directions", at::kFloat, 2, where));
    HAINA_TRY(degree_, take_tensor(constants, "degree", at::kFloat, 1, where));
    HAINA_TRY(items_of_, take_csr(constants, "items_of", where));
    if (directions_.size(0) != idf_.size(0) || degree_.size(0) != 2 || items_of_.num_rows() != idf_.size(0) ||
        items_of_.num_cols != item_idf_.size(0)) {
      return fail({ErrorCode::kBadData, "friends, directions and degrees do not fit together", where,
                   "make it again with haina train"});
    }
    create(context, where);
    return ok();
  }

 private:
  static at::Tensor log_degrees(const Csr& bags) { return bags.offsets.diff().to(at::kFloat).log1p(); }

  // Rows that are not seen, emptied.
  static Csr rows_seen(const Csr& bags, const at::Tensor& seen) {
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
      const size_t kept = std::min(found.size(), kFriendsItems);
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

  int64_t min_df_, rank_;
  at::Tensor idf_;                           // float32 [users]; 0: dropped
  at::Tensor item_idf_;                      // float32 [items]
  Csr items_of_;                             // [users, items], rows of unit length
  at::Tensor directions_;                    // float32 [users, rank]
  at::Tensor degree_;                        // float32 [2]: mean and deviation of log(1 + ties)
  at::Tensor friends_, items_, projection_;  // float32 [users | items | rank + 1, width]
};

}  // namespace

EncoderEntry social_encoder_entry() {
  return {
      .name = "social",
      .summary = "Friends, what they did, and where a user stands in the network.",
      .types = {FieldType::kSocial},
      .params =
          {{.name = "min_df",
            .value = 2,
            .min = 1,
            .max = 1e9,
            .doc = "users that must be tied to one for it to count"},
           {.name = "rank", .value = 32, .min = 1, .max = 4096, .doc = "directions of the network that are kept"}},
      .make = [](const Params& p) { return std::make_shared<SocialEncoder>(p.integer("min_df"), p.integer("rank")); }};
}

}  // namespace haina
