#include "config/reference.h"

#include <fmt/format.h>

#include <span>

#include "config/columns.h"
#include "config/recipes.h"
#include "config/sections.h"

namespace haina {
namespace {

constexpr const char* kIntroduction =
    "# haina.toml\n"
    "Every key of a project's configuration. `haina init PATH` writes the file; `haina help config` prints this page; "
    "`haina help config --schema` prints the JSON Schema, which is also [haina.schema.json](haina.schema.json).\n\n"
    "An editor with [taplo](https://taplo.tamasfe.dev) completes and checks the keys after this first line:\n\n"
    "```toml\n#:schema ./haina.schema.json\n```\n\n"
    "Unknown keys and values are errors with file, line, column and a hint. Renamed keys are accepted with a warning "
    "for "
    "one release.\n";

constexpr const char* kSchemaComment =
    "This page is generated from src/config. After a change there: `haina help config > docs/config.md; haina help "
    "config --schema > docs/haina.schema.json`.\n";

// Text of a cell of a Markdown table.
std::string cell(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    escaped += c == '|' ? std::string("\\|") : std::string(1, c);
  }
  return escaped;
}

std::string default_text(const KeyInfo& key) {
  if (key.rules.required) {
    return "required";
  }
  return key.fallback.is_null() ? "" : fmt::format("`{}`", cell(key.fallback.dump()));
}

std::string values_text(const KeyInfo& key) {
  if (key.choices.empty()) {
    return cell(key.expected);
  }
  std::string text;
  for (const auto& [name, doc] : key.choices) {
    text += fmt::format("{}`\"{}\"`", text.empty() ? "" : ", ", cell(name == "\"" ? "\\\"" : name));
  }
  return text;
}

std::string section_text(const SectionInfo& section) {
  std::string text =
      fmt::format("\n## {}\n{}\n\n```toml\n{}```\n\n| key | value | default | meaning |\n|---|---|---|---|\n",
                  section.name, section.doc, section.example);
  std::string choices;
  for (const KeyInfo& key : section.keys) {
    const std::string old_name =
        key.rules.old_name == nullptr ? "" : fmt::format(" (old name: `{}`)", key.rules.old_name);
    text += fmt::format("| `{}` | {} | {} | {}{} |\n", key.name, values_text(key), default_text(key), cell(key.doc),
                        old_name);
    for (const auto& [name, doc] : key.choices) {
      choices += fmt::format("| `{} = \"{}\"` | {} |\n", key.name, cell(name == "\"" ? "\\\"" : name), cell(doc));
    }
  }
  return choices.empty() ? text : text + "\n| value | meaning |\n|---|---|\n" + choices;
}

std::string words_text(const char* title, std::span<const ColumnWord> words) {
  std::string text = fmt::format("\n| {} | meaning |\n|---|---|\n", title);
  for (const ColumnWord& word : words) {
    text += fmt::format("| `{}` | {} |\n", word.name, cell(word.doc));
  }
  return text;
}

std::string columns_text() {
  return "\n### columns\nA column has a role (`user = \"userId\"`) or is a field of the item or user with a type "
         "(`genres = \"tags:|\"`). Without a header line, columns are called `\"#1\"`, `\"#2\"`.\n" +
         words_text("role", column_roles()) + words_text("type", column_types()) +
         words_text("unit of time", time_units());
}

std::string recipes_text() {
  std::string text = "\n## Recipes\nWhole files to copy and change; paths start at the folder of `haina.toml`.\n";
  for (const Recipe& recipe : config_recipes()) {
    text += fmt::format("\n### {}\n{}\n\n```toml\n{}```\n", recipe.name, recipe.text, recipe.toml);
  }
  return text;
}

}  // namespace

std::string config_reference(const std::map<std::string, std::string>& after) {
  std::string text = kIntroduction;
  for (const Section& section : config_sections()) {
    text += section_text(section.info);
    text += section.key == "source" ? columns_text() : "";
    const auto further = after.find(section.key);
    text += further == after.end() ? "" : further->second;
  }
  return text + recipes_text() + "\n" + kSchemaComment;
}

nlohmann::ordered_json config_schema() {
  nlohmann::ordered_json schema = {{"$schema", "http://json-schema.org/draft-07/schema#"},
                                   {"title", "haina.toml"},
                                   {"description", "A project of Haina: docs/config.md explains every key."},
                                   {"type", "object"},
                                   {"additionalProperties", false},
                                   {"required", nlohmann::ordered_json::array({"source"})},
                                   {"properties", nlohmann::ordered_json::object()}};
  for (const Section& section : config_sections()) {
    const nlohmann::json one = schema_of(section.info, OldNamesInSchema::kAsDeprecated);
    schema["properties"][section.key] =
        section.repeated ? nlohmann::ordered_json{{"type", "array"}, {"items", one}} : nlohmann::ordered_json(one);
  }
  return schema;
}

}  // namespace haina
