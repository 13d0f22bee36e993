// Floating-point numbers as the text of a cell.
#pragma once

#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <string>

namespace haina {

// A whole number without point or exponent, so that 33.0 is the same id as 33; else the shortest text that reads back
// to the same number. Empty for NaN, which is how data frames write a missing value; "inf" is no number to any reader.
inline std::string number_text(double number) {
  constexpr double kWhole = 1e18;
  if (std::isnan(number)) {
    return "";
  }
  return std::abs(number) < kWhole && number == std::floor(number) ? fmt::format("{}", static_cast<int64_t>(number))
                                                                   : fmt::format("{}", number);
}

}  // namespace haina
