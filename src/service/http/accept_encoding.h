// What a client says about compressed answers.
#pragma once

#include <string_view>

namespace haina {

// Whether an Accept-Encoding header ("gzip, br;q=0.5") takes that coding, see RFC 9110, 12.5.3. "*" takes any.
bool accepts_encoding(std::string_view header, std::string_view coding);

}  // namespace haina
