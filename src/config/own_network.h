// The word in a source's `encode` that stands for a network of Haina's own, trained with the fusion network, and not
// for a folder; a folder of that name is written "./cnn".
#pragma once

#include <string_view>

namespace haina {

inline constexpr std::string_view kOwnNetwork = "cnn";

}  // namespace haina
