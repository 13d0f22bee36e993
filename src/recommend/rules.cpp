#include "recommend/rules.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <numeric>
#include <set>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/suggest.h"
#include "data/parse_cell.h"
#include "recommend/items_of_rules.h"

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
Result<const Field*> date_field(const RuleConfig& rule, const Dataset& dataset) {
  HAINA_TRY(const Field* const field, item_field(rule.field, dataset, rule.place));
  if (field->type != FieldType::kDate) {
    return fail(
        {ErrorCode::kInvalidArgument,
         fmt::format("rule '{}' needs dates, and '{}' is of type {}", rule.name, rule.field, to_string(field->type)),
         rule.place, "give the column the type date in its [[source]]"});
  }
  return field;
}

// Days since 1970 UTC.
double today() {
  constexpr double kSecondsPerDay = 86400;
  const std::chrono::duration<double> now = std::chrono::system_clock::now().time_since_epoch();
  return now.count() / kSecondsPerDay;
}

// bool [items]: the items that the filter leaves out today.
at::Tensor left_out_by(const DateFilter& filter) {
  return filter.past ? filter.days.lt(today()) : filter.days.gt(today());  // false for NaN
}

// `before` with as many rows as the catalog has, those of `items` set anew by `set`. A tensor of its own.
template <class T, class Set>
at::Tensor with_items(const at::Tensor& before, int64_t size, std::span<const int32_t> items, at::ScalarType type,
                      const Set& set) {
  at::Tensor after = at::zeros({size}, type);
  if (before.defined()) {
    after.narrow(0, 0, before.size(0)).copy_(before);
  }
  T* const values = after.data_ptr<T>();
  for (const int32_t item : items) {
    values[item] = set(item);
  }
  return after;
}

// float64 [items], see DateFilter.
at::Tensor days_of(const at::Tensor& before, const Field& field, const Catalog& catalog,
                   std::span<const int32_t> items) {
  std::vector<std::vector<std::string>> cells;
  for (const int32_t item : items) {
    cells.push_back(catalog.cells(field, item));
  }
  const Field dates = field_of_cells(field.full_name(), Side::kItem, FieldType::kDate, cells);
  const at::Tensor days = dates.numbers.to(at::kDouble).contiguous();
  int64_t next = 0;
  return with_items<double>(before, catalog.size(), items, at::kDouble,
                            [&](int32_t) { return days.const_data_ptr<double>()[next++]; });
}

// bool [items]: the items that the rule applies to.
Result<at::Tensor> members_of(const at::Tensor& before, const RuleConfig& rule, const Catalog& catalog,
                              std::span<const int32_t> items) {
  if (rule.added_since_training) {
    return with_items<bool>(before, catalog.size(), items, at::kBool,
                            [&](int32_t item) { return catalog.is_added(item); });
  }
  HAINA_TRY(const Field* const field, item_field(rule.field, catalog.dataset(), rule.place));
  const std::unordered_set<std::string_view> wanted(rule.is.begin(), rule.is.end());
  return with_items<bool>(before, catalog.size(), items, at::kBool, [&](int32_t item) {
    return std::ranges::any_of(catalog.cells(*field, item), [&](const std::string& cell) {
      if (rule.above || rule.below) {
        const std::optional<double> number = parse_number(cell);
        return number && (!rule.above || *number > *rule.above) && (!rule.below || *number < *rule.below);
      }
      return wanted.contains(cell);
    });
  });
}

// kInvalidArgument for an action that no event has.
Status check_actions(const ServeConfig& serve, const Dataset& dataset) {
  for (const auto& [action, value] : serve.action_values) {
    if (!dataset.actions.find(action)) {
      return fail({ErrorCode::kInvalidArgument,
                   fmt::format("[serve.action_values] names '{}', an action that no event has", action), serve.place,
                   did_you_mean(action, dataset.actions.to_strings())});
    }
  }
  return ok();
}

// The categories of each item, where lists have a limit of them.
Status set_categories(const Rules& before, const ServeConfig& serve, const Catalog& catalog,
                      std::span<const int32_t> items, Rules& rules) {
  if (serve.most_of_a_category <= 0) {
    return ok();
  }
  HAINA_TRY(const Field* const field, category_field(serve, catalog.dataset()));
  if (field == nullptr) {
    return fail({ErrorCode::kInvalidArgument, "no item field holds categories", serve.place,
                 "set [serve] category = \"items.brand\", or remove most_of_a_category"});
  }
  const Csr& old = before.reranking.categories;
  const int64_t old_rows = old.offsets.defined() ? old.num_rows() : 0;
  rules.categories = before.categories;
  std::vector<int64_t> offsets = {0};
  std::vector<int32_t> columns;
  auto next = items.begin();
  for (int32_t item = 0; item < catalog.size(); ++item) {
    if (next != items.end() && *next == item) {
      std::set<int32_t> own;
      for (const std::string& cell : catalog.cells(*field, item)) {
        own.insert(rules.categories.find_or_add(cell));
      }
      columns.insert(columns.end(), own.begin(), own.end());
      ++next;
    } else if (item < old_rows) {
      const std::span<const int32_t> row = old.row(item);
      columns.insert(columns.end(), row.begin(), row.end());
    }
    offsets.push_back(std::ssize(columns));
  }
  rules.reranking.most_of_a_category = serve.most_of_a_category;
  rules.reranking.categories = {rules.categories.size(), at::tensor(offsets, at::kLong), at::tensor(columns, at::kInt),
                                at::ones({std::ssize(columns)})};
  return ok();
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
  at::Tensor allowed = rules.allowed;
  for (const DateFilter& filter : rules.dates) {
    const at::Tensor left_out = left_out_by(filter);
    allowed = allowed.defined() ? allowed.logical_and(left_out.logical_not()) : left_out.logical_not();
  }
  return allowed;
}

std::vector<std::string> filters_of(const Rules& rules, int32_t item) {
  std::vector<std::string> names;
  size_t dates = 0;
  const double day = today();
  for (size_t r = 0; r < rules.configured.size(); ++r) {
    const RuleConfig& rule = rules.configured[r];
    bool leaves_out = false;
    if (!rule.date.empty()) {
      const DateFilter& filter = rules.dates[dates++];
      const double own = filter.days.const_data_ptr<double>()[item];
      leaves_out = filter.past ? own < day : own > day;  // false for NaN
    } else if (rule.effect == RuleEffect::kFilter) {
      leaves_out = rules.members[r].const_data_ptr<bool>()[item];
    }
    if (leaves_out) {
      names.push_back(rule.name);
    }
  }
  return names;
}

std::vector<int64_t> items_of_rules(const Rules& rules, const Catalog& catalog, const std::set<int32_t>& removed) {
  std::vector<int64_t> counts;
  size_t dates = 0;
  for (size_t r = 0; r < rules.configured.size(); ++r) {
    const RuleConfig& rule = rules.configured[r];
    at::Tensor members = rules.members[r];
    if (!rule.date.empty()) {
      members = left_out_by(rules.dates[dates++]);
    }
    if (members.defined()) {
      const bool* const is_member = members.const_data_ptr<bool>();
      const auto gone = std::ranges::count_if(removed, [&](int32_t row) { return is_member[row]; });
      counts.push_back(members.sum().item<int64_t>() - gone);
    } else {
      const std::optional<int32_t> pinned = catalog.find(rule.item);
      counts.push_back(pinned && !removed.contains(*pinned) ? 1 : 0);
    }
  }
  return counts;
}

Result<Rules> compile_rules(const ServeConfig& serve, const Catalog& catalog) {
  std::vector<int32_t> all(static_cast<size_t>(catalog.size()));
  std::iota(all.begin(), all.end(), 0);
  return update_rules({}, serve, catalog, all);
}

Result<Rules> update_rules(const Rules& before, const ServeConfig& serve, const Catalog& catalog,
                           std::span<const int32_t> items) {
  HAINA_OK(check_actions(serve, catalog.dataset()));
  Rules rules;
  rules.reranking.diversity = serve.diversity;
  rules.action_values = serve.action_values;
  rules.configured = serve.rules;
  HAINA_OK(set_categories(before, serve, catalog, items, rules));
  for (size_t r = 0; r < serve.rules.size(); ++r) {
    const RuleConfig& rule = serve.rules[r];
    at::Tensor& members = rules.members.emplace_back();
    if (rule.effect == RuleEffect::kPin) {
      rules.reranking.pins.push_back({catalog.find(rule.item).value_or(-1), rule.position});
      continue;
    }
    if (!rule.date.empty()) {
      HAINA_TRY(const Field* const field, date_field(rule, catalog.dataset()));
      const at::Tensor days =
          rules.dates.size() < before.dates.size() ? before.dates[rules.dates.size()].days : at::Tensor();
      rules.dates.push_back({.days = days_of(days, *field, catalog, items), .past = rule.date == "past"});
      continue;
    }
    HAINA_TRY(members, members_of(r < before.members.size() ? before.members[r] : at::Tensor(), rule, catalog, items));
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
