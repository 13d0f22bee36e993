#include "ranking/item_support.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>

#include "ranking/standardise.h"

namespace haina {

at::Tensor ItemSupport::events_of(size_t m) const {
  if (!changes() || rests_on[m] == ItemEvents::kNone) {
    return {};
  }
  return rests_on[m] == ItemEvents::kAll ? all : goals;
}

at::Tensor ItemSupport::trust(size_t m, int64_t count) const {
  const at::Tensor events = events_of(m);
  if (!events.defined()) {
    return {};
  }
  const int64_t known = std::min(count, events.size(0));
  at::Tensor trust = at::zeros({count}, at::kFloat);
  trust.narrow(0, 0, known).copy_(events.narrow(0, 0, known).div(static_cast<double>(full)).clamp_max_(1));
  return trust;
}

double ItemSupport::trust_in(size_t m, int32_t item) const {
  const at::Tensor events = events_of(m);
  if (!events.defined()) {
    return 1;
  }
  return item < events.size(0)
             ? std::min(1.0, static_cast<double>(events.const_data_ptr<float>()[item]) / static_cast<double>(full))
             : 0;
}

std::vector<at::Tensor> ItemSupport::standardised(std::span<const at::Tensor> scores, int64_t trained) const {
  std::vector<at::Tensor> result;
  for (const at::Tensor& of_model : scores) {
    result.push_back(of_model.defined() ? standardise(of_model, trained) : at::Tensor());
  }
  if (!changes() || !result[static_cast<size_t>(network)].defined()) {
    return result;
  }
  const at::Tensor& of_network = result[static_cast<size_t>(network)];
  const int64_t count = of_network.size(1);
  for (const ItemEvents kind : {ItemEvents::kGoals, ItemEvents::kAll}) {
    at::Tensor few, trusted, instead;  // items that are not wholly believed, [n]; [n]; [B, n]
    for (size_t m = 0; m < result.size(); ++m) {
      if (rests_on[m] != kind || !result[m].defined()) {
        continue;
      }
      if (!few.defined()) {
        const at::Tensor of_all = trust(m, count);
        few = of_all.lt(1).nonzero().squeeze(1);
        trusted = of_all.index_select(0, few);
        instead = of_network.index_select(1, few).mul_(1 - trusted);
      }
      result[m].index_copy_(1, few, result[m].index_select(1, few).mul_(trusted).add_(instead));
    }
  }
  return result;
}

nlohmann::json ItemSupport::to_json() const {
  std::vector<int> kinds;
  std::ranges::transform(rests_on, std::back_inserter(kinds), [](ItemEvents kind) { return static_cast<int>(kind); });
  return {{"full", full}, {"network", network}, {"rests_on", kinds}};
}

TensorMap ItemSupport::state() const {
  return changes() ? TensorMap{{"goal_events", goals}, {"all_events", all}} : TensorMap{};
}

Result<ItemSupport> ItemSupport::restore(const nlohmann::json& json, const TensorMap& state, int64_t models,
                                         const std::string& where) {
  ItemSupport support;
  if (json.is_null()) {
    return support;
  }
  const auto damaged = [&] {
    return fail(
        {ErrorCode::kBadData, "the description of the ranker is damaged", where, "train again with haina train"});
  };
  try {
    support.full = json.at("full");
    support.network = json.at("network");
    for (const int kind : json.at("rests_on").get<std::vector<int>>()) {
      if (kind < static_cast<int>(ItemEvents::kNone) || kind > static_cast<int>(ItemEvents::kAll)) {
        return damaged();
      }
      support.rests_on.push_back(static_cast<ItemEvents>(kind));
    }
  } catch (const nlohmann::json::exception&) {
    return damaged();
  }
  if (!support.changes()) {
    return support;
  }
  if (support.network >= models || std::ssize(support.rests_on) != models) {
    return damaged();
  }
  HAINA_TRY(support.goals, take_tensor(state, "goal_events", at::kFloat, 1, where));
  HAINA_TRY(support.all, take_tensor(state, "all_events", at::kFloat, 1, where));
  return support;
}

}  // namespace haina
