#include "pipeline/init_toml.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <set>

#include "config/source_kinds.h"
#include "data/formats/csv_layout.h"
#include "pipeline/init_doubts.h"

namespace haina {
namespace fs = std::filesystem;

std::string toml_list(const std::vector<std::string>& texts) {
  std::string result;
  for (const std::string& text : texts) {
    result += (result.empty() ? "" : ", ") + toml_string(text);
  }
  return "[" + result + "]";
}

std::string source_toml(const InitSource& source, const InitProject& project, const fs::path& base) {
  const FilePreview& preview = source.preview;
  const InferredSource& inferred = source.inferred;
  std::string text =
      fmt::format("[[source]]\nname = {}\nkind = {}\npath = {}\n", toml_string(source.name),
                  toml_string(std::string(to_string(inferred.kind))),
                  toml_string(fs::proximate(source.pattern.empty() ? source.file : source.pattern, base).string()));
  if (preview.dialect) {
    for (const SourceSetting& setting : dialect_settings(preview)) {
      text += fmt::format("{} = {}\n", setting.key, setting.number ? setting.text : toml_string(setting.text));
    }
  } else {
    text += fmt::format("format = {}\n", toml_string(preview.format));
  }
  text += preview.encoding.empty() ? "" : fmt::format("encoding = {}\n", toml_string(preview.encoding));
  text += inferred.decimal.empty() ? "" : fmt::format("decimal = {}\n", toml_string(inferred.decimal));
  if (project.split == "files" && inferred.part != Part::kAll) {
    const char* const names[] = {"all", "train", "validation", "test"};
    text += fmt::format("part = \"{}\"\n", names[static_cast<size_t>(inferred.part)]);
  }
  if (!inferred.action.empty()) {
    text += fmt::format("action = {}\n", toml_string(inferred.action));
  }
  if (inferred.kind == SourceKind::kValues && !project.tag_source.empty()) {
    text += fmt::format("of = {}\n", toml_string(project.tag_source + ".tag"));
  }
  for (const auto& [key, value] : inferred.settings) {
    text += key == "action" && !inferred.action.empty() ? "" : fmt::format("{} = {}\n", key, value);
  }
  std::string columns;
  std::set<std::string> keys;
  for (const auto& [key, value] : inferred.columns) {
    if (!keys.insert(key).second) {
      continue;  // a second column of that name
    }
    columns += fmt::format("{}{} = {}", columns.empty() ? "" : ", ", toml_key(key), toml_string(value));
  }
  return text + fmt::format("columns = {{ {} }}\n\n", columns);
}

std::string media_toml(const std::string& name, const std::string& pattern) {
  return fmt::format("[[source]]\nname = {}\nkind = \"media\"\npath = {}\n\n", toml_string(name), toml_string(pattern));
}

std::string project_toml(const std::string& name, const InitProject& project, const std::string& sources,
                         const std::vector<std::string>& doubts) {
  std::string text = "# Written by haina init.";
  text += doubts.empty() ? "\n" : " Please check these guesses:\n";
  for (const std::string& doubt : doubts) {
    text += "#   " + one_line(doubt) + "\n";
  }
  return text + fmt::format("[project]\nname = {}\n{}\n{}[split]\nby = \"{}\"\n", toml_string(name),
                            project.goal.empty() ? "" : fmt::format("goal = {}\n", toml_list(project.goal)), sources,
                            project.split);
}

}  // namespace haina
