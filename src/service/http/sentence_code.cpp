#include "service/http/sentence_code.h"

#include <optional>

namespace haina {
namespace {

struct SentenceForm {
  std::string_view code, form;
};

constexpr SentenceForm kForms[] = {
#define HAINA_SENTENCE(code, form) {#code, form},
#include "service/http/sentence_codes.def"
#undef HAINA_SENTENCE
};
constexpr std::string_view kPlace = "{}";

// What stands at the places of a form; nullopt where the sentence has another form. A place may hold any text, so the
// end of the form is looked for at the end of the sentence; but a sentence that begins with a place, "{} is '{}'",
// begins with a name or a number: one word.
std::optional<std::vector<std::string>> values_at(std::string_view form, std::string_view sentence) {
  std::vector<std::string> values;
  const bool is_name_first = form.starts_with("{} ");
  size_t place = form.find(kPlace);
  if (!sentence.starts_with(form.substr(0, place))) {
    return std::nullopt;
  }
  while (place != std::string_view::npos) {
    sentence.remove_prefix(place);
    form.remove_prefix(place + kPlace.size());
    place = form.find(kPlace);
    const std::string_view next = form.substr(0, place);
    size_t end = sentence.find(next);
    if (place == std::string_view::npos) {
      end = sentence.ends_with(next) ? sentence.size() - next.size() : std::string_view::npos;
    }
    if (end == std::string_view::npos) {
      return std::nullopt;
    }
    values.emplace_back(sentence.substr(0, end));
    sentence.remove_prefix(end);
  }
  const bool is_whole = sentence.size() == form.size();
  return is_whole && !(is_name_first && values.front().find(' ') != std::string::npos) ? std::optional(values)
                                                                                       : std::nullopt;
}

std::vector<std::string> quoted_in(std::string_view sentence) {
  std::vector<std::string> quoted;
  for (size_t begin = sentence.find('\''); begin != std::string_view::npos;) {
    const size_t end = sentence.find('\'', begin + 1);
    if (end == std::string_view::npos) {
      break;
    }
    quoted.emplace_back(sentence.substr(begin + 1, end - begin - 1));
    begin = sentence.find('\'', end + 1);
  }
  return quoted;
}

}  // namespace

SentenceCode code_of(std::string_view sentence) {
  for (const SentenceForm& form : kForms) {
    if (auto values = values_at(form.form, sentence)) {
      return {std::string(form.code), *std::move(values)};
    }
  }
  return {"", quoted_in(sentence)};
}

nlohmann::json code_json(std::string_view sentence, const std::string& otherwise) {
  SentenceCode found = code_of(sentence);
  return {{"code", found.code.empty() ? otherwise : found.code}, {"values", std::move(found.values)}};
}

nlohmann::json codes_json(const nlohmann::json& sentences) {
  nlohmann::json codes = nlohmann::json::array();
  for (const nlohmann::json& sentence : sentences) {
    codes.push_back(code_json(sentence.get_ref<const std::string&>(), "other"));
  }
  return codes;
}

std::vector<std::pair<std::string, std::string>> sentence_forms() {
  std::vector<std::pair<std::string, std::string>> forms;
  for (const SentenceForm& form : kForms) {
    forms.emplace_back(form.code, form.form);
  }
  return forms;
}

}  // namespace haina
