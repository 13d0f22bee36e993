// Names that people give to columns and files, by language.
#pragma once

#include <string>

#include "exports/random/truth.h"

namespace haina {

enum class Role {
  kUser,
  kItem,
  kValue,
  kTime,
  kAction,
  kTitle,
  kCategory,
  kTags,
  kPrice,
  kVector,
  kAge,
  kCity,
  kSession,
  kRowId,
  kDevice
};

enum class Familiarity { kUsual, kOther, kForeign, kOdd };
// kForeign: a word of the language, in English one that is written otherwise; kOdd: a name that says nothing.
std::string column_name(Role role, Language language, Familiarity familiarity, ValueKind value, Draw& draw);

}  // namespace haina
