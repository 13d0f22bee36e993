#include "pipeline/init_files.h"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdint>
#include <map>
#include <set>
#include <system_error>

#include "base/ascii.h"
#include "base/files.h"
#include "data/formats/format.h"

namespace haina {
namespace fs = std::filesystem;
namespace {

bool is_format_extension(const std::string& extension) {
  return extension == ".gz" || extension == ".zst" ||
         std::ranges::any_of(format_entries(), [&](const FormatEntry& entry) {
           return std::ranges::find(entry.extensions, extension) != entry.extensions.end();
         });
}

}  // namespace

Result<std::vector<fs::path>> list_files(const fs::path& path) {
  std::error_code code;
  std::vector<fs::path> files;
  const bool folder = fs::is_directory(path, code);
  if (!folder && fs::exists(path, code)) {
    return std::vector<fs::path>{path};
  }
  const fs::path parent = folder ? path : fs::absolute(path).parent_path();
  for (const fs::directory_entry& entry : fs::directory_iterator(parent, code)) {
    if (folder || entry.path().filename().string().starts_with(path.filename().string() + ".")) {
      files.push_back(entry.path());
    }
  }
  if (!folder && files.empty()) {
    errno = ENOENT;
    return fail(io_error(path, "cannot read"));
  }
  std::ranges::sort(files);
  return files;
}

bool is_media(const fs::path& file) {
  static const std::set<std::string> endings = {".jpg", ".jpeg", ".png",  ".webp", ".gif",  ".bmp",
                                                ".wav", ".mp3",  ".flac", ".ogg",  ".opus", ".m4a",
                                                ".aac", ".mp4",  ".mkv",  ".webm", ".mov",  ".avi"};
  return endings.contains(ascii_lower(file.extension().string()));
}

bool is_documentation(const fs::path& file) {
  static const std::set<std::string> kinds = {".md", ".toml", ".html", ".pdf", ".py", ".r", ".sh", ".sql", ".ipynb"};
  const std::string name = ascii_lower(file.filename().string());
  return name.find("readme") != std::string::npos || name.find("license") != std::string::npos ||
         kinds.contains(ascii_lower(file.extension().string())) || name.starts_with('.');
}

std::optional<std::string> media_pattern(const fs::path& folder, const fs::path& base) {
  std::map<std::string, int64_t> extensions;
  int64_t files = 0;
  std::error_code code;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, code)) {
    files += entry.is_regular_file() ? 1 : 0;
    if (entry.is_regular_file() && is_media(entry.path())) {
      ++extensions[entry.path().extension().string()];
    }
  }
  const auto most = std::ranges::max_element(extensions, {}, [](const auto& e) { return e.second; });
  if (most == extensions.end() || 2 * most->second < files) {
    return std::nullopt;
  }
  return (fs::proximate(folder, base) / ("{item}" + most->first)).string();
}

std::string source_name(const fs::path& file) {
  static const std::set<std::string> recbole = {".inter", ".item", ".user", ".kg", ".link", ".net"};
  fs::path name = file.filename();
  if (recbole.contains(name.extension().string())) {
    return name.extension().string().substr(1);
  }
  while (is_format_extension(name.extension().string())) {
    name.replace_extension();
  }
  std::string text = name.string();
  std::ranges::replace_if(text, [](unsigned char c) { return std::isalnum(c) == 0 && c != '_' && c != '-'; }, '_');
  return text.empty() ? "source" : text;
}

std::string project_name(fs::path path) {
  static const std::set<std::string> generic = {"exports", "export", "data",   "dataset", "datasets",
                                                "raw",     "input",  "inputs", "files"};
  while ((path.filename().empty() || generic.contains(path.filename().string())) && path.has_relative_path()) {
    path = path.parent_path();
  }
  return source_name(path);
}

}  // namespace haina
