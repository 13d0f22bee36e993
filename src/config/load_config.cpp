#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <system_error>

#include "base/files.h"
#include "base/suggest.h"
#include "config/config.h"
#include "config/goal.h"
#include "config/sections.h"

namespace haina {
namespace fs = std::filesystem;
namespace {

Status read_repeated(const Section& section, const ConfigEntry& entry, Config& config) {
  const auto* const list = entry.value.get<ConfigValue::List>();
  if (list == nullptr) {
    return fail({ErrorCode::kInvalidArgument,
                 fmt::format("'{}' is {}, not a list of tables", entry.key, shown(entry.value)), entry.value.place,
                 fmt::format("write {}", section.info.name)});
  }
  for (const ConfigValue& one : *list) {
    HAINA_OK(section.read(one, config));
  }
  return ok();
}

Status read_root(const ConfigValue::Table& root, Config& config) {
  const std::vector<Section>& sections = config_sections();
  for (const ConfigEntry& entry : root) {
    if (std::ranges::find(sections, entry.key, &Section::key) == sections.end()) {
      std::vector<std::string> known;
      for (const Section& section : sections) {
        known.push_back(section.key);
      }
      return fail({ErrorCode::kInvalidArgument, fmt::format("unknown key '{}' in haina.toml", entry.key), entry.place,
                   did_you_mean(entry.key, known)});
    }
  }
  for (const Section& section : sections) {
    const auto entry = std::ranges::find(root, section.key, &ConfigEntry::key);
    if (entry != root.end()) {
      HAINA_OK(section.repeated ? read_repeated(section, *entry, config) : section.read(entry->value, config));
    }
  }
  return ok();
}

Status check_sources(const Config& config) {
  if (config.sources.empty()) {
    return fail({ErrorCode::kInvalidArgument, "no [[source]]", config.file.string(),
                 "run haina init PATH, or write a [[source]] table"});
  }
  std::set<std::string> names;
  for (const SourceConfig& source : config.sources) {
    if (!names.insert(source.name).second) {
      return fail({ErrorCode::kInvalidArgument, fmt::format("two sources are called '{}'", source.name),
                   place_of(source, "name"), "give each source its own name"});
    }
  }
  return ok();
}

// The folder in one form, however it is written ("./x/../y/", "y"): relative to `base` where it was given so, empty for
// `base` itself. Links are followed before ".." is taken, as the file system does.
fs::path normal_folder(const fs::path& base, const fs::path& given) {
  std::error_code code;
  if (given.empty()) {
    return given;
  }
  fs::path whole = fs::weakly_canonical(fs::absolute(base / given, code), code);
  const fs::path around = fs::weakly_canonical(fs::absolute(base, code), code);
  if (code) {
    return given;  // whoever writes there says why it cannot be reached
  }
  whole = whole.has_filename() ? whole : whole.parent_path();  // without a slash at the end
  const fs::path relative = given.is_absolute() ? whole : whole.lexically_relative(around);
  return relative == "." ? fs::path() : relative;
}

}  // namespace

Result<Config> load_config(const fs::path& path) {
  std::error_code code;
  Config config;
  config.file = fs::is_directory(path, code) ? path / "haina.toml" : path;
  config.folder = config.file.has_parent_path() ? config.file.parent_path() : fs::path(".");
  Result<std::string> text = read_text(config.file);
  if (!text) {
    Error error = text.error();
    error.hint =
        error.code == ErrorCode::kNotFound ? "run haina init PATH first, or name the file with -c" : error.hint;
    return fail(error);
  }
  const std::string file = config.file.string();
  HAINA_TRY(const ConfigValue root, parse_toml(*text, file));
  config.clean.place = config.split.place = config.train.place = config.serve.place = file;
  HAINA_OK(read_root(*root.get<ConfigValue::Table>(), config));
  config.out = normal_folder(config.folder, config.out);
  HAINA_OK(check_sources(config));
  HAINA_OK(parse_goals(config));
  return config;
}

Result<std::string> expand_environment(const std::string& text, const std::string& where) {
  std::string expanded;
  for (size_t i = 0; i < text.size();) {
    const size_t end = text.compare(i, 2, "${") == 0 ? text.find('}', i) : std::string::npos;
    if (end == std::string::npos) {
      expanded += text[i++];
      continue;
    }
    const std::string name = text.substr(i + 2, end - i - 2);
    const char* const value = std::getenv(name.c_str());
    if (value == nullptr) {
      return fail({ErrorCode::kInvalidArgument, fmt::format("the environment has no variable '{}'", name), where,
                   fmt::format("export {}=…", name)});
    }
    expanded += value;
    i = end + 1;
  }
  return expanded;
}

}  // namespace haina
