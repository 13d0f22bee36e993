#include "data/rows/normal_names.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <string_view>

#include "data/parse_quantity.h"

namespace haina {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// How a number's text ends: "196.0" in kZeros, "19.6" in kFraction, anything else in kNone.
enum class Decimals { kNone, kZeros, kFraction };

Decimals decimals_of(std::string_view name) {
  name.remove_prefix(name.starts_with('-') ? 1 : 0);
  const size_t point = name.find('.');
  if (point == 0 || point == std::string_view::npos || point + 1 == name.size() ||
      !std::ranges::all_of(name.substr(0, point), is_digit) || !std::ranges::all_of(name.substr(point + 1), is_digit)) {
    return Decimals::kNone;
  }
  return name.find_first_not_of('0', point + 1) == std::string_view::npos ? Decimals::kZeros : Decimals::kFraction;
}

bool is_id(const ColumnConfig& column) {
  static const std::set<std::string> roles = {"user", "item", "other", "tag", "head", "tail", "entity"};
  return roles.contains(column.role);
}

bool is_short_code(std::string_view name) {
  return name.size() >= 2 && name.size() <= 3 &&
         std::ranges::all_of(name, [](unsigned char c) { return std::isupper(c) != 0; });
}

// Whether "NA" is a value such as others of the column.
bool na_is_a_code(const std::vector<std::string_view>& names) {
  const auto codes = std::ranges::count_if(names, is_short_code);
  return 2 * codes > std::ssize(names) && codes > 2;
}

}  // namespace

std::string_view without_blanks(std::string_view text) {
  static constexpr auto kBlanks = std::to_array<std::string_view>(
      {" ", "\t", "\r", "\n", "\xC2\xA0", "\xE3\x80\x80", "\xEF\xBB\xBF", "\xE2\x80\x8B", "\xE2\x80\xAF"});
  for (bool again = true; again;) {
    again = false;
    for (const std::string_view blank : kBlanks) {
      while (text.starts_with(blank)) {
        text.remove_prefix(blank.size());
        again = true;
      }
      while (text.ends_with(blank)) {
        text.remove_suffix(blank.size());
        again = true;
      }
    }
  }
  return text;
}

std::optional<NormalNames> normalize_names(const Vocabulary& names, const ColumnConfig& column) {
  const bool ids = is_id(column);
  const bool field = column.role.empty();
  std::vector<std::string_view> normal;
  bool changed = false;
  int64_t zeros = 0;
  int64_t fractions = 0;
  for (int32_t code = 0; code < names.size(); ++code) {
    const std::string_view name = names.name(code);
    // Most names are plain: their ends tell that there is nothing to cut off.
    const auto plain = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
    normal.push_back(!name.empty() && plain(name.front()) && plain(name.back()) ? name : without_blanks(name));
    changed |= normal.back().size() != name.size();
    const Decimals decimals = ids ? decimals_of(normal.back()) : Decimals::kNone;
    zeros += decimals == Decimals::kZeros ? 1 : 0;
    fractions += decimals == Decimals::kFraction ? 1 : 0;
  }
  const bool cut_zeros = zeros > 0 && fractions == 0;
  const bool keep_na = field && na_is_a_code(normal);
  const auto missing = [&](std::string_view name) {
    return field && (is_surely_missing(name) || (is_missing_word(name) && !(keep_na && name == "NA")));
  };
  if (!changed && !cut_zeros && std::ranges::none_of(normal, missing)) {
    return std::nullopt;
  }
  NormalNames result;
  for (const std::string_view name : normal) {
    const bool cut = cut_zeros && decimals_of(name) == Decimals::kZeros;
    result.code_of.push_back(missing(name) ? -1
                                           : result.names.find_or_add(cut ? name.substr(0, name.find('.')) : name));
  }
  return result;
}

}  // namespace haina
