#include "config/source_kinds.h"

#include <algorithm>

namespace haina {

std::string_view to_string(SourceKind kind) {
  return std::ranges::find_if(kSourceKinds, [&](const auto& k) { return k.second == kind; })->first;
}

std::string_view to_string(Side side) { return side == Side::kUser ? "user" : "item"; }

}  // namespace haina
