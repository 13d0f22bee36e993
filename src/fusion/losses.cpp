#include "fusion/losses.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "fusion/dropout.h"

namespace haina {
namespace {

at::Tensor bernoulli_dropout(const at::Tensor& x, double share, at::Generator& generator) {
  if (share <= 0) {
    return x;
  }
  const at::Tensor mask = at::empty(x.sizes(), at::kFloat).bernoulli_(1 - share, generator).div_(1 - share);
  return x * mask.to(x.device());
}

// The item sources that this step keeps: at least one.
std::vector<bool> kept_sources(StepContext& context) {
  const double share = context.module.params.number("source_dropout");
  std::vector<bool> kept(context.module.item_sources.size(), true);
  for (size_t s = 0; s < kept.size(); ++s) {
    kept[s] = kept.size() == 1 || context.random.uniform() >= share;
  }
  if (std::ranges::find(kept, true) == kept.end()) {
    kept[0] = true;
  }
  return kept;
}

at::Tensor weighted_alignment(const at::Tensor& rows, StepContext& context) {
  const double weight = context.module.params.number("alignment");
  return weight > 0 ? alignment_loss(rows, context) * weight : at::zeros({});
}

// The logits [N, C] of a step with the trend at each row's time added, without what cannot be chosen there: items that
// no event of the training part names, which as negatives of every step would end below all others whatever their
// content, and items that were not there yet. buckets: int64 [N]; columns: int64 [C], the items, undefined: all;
// targets: bool [N, C], what a later event chose and so stays, undefined: no such.
at::Tensor at_their_time(const at::Tensor& logits, const at::Tensor& buckets, const at::Tensor& columns,
                         const at::Tensor& targets, const StepContext& context) {
  const FusionModule& module = context.module;
  const auto of_columns = [&](const at::Tensor& table) {
    return columns.defined() ? table.index_select(-1, columns) : table;
  };
  if (context.trend == nullptr) {
    return module.unseen.defined() ? logits.masked_fill(of_columns(module.unseen), kMasked) : logits;
  }
  const auto [distinct, place, counts] = at::_unique2(buckets, true, true);
  const at::Tensor trends =
      at::matmul(module.trend_weight, of_columns(context.trend->tables.index_select(0, distinct)));
  at::Tensor absent = of_columns(context.trend->absent.index_select(0, distinct)).index_select(0, place);
  absent = targets.defined() ? absent.logical_and(targets.logical_not()) : absent;
  return (logits + trends.index_select(0, place)).masked_fill(absent, kMasked);
}

}  // namespace

bool has_fast_bf16(at::Device device) {
  if (!device.is_cpu()) {
    return true;
  }
#ifdef __x86_64__
  return __builtin_cpu_supports("avx512bf16") != 0;
#else
  return false;
#endif
}

at::Tensor alignment_loss(const at::Tensor& rows, StepContext& context) {
  constexpr int64_t kItems = 512;       // per step
  constexpr double kTemperature = 0.1;  // of the cosines
  const FusionModule& module = context.module;
  const int64_t sources = std::ssize(module.item_sources);
  const int64_t available = rows.defined() ? rows.size(0) : module.num_items;
  if (sources < 2 || available < 2) {
    return at::zeros({});
  }
  at::Tensor drawn = at::arange(available);
  int64_t* const places = drawn.data_ptr<int64_t>();
  for (int64_t i = 0; i < std::min(kItems, available); ++i) {
    std::swap(places[i], places[i + context.random.below(available - i)]);
  }
  drawn = drawn.narrow(0, 0, std::min(kItems, available));
  drawn = drawn.to(module.device);
  drawn = rows.defined() ? rows.index_select(0, drawn) : drawn;
  const int64_t one = context.random.below(sources);
  const FusionModule::Items items =
      module.fuse_items(std::vector<bool>(static_cast<size_t>(sources), true), KeepContributions::kKeep, drawn);
  const at::Tensor has_source = items.weights.gt(0);
  const at::Tensor both = has_source.select(1, one).logical_and(has_source.sum(1).gt(1)).nonzero().squeeze(1);
  if (both.size(0) < 2) {
    return at::zeros({});
  }
  const at::Tensor own = items.contributions.select(1, one).index_select(0, both);
  const at::Tensor others = items.q.index_select(0, both) - own;
  const at::Tensor logits = product(l2_normalize(own), l2_normalize(others).t(), context.bf16) / kTemperature;
  const at::Tensor same = at::arange(both.size(0), both.options());
  return (at::nll_loss(at::log_softmax(logits, 1), same) + at::nll_loss(at::log_softmax(logits.t(), 1), same)) / 2;
}

at::Tensor set_loss(const Batch& batch, StepContext& context) {
  FusionModule& module = context.module;
  const double source_dropout = module.params.number("source_dropout");
  const at::Tensor q = l2_normalize(
      module.fuse_items(kept_sources(context), KeepContributions::kSkip, batch.candidates).q);  // [C, width]
  at::Tensor p = module.user_vector(module.pool(batch.kept, q, context.bf16), batch.has_history);
  for (size_t s = 0; s < module.user_sources.size(); ++s) {
    if (context.random.uniform() >= source_dropout) {
      const Source& source = module.user_sources[s];
      const at::Tensor rows = source.is_behaviour()
                                  ? module.behaviour_rows(source, q, batch.recent, batch.ages, batch.lengths)
                                  : module.user_source_rows(source, batch.users);
      p = p + rows * module.user_gain[static_cast<int64_t>(s)];
    }
  }
  p = module.bounded(
      bernoulli_dropout(p, module.params.number(batch.dense ? "dense_dropout" : "dropout"), context.dropout_generator));
  const bool sampled = batch.candidates.defined();
  at::Tensor logits = product(p, q.t(), context.bf16) * module.scale +
                      (sampled ? module.bias.index_select(0, batch.candidates) + batch.log_weight : module.bias);
  logits = at_their_time(logits.masked_fill(batch.kept.ne(0), kMasked), batch.time_buckets, batch.candidates,
                         batch.target.ne(0), context);
  return (at::log_softmax(logits, 1) * batch.target).sum() / -batch.weight +
         weighted_alignment(batch.candidates, context);
}

at::Tensor sequence_loss(const SequenceBatch& batch, StepContext& context) {
  FusionModule& module = context.module;
  const int64_t width = module.width;
  const at::Tensor q =
      l2_normalize(module.fuse_items(kept_sources(context), KeepContributions::kSkip, batch.rows).q);  // [R, width]
  const at::Tensor x =
      q.index_select(0, batch.inputs.flatten()).reshape({batch.inputs.size(0), batch.inputs.size(1), width});
  const SequenceEncoder::Training training = {.input = module.params.number("input_dropout"),
                                              .hidden = module.params.number("dropout"),
                                              .attention = module.params.number("attention_dropout"),
                                              .random = &context.random,
                                              .bf16 = context.bf16};
  at::Tensor p = module.reader->forward(x, batch.gaps, training).reshape({-1, width}).index_select(0, batch.places);
  const double source_dropout = module.params.number("source_dropout");
  if (!module.user_sources.empty()) {
    const at::Tensor row_of_target = batch.places.div(batch.inputs.size(1), "floor");
    // Some targets see nothing of their history, so that the network learns new users.
    const double no_history = module.params.number("history_dropout");
    at::Tensor known = at::empty({p.size(0), 1});
    for (int64_t i = 0; i < p.size(0); ++i) {
      known.data_ptr<float>()[i] = context.random.uniform() < no_history ? 0.0F : 1.0F;
    }
    p = p * known.to(p.device());
    for (size_t s = 0; s < module.user_sources.size(); ++s) {
      if (context.random.uniform() >= source_dropout) {
        const at::Tensor rows = module.user_source_rows(module.user_sources[s], batch.users);
        p = p + rows.index_select(0, row_of_target) * module.user_gain[static_cast<int64_t>(s)];
      }
    }
  }
  p = module.bounded(p);
  const bool sampled = batch.candidates.defined();
  const at::Tensor items =
      batch.rows.defined() && sampled ? batch.rows.index_select(0, batch.candidates) : at::Tensor();
  const at::Tensor ranked = sampled ? q.index_select(0, batch.candidates) : q;  // [C, width]
  at::Tensor logits = product(p, ranked.t(), context.bf16) * module.scale +
                      (sampled ? module.bias.index_select(0, items) - batch.log_chance : module.bias);
  if (sampled) {
    const at::Tensor own = batch.log_chance.index_select(0, batch.targets).unsqueeze(1);
    logits = logits.scatter_add(1, batch.targets.unsqueeze(1), own);
  }
  logits = at_their_time(logits, batch.time_buckets, items, {}, context);
  return at::nll_loss(at::log_softmax(logits, 1), batch.targets) + weighted_alignment(batch.rows, context);
}

at::Tensor pair_loss(const PairBatch& batch, StepContext& context) {
  FusionModule& module = context.module;
  const at::Tensor vectors = module.item_vectors_of(
      module.fuse_items(kept_sources(context), KeepContributions::kSkip, batch.rows).q);  // [R, d]
  at::Tensor profile = at::zeros({batch.users.size(0), module.width}, module.device);
  for (size_t s = 0; s < module.user_sources.size(); ++s) {
    if (context.random.uniform() >= module.params.number("source_dropout")) {
      profile = profile + module.user_source_rows(module.user_sources[s], batch.users) *
                              (module.user_gain[static_cast<int64_t>(s)] / kUserGain);
    }
  }
  at::Tensor history;
  if (module.article->reads_history()) {
    const int64_t longest = batch.history.size(1);
    const at::Tensor within = at::arange(longest, batch.lengths.options()).unsqueeze(0).lt(batch.lengths.unsqueeze(1));
    const at::Tensor had =
        vectors.index_select(0, batch.history.flatten()).reshape({batch.history.size(0), longest, vectors.size(1)});
    history = (had * within.unsqueeze(2)).sum(1) / batch.lengths.clamp_min(1).unsqueeze(1);
  }
  const at::Tensor logits =
      module.article->match(module.article->user(profile, history), vectors.index_select(0, batch.items));
  return at::binary_cross_entropy_with_logits(logits, batch.labels);
}

}  // namespace haina
