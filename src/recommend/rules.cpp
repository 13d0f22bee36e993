#include "recommend/rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

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

// kInvalidArgument unless the field holds dates.
Result<DateFilter> date_filter(const RuleConfig& rule, const Catalog& catalog) {
  HAINA_TRY(const Field* const field, item_field(rule.field, catalog.dataset(), rule.place));
  if (field->type != FieldType::kDate) {
    return fail(
        {ErrorCode::kInvalidArgument,
         fmt::format("rule '{}' needs dates, and '{}' is of type {}", rule.name, rule.field, to_string(field->type)),
         rule.place, "give the column the type date in its [[source]]"});
  }
  std::vector<std::vector<std::string>> cells;
  for (int32_t item = 0; item < catalog.size(); ++item) {
    cells.push_back(catalog.cells(*field, item));
  }
  const Field dates = field_of_cells(rule.field, Side::kItem, FieldType::kDate, cells);
  return DateFilter{.days = dates.numbers.to(at::kDouble), .past = rule.date == "past"};
}

// bool [items]: the items that the rule applies to.
Result<at::Tensor> members_of(const RuleConfig& rule, const Catalog& catalog) {
  at::Tensor members = at::zeros({catalog.size()}, at::kBool);
  bool* const is_member = members.data_ptr<bool>();
  if (rule.added_since_training) {
    for (auto item = catalog.dataset().items.size(); item < catalog.size(); ++item) {
      is_member[item] = true;
    }
    return members;
  }
  HAINA_TRY(const Field* const field, item_field(rule.field, catalog.dataset(), rule.place));
  const std::unordered_set<std::string_view> wanted(rule.is.begin(), rule.is.end());
  for (int32_t item = 0; item < catalog.size(); ++item) {
    for (const std::string& cell : catalog.cells(*field, item)) {
      bool matches = wanted.contains(cell);
      if (rule.above || rule.below) {
        const std::optional<double> number = parse_number(cell);
        matches = number && (!rule.above || *number > *rule.above) && (!rule.below || *number < *rule.below);
      }
      is_member[item] = is_member[item] || matches;
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

at::Tensor items_with_value(const Catalog& catalog, const Field& field, const std::string& value) {
  at::Tensor members = at::zeros({catalog.size()}, at::kBool);
  for (int32_t item = 0; item < catalog.size(); ++item) {
    const std::vector<std::string> cells = catalog.cells(field, item);
    members.data_ptr<bool>()[item] = std::ranges::find(cells, value) != cells.end();
  }
  return members;
}

at::Tensor allowed_now(const Rules& rules) {
  constexpr double kSecondsPerDay = 86400;
  at::Tensor allowed = rules.allowed;
  const std::chrono::duration<double> now = std::chrono::system_clock::now().time_since_epoch();
  for (const DateFilter& filter : rules.dates) {
    const double day = now.count() / kSecondsPerDay;
    const at::Tensor left_out = filter.past ? filter.days.lt(day) : filter.days.gt(day);  // false for NaN
    allowed = allowed.defined() ? allowed.logical_and(left_out.logical_not()) : left_out.logical_not();
  }
  return allowed;
}

Result<Rules> compile_rules(const ServeConfig& serve, const Catalog& catalog) {
  Rules rules;
  rules.reranking.diversity = serve.diversity;
  for (const auto& [action, value] : serve.action_values) {
    if (!catalog.dataset().actions.find(action)) {
      return fail({ErrorCode::kInvalidArgument,
                   fmt::format("[serve.action_values] names '{}', an action that no event has", action), serve.place,
                   did_you_mean(action, catalog.dataset().actions.to_strings())});
    }
  }
  rules.action_values = serve.action_values;
  if (serve.most_of_a_category > 0) {
    HAINA_TRY(const Field* const field, category_field(serve, catalog.dataset()));
    if (field == nullptr) {
      return fail({ErrorCode::kInvalidArgument, "no item field holds categories", serve.place,
                   "set [serve] category = \"items.brand\", or remove most_of_a_category"});
    }
    Vocabulary values;
    std::vector<int32_t> rows, columns;
    for (int32_t item = 0; item < catalog.size(); ++item) {
      for (const std::string& cell : catalog.cells(*field, item)) {
        rows.push_back(item);
        columns.push_back(values.find_or_add(cell));
      }
    }
    rules.reranking.most_of_a_category = serve.most_of_a_category;
    rules.reranking.categories = csr_from_coordinates(catalog.size(), values.size(), rows, columns,
                                                      std::vector<float>(rows.size(), 1.0F), Repeats::kMax);
  }
  for (const RuleConfig& rule : serve.rules) {
    if (rule.effect == RuleEffect::kPin) {
      rules.reranking.pins.push_back({catalog.find(rule.item).value_or(-1), rule.position});
      continue;
    }
    if (!rule.date.empty()) {
      HAINA_TRY(DateFilter filter, date_filter(rule, catalog));
      rules.dates.push_back(std::move(filter));
      continue;
    }
    HAINA_TRY(const at::Tensor members, members_of(rule, catalog));
    if (rule.effect == RuleEffect::kFilter) {
      rules.allowed =
          rules.allowed.defined() ? rules.allowed.logical_and(members.logical_not()) : members.logical_not();
    } else if (rule.effect == RuleEffect::kBoost) {
      const at::Tensor boost = members.to(at::kFloat) * rule.by;
      rules.boost = rules.boost.defined() ? rules.boost + boost : boost;
    } else {
      rules.reranking.quotas.push_back({members, rule.at_least, rule.at_most});
    }
  }
  return rules;
}

}  // namespace haina
