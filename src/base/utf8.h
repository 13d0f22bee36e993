// UTF-8: validation, and conversion from Latin-1.
#pragma once

#include <string>
#include <string_view>

namespace haina {

bool is_valid_utf8(std::string_view text);
std::string latin1_to_utf8(std::string_view text);

}  // namespace haina
