// "Did you mean" for ids: bounded, since clients of the service send them as they like.
#pragma once

#include <string>
#include <string_view>

#include "data/vocabulary.h"

namespace haina {

// As did_you_mean. Takes constant time where `known` has more names than did_you_mean compares: then it names some of
// them and how many there are.
std::string did_you_mean(std::string_view id, const Vocabulary& known);

}  // namespace haina
