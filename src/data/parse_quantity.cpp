#include "data/parse_quantity.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/ascii.h"
#include "data/parse_cell.h"

namespace haina {
namespace {

constexpr auto kCurrencies = std::to_array<std::string_view>(
    {"US$", "R$",  "A$",  "C$",  "$",    "€",   "£",   "¥",   "₹",   "₽",   "₩",   "฿",   "₺",
     "₫",   "USD", "EUR", "GBP", "JPY",  "CNY", "RMB", "CHF", "RUB", "INR", "BRL", "SEK", "NOK",
     "DKK", "PLN", "CZK", "HUF", "TRY",  "KRW", "AUD", "CAD", "MXN", "Rs.", "Rs",  "kr.", "kr",
     "zł",  "Kč",  "Ft",  "TL",  "руб.", "руб", "р.",  "元",  "円",  "원",  "¥",   "Fr."});
constexpr auto kBlanks =
    std::to_array<std::string_view>({" ", "\t", "\r", "\xC2\xA0", "\xE2\x80\xAF", "\xE2\x80\x89", "\xE3\x80\x80"});
// Of thousands, beside blanks and the mark that does not end the whole part.
constexpr auto kApostrophes = std::to_array<std::string_view>({"'", "\xE2\x80\x99"});

template <size_t N>
bool take_any(std::string_view& text, const std::array<std::string_view, N>& words, bool front) {
  for (const std::string_view word : words) {
    if (front ? text.starts_with(word) : text.ends_with(word)) {
      front ? text.remove_prefix(word.size()) : text.remove_suffix(word.size());
      return true;
    }
  }
  return false;
}

void take_blanks(std::string_view& text) {
  while (take_any(text, kBlanks, true) || take_any(text, kBlanks, false)) {
  }
}

// A number without sign, currency, per cent and blanks around it.
struct Stripped {
  std::string digits;  // digits, marks and an exponent; blanks and apostrophes between digits are "_"
  bool negative = false;
};

std::optional<Stripped> strip(std::string_view text) {
  Stripped result;
  take_blanks(text);
  if (text.size() > 2 && text.front() == '(' && text.back() == ')') {
    result.negative = true;
    text = text.substr(1, text.size() - 2);
  }
  bool sign = result.negative;
  bool currency = false;
  for (bool again = true; again;) {
    take_blanks(text);
    again = false;
    if (!sign && (text.starts_with('-') || text.starts_with('+') || text.starts_with("\xE2\x88\x92"))) {
      result.negative = text.front() != '+';
      text.remove_prefix(text.front() == '-' || text.front() == '+' ? 1 : 3);
      sign = again = true;
    } else if (!currency && (take_any(text, kCurrencies, true) || take_any(text, kCurrencies, false))) {
      currency = again = true;
    } else if (!currency && text.ends_with('%')) {
      text.remove_suffix(1);
      currency = again = true;
    }
  }
  if (text.empty() || text.size() > 60) {
    return std::nullopt;
  }
  while (!text.empty()) {
    const bool inside = !result.digits.empty() && std::isdigit(static_cast<unsigned char>(result.digits.back())) != 0;
    if (std::isdigit(static_cast<unsigned char>(text.front())) != 0 || text.front() == '.' || text.front() == ',') {
      result.digits += text.front();
      text.remove_prefix(1);
    } else if (inside && (text.front() == 'e' || text.front() == 'E')) {
      result.digits += text;
      break;
    } else if (inside && (take_any(text, kBlanks, true) || take_any(text, kApostrophes, true))) {
      result.digits += '_';
    } else {
      return std::nullopt;
    }
  }
  return result;
}

// "1_299", "12_34_567": one to three digits, then groups of two or three, the last of three. Removes the marks.
bool remove_groups(std::string& whole, char mark) {
  if (whole.find(mark) == std::string::npos) {
    return true;
  }
  size_t group = 0;
  size_t groups = 0;
  for (size_t i = 0; i <= whole.size(); ++i) {
    if (i < whole.size() && whole[i] != mark) {
      if (std::isdigit(static_cast<unsigned char>(whole[i])) == 0) {
        return false;
      }
      ++group;
      continue;
    }
    const bool last = i == whole.size();
    if (group == 0 || group > 3 || (groups > 0 && group < 2) || (last && group != 3)) {
      return false;
    }
    ++groups;
    group = 0;
  }
  std::erase(whole, mark);
  return true;
}

// The number's text with a decimal point, if `decimal` ends its whole part and all groups are sound.
std::optional<std::string> with_point(const std::string& digits, char decimal) {
  const size_t exponent = std::min(digits.find_first_of("eE"), digits.size());
  const size_t end = std::min(digits.find(decimal), exponent);
  std::string whole = digits.substr(0, end);
  const std::string fraction = end < exponent ? digits.substr(end + 1, exponent - end - 1) : "";
  const char other = decimal == '.' ? ',' : '.';
  if (fraction.find_first_not_of("0123456789") != std::string::npos || (whole.empty() && fraction.empty())) {
    return std::nullopt;
  }
  const char mark = whole.find('_') != std::string::npos ? '_' : other;
  if (!remove_groups(whole, mark) || whole.find_first_not_of("0123456789") != std::string::npos) {
    return std::nullopt;
  }
  return whole + (fraction.empty() ? "" : "." + fraction) + digits.substr(exponent);
}

NumberForm form_of(const std::string& digits) {
  const bool point = with_point(digits, '.').has_value();
  const bool comma = with_point(digits, ',').has_value();
  const bool has_point = digits.find('.') != std::string::npos;
  const bool has_comma = digits.find(',') != std::string::npos;
  if (!point && !comma) {
    return NumberForm::kNone;
  }
  if (!has_point && !has_comma) {
    return NumberForm::kWhole;
  }
  if (point != comma) {
    return point ? NumberForm::kPoint : NumberForm::kComma;
  }
  if (digits.starts_with("0") && digits.size() > 1) {  // "0.299": no thousands begin with a zero
    return has_point ? NumberForm::kPoint : NumberForm::kComma;
  }
  return has_point ? NumberForm::kEitherPoint : NumberForm::kEitherComma;
}

}  // namespace

NumberForm number_form(std::string_view text) {
  const auto stripped = strip(text);
  return stripped ? form_of(stripped->digits) : NumberForm::kNone;
}

std::optional<double> parse_quantity(std::string_view text, char decimal) {
  if (decimal == '.' || text.find_first_of(".,") == std::string_view::npos) {
    if (const auto plain = parse_number(text)) {
      return plain;
    }
  }
  const auto stripped = strip(text);
  if (!stripped) {
    return std::nullopt;
  }
  const NumberForm form = form_of(stripped->digits);
  const char mark = form == NumberForm::kPoint ? '.' : form == NumberForm::kComma ? ',' : decimal;
  const auto readable = form == NumberForm::kNone ? std::nullopt : with_point(stripped->digits, mark);
  const auto value = readable ? parse_number(*readable) : std::nullopt;
  return value && stripped->negative ? std::optional(-*value) : value;
}

bool is_surely_missing(std::string_view text) {
  static constexpr auto kWords = std::to_array<std::string_view>(
      {"null",    "\\n",    "nan",       "n/a",    "#n/a",    "#na",     "<na>",     "<null>",
       "[null]",  "(null)", "undefined", "nil",    "nat",     "-nan",    "#n/a n/a", "#null!",
       "#value!", "#ref!",  "#div/0!",   "1.#ind", "1.#qnan", "-1.#ind", "n.a."});
  if (text.empty()) {
    return true;
  }
  if (text.size() > 9 || std::string_view("nN#<[(\\uU-1").find(text[0]) == std::string_view::npos) {
    return false;
  }
  const std::string word = ascii_lower(std::string(text));
  return std::ranges::find(kWords, word) != kWords.end();
}

bool is_missing_word(std::string_view text) {
  static constexpr auto kWords = std::to_array<std::string_view>({"na", "none", "-", "--", "---", "?", ".", "missing"});
  if (text.size() > 9 ||
      (!text.empty() && std::string_view("nN#<[(\\uU-1?.mM").find(text[0]) == std::string_view::npos)) {
    return false;
  }
  return is_surely_missing(text) || std::ranges::find(kWords, ascii_lower(std::string(text))) != kWords.end();
}

bool is_rounded_id(std::string_view text) {
  const size_t exponent = text.find_first_of("eE");
  const size_t point = text.find_first_of(".,");
  return point == 1 && exponent != std::string_view::npos && exponent > 2 && text.size() >= exponent + 3 &&
         (text[exponent + 1] == '+' || std::isdigit(static_cast<unsigned char>(text[exponent + 1])) != 0) &&
         std::ranges::all_of(text.substr(exponent + 2), [](unsigned char c) { return std::isdigit(c) != 0; }) &&
         std::ranges::all_of(text.substr(0, exponent),
                             [](unsigned char c) { return std::isdigit(c) || c == '.' || c == ','; });
}

}  // namespace haina
