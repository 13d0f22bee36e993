// The API speaks English. Beside each sentence stands a code, so that programs can say it in another language, or act
// on it, without reading it. The sentences stand in sentence_codes.def; what says them does not know of their codes.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace haina {

struct SentenceCode {
  std::string code;                 // "no_item_has_words"; empty where no form fits
  std::vector<std::string> values;  // what stands at the form's places, as the sentence writes it
};

// The code of a sentence. Its values are the texts between quotation marks where no form fits.
SentenceCode code_of(std::string_view sentence);
// The same with a name in place of an empty code: {"code", "values"}.
nlohmann::json code_json(std::string_view sentence, const std::string& otherwise);
// [{"code", "values"}], one for each sentence; the code "other" where no form fits.
nlohmann::json codes_json(const nlohmann::json& sentences);

// Every code and one of its forms, in the order of sentence_codes.def.
std::vector<std::pair<std::string, std::string>> sentence_forms();

}  // namespace haina
