#include "fusion/fusion.h"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <set>

#include "base/log.h"
#include "base/seed.h"
#include "encoders/encoder.h"
#include "fusion/adam.h"
#include "fusion/checkpoint.h"
#include "fusion/trend.h"
#include "fusion/validation.h"

namespace haina {
namespace {

constexpr int64_t kMaxItems =
    60000;                          // batch x items logits: 256 x 60 k x 4 B = 61 MB, of which a step holds about five
constexpr double kRowScale = 0.02;  // every source starts with rows of this size, so that none drowns another
constexpr float kMasked = -1e9F;
constexpr double kDenseHistory = 60;  // mean history length from which a set counts as dense

const std::array<ParamSpec, 9> kParams = {{
    {.name = "width", .value = 128, .min = 8, .max = 4096, .doc = "width of the fused vectors"},
    {.name = "epochs", .value = 30, .min = 1, .max = 10000, .doc = "passes over all users at most"},
    {.name = "batch", .value = 256, .min = 1, .max = 65536, .doc = "users a step"},
    {.name = "learning_rate", .value = 2e-3, .min = 1e-7, .max = 1, .doc = "peak of the cosine schedule"},
    {.name = "dropout", .value = 0.5, .min = 0, .max = 0.95, .doc = "share of the user vector dropped while training"},
    {.name = "source_dropout",
     .value = 0.1,
     .min = 0,
     .max = 0.9,
     .doc = "chance that a whole source is dropped in a step"},
    {.name = "history_dropout",
     .value = 0.1,
     .min = 0,
     .max = 0.9,
     .doc = "chance that a user's whole history is removed in a step: what newcomers look like"},
    {.name = "scale", .value = 12, .min = 1, .max = 100, .doc = "first value of the learned scale of the cosine"},
    {.name = "patience",
     .value = 10,
     .min = 1,
     .max = 1000,
     .doc = "epochs without a better validation before stopping"},
}};

at::Tensor drop(const at::Tensor& x, double share, at::Generator& generator) {
  if (share <= 0) {
    return x;
  }
  return x * at::empty_like(x).bernoulli_(1 - share, generator).div_(1 - share);
}

at::Tensor unit(const at::Tensor& x) { return x / x.norm(2, -1, true).clamp_min(1e-6); }

// One source of one side: its encoder, what its cells became, and the gain that brings its rows to kRowScale.
struct Source {
  std::string name;
  std::string encoder_name;
  std::shared_ptr<Encoder> encoder;
  EncodedField encoded;
  at::Tensor gain;  // float32 [], fixed at the start
};

}  // namespace

std::span<const ParamSpec> fusion_params() { return kParams; }

struct FusionNetwork::Impl : torch::nn::Module {
  int64_t width = 0;
  int64_t num_items = 0;
  Params params;
  std::vector<Source> item_sources;
  std::vector<Source> user_sources;
  // Item side: a = softmax over present sources of prior_s + <probe_s, h_s>; q = (number present) * sum a_s gain_s h_s.
  at::Tensor prior, probe;  // [S], [S, width]
  // User side: p = LN(sum of unit q over the kept history / sqrt n); p += up(gelu(down p)); p += sum_s tie_s LN(h_s).
  at::Tensor norm_weight, norm_bias, down, down_bias, up, user_gain;
  at::Tensor scale, bias;   // [], [items]
  at::Tensor trend_weight;  // [Trend::kScales]; undefined where events have no times

  // Made once after training, read by score():
  at::Tensor final_items;               // unit q, float32 [items, width]
  at::Tensor final_parts;               // float32 [items, S, width]: what each source adds to q before normalising
  at::Tensor final_weights;             // float32 [items, S]
  at::Tensor trend_now;                 // float32 [Trend::kScales, items], known before; undefined without trend_weight
  at::Tensor final_bias;                // bias and what is in trend now, float32 [items]
  std::vector<at::Tensor> final_users;  // a user source: LN(h_s) rows, float32 [users, width]

  void create(uint64_t seed) {
    at::Generator generator = make_generator(seed, "fusion/network");
    const auto normal = [&](std::vector<int64_t> shape, double std) {
      return at::normal(0, std, shape, generator, at::kFloat);
    };
    const int64_t s = std::ssize(item_sources);
    prior = register_parameter("prior", at::zeros({s}));
    probe = register_parameter("probe", at::zeros({s, width}));
    norm_weight = register_parameter("norm_weight", at::ones({width}));
    norm_bias = register_parameter("norm_bias", at::zeros({width}));
    down = register_parameter("down", normal({2 * width, width}, 0.5 / std::sqrt(static_cast<double>(width))));
    down_bias = register_parameter("down_bias", at::zeros({2 * width}));
    up = register_parameter("up", at::zeros({width, 2 * width}));
    user_gain = register_parameter("user_gain", at::full({std::max<int64_t>(1, std::ssize(user_sources))}, 0.1));
    scale = register_parameter("scale", at::scalar_tensor(params.number("scale"), at::kFloat));
    bias = register_parameter("bias", at::zeros({num_items}));
    if (trend_now.defined()) {
      trend_weight =
          register_parameter("trend_weight", at::full({Trend::kScales}, 1.0 / static_cast<double>(Trend::kScales)));
    }
    for (std::vector<Source>* side : {&item_sources, &user_sources}) {
      for (Source& source : *side) {
        register_module((side == &item_sources ? "item/" : "user/") + slashed(source.name), source.encoder);
      }
    }
  }

  // Module names may not hold dots.
  static std::string slashed(std::string name) {
    std::ranges::replace(name, '.', '/');
    return name;
  }

  struct Items {
    at::Tensor q;        // [items, width]
    at::Tensor parts;    // [items, S, width], when asked for
    at::Tensor weights;  // [items, S]
  };

  // kept: bool a source, all true outside training (source dropout).
  Items fuse_items(const std::vector<bool>& kept, bool with_parts) const {
    std::vector<at::Tensor> rows, logits, present;
    for (size_t s = 0; s < item_sources.size(); ++s) {
      const Source& source = item_sources[s];
      const at::Tensor h =
          source.encoder->forward({.field = &source.encoded, .rows = {}, .history = nullptr}) * source.gain;
      const int64_t i = static_cast<int64_t>(s);
      logits.push_back(prior[i] + at::mv(h, probe[i]) / (kRowScale * std::sqrt(static_cast<double>(width))));
      present.push_back(kept[s] ? source.encoded.present : at::zeros_like(source.encoded.present));
      rows.push_back(h);
    }
    const at::Tensor mask = at::stack(present, 1);  // [items, S]
    const at::Tensor weights = at::softmax(at::stack(logits, 1).masked_fill(mask.logical_not(), kMasked), 1) * mask;
    const at::Tensor factors = weights * mask.sum(1, true).to(at::kFloat);
    at::Tensor q;
    for (size_t s = 0; s < rows.size(); ++s) {
      const at::Tensor part = rows[s] * factors.select(1, static_cast<int64_t>(s)).unsqueeze(1);
      q = q.defined() ? q + part : part;
      rows[s] = with_parts ? part : at::Tensor();
    }
    return {q, with_parts ? at::stack(rows, 1) : at::Tensor(), weights};
  }

  at::Tensor user_source_rows(const Source& source, const at::Tensor& rows) const {
    const at::Tensor h =
        source.encoder->forward({.field = &source.encoded, .rows = rows, .history = nullptr}) * source.gain;
    const at::Tensor present = rows.defined() ? source.encoded.present.index_select(0, rows) : source.encoded.present;
    return at::layer_norm(h, {width}) * present.unsqueeze(1);
  }

  // pooled: [B, width], the mean of unit item vectors times sqrt n, zero where there is no history.
  at::Tensor user_vector(const at::Tensor& pooled, const at::Tensor& has_history) const {
    at::Tensor p = at::layer_norm(pooled, {width}, norm_weight, norm_bias);
    p = p + at::linear(at::gelu(at::linear(p, down, down_bias)), up);
    return p * has_history.unsqueeze(1);
  }

  std::vector<at::Tensor> trainable() const { return parameters(); }

  void finish() {
    const at::NoGradGuard no_grad;
    const Items items = fuse_items(std::vector<bool>(item_sources.size(), true), true);
    final_items = unit(items.q).contiguous();
    final_parts = items.parts.contiguous();
    final_weights = items.weights.contiguous();
    final_bias = trend_now.defined() ? bias + at::mv(trend_now.t(), trend_weight) : bias.detach().clone();
    final_users.clear();
    for (size_t s = 0; s < user_sources.size(); ++s) {
      final_users.push_back((user_source_rows(user_sources[s], {}) * user_gain[static_cast<int64_t>(s)]).contiguous());
    }
  }

  // At most unit length: what is known of a user decides how far it may move the scores. A history fills a layer norm's
  // sqrt(width); a profile alone has what length its gains gave it, and nothing known is zero.
  at::Tensor bounded(const at::Tensor& p) const {
    return p / p.norm(2, -1, true).clamp_min(std::sqrt(static_cast<double>(width)));
  }

  // User vectors [B, width], at most unit length.
  at::Tensor user_vectors(std::span<const UserState> users) const {
    const at::NoGradGuard no_grad;
    at::Tensor pooled = at::zeros({std::ssize(users), width});
    at::Tensor has_history = at::zeros({std::ssize(users)});
    at::Tensor extra = at::zeros({std::ssize(users), width});
    const float* const vectors = final_items.const_data_ptr<float>();
    for (size_t b = 0; b < users.size(); ++b) {
      std::set<int32_t> distinct;
      for (const UserEvent& event : users[b].history) {
        distinct.insert(row_of(event.item));
      }
      float* const sum = pooled.data_ptr<float>() + static_cast<int64_t>(b) * width;
      int64_t counted = 0;
      for (const int32_t item : distinct) {
        if (item < 0 || item >= num_items) {
          continue;
        }
        ++counted;
        for (int64_t c = 0; c < width; ++c) {
          sum[c] += vectors[item * width + c];
        }
      }
      for (int64_t c = 0; c < width && counted > 0; ++c) {
        sum[c] /= std::sqrt(static_cast<float>(counted));
      }
      has_history.data_ptr<float>()[b] = counted > 0 ? 1.0F : 0.0F;
      for (const at::Tensor& rows : final_users) {
        if (users[b].user >= 0 && users[b].user < rows.size(0)) {
          extra[static_cast<int64_t>(b)] += rows[users[b].user];
        }
      }
    }
    return bounded(user_vector(pooled, has_history) + extra);
  }
};

FusionNetwork::FusionNetwork() : impl_(std::make_unique<Impl>()) {}
FusionNetwork::FusionNetwork(FusionNetwork&&) noexcept = default;
FusionNetwork& FusionNetwork::operator=(FusionNetwork&&) noexcept = default;
FusionNetwork::~FusionNetwork() = default;

at::Tensor FusionNetwork::score(std::span<const UserState> users) const {
  const at::NoGradGuard no_grad;
  return at::addmm(impl_->final_bias, impl_->user_vectors(users), impl_->final_items.t(), 1,
                   impl_->scale.item<double>());
}

at::Tensor FusionNetwork::item_vectors() const { return impl_->final_items; }
at::Tensor FusionNetwork::item_source_weights() const { return impl_->final_weights; }

std::vector<std::string> FusionNetwork::item_sources() const {
  std::vector<std::string> names;
  for (const Source& source : impl_->item_sources) {
    names.push_back(source.name);
  }
  return names;
}

at::Tensor FusionNetwork::item_source_parts(const UserState& user, std::span<const int32_t> items) const {
  const at::NoGradGuard no_grad;
  const at::Tensor p = impl_->user_vectors({&user, 1}).squeeze(0);
  const at::Tensor index = at::tensor(std::vector<int64_t>(items.begin(), items.end()), at::kLong);
  const at::Tensor parts = impl_->final_parts.index_select(0, index);  // [n, S, width]
  return at::matmul(parts, p) / parts.sum(1).norm(2, 1, true).clamp_min(1e-6) * impl_->scale.item<float>();
}

namespace {

struct Sampler {
  Sampler(const Interactions& train, const Trend* trend) : matrix(with_moments(train, trend)) {
    for (int64_t u = 0; u < matrix.num_rows(); ++u) {
      if (matrix.row(u).size() >= 2) {
        users.push_back(static_cast<int32_t>(u));
      }
    }
    mean_length = static_cast<double>(matrix.nnz()) / static_cast<double>(std::max<size_t>(1, users.size()));
  }
  // The moment of each pair's newest event, + 1.
  static Csr with_moments(Interactions train, const Trend* trend) {
    train.weights = at::ones_like(train.weights);
    for (int64_t i = 0; i < train.num_events() && trend != nullptr; ++i) {
      train.weights.data_ptr<float>()[i] =
          static_cast<float>(trend->moment_of(train.times.const_data_ptr<int64_t>()[i]) + 1);
    }
    return train.matrix();
  }

  Csr matrix;  // distinct items a user, from the training part; values: moments
  std::vector<int32_t> users;
  double mean_length = 0;
};

Result<Source> make_source(const std::string& name, const Field& field, const EncoderContext& context) {
  const EncoderEntry* const entry = encoder_for(field);
  Source source = {name, entry->name, entry->make(Params(entry->params)), {}, {}};
  HAINA_OK(source.encoder->fit(field, context));
  HAINA_TRY(source.encoded, source.encoder->encode(field));
  const at::NoGradGuard no_grad;
  const at::Tensor h = source.encoder->forward({.field = &source.encoded, .rows = {}, .history = nullptr});
  const at::Tensor present = source.encoded.present;
  const double rms = present.any().item<bool>()
                         ? std::sqrt(h.index_select(0, present.nonzero().squeeze(1)).square().mean().item<double>())
                         : 1;
  source.gain = at::scalar_tensor(rms > 1e-12 ? kRowScale / rms : 1.0, at::kFloat);
  return source;
}

Field id_field(int64_t rows) {
  Field field;
  field.source = "id";
  field.name = "id";
  field.side = Side::kItem;
  field.type = FieldType::kId;
  field.num_rows = rows;
  return field;
}

}  // namespace

Result<FusionNetwork> FusionNetwork::train(const FusionData& data, const Params& params, const FusionOptions& options,
                                           FusionTraining& training) {
  const Interactions& train = *data.train;
  if (train.num_items > kMaxItems) {
    return fail({ErrorCode::kUnsupported,
                 fmt::format("{} items are more than the fusion network takes ({})", train.num_items, kMaxItems), "",
                 "set [train] network = \"none\"; the experts serve the whole catalogue"});
  }
  const std::optional<Trend> trend = trend_of(train);
  const Sampler sampler(train, trend ? &*trend : nullptr);
  if (sampler.users.empty()) {
    return fail({ErrorCode::kBadData, "no user has two different items in the training part", "",
                 "give more events, or set [train] network = \"none\""});
  }
  FusionNetwork network;
  Impl& impl = *network.impl_;
  impl.width = params.integer("width");
  impl.num_items = train.num_items;
  impl.params = params;
  if (trend) {
    impl.trend_now = trend->now;
  }
  const EncoderContext context = {.width = impl.width, .train = &train, .fields = data.fields, .seed = options.seed};
  HAINA_TRY(Source id, make_source("id", id_field(train.num_items), context));
  impl.item_sources.push_back(std::move(id));
  for (const Field& field : data.fields) {
    if (encoder_for(field) == nullptr || !field.present().any().item<bool>()) {
      continue;
    }
    HAINA_TRY(Source source, make_source(field.full_name(), field, context));
    (field.side == Side::kItem ? impl.item_sources : impl.user_sources).push_back(std::move(source));
  }
  impl.create(options.seed);

  at::Generator draws = make_generator(options.seed, "fusion/dropout");
  RandomStream random(options.seed, "fusion/batches");
  const int64_t epochs = options.epochs > 0 ? options.epochs : params.integer("epochs");
  const int64_t batch_size =
      std::min<int64_t>(params.integer("batch"), std::max<int64_t>(16, std::ssize(sampler.users) / 16));
  const int64_t steps = (std::ssize(sampler.users) + batch_size - 1) / batch_size;
  const bool dense = sampler.mean_length > kDenseHistory;
  Adam adam(impl.trainable(), {});
  Progress& progress = options.progress != nullptr ? *options.progress : no_progress();
  double best = -1;
  TensorMap best_state;
  std::vector<int32_t> order = sampler.users;
  // All that the next epoch depends on.
  const auto state_of_run = [&] {
    Checkpoint run;
    for (const auto& parameter : impl.named_parameters()) {
      run.tensors["parameter/" + parameter.key()] = parameter.value().detach();
    }
    for (const auto& [name, tensor] : best_state) {
      run.tensors["best/" + name] = tensor;
    }
    adam.pack(run.tensors);
    run.tensors["order"] = at::tensor(order, at::kInt);
    run.tensors["random"] = random.state();
    run.tensors["draws"] = draws.get_state();
    run.about = {{"best", best}, {"best_epoch", training.best_epoch}, {"curve", nlohmann::json::array()}};
    for (const EpochRecord& record : training.epochs) {
      run.about["curve"].push_back({record.epoch, record.loss, record.validation_ndcg, record.seconds});
    }
    return run;
  };
  const auto go_on_from = [&](const Checkpoint& run) {
    const at::NoGradGuard no_grad;
    for (auto& parameter : impl.named_parameters()) {
      const auto found = run.tensors.find("parameter/" + parameter.key());
      if (found == run.tensors.end() || found->second.sizes() != parameter.value().sizes()) {
        return false;
      }
      parameter.value().copy_(found->second);
    }
    for (const auto& [name, tensor] : run.tensors) {
      if (name.starts_with("best/")) {
        best_state[name.substr(5)] = tensor.clone();
      }
    }
    const auto sound = [&](const char* name, int64_t size) {
      return run.tensors.contains(name) && (size < 0 || run.tensors.at(name).numel() == size);
    };
    if (!adam.restore(run.tensors) || !sound("order", std::ssize(order)) || !sound("random", 4) ||
        !sound("draws", -1)) {
      return false;
    }
    const int32_t* const saved = run.tensors.at("order").const_data_ptr<int32_t>();
    order.assign(saved, saved + order.size());
    random.set(run.tensors.at("random"));
    draws.set_state(run.tensors.at("draws").clone());
    best = run.about.at("best");
    training.best_epoch = run.about.at("best_epoch");
    for (const nlohmann::json& record : run.about.at("curve")) {
      training.epochs.push_back({record.at(0), record.at(1), record.at(2), record.at(3)});
    }
    training.resumed_at = std::ssize(training.epochs);
    return true;
  };
  if (!options.checkpoint.empty()) {
    if (const auto run = load_checkpoint(options.checkpoint, options.checkpoint_key)) {
      if (!go_on_from(*run)) {
        FusionOptions anew = options;
        anew.checkpoint.clear();
        log_warning("the checkpoint does not fit; training starts anew");
        return FusionNetwork::train(data, params, anew, training);
      }
      progress.line(fmt::format("going on after epoch {} of {}", training.resumed_at, epochs));
    }
  }
  auto saved_at = std::chrono::steady_clock::now();
  progress.start("train the fusion network", epochs * steps);
  for (int64_t epoch = training.resumed_at; epoch < epochs && !training.interrupted; ++epoch) {
    if (data.validation != nullptr && epoch > 0 && epoch - training.best_epoch >= params.integer("patience")) {
      break;
    }
    const auto started = std::chrono::steady_clock::now();
    for (size_t i = order.size(); i > 1; --i) {
      std::swap(order[i - 1], order[static_cast<size_t>(random.below(static_cast<int64_t>(i)))]);
    }
    double loss_sum = 0;
    for (int64_t step = 0; step < steps; ++step) {
      if (options.stop != nullptr && options.stop->requested()) {
        training.interrupted = true;
        break;
      }
      const int64_t begin = step * batch_size;
      const int64_t count = std::min(batch_size, std::ssize(order) - begin);
      at::Tensor kept = at::zeros({count, train.num_items});    // 1 / sqrt(n) at the kept items
      at::Tensor masked = at::zeros({count, train.num_items});  // kMasked at the kept items: they are no candidates
      at::Tensor target = at::zeros({count, train.num_items});  // weight of each removed item
      at::Tensor users = at::empty({count}, at::kLong);
      at::Tensor has_history = at::ones({count});
      at::Tensor moments = at::zeros({count}, at::kLong);
      double weight_sum = 0;
      for (int64_t b = 0; b < count; ++b) {
        const int32_t user = order[static_cast<size_t>(begin + b)];
        users.data_ptr<int64_t>()[b] = user;
        const auto items = sampler.matrix.row(user);
        const bool newcomer = random.uniform() < params.number("history_dropout");
        const double share = newcomer ? 1 : dense ? 0.2 : 0.2 + 0.6 * random.uniform();
        std::vector<size_t> in, out;  // positions in the row
        for (size_t i = 0; i < items.size(); ++i) {
          (random.uniform() < share ? out : in).push_back(i);
        }
        std::vector<size_t>& full = in.empty() ? out : in;
        if ((in.empty() && !newcomer) || out.empty()) {
          const auto moved = full.begin() + random.below(std::ssize(full));
          (in.empty() ? in : out).push_back(*moved);
          full.erase(moved);
        }
        has_history.data_ptr<float>()[b] = in.empty() ? 0.0F : 1.0F;
        if (trend) {
          // The user is asked at the moment of one target; those before it are no question any more.
          const auto moment = [&](size_t i) { return static_cast<int64_t>(sampler.matrix.row_values(user)[i]) - 1; };
          const int64_t asked = moment(out[static_cast<size_t>(random.below(std::ssize(out)))]);
          moments.data_ptr<int64_t>()[b] = asked;
          std::erase_if(out, [&](size_t i) { return moment(i) < asked; });
        }
        const float in_value = 1 / std::sqrt(static_cast<float>(std::max<size_t>(1, in.size())));
        const float out_value = dense ? 1.0F : 1 / std::sqrt(static_cast<float>(out.size()));
        for (const size_t i : in) {
          kept.data_ptr<float>()[b * train.num_items + items[i]] = in_value;
          masked.data_ptr<float>()[b * train.num_items + items[i]] = kMasked;
        }
        for (const size_t i : out) {
          target.data_ptr<float>()[b * train.num_items + items[i]] = out_value;
          weight_sum += out_value;
        }
      }
      std::vector<bool> keep_source(impl.item_sources.size(), true);
      for (size_t s = 0; s < keep_source.size(); ++s) {
        keep_source[s] = keep_source.size() == 1 || random.uniform() >= params.number("source_dropout");
      }
      if (std::ranges::find(keep_source, true) == keep_source.end()) {
        keep_source[0] = true;
      }
      const Impl::Items items = impl.fuse_items(keep_source, false);
      const at::Tensor q = unit(items.q);
      at::Tensor p = impl.user_vector(at::matmul(kept, q), has_history);
      for (size_t s = 0; s < impl.user_sources.size(); ++s) {
        if (random.uniform() >= params.number("source_dropout")) {
          p = p + impl.user_source_rows(impl.user_sources[s], users) * impl.user_gain[static_cast<int64_t>(s)];
        }
      }
      p = impl.bounded(drop(p, params.number("dropout"), draws));
      at::Tensor logits = at::matmul(p, q.t()) * impl.scale + impl.bias + masked;
      if (trend) {
        const auto [distinct, place, counts] = at::_unique2(moments, true, true);
        logits = logits + at::matmul(impl.trend_weight, trend->tables.index_select(0, distinct)).index_select(0, place);
      }
      const at::Tensor loss = (at::log_softmax(logits, 1) * target).sum() / -weight_sum;
      const double value = loss.item<double>();
      if (!std::isfinite(value)) {
        return fail({ErrorCode::kBadData,
                     fmt::format("the loss is {} at epoch {}, step {}", value, epoch + 1, step + 1), "",
                     "lower [train.network_params] learning_rate"});
      }
      loss.backward();
      adam.step(cosine_rate(params.number("learning_rate"), epoch * steps + step, epochs * steps,
                            std::min<int64_t>(50, epochs * steps / 20 + 1)));
      loss_sum += value;
      if (step + 1 == steps || (step + 1) % 10 == 0) {
        const std::string text =
            fmt::format("Epoch [{}/{}], Step [{}/{}], Loss: {:.4f}", epoch + 1, epochs, step + 1, steps, value);
        progress.line(text);
      }
      progress.update(epoch * steps + step + 1, fmt::format("loss {:.4f}", value));
    }
    if (training.interrupted && epoch > 0) {
      break;
    }
    EpochRecord record = {epoch + 1, loss_sum / static_cast<double>(steps), -1, 0};
    if (data.validation != nullptr) {
      impl.finish();
      record.validation_ndcg =
          validation_ndcg([&](std::span<const UserState> users) { return network.score(users); }, *data.validation);
      if (record.validation_ndcg > best) {
        best = record.validation_ndcg;
        training.best_epoch = epoch + 1;
        best_state.clear();
        for (const auto& parameter : impl.named_parameters()) {
          best_state[parameter.key()] = parameter.value().detach().clone();
        }
      }
      progress.line(
          fmt::format("Epoch [{}/{}], validation NDCG@10: {:.4f}", epoch + 1, epochs, record.validation_ndcg));
    } else {
      training.best_epoch = epoch + 1;
    }
    record.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    training.epochs.push_back(record);
    const std::chrono::duration<double> since = std::chrono::steady_clock::now() - saved_at;
    if (!options.checkpoint.empty() && since.count() >= options.checkpoint_seconds) {
      HAINA_OK(save_checkpoint(options.checkpoint, options.checkpoint_key, state_of_run()));
      saved_at = std::chrono::steady_clock::now();
    }
  }
  progress.finish();
  if (!options.checkpoint.empty() && !training.interrupted) {
    std::error_code ignored;  // one that stays is of use for nothing, and harms nothing
    std::filesystem::remove_all(options.checkpoint, ignored);
  }
  if (!best_state.empty()) {
    const at::NoGradGuard no_grad;
    for (auto& parameter : impl.named_parameters()) {
      parameter.value().copy_(best_state.at(parameter.key()));
    }
  }
  impl.finish();
  return network;
}

TensorMap FusionNetwork::state() const {
  TensorMap state;
  for (const auto& parameter : impl_->named_parameters()) {
    state["parameter/" + parameter.key()] = parameter.value().detach();
  }
  if (impl_->trend_now.defined()) {
    state["trend"] = impl_->trend_now;
  }
  for (const std::vector<Source>* side : {&impl_->item_sources, &impl_->user_sources}) {
    for (const Source& source : *side) {
      const std::string prefix = (side == &impl_->item_sources ? "item/" : "user/") + source.name;
      state["gain/" + prefix] = source.gain;
      for (const auto& [name, tensor] : source.encoder->constants()) {
        state["constant/" + prefix + "/" + name] = tensor;
      }
    }
  }
  return state;
}

nlohmann::json FusionNetwork::about() const {
  nlohmann::json about = {{"width", impl_->width},
                          {"params", impl_->params.to_json()},
                          {"item_sources", nlohmann::json::array()},
                          {"user_sources", nlohmann::json::array()}};
  for (const Source& source : impl_->item_sources) {
    about["item_sources"].push_back({{"name", source.name}, {"encoder", source.encoder_name}});
  }
  for (const Source& source : impl_->user_sources) {
    about["user_sources"].push_back({{"name", source.name}, {"encoder", source.encoder_name}});
  }
  return about;
}

Result<FusionNetwork> FusionNetwork::restore(const TensorMap& state, const nlohmann::json& about,
                                             std::span<const Field> fields, int64_t num_items,
                                             const std::string& where) {
  FusionNetwork network;
  Impl& impl = *network.impl_;
  impl.params = Params(kParams);
  HAINA_OK(impl.params.merge(about.value("params", nlohmann::json::object()), where));
  impl.width = about.value("width", int64_t{0});
  impl.num_items = num_items;
  const EncoderContext context = {.width = impl.width, .train = nullptr, .fields = fields, .seed = 0};
  const std::string mend = "make it again with haina train";
  for (const char* const side : {"item", "user"}) {
    for (const nlohmann::json& entry : about.value(std::string(side) + "_sources", nlohmann::json::array())) {
      const std::string name = entry.value("name", "");
      HAINA_TRY(const EncoderEntry* const encoder, find_encoder(entry.value("encoder", ""), where));
      const Field id = id_field(num_items);
      const auto found = std::ranges::find_if(
          fields, [&](const Field& f) { return f.full_name() == name && to_string(f.side) == side; });
      if (name != "id" && found == fields.end()) {
        return fail({ErrorCode::kBadData,
                     fmt::format("the model was trained with source '{}', which the dataset lacks", name), where,
                     mend});
      }
      const std::string prefix = fmt::format("{}/{}", side, name);
      TensorMap constants;
      const std::string constant_prefix = "constant/" + prefix + "/";
      for (const auto& [key, tensor] : state) {
        if (key.starts_with(constant_prefix)) {
          constants[key.substr(constant_prefix.size())] = tensor;
        }
      }
      Source source = {name, encoder->name, encoder->make(Params(encoder->params)), {}, {}};
      HAINA_OK(source.encoder->restore(constants, context, where));
      HAINA_TRY(source.encoded, source.encoder->encode(name == "id" ? id : *found));
      HAINA_TRY(source.gain, take_tensor(state, "gain/" + prefix, at::kFloat, 0, where));
      (side == std::string("item") ? impl.item_sources : impl.user_sources).push_back(std::move(source));
    }
  }
  if (impl.width <= 0 || impl.item_sources.empty()) {
    return fail({ErrorCode::kBadData, "the model names no sources", where, mend});
  }
  if (state.contains("trend")) {
    HAINA_TRY(impl.trend_now, take_tensor(state, "trend", at::kFloat, 2, where));
    if (impl.trend_now.size(0) != Trend::kScales || impl.trend_now.size(1) != num_items) {
      return fail({ErrorCode::kBadData, "the trend has another shape than the dataset needs", where, mend});
    }
  }
  impl.create(0);
  const at::NoGradGuard no_grad;
  for (auto& parameter : impl.named_parameters()) {
    HAINA_TRY(const at::Tensor saved,
              take_tensor(state, "parameter/" + parameter.key(), at::kFloat, parameter.value().dim(), where));
    if (saved.sizes() != parameter.value().sizes()) {
      return fail({ErrorCode::kBadData,
                   fmt::format("parameter '{}' has another shape than the dataset needs", parameter.key()), where,
                   mend});
    }
    parameter.value().copy_(saved);
  }
  impl.finish();
  return network;
}

}  // namespace haina
