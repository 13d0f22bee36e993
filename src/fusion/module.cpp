#include "fusion/module.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <set>
#include <utility>

#include "base/seed.h"
#include "fusion/gru.h"
#include "fusion/masked_batches.h"
#include "fusion/transformer.h"

namespace haina {
namespace {

// torch module names must not contain dots.
std::string slashed(std::string name) {
  std::ranges::replace(name, '.', '/');
  return name;
}

// A field without cells.
Field field_without_cells(const char* source, const char* name, Side side, FieldType type, int64_t rows) {
  Field field;
  field.source = source;
  field.name = name;
  field.side = side;
  field.type = type;
  field.num_rows = rows;
  return field;
}

}  // namespace

at::Tensor product(const at::Tensor& a, const at::Tensor& b, bool bf16) {
  return bf16 ? at::matmul(a.to(at::kBFloat16), b.to(at::kBFloat16)).to(at::kFloat) : at::matmul(a, b);
}

at::Tensor l2_normalize(const at::Tensor& x) { return x / x.norm(2, -1, true).clamp_min(1e-6); }

Field id_field(int64_t rows) { return field_without_cells("id", "id", Side::kItem, FieldType::kId, rows); }

Field behaviour_field(int64_t rows) {
  return field_without_cells("behaviour", "order", Side::kUser, FieldType::kBehaviour, rows);
}

Result<Source> make_source(const std::string& name, const Field& field, const EncoderChoice& choice,
                           const EncoderContext& context) {
  HAINA_ASSERT(choice.entry != nullptr);
  Source source = {.name = name,
                   .encoder_name = choice.entry->name,
                   .encoder_params = choice.params,
                   .type = field.type,
                   .encoder = choice.entry->make(choice.params),
                   .encoded = {},
                   .gain = {}};
  HAINA_OK(source.encoder->fit(field, context));
  HAINA_TRY(source.encoded, source.encoder->encode(field));
  if (source.is_behaviour()) {  // its input is item vectors, which are scaled already
    source.gain = at::ones({});
    return source;
  }
  const at::NoGradGuard no_grad;
  const at::Tensor h = source.encoder->forward({.field = &source.encoded, .rows = {}, .history = nullptr});
  const at::Tensor present = source.encoded.present;
  const double rms = present.any().item<bool>()
                         ? std::sqrt(h.index_select(0, present.nonzero().squeeze(1)).square().mean().item<double>())
                         : 1;
  source.gain = at::scalar_tensor(rms > 1e-12 ? kRowScale / rms : 1.0, at::kFloat);
  return source;
}

void FusionModule::create(uint64_t seed) {
  at::Generator generator = make_generator(seed, "fusion/network");
  const auto normal = [&](std::vector<int64_t> shape, double std) {
    return at::normal(0, std, shape, generator, at::kFloat);
  };
  const int64_t s = std::ssize(item_sources);
  prior = register_parameter("prior", at::zeros({s}));
  probe = register_parameter("probe", at::zeros({s, width}));
  user_gain = register_parameter("user_gain", at::full({std::max<int64_t>(1, std::ssize(user_sources))}, kUserGain));
  if (form == NetworkForm::kArticle) {
    article = register_module("article", std::make_shared<ArticleNetwork>(width, params.number("history") > 0, seed));
  } else if (form == NetworkForm::kSequence) {
    if (params.number("recurrent") > 0) {
      reader = register_module("recurrent", std::make_shared<GatedRecurrent>(width, params.integer("layers"),
                                                                             make_generator(seed, "fusion/recurrent")));
    } else {
      reader = register_module("transformer", std::make_shared<CausalTransformer>(
                                                  TransformerShape{width, params.integer("layers"),
                                                                   params.integer("heads"), params.integer("length")},
                                                  make_generator(seed, "fusion/transformer")));
    }
  } else {
    norm_weight = register_parameter("norm_weight", at::ones({width}));
    norm_bias = register_parameter("norm_bias", at::zeros({width}));
    down = register_parameter("down", normal({2 * width, width}, 0.5 / std::sqrt(static_cast<double>(width))));
    down_bias = register_parameter("down_bias", at::zeros({2 * width}));
    up = register_parameter("up", at::zeros({width, 2 * width}));
    if (params.number("attention") > 0) {
      query = register_parameter("query", at::zeros({width}));
    }
  }
  if (form != NetworkForm::kArticle) {
    scale = register_parameter("scale", at::scalar_tensor(params.number("scale"), at::kFloat));
    bias = register_parameter("bias", at::zeros({num_items}));
  }
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

void FusionModule::move_to(at::Device to_device) {
  device = to_device;
  to(device);
  for (std::vector<Source>* side : {&item_sources, &user_sources}) {
    for (Source& source : *side) {
      source.encoded = moved(source.encoded, device);
      source.gain = source.gain.to(device);
    }
  }
  trend_now = trend_now.defined() ? trend_now.to(device) : trend_now;
  unseen = unseen.defined() ? unseen.to(device) : unseen;
}

FusionModule::Items FusionModule::fuse_items(const std::vector<bool>& kept, KeepContributions keep,
                                             const at::Tensor& rows) const {
  std::vector<const EncodedField*> encoded;
  for (const Source& source : item_sources) {
    encoded.push_back(&source.encoded);
  }
  return fuse_fields(encoded, kept, rows.defined() ? rows.size(0) : num_items, keep, rows);
}

FusionModule::Items FusionModule::fuse_fields(std::span<const EncodedField* const> encoded,
                                              const std::vector<bool>& kept, int64_t count, KeepContributions keep,
                                              const at::Tensor& rows) const {
  std::vector<at::Tensor> vectors, logits, present;
  for (size_t s = 0; s < item_sources.size(); ++s) {
    const Source& source = item_sources[s];
    if (encoded[s] == nullptr) {
      vectors.push_back(at::zeros({count, width}, device));
      logits.push_back(at::zeros({count}, device));
      present.push_back(at::zeros({count}, at::TensorOptions(device).dtype(at::kBool)));
      continue;
    }
    const at::Tensor h = source.encoder->forward({.field = encoded[s], .rows = rows, .history = nullptr}) * source.gain;
    const int64_t i = static_cast<int64_t>(s);
    logits.push_back(prior[i] + at::mv(h, probe[i]) / (kRowScale * std::sqrt(static_cast<double>(width))));
    const at::Tensor has_cells = rows.defined() ? encoded[s]->present.index_select(0, rows) : encoded[s]->present;
    present.push_back(kept[s] ? has_cells : at::zeros_like(has_cells));
    vectors.push_back(h);
  }
  const at::Tensor mask = at::stack(present, 1);  // [count, S]
  const at::Tensor weights = at::softmax(at::stack(logits, 1).masked_fill(mask.logical_not(), kMasked), 1) * mask;
  const at::Tensor factors = weights * mask.sum(1, true).to(at::kFloat);
  at::Tensor q;
  for (size_t s = 0; s < vectors.size(); ++s) {
    const at::Tensor contribution = vectors[s] * factors.select(1, static_cast<int64_t>(s)).unsqueeze(1);
    q = q.defined() ? q + contribution : contribution;
    vectors[s] = keep == KeepContributions::kKeep ? contribution : at::Tensor();
  }
  return {q, keep == KeepContributions::kKeep ? at::stack(vectors, 1) : at::Tensor(), weights};
}

at::Tensor FusionModule::item_vectors_of(const at::Tensor& q) const {
  return article ? article->item(q / kRowScale) * q.ne(0).any(1, true) : l2_normalize(q);
}

at::Tensor FusionModule::user_source_rows(const Source& source, const at::Tensor& rows) const {
  const at::Tensor h =
      source.encoder->forward({.field = &source.encoded, .rows = rows, .history = nullptr}) * source.gain;
  const at::Tensor present = rows.defined() ? source.encoded.present.index_select(0, rows) : source.encoded.present;
  return at::layer_norm(h, {width}) * present.unsqueeze(1);
}

at::Tensor FusionModule::given_profile(const Source& source, const UserState& user) const {
  std::vector<std::string> cells;
  for (const auto& [field, cell] : user.profile) {
    if (field == source.name) {
      cells.push_back(cell);
    }
  }
  if (cells.empty() || !parses_from_text(source.type)) {
    return {};
  }
  const Field field = field_of_cells(source.name, Side::kUser, source.type, {cells});
  const Result<EncodedField> read = source.encoder->encode(field);
  if (!read) {  // such as a vector of another width: as if it were missing
    return {};
  }
  const EncodedField encoded = moved(*read, device);
  const at::Tensor h = source.encoder->forward({.field = &encoded, .rows = {}, .history = nullptr}) * source.gain;
  return (at::layer_norm(h, {width}) * encoded.present.unsqueeze(1)).squeeze(0);
}

at::Tensor FusionModule::behaviour_rows(const Source& source, const at::Tensor& q, const at::Tensor& recent,
                                        const at::Tensor& ages, const at::Tensor& lengths) const {
  const HistoryBatch history = {
      .vectors = q.index_select(0, recent.flatten()).reshape({recent.size(0), recent.size(1), width}),
      .ages = ages,
      .lengths = lengths};
  const at::Tensor h = source.encoder->forward({.field = &source.encoded, .rows = {}, .history = &history});
  return at::layer_norm(h, {width}) * lengths.gt(0).unsqueeze(1);
}

at::Tensor FusionModule::pool_weights(const at::Tensor& q) const {
  return query.defined() ? at::mv(q, query).exp() : at::Tensor();
}

at::Tensor FusionModule::pool(const at::Tensor& kept, const at::Tensor& q, bool bf16) const {
  const at::Tensor weights = pool_weights(q);
  if (!weights.defined()) {
    return product(kept, q, bf16);
  }
  const at::Tensor weighted = kept * weights;
  return product(weighted / weighted.norm(2, 1, true).clamp_min(1e-6), q, bf16);
}

at::Tensor FusionModule::user_vector(const at::Tensor& pooled, const at::Tensor& has_history) const {
  at::Tensor p = at::layer_norm(pooled, {width}, norm_weight, norm_bias);
  p = p + at::linear(at::gelu(at::linear(p, down, down_bias)), up);
  return p * has_history.unsqueeze(1);
}

at::Tensor FusionModule::bounded(const at::Tensor& p) const {
  return p / p.norm(2, -1, true).clamp_min(std::sqrt(static_cast<double>(width)));
}

void FusionModule::materialize(KeepContributions keep) {
  const at::NoGradGuard no_grad;
  const Items items = fuse_items(std::vector<bool>(item_sources.size(), true), keep);
  const at::Tensor q = item_vectors_of(items.q);
  const auto on_cpu = [](const at::Tensor& tensor) { return tensor.defined() ? tensor.cpu().contiguous() : tensor; };
  final_items = on_cpu(q);
  final_contributions = on_cpu(items.contributions);
  final_weights = on_cpu(items.weights);
  final_packed = PackedRows(final_items);
  if (article) {
    final_prepared = on_cpu(article->prepared(q));
    final_average = final_contributions.defined() ? final_contributions.mean(0) : at::Tensor();
    final_bias = at::zeros({num_items});
  } else {
    final_pool = on_cpu(pool_weights(q));
    final_bias = on_cpu(trend_now.defined() ? bias + at::mv(trend_now.t(), trend_weight) : bias.detach().clone());
  }
  final_users.clear();
  for (size_t s = 0; s < user_sources.size(); ++s) {
    final_users.push_back(user_sources[s].is_behaviour()
                              ? at::Tensor()
                              : on_cpu(user_source_rows(user_sources[s], {}) * user_gain[static_cast<int64_t>(s)]));
  }
}

at::Tensor FusionModule::sequence_vectors(std::span<const UserState> users) const {
  constexpr size_t kTogether = 32;  // histories of similar length, so that little is padding
  const auto longest = params.integer("length");
  std::vector<std::vector<const UserEvent*>> histories(users.size());
  std::vector<size_t> order;
  for (size_t b = 0; b < users.size(); ++b) {
    std::vector<const UserEvent*>& history = histories[b];
    for (auto event = users[b].history.rbegin(); event != users[b].history.rend() && std::ssize(history) < longest;
         ++event) {
      if (const int32_t item = row_of(event->item); item >= 0 && item < num_items) {
        history.push_back(&*event);
      }
    }
    std::ranges::reverse(history);
    if (!history.empty()) {
      order.push_back(b);
    }
  }
  std::ranges::stable_sort(order, {}, [&](size_t b) { return histories[b].size(); });
  at::Tensor vectors = at::zeros({std::ssize(users), width});
  const at::Tensor items = final_items.to(device);
  for (size_t first = 0; first < order.size(); first += kTogether) {
    const std::span<const size_t> batch(order.data() + first, std::min(kTogether, order.size() - first));
    const int64_t count = std::ssize(batch);
    const int64_t length = std::ssize(histories[batch.back()]);
    at::Tensor inputs = at::zeros({count, length}, at::kLong);
    at::Tensor gaps = at::zeros({count, length}, at::kLong);
    at::Tensor last = at::empty({count}, at::kLong);
    for (int64_t b = 0; b < count; ++b) {
      const std::vector<const UserEvent*>& history = histories[batch[static_cast<size_t>(b)]];
      for (size_t i = 0; i < history.size(); ++i) {
        const int64_t at = b * length + static_cast<int64_t>(i);
        inputs.data_ptr<int64_t>()[at] = row_of(history[i]->item);
        gaps.data_ptr<int64_t>()[at] =
            i == 0 ? 0 : SequenceEncoder::gap_of(history[i]->time_us, history[i - 1]->time_us);
      }
      last.data_ptr<int64_t>()[b] = b * length + std::ssize(history) - 1;
    }
    const at::Tensor x = items.index_select(0, inputs.flatten().to(device)).reshape({count, length, width});
    const at::Tensor p = reader->forward(x, gaps.to(device), {}).reshape({-1, width}).index_select(0, last.to(device));
    vectors.index_copy_(0, at::tensor(std::vector<int64_t>(batch.begin(), batch.end()), at::kLong), p.cpu());
  }
  return vectors;
}

at::Tensor FusionModule::profile_vectors(std::span<const UserState> users) const {
  at::Tensor sum = at::zeros({std::ssize(users), width});
  for (size_t b = 0; b < users.size(); ++b) {
    for (size_t s = 0; s < final_users.size(); ++s) {
      const at::Tensor& rows = final_users[s];
      const at::Tensor from_profile =
          users[b].profile.empty() || !rows.defined() ? at::Tensor() : given_profile(user_sources[s], users[b]);
      if (from_profile.defined()) {
        sum[static_cast<int64_t>(b)] += (from_profile * user_gain[static_cast<int64_t>(s)]).cpu();
      } else if (rows.defined() && users[b].user >= 0 && users[b].user < rows.size(0)) {
        sum[static_cast<int64_t>(b)] += rows[users[b].user];
      }
    }
  }
  return sum;
}

at::Tensor FusionModule::user_vectors(std::span<const UserState> users) const {
  const at::NoGradGuard no_grad;
  const int64_t count = std::ssize(users);
  if (article) {
    return article_vectors(users);
  }
  if (reader != nullptr) {
    return bounded(sequence_vectors(users) + profile_vectors(users));
  }
  at::Tensor pooled = at::zeros({count, width});
  at::Tensor has_history = at::zeros({count});
  at::Tensor extra = profile_vectors(users);
  at::Tensor recent = at::zeros({count, HistoryBatch::kLongest}, at::kLong);
  at::Tensor ages = at::zeros({count, HistoryBatch::kLongest});
  at::Tensor lengths = at::zeros({count}, at::kLong);
  const float* const vectors = final_items.const_data_ptr<float>();
  for (size_t b = 0; b < users.size(); ++b) {
    std::set<int32_t> distinct;
    float* const sum = pooled.data_ptr<float>() + static_cast<int64_t>(b) * width;
    int64_t& length = lengths.data_ptr<int64_t>()[b];
    int64_t newest_us = kNoTime;
    for (auto event = users[b].history.rbegin(); event != users[b].history.rend(); ++event) {
      const int32_t item = row_of(event->item);
      if (item < 0 || item >= num_items || !distinct.insert(item).second) {
        continue;
      }
      if (length < HistoryBatch::kLongest) {
        newest_us = length == 0 ? event->time_us : newest_us;
        const int64_t at = static_cast<int64_t>(b) * HistoryBatch::kLongest + length++;
        recent.data_ptr<int64_t>()[at] = item;
        ages.data_ptr<float>()[at] = log_days(newest_us, event->time_us);
      }
    }
    float squares = 0;
    for (const int32_t item : distinct) {
      const float weight = final_pool.defined() ? final_pool.const_data_ptr<float>()[item] : 1;
      squares += weight * weight;
      for (int64_t c = 0; c < width; ++c) {
        sum[c] += weight * vectors[item * width + c];
      }
    }
    for (int64_t c = 0; c < width && squares > 0; ++c) {
      sum[c] /= std::sqrt(squares);
    }
    has_history.data_ptr<float>()[b] = distinct.empty() ? 0.0F : 1.0F;
  }
  for (size_t s = 0; s < user_sources.size(); ++s) {
    if (user_sources[s].is_behaviour()) {
      const int64_t longest = count == 0 ? 0 : lengths.max().item<int64_t>();
      const at::Tensor rows =
          behaviour_rows(user_sources[s], final_items.to(device), recent.narrow(1, 0, longest).to(device),
                         ages.narrow(1, 0, longest).to(device), lengths.to(device));
      extra += (rows * user_gain[static_cast<int64_t>(s)]).cpu();
    }
  }
  return bounded(user_vector(pooled.to(device), has_history.to(device)).cpu() + extra);
}

at::Tensor FusionModule::score(std::span<const UserState> users) const {
  const at::NoGradGuard no_grad;
  const at::Tensor p = user_vectors(users);
  if (article) {
    return article->match_all(p.to(device), final_prepared.to(device)).cpu();
  }
  if (users.size() == 1) {  // a matrix product would first copy all items into another order
    return at::addmv(final_bias, final_items, p[0], 1, scale.item<double>()).unsqueeze(0);
  }
  return final_packed.products(p * scale.cpu(), final_bias);
}

}  // namespace haina
