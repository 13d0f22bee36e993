// Numbers as people and their programs write them: currencies, per cent, thousands, either decimal mark.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace haina {

// What a written number shows about the decimal mark. "1.299" and "1,299" could be read either way.
enum class NumberForm { kNone, kWhole, kPoint, kComma, kEitherPoint, kEitherComma };
NumberForm number_form(std::string_view text);

// "12.5", "$12.50", "€ 1.299,99", "1,299.00", "12 %" (12), "1 234,5", "(3.20)" (-3.2), "1e5". A form that can be read
// in one way only is read so whatever `decimal` is; of "1.299" and "1,299" it says which mark ends the whole part.
std::optional<double> parse_quantity(std::string_view text, char decimal);

// "", NULL, \N, None, nan, NA, N/A, undefined, "-" and their like, in any case: words that programs write where there
// is no value. `text` is trimmed.
bool is_missing_word(std::string_view text);
// The same without words that can be a value in a text or category: "-", "NA" (Namibia) and "None" stay.
bool is_surely_missing(std::string_view text);

// "1.23457E+12": an id that a spreadsheet has rounded; its last digits are lost.
bool is_rounded_id(std::string_view text);

}  // namespace haina
