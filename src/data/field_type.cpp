#include "data/field_type.h"

#include <array>

#include "base/error.h"

namespace haina {

#define HAINA_FIELD_TYPE(enumerator, name) FieldTypeEntry name##_field_type();
#include "data/field_types.def"
#undef HAINA_FIELD_TYPE

std::span<const FieldTypeEntry> field_type_entries() {
  static const std::array entries = {
#define HAINA_FIELD_TYPE(enumerator, name) name##_field_type(),
#include "data/field_types.def"
#undef HAINA_FIELD_TYPE
  };
  return entries;
}

const FieldTypeEntry& entry_of(FieldType type) {
  HAINA_ASSERT(static_cast<size_t>(type) < field_type_entries().size());
  return field_type_entries()[static_cast<size_t>(type)];
}

std::optional<FieldType> column_field_type(std::string_view name) {
  const std::span<const FieldTypeEntry> entries = field_type_entries();
  for (size_t type = 0; type < entries.size(); ++type) {
    if (entries[type].name == name && entries[type].from_column != nullptr) {
      return static_cast<FieldType>(type);
    }
  }
  return std::nullopt;
}

}  // namespace haina
