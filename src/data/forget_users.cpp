#include "data/forget_users.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>
#include <string>

namespace haina {
namespace {

constexpr const char* kRecord = "forgotten";  // in the provenance
constexpr std::string_view kUserBegin = "(forgotten user ";

using Flags = std::vector<bool>;

// Names `names` anew where `replaced` says so, with texts that no other name has.
Vocabulary renamed(const Vocabulary& names, const Flags& replaced, std::string_view begin) {
  Vocabulary result;
  for (int32_t row = 0; row < names.size(); ++row) {
    std::string name(names.name(row));
    if (replaced[static_cast<size_t>(row)]) {
      name = fmt::format("{}{})", begin, row);
      while (names.find(name) || result.find(name)) {
        name += ')';
      }
    }
    result.find_or_add(name);
  }
  return result;
}

// Without the rows `gone_rows` and the columns `gone_columns`; an empty list: none.
Csr without(const Csr& matrix, const Flags& gone_rows, const Flags& gone_columns) {
  std::vector<int32_t> rows, columns;
  std::vector<float> values;
  for (int64_t r = 0; r < matrix.num_rows(); ++r) {
    if (!gone_rows.empty() && gone_rows[static_cast<size_t>(r)]) {
      continue;
    }
    for (size_t i = 0; i < matrix.row(r).size(); ++i) {
      const int32_t column = matrix.row(r)[i];
      if (gone_columns.empty() || !gone_columns[static_cast<size_t>(column)]) {
        rows.push_back(static_cast<int32_t>(r));
        columns.push_back(column);
        values.push_back(matrix.row_values(r)[i]);
      }
    }
  }
  return csr_from_coordinates(matrix.num_rows(), matrix.num_cols, rows, columns, values, Repeats::kMax);
}

void count(const at::Tensor& codes, Flags& used) {
  const at::Tensor flat = codes.contiguous();
  for (int64_t i = 0; i < flat.numel(); ++i) {
    if (const int32_t code = flat.const_data_ptr<int32_t>()[i]; code >= 0) {
      used[static_cast<size_t>(code)] = true;
    }
  }
}

// Which of a field's values occur.
Flags used_values(const Field& field) {
  Flags used(static_cast<size_t>(field.values.size()), false);
  if (field.codes.defined()) {
    count(field.codes, used);
  }
  if (field.bags.offsets.defined() && field.target == Field::Target::kValues) {
    count(field.bags.columns, used);
  }
  if (field.has_authors()) {
    count(field.assigned_value, used);
  }
  return used;
}

// Renames values that occurred and do not occur any more.
Vocabulary without_unused(const Vocabulary& values, const Flags& before, const Flags& after) {
  Flags replaced(before.size(), false);
  for (size_t v = 0; v < before.size(); ++v) {
    replaced[v] = before[v] && !after[v];
  }
  return std::ranges::find(replaced, true) == replaced.end() ? values : renamed(values, replaced, "(forgotten value ");
}

at::Tensor as_mask(const Flags& flags) {
  at::Tensor mask = at::empty({static_cast<int64_t>(flags.size())}, at::kBool);
  for (size_t i = 0; i < flags.size(); ++i) {
    mask.data_ptr<bool>()[i] = flags[i];
  }
  return mask;
}

// [users, items]: all pairs of a user that is gone and an item that the user gave tags.
Csr assigned_pairs(const Field& field, const Flags& gone, int64_t num_items) {
  std::vector<int32_t> users, items;
  for (int64_t i = 0; i < field.assigned_user.size(0); ++i) {
    const int32_t user = field.assigned_user.const_data_ptr<int32_t>()[i];
    if (gone[static_cast<size_t>(user)]) {
      users.push_back(user);
      items.push_back(field.assigned_item.const_data_ptr<int32_t>()[i]);
    }
  }
  return csr_from_coordinates(std::ssize(gone), num_items, users, items, std::vector<float>(users.size(), 1.0F),
                              Repeats::kMax);
}

Field without_users(const Field& field, const Flags& gone, int64_t num_items) {
  Field left = field.has_authors() ? without_pairs(field, assigned_pairs(field, gone, num_items)).field : field;
  const bool of_users = field.side == Side::kUser;
  if (of_users && field.numbers.defined()) {
    left.numbers = field.numbers.clone();
    left.numbers.index_put_({as_mask(gone)}, std::numeric_limits<float>::quiet_NaN());
  }
  if (of_users && field.codes.defined()) {
    left.codes = field.codes.masked_fill(as_mask(gone), -1);
  }
  if (of_users && field.images.defined()) {
    const at::Tensor mask = as_mask(gone);
    left.images = field.images.masked_fill(mask.view({-1, 1, 1, 1}), 0);
    left.has_image = field.has_image.logical_and(mask.logical_not());
  }
  const Flags none, columns = field.target == Field::Target::kUsers ? gone : none;
  if (left.bags.offsets.defined() && (of_users || !columns.empty())) {
    left.bags = without(left.bags, of_users ? gone : none, columns);
  }
  for (size_t row = 0; of_users && row < left.texts.size(); ++row) {
    left.texts[row] = gone[row] ? "" : left.texts[row];
  }
  left.values = without_unused(field.values, used_values(field), used_values(left));
  return left;
}

EventLog without_events(const EventLog& log, const at::Tensor& kept) {
  const auto take = [&](const at::Tensor& column) { return column.index_select(0, kept); };
  return {.user = take(log.user),
          .item = take(log.item),
          .action = take(log.action),
          .value = take(log.value),
          .weight = take(log.weight),
          .time = take(log.time),
          .goal = take(log.goal),
          .part = take(log.part)};
}

// Whether the text, a word of it or a few neighbouring ones ("acme:ann") are such a name.
bool may_name(std::string_view text, const HashedNames& forgotten) {
  constexpr std::string_view kBetween = " \t\n\r,;|:'\"()[]{}=";
  constexpr int kMostWords = 6;
  if (forgotten.contains(text)) {
    return true;
  }
  while (!text.empty()) {
    size_t end = 0;
    for (int words = 0; words < kMostWords && end < text.size(); ++words) {
      end = std::min(text.find_first_of(kBetween, words == 0 ? 0 : end + 1), text.size());
      if (end > 0 && forgotten.contains(text.substr(0, end))) {
        return true;
      }
    }
    text.remove_prefix(std::min(text.find_first_of(kBetween), text.size() - 1) + 1);
  }
  return false;
}

}  // namespace

HashedNames forgotten_in(const Dataset& dataset) {
  return dataset.provenance.is_object() ? HashedNames::of_json(dataset.provenance.value(kRecord, nlohmann::json()))
                                        : HashedNames();
}

void set_forgotten_in(Dataset& dataset, const HashedNames& forgotten) {
  if (!dataset.provenance.is_object()) {
    dataset.provenance = nlohmann::json::object();
  }
  dataset.provenance[kRecord] = forgotten.to_json();
}

bool is_forgotten_name(std::string_view name) { return name.starts_with(kUserBegin) && name.ends_with(')'); }

void remove_forgotten_names(nlohmann::json& json, const HashedNames& forgotten) {
  if (json.is_string() && may_name(json.get_ref<const std::string&>(), forgotten)) {
    json = "(removed: it may name a forgotten user)";
  } else if (json.is_structured()) {
    for (nlohmann::json& part : json) {
      remove_forgotten_names(part, forgotten);
    }
  }
}

std::vector<int32_t> rows_to_forget(const Dataset& dataset, const HashedNames& forgotten) {
  const HashedNames missing = later_than(forgotten_in(dataset), forgotten);
  std::vector<int32_t> rows;
  for (int32_t row = 0; !missing.empty() && row < dataset.users.size(); ++row) {
    if (missing.contains(dataset.users.name(row))) {
      rows.push_back(row);
    }
  }
  return rows;
}

HashedNames entries_of(const Dataset& dataset, std::span<const int32_t> rows, const HashedNames& forgotten) {
  std::set<std::string> salts;
  for (const auto& [key, time_us] : forgotten.times()) {
    salts.insert(key.substr(0, key.find(':')));
  }
  HashedNames entries;
  for (const int32_t row : rows) {
    for (const std::string& salt : salts) {
      const std::string key = HashedNames::key_of(salt, dataset.users.name(row));
      if (const auto found = forgotten.times().find(key); found != forgotten.times().end()) {
        entries.add(key, found->second);
      }
    }
  }
  return entries;
}

Dataset without_users(const Dataset& dataset, std::span<const int32_t> rows, const HashedNames& forgotten) {
  Flags gone(static_cast<size_t>(dataset.users.size()), false);
  for (const int32_t row : rows) {
    gone[static_cast<size_t>(row)] = true;
  }
  Dataset left = dataset;
  left.users = renamed(dataset.users, gone, kUserBegin);
  if (dataset.events.size() > 0) {
    const at::Tensor kept =
        as_mask(gone).index_select(0, dataset.events.user.to(at::kLong)).logical_not().nonzero().flatten();
    left.events = without_events(dataset.events, kept);
    for (ContextColumn& context : left.context) {
      Flags before(static_cast<size_t>(context.values.size()), false), after = before;
      count(context.codes, before);
      context.codes = context.codes.index_select(0, kept);
      count(context.codes, after);
      context.values = without_unused(context.values, before, after);
    }
  }
  if (dataset.negatives.nnz() > 0) {
    left.negatives = without(dataset.negatives, gone, {});
  }
  for (Field& field : left.fields) {
    field = without_users(field, gone, dataset.items.size());
  }
  remove_forgotten_names(left.quality, forgotten);
  return left;
}

}  // namespace haina
