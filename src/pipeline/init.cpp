#include "pipeline/init.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/files.h"
#include "data/inference/infer_schema.h"
#include "data/inference/file_preview.h"

namespace haina {
namespace fs = std::filesystem;
namespace {

std::string toml_string(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    result += c == '"' || c == '\\'                  ? std::string("\\") + c
              : c == '\t'                            ? "\\t"
              : static_cast<unsigned char>(c) < 0x20 ? fmt::format("\\u{:04x}", c)
                                                     : std::string(1, c);
  }
  return result + "\"";
}

std::string toml_list(const std::vector<std::string>& texts) {
  std::string result;
  for (const std::string& text : texts) {
    result += (result.empty() ? "" : ", ") + toml_string(text);
  }
  return "[" + result + "]";
}

// A file that was taken for a source.
struct Found {
  fs::path file;
  std::string name;
  Look look;
  InferredSource source;
  std::vector<std::string> doubts;
};

bool is_picture(const fs::path& file) {
  static const std::set<std::string> pictures = {".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp"};
  std::string extension = file.extension().string();
  std::ranges::transform(extension, extension.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return pictures.contains(extension);
}

bool is_for_people(const fs::path& file) {
  std::string name = file.filename().string();
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return name.find("readme") != std::string::npos || name.find("license") != std::string::npos ||
         name.ends_with(".md") || name.ends_with(".toml") || name.ends_with(".html") || name.ends_with(".pdf") ||
         name.starts_with('.');
}

// "ml-100k.inter" is "inter"; "Office.item.json.gz" is "Office_item": the last dots that only say the format are taken
// off.
std::string name_of(const fs::path& file) {
  static const std::set<std::string> recbole = {".inter", ".item", ".user", ".kg", ".link", ".net"};
  static const std::set<std::string> formats = {".gz",   ".zst",   ".csv",    ".tsv",     ".txt",   ".dat",     ".data",
                                                ".json", ".jsonl", ".ndjson", ".parquet", ".arrow", ".feather", ".npy"};
  fs::path name = file.filename();
  if (recbole.contains(name.extension().string())) {
    return name.extension().string().substr(1);
  }
  while (formats.contains(name.extension().string())) {
    name.replace_extension();
  }
  std::string text = name.string();
  std::ranges::replace_if(text, [](unsigned char c) { return std::isalnum(c) == 0 && c != '_' && c != '-'; }, '_');
  return text.empty() ? "source" : text;
}

// The files to look at; a path that names no file may be the common beginning of several ("exports/Office" for
// Office.item.json and Office.train.csv).
Result<std::vector<fs::path>> files_of(const fs::path& path) {
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
    return fail(io_error(path, "cannot look at"));
  }
  std::ranges::sort(files);
  return files;
}

// "posters/{item}.jpg" where most files of a folder are pictures.
std::optional<std::string> pictures_of(const fs::path& folder, const fs::path& base) {
  std::map<std::string, int64_t> extensions;
  int64_t files = 0;
  std::error_code code;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, code)) {
    files += entry.is_regular_file() ? 1 : 0;
    if (entry.is_regular_file() && is_picture(entry.path())) {
      ++extensions[entry.path().extension().string()];
    }
  }
  const auto most = std::ranges::max_element(extensions, {}, [](const auto& e) { return e.second; });
  if (most == extensions.end() || 2 * most->second < files) {
    return std::nullopt;
  }
  return (fs::proximate(folder, base) / ("{item}" + most->first)).string();
}

std::string to_toml(const Found& found, const fs::path& base, bool parts, const std::string& of) {
  const Look& look = found.look;
  std::string text = fmt::format("[[source]]\nname = {}\nkind = {}\npath = {}\n", toml_string(found.name),
                                 toml_string(std::string(to_string(found.source.kind))),
                                 toml_string(fs::proximate(found.file, base).string()));
  if (look.format != "delimited") {
    text += fmt::format("format = {}\n", toml_string(look.format));
  } else {
    text += fmt::format("delimiter = {}\n", toml_string(look.dialect.delimiter));
    text += look.dialect.quotes ? "" : "quote = \"none\"\n";
    text += look.header ? "" : "header = \"no\"\n";
  }
  text += look.encoding.empty() ? "" : fmt::format("encoding = {}\n", toml_string(look.encoding));
  text += found.source.decimal.empty() ? "" : fmt::format("decimal = {}\n", toml_string(found.source.decimal));
  if (parts && found.source.part != Part::kAll) {
    const char* const names[] = {"all", "train", "validation", "test"};
    text += fmt::format("part = \"{}\"\naction = \"interaction\"\n", names[static_cast<size_t>(found.source.part)]);
  }
  text += of.empty() ? "" : fmt::format("of = {}\n", toml_string(of));
  std::string columns;
  for (const auto& [key, value] : found.source.columns) {
    const bool bare = std::ranges::all_of(key, [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '-'; });
    columns += fmt::format("{}{} = {}", columns.empty() ? "" : ", ", bare ? key : toml_string(key), toml_string(value));
  }
  return text + fmt::format("columns = {{ {} }}\n\n", columns);
}

// The folder's name, or that of the first above it which says more than that files lie here.
std::string project_of(fs::path path) {
  static const std::set<std::string> nondescript = {"exports", "export", "data",   "dataset", "datasets",
                                                    "raw",     "input",  "inputs", "files"};
  while ((path.filename().empty() || nondescript.contains(path.filename().string())) && path.has_relative_path()) {
    path = path.parent_path();
  }
  const std::string name = name_of(path);
  return name.empty() ? "haina" : name;
}

// Several data sets in one folder name their files alike ("Office.item.json", "Office.test.csv", "Toys.item.json", …),
// and their ids would run into each other: the first with the most files is taken.
void keep_one_family(std::vector<Found>& found, InitReport& report) {
  std::map<std::string, std::set<SourceKind>> families;
  std::map<std::string, int64_t> sizes;
  const auto family_of = [](const Found& f) {
    return f.file.filename().string().substr(0, f.file.filename().string().find('.'));
  };
  for (const Found& f : found) {
    families[family_of(f)].insert(f.source.kind);
    ++sizes[family_of(f)];
  }
  std::erase_if(families, [](const auto& family) {
    return !family.second.contains(SourceKind::kEvents) || !family.second.contains(SourceKind::kItems);
  });
  if (families.size() < 2) {
    return;
  }
  const std::string kept =
      std::ranges::max_element(families, {}, [&](const auto& family) { return sizes[family.first]; })->first;
  for (const auto& [family, kinds] : families) {
    if (family != kept) {
      report.doubts.push_back(
          fmt::format("the files of '{}' look like a data set of their own; only '{}' is taken. For the other: haina "
                      "init FOLDER/{}",
                      family, kept, family));
    }
  }
  std::erase_if(found, [&](const Found& f) { return family_of(f) != kept && families.contains(family_of(f)); });
}

}  // namespace

Result<InitReport> run_init(const fs::path& path, const fs::path& out, Overwrite overwrite) {
  std::error_code code;
  if (fs::exists(out, code) && overwrite == Overwrite::kNo) {
    return fail({ErrorCode::kInvalidArgument, "the file exists", out.string(),
                 "pass --force to overwrite it, or -c to write another"});
  }
  HAINA_TRY(const std::vector<fs::path> files, files_of(path));
  const fs::path base = fs::absolute(out).parent_path();
  InitReport report;
  std::vector<Found> found;
  std::string media;
  const auto add_media = [&](const fs::path& folder) {
    const auto pattern = pictures_of(folder, base);
    if (pattern) {
      media += fmt::format("[[source]]\nname = {}\nkind = \"media\"\npath = {}\n\n",
                           toml_string(name_of(fs::absolute(folder))), toml_string(*pattern));
      report.lines.push_back(fmt::format("{}: media, {}", folder.filename().string(), *pattern));
    }
    return pattern.has_value();
  };
  const bool pictures = fs::is_directory(path, code) && add_media(fs::absolute(path));
  std::set<std::string> names;
  for (const fs::path& file : files) {
    const std::string shown = file.filename().string();
    if (fs::is_directory(file, code)) {
      if (!add_media(fs::absolute(file))) {
        report.lines.push_back(shown + ": left out, a folder");
      }
      continue;
    }
    if (is_for_people(file) || (pictures && is_picture(file))) {
      continue;
    }
    auto look = look_at(fs::absolute(file));
    if (!look) {
      report.lines.push_back(fmt::format("{}: left out, {}", shown, look.error().what));
      continue;
    }
    std::vector<std::string> doubts;
    auto source = infer_source(*look, file, doubts);
    if (!source) {
      report.lines.push_back(fmt::format("{}: left out{}", shown, doubts.empty() ? "" : ", " + doubts.back()));
      continue;
    }
    std::string name = name_of(file);
    while (!names.insert(name).second) {
      name += "_2";
    }
    found.push_back({fs::absolute(file), name, std::move(*look), std::move(*source), std::move(doubts)});
  }
  keep_one_family(found, report);
  if (found.empty() && media.empty()) {
    return fail({ErrorCode::kBadData, "no file with a user or an item column", path.string(),
                 "export a file with a header line such as user_id,item_id,timestamp, or write haina.toml by hand"});
  }

  for (const Found& f : found) {
    for (const std::string& doubt : f.doubts) {
      report.doubts.push_back(fmt::format("{}: {}", f.file.filename().string(), doubt));
    }
  }

  // What only all of them together say: the split, the goal, whose names the names of codes are.
  std::set<Part> parts;
  std::vector<std::string> goal, wanted;
  std::string tagged;
  bool all_times = true;
  bool lists = false;
  int64_t events = 0;
  for (const Found& f : found) {
    if (f.source.kind != SourceKind::kEvents) {
      continue;
    }
    if (f.source.tagged) {
      tagged = tagged.empty() ? f.name : tagged;
      continue;
    }
    ++events;
    parts.insert(f.source.part);
    all_times = all_times && !f.source.time.empty();
    lists = lists || f.look.format == "lists";
    wanted.push_back(f.name);
    if (!f.source.goal.empty() && std::ranges::find(goal, f.source.goal) == goal.end()) {
      goal.push_back(f.source.goal);
      report.doubts.push_back(fmt::format("goal: '{}' looks like stars, so '{}' is what we want more of",
                                          f.source.goal.substr(0, f.source.goal.find(' ')), f.source.goal));
    }
    if (!f.source.actions.empty()) {
      report.doubts.push_back(
          fmt::format("goal: every action counts alike; name the wanted ones, from {}", toml_list(f.source.actions)));
    }
  }
  const bool by_files = parts.contains(Part::kTrain) && parts.contains(Part::kTest);
  if (!by_files && (parts.contains(Part::kTest) || parts.contains(Part::kValidation))) {
    report.doubts.push_back(
        "files are called test or valid and none train, so all of them are events to be split anew");
  }
  if (events == 0) {
    report.doubts.push_back(
        "no file with a user and an item column: add a source of kind \"events\" before haina prepare");
  }
  if (goal.empty() && !tagged.empty() && !wanted.empty()) {
    goal = by_files ? std::vector<std::string>{"interaction"} : wanted;
    report.doubts.push_back(
        fmt::format("goal: tags given in '{}' say what items are, and are not what we want more of", tagged));
  }
  std::string sources;
  for (const Found& f : found) {
    const bool values = f.source.kind == SourceKind::kValues;
    if (values && tagged.empty()) {
      report.doubts.push_back(
          fmt::format("{}: names of codes; say of which column: of = \"SOURCE.COLUMN\"", f.file.filename().string()));
    }
    sources += to_toml(f, base, by_files, values && !tagged.empty() ? tagged + ".tag" : "");
    std::string columns;
    for (const auto& [key, value] : f.source.columns) {
      columns += fmt::format("{}{} = {}", columns.empty() ? "" : ", ", key, value);
    }
    report.lines.push_back(
        fmt::format("{}: {} ({}{}), {}", f.file.filename().string(), to_string(f.source.kind), f.look.format,
                    f.look.format == "delimited" ? " by " + toml_string(f.look.dialect.delimiter) : "", columns));
  }
  const std::string project = project_of(fs::weakly_canonical(path, code));
  report.toml = "# Written by haina init. What it doubted:\n";
  for (const std::string& doubt : report.doubts) {
    report.toml += "#   " + doubt + "\n";
  }
  const char* const by = by_files ? "files" : all_times && events > 0 ? "time" : lists ? "leave_last" : "random";
  report.toml += fmt::format("[project]\nname = {}\n{}\n{}{}[split]\nby = \"{}\"\n", toml_string(project),
                             goal.empty() ? "" : fmt::format("goal = {}\n", toml_list(goal)), sources, media, by);
  HAINA_OK(write_text(out, report.toml));
  return report;
}

}  // namespace haina
