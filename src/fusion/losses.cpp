#include "fusion/losses.h"

#include <algorithm>

#include "fusion/dropout.h"

namespace haina {
namespace {

at::Tensor bernoulli_dropout(const at::Tensor& x, double share, at::Generator& generator) {
  if (share <= 0) {
    return x;
  }
  return x * at::empty_like(x).bernoulli_(1 - share, generator).div_(1 - share);
}

// a b, of halves (bfloat16) where the CPU multiplies those: their sums stay float32.
at::Tensor product(const at::Tensor& a, const at::Tensor& b, bool halves) {
  return halves ? at::matmul(a.to(at::kBFloat16), b.to(at::kBFloat16)).to(at::kFloat) : at::matmul(a, b);
}

// Which item sources a step has: at least one.
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

}  // namespace

bool multiplies_halves() {
#ifdef __x86_64__
  return __builtin_cpu_supports("avx512bf16") != 0;
#else
  return false;
#endif
}

at::Tensor set_loss(const Batch& batch, StepContext& context) {
  FusionModule& module = context.module;
  const double source_dropout = module.params.number("source_dropout");
  const at::Tensor q = unit(module.fuse_items(kept_sources(context), Parts::kSkip, batch.candidates).q);  // [C, width]
  at::Tensor p = module.user_vector(product(batch.kept, q, context.halves), batch.has_history);
  for (size_t s = 0; s < module.user_sources.size(); ++s) {
    if (context.random.uniform() >= source_dropout) {
      const Source& source = module.user_sources[s];
      const at::Tensor rows = source.is_behaviour()
                                  ? module.behaviour_rows(source, q, batch.recent, batch.ages, batch.lengths)
                                  : module.user_source_rows(source, batch.users);
      p = p + rows * module.user_gain[static_cast<int64_t>(s)];
    }
  }
  p = module.bounded(bernoulli_dropout(p, module.params.number("dropout"), context.draws));
  const bool sampled = batch.candidates.defined();
  at::Tensor logits = product(p, q.t(), context.halves) * module.scale +
                      (sampled ? module.bias.index_select(0, batch.candidates) + batch.log_weight : module.bias);
  if (context.trend != nullptr) {
    const auto [distinct, place, counts] = at::_unique2(batch.moments, true, true);
    const at::Tensor tables = sampled ? context.trend->tables.index_select(2, batch.candidates) : context.trend->tables;
    logits = logits + at::matmul(module.trend_weight, tables.index_select(0, distinct)).index_select(0, place);
  }
  logits = logits.masked_fill(batch.kept.ne(0), kMasked);
  return (at::log_softmax(logits, 1) * batch.target).sum() / -batch.weight;
}

at::Tensor sequence_loss(const SequenceBatch& batch, StepContext& context) {
  FusionModule& module = context.module;
  const int64_t width = module.width;
  const at::Tensor q = unit(module.fuse_items(kept_sources(context), Parts::kSkip, batch.rows).q);  // [R, width]
  const at::Tensor x =
      q.index_select(0, batch.inputs.flatten()).reshape({batch.inputs.size(0), batch.inputs.size(1), width});
  const CausalTransformer::Training training = {.input = module.params.number("input_dropout"),
                                                .hidden = module.params.number("dropout"),
                                                .attention = module.params.number("attention_dropout"),
                                                .random = &context.random,
                                                .halves = context.halves};
  at::Tensor p =
      module.transformer->forward(x, batch.gaps, training).reshape({-1, width}).index_select(0, batch.places);
  const double source_dropout = module.params.number("source_dropout");
  if (!module.user_sources.empty()) {
    const at::Tensor asked = batch.places.div(batch.inputs.size(1), "floor");  // row of `users` of each target
    // Some targets see nothing of their history: what newcomers look like.
    const double newcomers = module.params.number("history_dropout");
    at::Tensor known = at::empty({p.size(0), 1});
    for (int64_t i = 0; i < p.size(0); ++i) {
      known.data_ptr<float>()[i] = context.random.uniform() < newcomers ? 0.0F : 1.0F;
    }
    p = p * known;
    for (size_t s = 0; s < module.user_sources.size(); ++s) {
      if (context.random.uniform() >= source_dropout) {
        const at::Tensor rows = module.user_source_rows(module.user_sources[s], batch.users);
        p = p + rows.index_select(0, asked) * module.user_gain[static_cast<int64_t>(s)];
      }
    }
  }
  p = module.bounded(p);
  const bool sampled = batch.candidates.defined();
  const at::Tensor items =
      batch.rows.defined() && sampled ? batch.rows.index_select(0, batch.candidates) : at::Tensor();
  const at::Tensor ranked = sampled ? q.index_select(0, batch.candidates) : q;  // [C, width]
  at::Tensor logits = product(p, ranked.t(), context.halves) * module.scale +
                      (sampled ? module.bias.index_select(0, items) - batch.log_chance : module.bias);
  if (sampled) {
    const at::Tensor own = batch.log_chance.index_select(0, batch.targets).unsqueeze(1);
    logits = logits.scatter_add(1, batch.targets.unsqueeze(1), own);
  }
  if (context.trend != nullptr) {
    const auto [distinct, place, counts] = at::_unique2(batch.moments, true, true);
    const at::Tensor tables = sampled ? context.trend->tables.index_select(2, items) : context.trend->tables;
    logits = logits + at::matmul(module.trend_weight, tables.index_select(0, distinct)).index_select(0, place);
  }
  return at::nll_loss(at::log_softmax(logits, 1), batch.targets);
}

}  // namespace haina
