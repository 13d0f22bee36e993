#include "evaluation/report_words.h"

#include <algorithm>
#include <array>
#include <optional>

namespace haina {

Result<Language> parse_language(const std::string& code) {
  if (code == "en") {
    return Language::kEnglish;
  }
  if (code == "zh") {
    return Language::kChinese;
  }
  return fail({ErrorCode::kInvalidArgument, fmt::format("the report is not written in '{}'", code), "--language",
               "write --language en (English) or --language zh (Chinese)"});
}

namespace report {
namespace {

using Places = std::array<std::string_view, 2>;

// What stands at each "{}" of the form in a text; nullopt where the text is not of the form.
std::optional<Places> places_of(std::string_view form, std::string_view text) {
  Places found;
  for (std::string_view& place : found) {
    const size_t begin = form.find("{}");
    if (begin == std::string_view::npos) {
      break;
    }
    if (!text.starts_with(form.substr(0, begin))) {
      return std::nullopt;
    }
    text.remove_prefix(begin);
    form.remove_prefix(begin + 2);
    const std::string_view next = form.substr(0, form.find("{}"));
    const size_t length = next.empty() ? text.size() : text.find(next);
    if (length == std::string_view::npos) {
      return std::nullopt;
    }
    place = text.substr(0, length);
    text.remove_prefix(length);
  }
  return text == form ? std::optional(found) : std::nullopt;
}

}  // namespace

const ReportWords& words_of(Language language) { return language == Language::kChinese ? kChinese : kEnglish; }

std::string key_text(const ReportWords& words, const std::string& key) {
  const auto found = std::ranges::find(words.keys, key, &KeyText::key);
  return found == words.keys.end() ? key : found->shown();
}

std::string value_text(const ReportWords& words, const std::string& key, const std::string& value) {
  for (const ValueText& text : words.values) {
    if (text.key == key) {
      if (const auto places = places_of(text.form, value)) {
        return text.shown((*places)[0], (*places)[1]);
      }
    }
  }
  return value;
}

}  // namespace report
}  // namespace haina
