// Whether an update of an item or a user replaces what was there before or adds to it.
#pragma once

namespace haina {

enum class Merge { kReplace, kMerge };

}  // namespace haina
