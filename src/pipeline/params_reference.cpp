#include "pipeline/params_reference.h"

#include <fmt/format.h>

#include <span>
#include <string_view>

#include "base/params.h"
#include "encoders/encoder.h"
#include "experts/expert.h"
#include "fusion/fusion.h"

namespace haina {
namespace {

// Text of a cell of a Markdown table.
std::string escaped_cell(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    escaped += c == '|' ? std::string("\\|") : std::string(1, c);
  }
  return escaped;
}

// "| `width` | `128` | 8 to 4096 | width of the fused vectors |", after `before`.
std::string rows_of_params(std::span<const ParamSpec> params, std::string_view before) {
  std::string text;
  for (const ParamSpec& param : params) {
    text += fmt::format("{}| `{}` | `{}` | {} to {} | {} |\n", before, param.name, param.value, param.min, param.max,
                        escaped_cell(param.doc));
  }
  return text;
}

std::string network_params_text() {
  std::string text = "\n### [train.network_params]\nNumbers; each form of the network has its own.\n";
  for (const NetworkForm form : {NetworkForm::kSet, NetworkForm::kSequence, NetworkForm::kArticle}) {
    text += fmt::format("\n| of `network = \"{}\"` | default | range | meaning |\n|---|---|---|---|\n{}",
                        to_string(form), rows_of_params(fusion_params(form), ""));
  }
  return text;
}

// Entries with a name, a summary and parameters, as one table.
template <class Entry>
std::string entries_text(const char* title, const char* words, const char* kind, std::span<const Entry> entries) {
  std::string text = fmt::format(
      "\n### {}\n{}\n\n| {} | parameter | default | range | meaning |\n|---|---|---|---|---|\n", title, words, kind);
  for (const Entry& entry : entries) {
    text += fmt::format("| `{}` | | | | {} |\n", entry.name, escaped_cell(entry.summary));
    text += rows_of_params(entry.params, fmt::format("| `{}` ", entry.name));
  }
  return text;
}

}  // namespace

std::map<std::string, std::string> params_reference() {
  return {{"train", network_params_text() +
                        entries_text("[train.experts]",
                                     "A table for each expert, `[train.experts.ials]`, with any of its parameters; an "
                                     "empty one leaves them to training.",
                                     "expert", expert_entries()) +
                        entries_text("[train.encoders]",
                                     "A table for each field or field type, `text = { encoder = \"text\" }`, with any "
                                     "of the encoder's parameters.",
                                     "encoder", encoder_entries())}};
}

}  // namespace haina
