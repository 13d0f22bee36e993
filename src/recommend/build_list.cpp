#include "recommend/build_list.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <optional>
#include <span>
#include <utility>

#include "data/suggest_id.h"
#include "ranking/standardise.h"
#include "recommend/applied_rules.h"
#include "recommend/explanations.h"
#include "recommend/few_events.h"
#include "recommend/rerank.h"

namespace haina {
namespace {

// In standard deviations of the ranker's score: an item that matches the typed words comes before habits.
constexpr double kQueryWeight = 4;
constexpr size_t kNamedMatches = 3;  // titles in the note on matches that are left out

// float32 [items]: the expected value of each item, the sum of P(action) x value over the model's heads. nullopt, with
// a note, where the model has no head of any of the actions.
std::optional<at::Tensor> expected_values(const ActionHeads& heads, const std::map<std::string, double>& values,
                                          const ChannelInput& scored, std::vector<std::string>& notes) {
  at::Tensor value_of_action = at::zeros({std::ssize(heads.actions)});
  bool any = false;
  for (const auto& [action, value] : values) {
    const auto head = std::ranges::find(heads.actions, action);
    if (head == heads.actions.end()) {
      notes.push_back(
          fmt::format("[serve.action_values] of '{}' counts for nothing: the model has no head of it", action));
      continue;
    }
    value_of_action[head - heads.actions.begin()] = value;
    any = true;
  }
  return any ? std::optional(at::mv(heads.of_all(scored.each, scored.state, scored.catalog.dataset().items.size()),
                                    value_of_action))
             : std::nullopt;
}

// float32 [items]: what the list is ordered by, before rules and exclusions. Without a channel, a query or action
// values it is `scored.total` itself, so that exclusions hold for the channels of explanations as well.
at::Tensor order_scores(const ListInput& input, const ChannelInput& scored, std::vector<std::string>& notes) {
  if (input.options.channel != Channel::kAll) {
    const at::Tensor scores = channel_scores(input.options.channel, scored);
    if (scores.defined()) {
      return scores.clone();
    }
    notes.push_back(fmt::format("channel {} has nothing for this user", to_string(input.options.channel)));
    return at::full({scored.catalog.size()}, kNever);
  }
  if (input.match.defined()) {
    return scored.total + input.match * kQueryWeight;
  }
  if (input.rules != nullptr && !input.rules->action_values.empty()) {
    const auto values = expected_values(scored.model.heads, input.rules->action_values, scored, notes);
    return values.value_or(scored.total);
  }
  return scored.total;
}

// "already seen, so left out, though they match: 'Dune' and 2 more"
std::string seen_matches_note(std::vector<int32_t> matches, const Catalog& catalog, const at::Tensor& match) {
  std::ranges::sort(matches, [&](int32_t a, int32_t b) {
    const float* const of = match.const_data_ptr<float>();
    return of[a] != of[b] ? of[a] > of[b] : a < b;
  });
  std::vector<std::string> titles;
  for (size_t i = 0; i < std::min(matches.size(), kNamedMatches); ++i) {
    titles.push_back(fmt::format("'{}'", catalog.title(matches[i])));
  }
  const size_t more = matches.size() - titles.size();
  return fmt::format("matching but already seen, so left out: {}{}", fmt::join(titles, ", "),
                     more > 0 ? fmt::format(" and {} more", more) : "");
}

// Adds the rules' boosts, and sets the items that this list may not hold to -inf.
void apply_rules_and_exclusions(const ListInput& input, at::Tensor& scores) {
  const auto exclude = [&](const at::Tensor& mask) { scores.masked_fill_(mask, kNever); };
  if (input.match.defined() && input.options.matches == Matches::kOnly) {
    exclude(input.match.le(0));
  }
  if (input.hidden.defined()) {
    exclude(input.hidden);
  }
  if (input.only.defined()) {
    exclude(input.only.logical_not());
  }
  if (input.rules != nullptr && input.rules->boost.defined()) {
    scores = scores + input.rules->boost;
  }
  if (const at::Tensor allowed = input.rules == nullptr ? at::Tensor() : allowed_now(*input.rules); allowed.defined()) {
    exclude(allowed.logical_not());
  }
}

void exclude_seen(const ListInput& input, const Catalog& catalog, at::Tensor& scores, std::vector<std::string>& notes) {
  if (input.options.seen == Seen::kInclude) {
    return;
  }
  std::vector<int32_t> matches;  // left out though they match the query
  float* const score = scores.data_ptr<float>();
  for (const int32_t item : input.seen) {
    if (input.match.defined() && input.match.const_data_ptr<float>()[item] > 0 && score[item] != kNever) {
      matches.push_back(item);
    }
    score[item] = kNever;
  }
  if (!matches.empty()) {
    notes.push_back(seen_matches_note(std::move(matches), catalog, input.match));
  }
}

// The items with titles, scores, action probabilities and, where asked for, explanations. chosen: rows of the catalog.
std::vector<RecommendedItem> describe_items(const std::vector<int32_t>& chosen, const at::Tensor& scores,
                                            const ChannelInput& scored, Explain explain) {
  std::vector<RecommendedItem> items;
  if (chosen.empty()) {
    return items;
  }
  std::optional<Explainer> explainer;
  if (explain == Explain::kYes) {
    explainer.emplace(scored, chosen, kQueryWeight);
  }
  const ActionHeads& heads = scored.model.heads;
  at::Tensor probabilities;  // float32 [chosen, actions]
  if (!heads.actions.empty()) {
    probabilities = heads.of_items(scored.each, scored.state, chosen, scored.catalog.dataset().items.size());
  }
  for (size_t r = 0; r < chosen.size(); ++r) {
    RecommendedItem item = {.item = scored.catalog.id(chosen[r]),
                            .title = scored.catalog.title(chosen[r]),
                            .score = scores.const_data_ptr<float>()[chosen[r]]};
    for (size_t a = 0; a < heads.actions.size(); ++a) {
      item.actions[heads.actions[a]] = probabilities.const_data_ptr<float>()[r * heads.actions.size() + a];
    }
    if (explainer) {
      item.explanation = explainer->explain(r);
    }
    items.push_back(std::move(item));
  }
  return items;
}

// What differs only by the order in which numbers were added is equal, and the order of the catalog decides, as it did
// before a restart. scores: in standard deviations.
at::Tensor without_rounding_noise(const at::Tensor& scores) {
  constexpr double kStep = 0x1p-17;
  return (scores / kStep).round_().mul_(kStep).contiguous();
}

// float32 [items]: the ranker's score, less what low answers take from similar items. Where the dataset has next to no
// events, content, live events and newness count as well.
at::Tensor total_scores(const Catalog& catalog, const Model& model, std::span<const at::Tensor> each,
                        const ListInput& input) {
  const int64_t trained = catalog.dataset().items.size();
  at::Tensor total = each.empty() ? at::zeros({catalog.size()})
                                  : model.ranker.score(each, {&input.state, 1}, trained).squeeze(0).clone();
  if (input.content == nullptr) {
    return total;
  }
  if (has_few_events(catalog.dataset())) {
    total = standardise(total.unsqueeze(0), trained).squeeze(0) +
            few_events_scores(catalog, *input.content, input.state, input.trend);
  }
  if (!input.low_answers.empty()) {
    total = total - push_down(catalog, model, *input.content, input.low_answers);
  }
  return without_rounding_noise(total);
}

// The items of the list. Items that match the query come before all others, whatever boosts, diversity and quotas say;
// their scores are raised above those of the others, so that scores still descend.
std::vector<int32_t> choose(const ListInput& input, at::Tensor& scores, const VectorsOf& vectors_of) {
  Reranking reranking = input.rules != nullptr ? input.rules->reranking : Reranking();
  scores = scores.contiguous();
  if (!input.match.defined() || input.options.matches == Matches::kOnly || input.options.channel != Channel::kAll) {
    return rerank(scores, input.k, reranking, vectors_of);
  }
  const at::Tensor matches = input.match.gt(0), candidates = scores.isfinite();
  const at::Tensor first = matches.logical_and(candidates), rest = matches.logical_not().logical_and(candidates);
  if (first.any().item<bool>() && rest.any().item<bool>()) {
    const float gap = scores.masked_select(rest).max().item<float>() - scores.masked_select(first).min().item<float>();
    scores = at::where(first, scores + std::max(0.0F, gap + 1), scores).contiguous();
  }
  std::vector<int32_t> chosen =
      rerank(scores.masked_fill(matches.logical_not(), kNever), input.k, reranking, vectors_of);
  if (const int64_t left = input.k - std::ssize(chosen); left > 0) {
    reranking.pins.clear();
    for (const int32_t item : rerank(scores.masked_fill(matches, kNever), left, reranking, vectors_of)) {
      chosen.push_back(item);
    }
  }
  return chosen;
}

}  // namespace

Result<RecommendationList> build_list(const Catalog& catalog, const Model& model, ListInput input) {
  if (input.k < 1) {
    return fail({ErrorCode::kInvalidArgument, fmt::format("k is {}", input.k), "-k", "give a number of at least 1"});
  }
  RecommendationList list = {.user = input.user, .k = input.k, .notes = std::move(input.notes), .items = {}};
  if (catalog.size() == 0) {
    list.notes.emplace_back("there are no items yet");
    return list;
  }
  const std::vector<at::Tensor> each = score_catalog(catalog, model, input.state);
  const at::Tensor total = total_scores(catalog, model, each, input);
  const ChannelInput scored = {catalog, model, input.state, each, total, input.match, input.trend};
  at::Tensor scores = order_scores(input, scored, list.notes);
  apply_rules_and_exclusions(input, scores);
  exclude_seen(input, catalog, scores, list.notes);
  const VectorsOf vectors_of = [&](std::span<const int32_t> items) {
    return model.network ? catalog.vectors(*model.network, items) : at::Tensor();
  };
  const std::vector<int32_t> chosen = choose(input, scores, vectors_of);
  list.items = describe_items(chosen, scores, scored, input.options.explain);
  if (input.rules != nullptr && input.options.explain == Explain::kYes) {
    add_applied_rules(*input.rules, catalog, scores, chosen, list.items);
  }
  if (std::ssize(chosen) < input.k) {
    list.notes.push_back(
        fmt::format("{} all there is{}", chosen.size() == 1 ? "1 item is" : fmt::format("{} items are", chosen.size()),
                    input.options.matches == Matches::kOnly ? " with these words" : " beyond what was seen"));
  }
  if (catalog.size() == 1) {
    list.notes.emplace_back("the catalog has one item: there is nothing to choose from");
  }
  return list;
}

void add_request(const RecommendRequest& request, Cells stored, UserState& state) {
  state.query = request.query;
  for (const Cells* const given : {&request.profile, &request.context}) {
    for (const auto& [field, cells] : *given) {
      stored[field] = cells;
    }
  }
  for (const auto& [field, cells] : stored) {
    for (const std::string& cell : cells) {
      state.profile.emplace_back(field, cell);
    }
  }
}

std::string skipped_item_note(const std::string& item, const Dataset& dataset) {
  const std::string hint = did_you_mean(item, dataset.items);
  const size_t question = hint.find('?');  // what follows is a list of ids; all of the hint where no id is near
  return fmt::format("unknown item '{}' in the history is skipped{}", item,
                     question == std::string::npos ? "" : ": " + hint.substr(0, question + 1));
}

std::vector<at::Tensor> score_catalog(const Catalog& catalog, const Model& model, const UserState& state) {
  std::vector<at::Tensor> each = model.score_each({&state, 1}, Model::Which::kRead);
  const AddedItems* const added = catalog.added();
  if (added == nullptr || added->size() == 0) {
    return each;
  }
  for (size_t m = 0; m < each.size(); ++m) {
    if (!each[m].defined()) {
      continue;
    }
    at::Tensor more = added->standing_in(each[m]);  // [1, added]
    if (m == model.experts.size()) {                // the network
      std::vector<at::Tensor> parts;
      for (const at::Tensor& vectors : added->vectors()) {
        parts.push_back(model.network->score_vectors({&state, 1}, vectors));
      }
      more = at::cat(parts, 1) + added->standing_in(model.network->item_bias().unsqueeze(0));
    }
    each[m] = at::cat({each[m], more}, 1).contiguous();
  }
  return each;
}

}  // namespace haina
