#include "pipeline/init.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <system_error>
#include <utility>

#include "base/files.h"
#include "config/source_kinds.h"
#include "data/inference/infer_schema.h"
#include "data/inference/preview_file.h"
#include "pipeline/init_files.h"
#include "pipeline/init_toml.h"

namespace haina {
namespace fs = std::filesystem;
namespace {

std::string shown(const InitSource& source) { return source.file.filename().string(); }

// The sources among the files; a line of the report for each file that is none.
class FileSurvey {
 public:
  FileSurvey(fs::path base, InitReport& report) : base_(std::move(base)), report_(report) {}

  void add(const fs::path& path, const std::vector<fs::path>& files) {
    std::error_code code;
    const bool pictures = fs::is_directory(path, code) && add_media(fs::absolute(path));
    for (const fs::path& file : files) {
      if (fs::is_directory(file, code)) {
        if (!add_media(fs::absolute(file))) {
          report_.lines.push_back(file.filename().string() + ": skipped, it is a folder");
        }
      } else if (!is_documentation(file) && !(pictures && is_picture(file))) {
        add_file(file);
      }
    }
  }

  std::vector<InitSource>& sources() { return sources_; }
  const std::string& media() const { return media_; }  // [[source]] tables

 private:
  bool add_media(const fs::path& folder) {
    const auto pattern = pictures_pattern(folder, base_);
    if (pattern) {
      media_ += media_toml(source_name(fs::absolute(folder)), *pattern);
      report_.lines.push_back(fmt::format("{}: media, {}", folder.filename().string(), *pattern));
    }
    return pattern.has_value();
  }

  void add_file(const fs::path& file) {
    const auto skip = [&](const std::string& reason) {
      report_.lines.push_back(
          fmt::format("{}: skipped{}{}", file.filename().string(), reason.empty() ? "" : ", ", reason));
    };
    auto preview = preview_file(fs::absolute(file));
    if (!preview) {
      return skip(preview.error().what);
    }
    std::vector<std::string> doubts;
    auto inferred = infer_source(*preview, file, doubts);
    if (!inferred) {
      return skip(doubts.empty() ? "" : doubts.back());
    }
    std::string name = source_name(file);
    while (!names_.insert(name).second) {
      name += "_2";
    }
    sources_.push_back({.file = fs::absolute(file),
                        .name = std::move(name),
                        .preview = std::move(*preview),
                        .inferred = std::move(*inferred),
                        .doubts = std::move(doubts)});
  }

  fs::path base_;
  InitReport& report_;
  std::vector<InitSource> sources_;
  std::set<std::string> names_;
  std::string media_;
};

// A folder may hold several data sets, whose files begin alike ("Office.item.json", "Office.test.csv",
// "Toys.item.json"). Their ids would collide, so only the first data set with the most files is kept.
void keep_one_data_set(std::vector<InitSource>& sources, InitReport& report) {
  std::map<std::string, std::set<SourceKind>> kinds;
  std::map<std::string, int64_t> sizes;
  const auto data_set_of = [](const InitSource& source) { return shown(source).substr(0, shown(source).find('.')); };
  for (const InitSource& source : sources) {
    kinds[data_set_of(source)].insert(source.inferred.kind);
    ++sizes[data_set_of(source)];
  }
  std::erase_if(kinds, [](const auto& data_set) {
    return !data_set.second.contains(SourceKind::kEvents) || !data_set.second.contains(SourceKind::kItems);
  });
  if (kinds.size() < 2) {
    return;
  }
  const std::string kept =
      std::ranges::max_element(kinds, {}, [&](const auto& data_set) { return sizes[data_set.first]; })->first;
  for (const auto& [name, unused] : kinds) {
    if (name != kept) {
      report.doubts.push_back(fmt::format(
          "the files of '{}' look like another data set; only '{}' is used. For the other run haina init FOLDER/{}",
          name, kept, name));
    }
  }
  std::erase_if(sources, [&](const InitSource& source) {
    return data_set_of(source) != kept && kinds.contains(data_set_of(source));
  });
}

// What the sources of events show together.
struct EventSummary {
  int64_t sources = 0;  // without those that assign tags
  std::vector<std::string> names = {};
  std::vector<std::string> goals = {};
  std::string tag_source = {};
  std::set<Part> parts = {};
  bool all_have_times = true;
  bool in_time_order = false;
  bool split_by_files() const { return parts.contains(Part::kTrain) && parts.contains(Part::kTest); }
};

EventSummary summarize_events(const std::vector<InitSource>& sources, std::vector<std::string>& doubts) {
  EventSummary events;
  for (const InitSource& source : sources) {
    const InferredSource& inferred = source.inferred;
    if (inferred.kind != SourceKind::kEvents) {
      continue;
    }
    if (inferred.tagged) {
      events.tag_source = events.tag_source.empty() ? source.name : events.tag_source;
      continue;
    }
    ++events.sources;
    events.names.push_back(source.name);
    events.parts.insert(inferred.part);
    events.all_have_times = events.all_have_times && !inferred.time.empty();
    events.in_time_order = events.in_time_order || source.preview.in_time_order;
    if (!inferred.goal.empty() && std::ranges::find(events.goals, inferred.goal) == events.goals.end()) {
      events.goals.push_back(inferred.goal);
      doubts.push_back(fmt::format("goal: '{}' looks like stars, so the goal is '{}'",
                                   inferred.goal.substr(0, inferred.goal.find(' ')), inferred.goal));
    }
    if (!inferred.actions.empty()) {
      doubts.push_back(fmt::format("goal: every action counts equally; name the actions that are the goal, out of {}",
                                   toml_list(inferred.actions)));
    }
  }
  return events;
}

// The goal and the split, which only all sources together show.
InitProject infer_project(const std::vector<InitSource>& sources, std::vector<std::string>& doubts) {
  const EventSummary events = summarize_events(sources, doubts);
  const bool by_files = events.split_by_files();
  if (!by_files && (events.parts.contains(Part::kTest) || events.parts.contains(Part::kValidation))) {
    doubts.emplace_back(
        "split: there are files called test or valid and none called train, so all events are split anew");
  }
  if (events.sources == 0) {
    doubts.emplace_back("no file has a user and an item column: add a source of kind \"events\" before haina prepare");
  }
  InitProject project = {.goal = events.goals, .tag_source = events.tag_source};
  if (project.goal.empty() && !events.tag_source.empty() && !events.names.empty()) {
    project.goal = by_files ? std::vector<std::string>{"interaction"} : events.names;
    doubts.push_back(
        fmt::format("goal: the tags in '{}' describe items, so assigning one is not a goal", events.tag_source));
  }
  project.split = by_files                                      ? "files"
                  : events.all_have_times && events.sources > 0 ? "time"
                  : events.in_time_order                        ? "leave_last"
                                                                : "random";
  return project;
}

// "ratings.csv: events (delimited by ","), user = u, item = i"
std::string report_line(const InitSource& source) {
  std::string columns;
  for (const auto& [key, value] : source.inferred.columns) {
    columns += fmt::format("{}{} = {}", columns.empty() ? "" : ", ", key, value);
  }
  const FilePreview& preview = source.preview;
  return fmt::format("{}: {} ({}{}), {}", shown(source), to_string(source.inferred.kind), preview.format,
                     preview.dialect ? " by " + toml_string(preview.dialect->delimiter) : "", columns);
}

}  // namespace

Result<InitReport> run_init(const fs::path& path, const fs::path& out, Overwrite overwrite) {
  std::error_code code;
  if (fs::exists(out, code) && overwrite == Overwrite::kNo) {
    return fail({ErrorCode::kInvalidArgument, "the file exists", out.string(),
                 "pass --force to overwrite it, or -c to write another"});
  }
  HAINA_TRY(const std::vector<fs::path> files, list_files(path));
  const fs::path base = fs::absolute(out).parent_path();
  InitReport report;
  FileSurvey survey(base, report);
  survey.add(path, files);
  std::vector<InitSource>& sources = survey.sources();
  keep_one_data_set(sources, report);
  if (sources.empty() && survey.media().empty()) {
    return fail({ErrorCode::kBadData, "no file has a user or an item column", path.string(),
                 "export a file with a header line such as user_id,item_id,timestamp, or write haina.toml by hand"});
  }
  for (const InitSource& source : sources) {
    for (const std::string& doubt : source.doubts) {
      report.doubts.push_back(fmt::format("{}: {}", shown(source), doubt));
    }
  }
  const InitProject project = infer_project(sources, report.doubts);
  std::string tables;
  for (const InitSource& source : sources) {
    if (source.inferred.kind == SourceKind::kValues && project.tag_source.empty()) {
      report.doubts.push_back(
          fmt::format("{}: holds names of codes; name the column of the codes: of = \"SOURCE.COLUMN\"", shown(source)));
    }
    tables += source_toml(source, project, base);
    report.lines.push_back(report_line(source));
  }
  report.toml =
      project_toml(project_name(fs::weakly_canonical(path, code)), project, tables + survey.media(), report.doubts);
  HAINA_OK(write_text(out, report.toml));
  return report;
}

}  // namespace haina
