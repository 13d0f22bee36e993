// A convolutional network of its own, trained end to end with the fusion network: small images (a picture's pixels, the
// spectrogram of a sound) become vectors by what the events teach, not by features that were chosen beforehand.
//
//   x = (bytes - mean_c) / deviation_c                               per channel, of trained rows
//   x = relu(group_norm(conv_3x3, stride 2 (x)) + bias)              `blocks` times, channels 1, 2, 4, 4 x `channels`
//   row = ([average of x, largest of x] over places - center) / spread * map
//
// Group norm is that of Wu and He, "Group Normalization" (ECCV 2018), without weights: batches have no say in a row.
// `center` and `spread` are those of the untrained network on trained rows (Krähenbühl et al., "Data-dependent
// Initializations of Convolutional Neural Networks", ICLR 2016): without them all rows would start nearly equal.
//
// Cost: a step of training wants the rows of all items, of which few change what is learned. With gradients, at most
// `rows` random rows are computed, shifted and mirrored at random; the others are those of when they were computed
// last. Without gradients every row is computed as it is: so after each epoch, in validation, and while serving.
#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "base/seed.h"
#include "encoders/encoder.h"
#include "encoders/optional_constant.h"
#include "encoders/trained_rows.h"

namespace haina {
namespace {

constexpr double kDefaultChannels = 16, kDefaultBlocks = 3;
constexpr int64_t kTogether = 256;   // rows that are computed at once without gradients: 3 MB of pictures in float32
constexpr int64_t kMostWider = 4;    // times the first block's channels
constexpr int64_t kGroups = 4;       // of the channels of a block
constexpr int64_t kShiftedPart = 8;  // images are shifted by up to 1 / 8 of their side
constexpr int64_t kPictureChannels = 3;  // fewer: a spectrogram, whose columns are moments
constexpr double kLeastSpread = 0.05;    // a feature that hardly differs is not blown up
constexpr double kGroupEpsilon = 1e-5;

// Outputs of a block, counted from 0.
int64_t width_of_block(int64_t channels, int64_t block) { return channels * std::min(int64_t{1} << block, kMostWider); }

class ConvolutionalEncoder final : public Encoder {
 public:
  explicit ConvolutionalEncoder(const Params& params)
      : channels_(params.integer("channels")),
        blocks_(params.integer("blocks")),
        rows_(params.integer("rows")),
        augment_(params.number("augment") > 0) {}

  Status fit(const Field& field, const EncoderContext& context) override {
    shape_ = field.images.sizes().slice(1).vec();
    const at::Tensor seen = field.present().logical_and(trained_rows(field, context)).nonzero().squeeze(1);
    const at::Tensor images = field.images.index_select(0, seen);
    learn_scales(images);
    const std::string purpose = "encoders/cnn/" + field.full_name();
    create(context, purpose);
    if (field.num_rows > rows_) {
      last_ = register_buffer("last", at::full({field.num_rows, context.width}, std::nanf("")));
    }
    const at::NoGradGuard no_grad;
    std::vector<at::Tensor> pooled;
    for (int64_t begin = 0; begin < images.size(0); begin += kTogether) {
      pooled.push_back(
          features(standardised(images.narrow(0, begin, std::min(kTogether, images.size(0) - begin)))).to(at::kDouble));
    }
    if (images.size(0) >= 2) {
      const at::Tensor all = at::cat(pooled);
      center_ = all.mean(0).to(at::kFloat);
      spread_ = all.std(0).clamp_min(kLeastSpread).to(at::kFloat);
    }
    return ok();
  }

  Result<EncodedField> encode(const Field& field) const override {
    EncodedField encoded;
    encoded.present = field.present();
    if (field.images.sizes().slice(1).equals(shape_)) {
      encoded.images = field.images.contiguous();
    } else if (!encoded.present.any().item<bool>()) {
      encoded.images = at::zeros({field.num_rows, shape_[0], shape_[1], shape_[2]}, at::kByte);
    } else {
      return fail({ErrorCode::kBadData, "images have another shape than in training", field.full_name(),
                   "run haina prepare and haina train again"});
    }
    return encoded;
  }

  at::Tensor forward(const EncoderInput& input) override {
    const at::Tensor& images = input.field->images;
    const at::Tensor rows =
        input.rows.defined() ? input.rows : at::arange(images.size(0), images.options().dtype(at::kLong));
    const at::Tensor places = input.field->present.index_select(0, rows).nonzero().squeeze(1);
    if (at::GradMode::is_enabled()) {
      return learning(*input.field, rows, places);
    }
    const at::Tensor all = computed(images, rows, places);
    if (!input.rows.defined() && last_of_.is_same(images)) {
      last_.copy_(all);
    }
    return all;
  }

  TensorMap constants() const override {
    TensorMap constants = {{"mean", mean_},
                           {"deviation", deviation_},
                           {"center", center_},
                           {"spread", spread_},
                           {"shape", at::tensor(shape_, at::kLong)}};
    put_unless_default("channels", static_cast<double>(channels_), kDefaultChannels, constants);
    put_unless_default("blocks", static_cast<double>(blocks_), kDefaultBlocks, constants);
    return constants;
  }

  Status restore(const TensorMap& constants, const EncoderContext& context, const std::string& where) override {
    HAINA_TRY(mean_, take_tensor(constants, "mean", at::kFloat, 1, where));
    HAINA_TRY(deviation_, take_tensor(constants, "deviation", at::kFloat, 1, where));
    HAINA_TRY(const at::Tensor center, take_tensor(constants, "center", at::kFloat, 1, where));
    HAINA_TRY(const at::Tensor spread, take_tensor(constants, "spread", at::kFloat, 1, where));
    HAINA_TRY(const at::Tensor shape, take_tensor(constants, "shape", at::kLong, 1, where));
    HAINA_TRY(const double channels, take_or_default(constants, "channels", kDefaultChannels, where));
    HAINA_TRY(const double blocks, take_or_default(constants, "blocks", kDefaultBlocks, where));
    channels_ = std::clamp<int64_t>(static_cast<int64_t>(channels), kLeastChannels, kMostChannels);
    blocks_ = std::clamp<int64_t>(static_cast<int64_t>(blocks), 1, kMostBlocks);
    shape_.assign(shape.const_data_ptr<int64_t>(), shape.const_data_ptr<int64_t>() + shape.size(0));
    if (shape_.size() != 3 || std::ranges::any_of(shape_, [](int64_t side) { return side < 0; }) ||
        mean_.size(0) != shape_[0] || deviation_.size(0) != shape_[0] || center.size(0) != num_features() ||
        spread.size(0) != num_features()) {
      return fail({ErrorCode::kBadData, "the scales of images do not fit their shape", where, "run haina train again"});
    }
    create(context, where);
    center_ = center;
    spread_ = spread;
    return ok();
  }

  static constexpr int64_t kLeastChannels = 4, kMostChannels = 128, kMostBlocks = 4;

 private:
  int64_t num_features() const { return 2 * width_of_block(channels_, blocks_ - 1); }

  // images: uint8 [n, channels, height, width]
  void learn_scales(const at::Tensor& images) {
    mean_ = at::full({shape_[0]}, 127.5);
    deviation_ = at::full({shape_[0]}, 64.0);
    const at::Tensor values = at::arange(256, at::kDouble);
    for (int64_t c = 0; c < shape_[0] && images.numel() > 0; ++c) {
      const at::Tensor counts = at::bincount(images.select(1, c).flatten(), {}, 256).to(at::kDouble);
      const double mean = ((counts * values).sum() / counts.sum()).item<double>();
      const double variance = ((counts * (values - mean).square()).sum() / counts.sum()).item<double>();
      mean_.data_ptr<float>()[c] = static_cast<float>(mean);
      deviation_.data_ptr<float>()[c] = static_cast<float>(std::sqrt(std::max(1.0, variance)));
    }
  }

  void create(const EncoderContext& context, const std::string& purpose) {
    at::Generator generator = make_generator(context.seed, purpose);
    int64_t inputs = shape_[0];
    for (int64_t block = 0; block < blocks_; ++block) {
      const int64_t outputs = width_of_block(channels_, block);
      const double std = std::sqrt(2.0 / static_cast<double>(std::max<int64_t>(1, 9 * inputs)));  // He et al. 2015
      const std::string number = std::to_string(block);
      convolutions_.push_back(register_parameter("convolution" + number,
                                                 at::normal(0, std, {outputs, inputs, 3, 3}, generator, at::kFloat)));
      biases_.push_back(register_parameter("bias" + number, at::normal(0, kInitStd, {outputs}, generator, at::kFloat)));
      inputs = outputs;
    }
    const double std = 0.5 / std::sqrt(static_cast<double>(num_features()));
    map_ = register_parameter("map", at::normal(0, std, {num_features(), context.width}, generator, at::kFloat));
    center_ = at::zeros({num_features()});
    spread_ = at::ones({num_features()});
    generator_ = make_generator(context.seed, purpose + "/draws");
    draws_ = register_buffer("draws", generator_.get_state());
  }

  // float [n, channels, height, width], of the parameters' type and device.
  at::Tensor standardised(const at::Tensor& images) const {
    const at::TensorOptions options = map_.options().requires_grad(false);
    return (images.to(options) - mean_.to(options).view({1, -1, 1, 1})) / deviation_.to(options).view({1, -1, 1, 1});
  }

  // [n, num_features()]
  at::Tensor features(at::Tensor x) const {
    for (size_t block = 0; block < convolutions_.size(); ++block) {
      x = at::conv2d(x, convolutions_[block], {}, 2, 1);
      x = at::group_norm(x, std::gcd(x.size(1), kGroups), {}, {}, kGroupEpsilon);
      x = at::relu(x + biases_[block].view({1, -1, 1, 1}));
    }
    return at::cat({x.mean({2, 3}), x.amax({2, 3})}, 1);
  }

  // [n, width]
  at::Tensor mapped(const at::Tensor& x) const {
    const at::TensorOptions options = map_.options().requires_grad(false);
    return at::matmul((features(x) - center_.to(options)) / spread_.to(options), map_);
  }

  // Rows without gradients; zeros but at `places`, int64 [present] into rows.
  at::Tensor computed(const at::Tensor& images, const at::Tensor& rows, const at::Tensor& places) const {
    at::Tensor all = at::zeros({rows.size(0), map_.size(1)}, map_.options().requires_grad(false));
    for (int64_t begin = 0; begin < places.size(0); begin += kTogether) {
      const at::Tensor part = places.narrow(0, begin, std::min(kTogether, places.size(0) - begin));
      all.index_copy_(0, part, mapped(standardised(images.index_select(0, rows.index_select(0, part)))));
    }
    return all;
  }

  // Rows with gradients in up to rows_ of them.
  at::Tensor learning(const EncodedField& field, const at::Tensor& rows, const at::Tensor& places) {
    const at::Tensor& images = field.images;
    const bool some = places.size(0) > rows_ && last_.defined() && last_.size(0) == images.size(0);
    at::Tensor base = at::zeros({rows.size(0), map_.size(1)}, map_.options().requires_grad(false));
    at::Tensor chosen = places;
    generator_.set_state(draws_.cpu());
    if (some) {
      know_last(field);
      base = last_.index_select(0, rows);
      const at::Tensor order = at::randperm(places.size(0), generator_, at::kLong).narrow(0, 0, rows_);
      chosen = places.index_select(0, order.to(places.device()));
    }
    const at::Tensor of_images = rows.index_select(0, chosen);
    at::Tensor x = standardised(images.index_select(0, of_images));
    x = augment_ && x.size(0) > 0 ? moved_at_random(x) : x;
    draws_.copy_(generator_.get_state());
    const at::Tensor fresh = mapped(x);
    if (some) {
      const at::NoGradGuard no_grad;
      last_.index_copy_(0, of_images, fresh.detach());
    }
    return base.index_copy(0, chosen, fresh);
  }

  // Computes the last rows unless a checkpoint has brought them.
  void know_last(const EncodedField& field) {
    if (last_of_.is_same(field.images)) {
      return;
    }
    const at::NoGradGuard no_grad;
    last_of_ = field.images;
    if (last_[0][0].isnan().item<bool>()) {
      const at::Tensor rows = at::arange(field.images.size(0), field.images.options().dtype(at::kLong));
      last_.copy_(computed(field.images, rows, field.present.nonzero().squeeze(1)));
    }
  }

  // Each image shifted, zeros (the mean) coming in at its edges, pictures also mirrored in half of the cases. float
  // [n, channels, height, width] both.
  at::Tensor moved_at_random(const at::Tensor& x) {
    const int64_t n = x.size(0), height = x.size(2), width = x.size(3);
    const auto shifts = [&](int64_t side) {
      const int64_t most = side / kShiftedPart;
      return at::randint(-most, most + 1, {n, 1}, generator_, at::kLong).to(x.device());
    };
    const at::TensorOptions whole = x.options().dtype(at::kLong);
    at::Tensor columns = at::arange(width, whole).unsqueeze(0) + shifts(width);
    at::Tensor lines = at::arange(height, whole).unsqueeze(0).expand({n, height});
    if (x.size(1) == kPictureChannels) {
      lines = lines + shifts(height);
      const at::Tensor mirrored = at::randint(0, 2, {n, 1}, generator_, at::kLong).to(x.device());
      columns = at::where(mirrored.gt(0), width - 1 - columns, columns);
    }
    const at::Tensor inside = lines.ge(0)
                                  .logical_and(lines.lt(height))
                                  .unsqueeze(2)
                                  .logical_and(columns.ge(0).logical_and(columns.lt(width)).unsqueeze(1));
    const at::Tensor from = (lines.clamp(0, height - 1) * width).unsqueeze(2) +
                            columns.clamp(0, width - 1).unsqueeze(1);  // [n, height, width]
    const at::Tensor taken =
        x.flatten(2).gather(2, from.flatten(1).unsqueeze(1).expand({n, x.size(1), height * width}));
    return taken.view(x.sizes()) * inside.unsqueeze(1);
  }

  int64_t channels_, blocks_, rows_;
  bool augment_;
  std::vector<int64_t> shape_;            // channels, height, width of an image
  at::Tensor mean_, deviation_;           // float32 [channels of an image]
  at::Tensor center_, spread_;            // float32 [num_features()]
  std::vector<at::Tensor> convolutions_;  // of each block [outputs, inputs, 3, 3]
  std::vector<at::Tensor> biases_;        // of each block [outputs]
  at::Tensor map_;                        // [num_features(), width]
  at::Generator generator_;               // of rows and shifts
  at::Tensor draws_;                      // its state, so that a resumed training draws the same
  at::Tensor last_;                       // [rows, width]; NaN until they are known; undefined for few rows
  at::Tensor last_of_;                    // the images whose rows they are
};

}  // namespace

EncoderEntry cnn_encoder_entry() {
  using E = ConvolutionalEncoder;
  return {
      .name = "cnn",
      .summary = "Images: a small convolutional network, trained with the fusion network.",
      .types = {FieldType::kImage},
      .params =
          {{.name = "channels",
            .value = kDefaultChannels,
            .min = E::kLeastChannels,
            .max = E::kMostChannels,
            .doc = "outputs of the first block; the next have twice and four times as many"},
           {.name = "blocks",
            .value = kDefaultBlocks,
            .min = 1,
            .max = E::kMostBlocks,
            .doc = "convolutions, each of which halves the sides"},
           {.name = "rows", .value = 256, .min = 1, .max = 1e6, .doc = "most images that a step of training computes"},
           {.name = "augment",
            .value = 1,
            .min = 0,
            .max = 1,
            .doc = "1: images are shifted, pictures also mirrored, at random while training"}},
      .make = [](const Params& p) { return std::make_shared<ConvolutionalEncoder>(p); }};
}

}  // namespace haina
