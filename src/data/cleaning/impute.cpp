#include "data/cleaning/impute.h"

#include <fmt/format.h>

#include <cmath>
#include <map>

#include "base/suggest.h"
#include "data/parse_cell.h"

namespace haina {
namespace {

// The most frequent; of several, the least.
template <class T>
T mode_of(const std::vector<T>& values) {
  std::map<T, int64_t> counts;
  for (const T& value : values) {
    ++counts[value];
  }
  return std::ranges::max_element(counts, {}, [](const auto& entry) { return entry.second; })->first;
}

Result<float> number_for(const Field& field, const std::string& rule, const std::string& where) {
  const at::Tensor known = field.numbers.masked_select(at::isfinite(field.numbers));
  const bool computed = rule == "median" || rule == "mean" || rule == "mode";
  if (computed && known.numel() == 0) {
    return fail({ErrorCode::kInvalidArgument,
                 fmt::format("no {} of '{}': it has no value at all", rule, field.full_name()), where,
                 "give a number, or take the rule out"});
  }
  if (rule == "mean") {
    return static_cast<float>(known.to(at::kDouble).mean().item<double>());
  }
  if (computed) {
    std::vector<float> values(known.const_data_ptr<float>(), known.const_data_ptr<float>() + known.numel());
    if (rule == "mode") {
      return mode_of(values);
    }
    std::ranges::sort(values);
    const size_t half = values.size() / 2;
    return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
  }
  if (const auto number = parse_number(rule)) {
    return static_cast<float>(*number);
  }
  return fail({ErrorCode::kInvalidArgument,
               fmt::format("'{}' cannot fill the numbers of '{}'", rule, field.full_name()), where,
               "write median, mean, mode or a number"});
}

void add_tag_to_empty_rows(Field& field, int32_t value) {
  std::vector<int32_t> rows, columns;
  std::vector<float> values;
  const auto offsets = field.bags.row_offsets();
  for (int64_t r = 0; r < field.num_rows; ++r) {
    const int64_t begin = offsets[static_cast<size_t>(r)], end = offsets[static_cast<size_t>(r) + 1];
    for (int64_t i = begin; i < end; ++i) {
      rows.push_back(static_cast<int32_t>(r));
      columns.push_back(field.bags.columns.const_data_ptr<int32_t>()[i]);
      values.push_back(field.bags.values.const_data_ptr<float>()[i]);
    }
    if (begin == end) {
      rows.push_back(static_cast<int32_t>(r));
      columns.push_back(value);
      values.push_back(1);
    }
  }
  field.bags = csr_from_coordinates(field.num_rows, field.values.size(), rows, columns, values, Repeats::kMax);
}

Status fill(Field& field, const std::string& rule, const std::string& where, const at::Tensor& present) {
  const auto refuse = [&](const char* mend) {
    return fail(
        {ErrorCode::kInvalidArgument,
         fmt::format("'{}' cannot fill '{}', a field of type {}", rule, field.full_name(), to_string(field.type)),
         where, mend});
  };
  const bool statistic = rule == "median" || rule == "mean" || rule == "mode";
  const bool* const has = present.const_data_ptr<bool>();
  if (field.type == FieldType::kNumber) {
    HAINA_TRY(const float number, number_for(field, rule, where));
    for (int64_t r = 0; r < field.num_rows; ++r) {
      field.numbers.data_ptr<float>()[r] = has[r] ? field.numbers.data_ptr<float>()[r] : number;
    }
    return ok();
  }
  if (field.type == FieldType::kCategory) {
    if (rule == "median" || rule == "mean") {
      return refuse("write mode, unknown or a value");
    }
    int32_t* const codes = field.codes.data_ptr<int32_t>();
    std::vector<int32_t> known;
    std::copy_if(codes, codes + field.num_rows, std::back_inserter(known), [](int32_t code) { return code >= 0; });
    if (rule == "mode" && known.empty()) {
      return refuse("give a value, or take the rule out: the field has no value at all");
    }
    const int32_t code = rule == "mode" ? mode_of(known) : field.values.find_or_add(rule);
    std::replace(codes, codes + field.num_rows, -1, code);
    return ok();
  }
  if (statistic || field.has_authors() || (field.type != FieldType::kTags && field.type != FieldType::kText)) {
    return refuse(field.type == FieldType::kTags || field.type == FieldType::kText
                      ? "write unknown or a value; tags that users gave stay as they are"
                      : "take the rule out");
  }
  if (field.type == FieldType::kTags) {
    add_tag_to_empty_rows(field, field.values.find_or_add(rule));
  } else {
    std::ranges::replace(field.texts, std::string(), rule);
  }
  return ok();
}

}  // namespace

Status impute(const CleanConfig& clean, Dataset& dataset, QualityReport& quality) {
  for (const auto& [name, rule] : clean.impute) {
    const auto field = std::ranges::find_if(dataset.fields, [&](const Field& f) { return f.full_name() == name; });
    if (field == dataset.fields.end()) {
      std::vector<std::string> known;
      for (const Field& f : dataset.fields) {
        known.push_back(f.full_name());
      }
      return fail({ErrorCode::kInvalidArgument, fmt::format("[clean.impute] names '{}', which is no field", name),
                   clean.place, did_you_mean(name, known)});
    }
    const at::Tensor present = field->present().contiguous();
    HAINA_OK(fill(*field, rule, clean.place, present));
    const Vocabulary& ids = field->side == Side::kUser ? dataset.users : dataset.items;
    for (int64_t r = 0; r < field->num_rows; ++r) {
      if (!present.const_data_ptr<bool>()[r]) {
        quality.count("missing filled with " + rule, name,
                      [&] { return fmt::format("'{}'", ids.name(static_cast<int32_t>(r))); });
      }
    }
  }
  return ok();
}

}  // namespace haina
