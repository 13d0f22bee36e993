#include "recommend/rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/suggest.h"
#include "data/parse_cell.h"

namespace haina {
namespace {

Result<const Field*> item_field(const std::string& name, const Dataset& dataset, const std::string& place) {
  std::vector<std::string> known;
  for (const Field& field : dataset.fields) {
    if (field.side == Side::kItem) {
      if (field.full_name() == name) {
        return &field;
      }
      known.push_back(field.full_name());
    }
  }
  return fail({ErrorCode::kInvalidArgument, fmt::format("no item field '{}'", name), place, did_you_mean(name, known)});
}

// bool [items]: those that the rule speaks of.
Result<at::Tensor> members_of(const RuleConfig& rule, const Catalogue& catalogue) {
  at::Tensor members = at::zeros({catalogue.size()}, at::kBool);
  bool* const is_member = members.data_ptr<bool>();
  if (rule.fresh) {
    for (auto item = catalogue.dataset().items.size(); item < catalogue.size(); ++item) {
      is_member[item] = true;
    }
    return members;
  }
  HAINA_TRY(const Field* const field, item_field(rule.field, catalogue.dataset(), rule.place));
  for (int32_t item = 0; item < catalogue.size(); ++item) {
    for (const std::string& cell : catalogue.cells(*field, item)) {
      bool in = std::ranges::find(rule.is, cell) != rule.is.end();
      if (rule.above || rule.below) {
        const std::optional<double> number = parse_number(cell);
        in = number && (!rule.above || *number > *rule.above) && (!rule.below || *number < *rule.below);
      }
      is_member[item] = is_member[item] || in;
    }
  }
  return members;
}

}  // namespace

Result<const Field*> category_field(const ServeConfig& serve, const Dataset& dataset) {
  if (!serve.category.empty()) {
    return item_field(serve.category, dataset, serve.place);
  }
  const Field* tags = nullptr;
  for (const Field& field : dataset.fields) {
    if (field.side == Side::kItem && field.type == FieldType::kCategory) {
      return &field;
    }
    tags = tags == nullptr && field.side == Side::kItem && field.type == FieldType::kTags ? &field : tags;
  }
  return tags;
}

at::Tensor with_value(const Catalogue& catalogue, const Field& field, const std::string& value) {
  at::Tensor members = at::zeros({catalogue.size()}, at::kBool);
  for (int32_t item = 0; item < catalogue.size(); ++item) {
    const std::vector<std::string> cells = catalogue.cells(field, item);
    members.data_ptr<bool>()[item] = std::ranges::find(cells, value) != cells.end();
  }
  return members;
}

Result<Rules> compile_rules(const ServeConfig& serve, const Catalogue& catalogue) {
  Rules rules;
  rules.reranking.diversity = serve.diversity;
  for (const auto& [action, worth] : serve.worth) {
    if (!catalogue.dataset().actions.find(action)) {
      return fail({ErrorCode::kInvalidArgument, fmt::format("worth of '{}', an action that no event has", action),
                   serve.place, did_you_mean(action, catalogue.dataset().actions.to_strings())});
    }
  }
  rules.worth = serve.worth;
  if (serve.most_of_a_category > 0) {
    HAINA_TRY(const Field* const field, category_field(serve, catalogue.dataset()));
    if (field == nullptr) {
      return fail({ErrorCode::kInvalidArgument, "no item field holds categories", serve.place,
                   "name one: category = \"items.brand\", or take most_of_a_category out"});
    }
    Vocabulary values;
    std::vector<int32_t> rows, columns;
    for (int32_t item = 0; item < catalogue.size(); ++item) {
      for (const std::string& cell : catalogue.cells(*field, item)) {
        rows.push_back(item);
        columns.push_back(values.find_or_add(cell));
      }
    }
    rules.reranking.most_of_a_category = serve.most_of_a_category;
    rules.reranking.categories = csr_from_coordinates(catalogue.size(), values.size(), rows, columns,
                                                      std::vector<float>(rows.size(), 1.0F), Repeats::kMax);
  }
  for (const RuleConfig& rule : serve.rules) {
    if (rule.effect == "pin") {
      rules.reranking.pins.push_back({catalogue.find(rule.item).value_or(-1), rule.position});
      continue;
    }
    HAINA_TRY(const at::Tensor members, members_of(rule, catalogue));
    if (rule.effect == "filter") {
      rules.allowed =
          rules.allowed.defined() ? rules.allowed.logical_and(members.logical_not()) : members.logical_not();
    } else if (rule.effect == "boost") {
      const at::Tensor part = members.to(at::kFloat) * rule.by;
      rules.boost = rules.boost.defined() ? rules.boost + part : part;
    } else {
      rules.reranking.quotas.push_back({members, rule.at_least, rule.at_most});
    }
  }
  return rules;
}

}  // namespace haina
