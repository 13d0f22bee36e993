#include "pipeline/explain/model_weights.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <vector>

#include "data/mask_history.h"
#include "data/user_state_builder.h"
#include "experts/expert.h"
#include "metrics/intervals.h"
#include "ranking/standardise.h"

namespace haina {
namespace {

using nlohmann::json;

constexpr size_t kUsersABatch = 32;
constexpr int64_t kPlaces = 10;
constexpr double kAllTheSame = 1e-6;  // a spread of weights below that is rounding

// Users by the number of their goal events: from `from` up to, and without, that of the next group.
struct HistoryGroup {
  const char* name;
  size_t from;
};
constexpr std::array<HistoryGroup, 4> kGroups = {
    {{"no history", 0}, {"1 to 4 events", 1}, {"5 to 19 events", 5}, {"20 events and more", 20}}};

struct Shares {
  at::Tensor weights;  // float64 [users, models]
  at::Tensor experts;  // float64 [users, models]; NaN: no model says anything of the user's list
  at::Tensor sources;  // float64 [users, item sources]; undefined without a network
};

// `values` over the sum of each row; NaN where that is 0.
at::Tensor shares_of_rows(const at::Tensor& values) {
  const at::Tensor sum = values.sum(1, true);
  return at::where(sum > 1e-12, values / sum, std::numeric_limits<double>::quiet_NaN());
}

// float64 [users, models]: sum of |weight x standardised score| over each user's ten best items.
at::Tensor parts_of_experts(const ItemSupport& support, const std::vector<at::Tensor>& scores,
                            const at::Tensor& weights, const at::Tensor& best) {
  at::Tensor parts = at::zeros(weights.sizes(), at::kDouble);
  const at::Tensor rows = best.clamp_min(0);
  const auto add = [&](int64_t model, const at::Tensor& listed, const at::Tensor& by_user) {
    const at::Tensor sums = at::where(best >= 0, listed, 0.0F).abs().sum(1).to(at::kDouble);
    parts.select(1, model).add_(sums * by_user.abs());
  };
  const at::Tensor of_network =
      support.changes() ? standardise(scores[static_cast<size_t>(support.network)].contiguous()).gather(1, rows)
                        : at::Tensor();
  for (size_t m = 0; m < scores.size(); ++m) {
    if (!scores[m].defined()) {
      continue;
    }
    const at::Tensor of_user = weights.select(1, static_cast<int64_t>(m));
    const at::Tensor listed = standardise(scores[m].contiguous()).gather(1, rows);
    const at::Tensor trust = support.trust(m, scores[m].size(1));
    if (!trust.defined()) {
      add(static_cast<int64_t>(m), listed, of_user);
      continue;
    }
    const at::Tensor believed = trust.index_select(0, rows.flatten()).reshape(rows.sizes());
    add(static_cast<int64_t>(m), listed * believed, of_user);
    add(support.network, of_network * (1 - believed), of_user);
  }
  return parts;
}

// The same of the network's item sources, [users, sources]: sums of their positive parts.
at::Tensor parts_of_sources(const FusionNetwork& network, std::span<const UserState> users, const RankedLists& best) {
  std::vector<at::Tensor> rows;
  for (size_t u = 0; u < users.size(); ++u) {
    std::vector<int32_t> items;
    for (int64_t place = 0; place < best.items.size(1); ++place) {
      const int32_t item = best.items.const_data_ptr<int32_t>()[static_cast<int64_t>(u) * best.items.size(1) + place];
      if (item >= 0) {
        items.push_back(item);
      }
    }
    rows.push_back(network.item_source_parts(users[u], items).clamp_min(0).sum(0));
  }
  return at::stack(rows).to(at::kDouble);
}

Result<Shares> shares_of(const Model& model, std::span<const UserState> users, const StopFlag* stop) {
  std::vector<at::Tensor> weights, experts, sources;
  for (size_t begin = 0; begin < users.size(); begin += kUsersABatch) {
    if (stop != nullptr && stop->requested()) {
      return interrupted();
    }
    const std::span<const UserState> batch = users.subspan(begin, std::min(kUsersABatch, users.size() - begin));
    const std::vector<at::Tensor> scores = model.score_each(batch, Model::Which::kRead);
    const RankedLists best = top_k_unseen(model.ranker.score(scores, batch).contiguous(), batch, kPlaces);
    weights.push_back(model.ranker.user_weights(batch).to(at::kDouble));
    experts.push_back(parts_of_experts(model.ranker.support, scores, weights.back(), best.items.to(at::kLong)));
    if (model.network) {
      sources.push_back(parts_of_sources(*model.network, batch, best));
    }
  }
  return Shares{.weights = at::cat(weights).contiguous(),
                .experts = shares_of_rows(at::cat(experts)).contiguous(),
                .sources = sources.empty() ? at::Tensor() : shares_of_rows(at::cat(sources)).contiguous()};
}

// A number that JSON can hold: null for NaN.
json finite_or_null(double value) { return std::isfinite(value) ? json(value) : json(); }

json as_share(const Interval& interval) {
  return {{"value", finite_or_null(interval.value)},
          {"low", finite_or_null(interval.low)},
          {"high", finite_or_null(interval.high)}};
}

// What a model reads: "counts", "events", "everything", or one kind of side source.
std::string evidence_of(const Model& model, size_t number) {
  if (number >= model.experts.size()) {
    return "everything";  // the network
  }
  const NamedExpert& expert = model.experts[number];
  const Result<const ExpertEntry*> entry = find_expert(expert.name, "");
  HAINA_ASSERT(entry.has_value());
  const std::string group = evidence_group(**entry, expert.name, expert.params);
  return group.empty() ? "counts" : group;
}

json experts_json(const Model& model, const Shares& shares) {
  const std::vector<std::string> names = model.names();
  const std::vector<Interval> weights = bootstrap_means(shares.weights), parts = bootstrap_means(shares.experts);
  json experts = json::array();
  for (size_t m = 0; m < names.size(); ++m) {
    json one = {{"name", names[m]},
                {"evidence", evidence_of(model, m)},
                {"weight", weights[m].value},
                {"share", as_share(parts[m])}};
    const at::Tensor each = shares.weights.select(1, static_cast<int64_t>(m));
    if ((each.max() - each.min()).item<double>() > kAllTheSame) {
      one["weight_low"] = weights[m].low;
      one["weight_high"] = weights[m].high;
    }
    experts.push_back(std::move(one));
  }
  return experts;
}

json groups_json(const Model& model, std::span<const UserState> users, const Shares& shares) {
  const std::vector<std::string> names = model.names();
  json groups = json::array();
  for (size_t g = 0; g < kGroups.size(); ++g) {
    std::vector<int64_t> rows;
    for (size_t u = 0; u < users.size(); ++u) {
      const size_t events = users[u].history.size();
      if (events >= kGroups[g].from && (g + 1 == kGroups.size() || events < kGroups[g + 1].from)) {
        rows.push_back(static_cast<int64_t>(u));
      }
    }
    if (rows.empty()) {
      continue;
    }
    const std::vector<Interval> means = bootstrap_means(shares.experts.index_select(0, at::tensor(rows, at::kLong)));
    json experts = json::object();
    for (size_t m = 0; m < names.size(); ++m) {
      experts[names[m]] = finite_or_null(means[m].value);
    }
    groups.push_back({{"name", kGroups[g].name}, {"users", rows.size()}, {"experts", std::move(experts)}});
  }
  return groups;
}

json network_sources_json(const FusionNetwork& network, const Shares& shares) {
  const std::vector<std::string> names = network.item_sources();
  const at::Tensor weights = network.item_source_weights().to(at::kDouble);
  const at::Tensor mean = weights.mean(0).contiguous();
  const at::Tensor middle =
      at::quantile(weights, at::tensor(std::vector<double>{0.1, 0.9}, at::kDouble), 0).contiguous();  // [2, sources]
  const std::vector<Interval> parts = bootstrap_means(shares.sources);
  json sources = json::array();
  for (size_t s = 0; s < names.size(); ++s) {
    sources.push_back({{"name", names[s]},
                       {"weight", mean.const_data_ptr<double>()[s]},
                       {"weight_low", middle.const_data_ptr<double>()[s]},
                       {"weight_high", middle.const_data_ptr<double>()[names.size() + s]},
                       {"share", as_share(parts[s])}});
  }
  return sources;
}

}  // namespace

std::vector<UserState> spread_users(const Dataset& dataset, int64_t most) {
  const UserStateBuilder states(dataset);
  const int64_t all = dataset.users.size(), count = std::min(all, most);
  std::vector<UserState> users;
  for (int64_t u = 0; u < count; ++u) {
    users.push_back(states.known(static_cast<int32_t>(u * all / count)));
  }
  return users;
}

Result<json> model_weights(const Model& model, std::span<const UserState> users, const StopFlag* stop) {
  if (users.empty()) {
    return json::object();
  }
  HAINA_TRY(const Shares shares, shares_of(model, users, stop));
  json weights = {{"blender", model.ranker.blender.name},
                  {"users", users.size()},
                  {"experts", experts_json(model, shares)},
                  {"groups", groups_json(model, users, shares)}};
  if (model.network) {
    weights["sources"] = network_sources_json(*model.network, shares);
  }
  return weights;
}

}  // namespace haina
