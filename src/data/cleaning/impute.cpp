#include "data/cleaning/impute.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/suggest.h"
#include "data/field_type.h"

namespace haina {
namespace {

Status fill(Field& field, const std::string& rule, const std::string& where) {
  const FieldTypeEntry& type = entry_of(field.type);
  if (type.impute == nullptr) {
    return fail(
        {ErrorCode::kInvalidArgument,
         fmt::format("'{}' cannot fill '{}': values of type {} are never filled", rule, field.full_name(), type.name),
         where, "remove the rule"});
  }
  return type.impute(field, rule, where);
}

}  // namespace

Status impute(const CleanConfig& clean, Dataset& dataset, QualityReport& quality) {
  for (const auto& [name, rule] : clean.impute) {
    const auto field = std::ranges::find(dataset.fields, name, &Field::full_name);
    if (field == dataset.fields.end()) {
      std::vector<std::string> known;
      std::ranges::transform(dataset.fields, std::back_inserter(known), &Field::full_name);
      return fail({ErrorCode::kInvalidArgument, fmt::format("[clean.impute] names the unknown field '{}'", name),
                   clean.place, did_you_mean(name, known)});
    }
    const at::Tensor present = field->present().contiguous();
    HAINA_OK(fill(*field, rule, clean.place));
    const Vocabulary& ids = field->side == Side::kUser ? dataset.users : dataset.items;
    for (int64_t r = 0; r < field->num_rows; ++r) {
      if (!present.const_data_ptr<bool>()[r]) {
        quality.count("missing value filled with " + rule, name,
                      [&] { return fmt::format("'{}'", ids.name(static_cast<int32_t>(r))); });
      }
    }
  }
  return ok();
}

}  // namespace haina
