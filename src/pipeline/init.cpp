#include "pipeline/init.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "base/files.h"
#include "config/config.h"
#include "config/source_kinds.h"
#include "pipeline/dry_run.h"
#include "pipeline/init_doubts.h"
#include "pipeline/init_files.h"
#include "pipeline/init_meetings.h"
#include "pipeline/init_project.h"
#include "pipeline/init_survey.h"
#include "pipeline/init_toml.h"

namespace haina {
namespace fs = std::filesystem;
namespace {

// "ratings.csv: events (delimited by ","), user = u, item = i"
std::string report_line(const InitSource& source) {
  std::string columns;
  for (const auto& [key, value] : source.inferred.columns) {
    columns += fmt::format("{}{} = {}", columns.empty() ? "" : ", ", key, value);
  }
  const FilePreview& preview = source.preview;
  return one_line(fmt::format("{}: {} ({}{}), {}", shown_file(source), to_string(source.inferred.kind), preview.format,
                              preview.dialect ? " by " + toml_string(preview.dialect->delimiter) : "", columns));
}

bool has_kind(const std::vector<InitSource>& sources, SourceKind kind) {
  return std::ranges::any_of(sources, [&](const InitSource& source) { return source.inferred.kind == kind; });
}

// A shop may be new: items, and no events yet. Where a file was left out, that one may have held the events.
void check_events(const InitSurvey& survey, const fs::path& path, InitReport& report) {
  if (std::ranges::any_of(survey.sources, [](const InitSource& source) {
        return (source.inferred.kind == SourceKind::kEvents && !source.inferred.tagged) ||
               source.inferred.kind == SourceKind::kImpressions;
      })) {
    return;
  }
  const bool new_shop = has_kind(survey.sources, SourceKind::kItems) && survey.all_understood;
  report.details.push_back(
      {.spoils = Spoils::kRows,
       .text = fmt::format("no events yet: no file has a user and an item column{}; add a source of kind \"events\" {}",
                           new_shop ? ", so lists go by content, newness and rules until the first ones arrive" : "",
                           new_shop ? "when there are some" : "before haina prepare")});
  if (!new_shop) {
    report.problem =
        Error{ErrorCode::kBadData, "no file has a user and an item column: there are no events", path.string(),
              "export what users did as a file with a header line such as user_id,item_id,timestamp, or name "
              "the columns in haina.toml"};
  }
}

// Names of codes belong to the tags that users assigned, or to nothing that is known.
void doubt_codes(const std::vector<InitSource>& sources, const InitProject& project, std::vector<Doubt>& doubts) {
  for (const InitSource& source : sources) {
    if (source.inferred.kind == SourceKind::kValues && project.tag_source.empty()) {
      doubts.push_back({.spoils = Spoils::kFields,
                        .text = "holds names of codes; name the column of the codes: of = \"SOURCE.COLUMN\"",
                        .file = shown_file(source)});
    }
  }
}

}  // namespace

Result<InitReport> run_init(const fs::path& path, const fs::path& out, Overwrite overwrite,
                            const DoubtAnswers& answers) {
  std::error_code code;
  HAINA_TRY(const std::vector<fs::path> files, list_files(path));
  if (fs::exists(out, code) && overwrite == Overwrite::kNo) {
    return fail({ErrorCode::kInvalidArgument, "the file exists", out.string(),
                 "pass --force to overwrite it, or -c to write another"});
  }
  const fs::path target = fs::absolute(out);
  const fs::path base = target.parent_path();
  InitSurvey survey = survey_files(path, files, base, answers);
  std::vector<InitSource>& sources = survey.sources;
  InitReport report;
  report.details = std::move(survey.doubts);
  name_actions_of_parts(sources, report.details);
  // From here on every source has been read by the reader that haina prepare uses.
  dry_run(sources, {}, base / (target.filename().string() + ".try"), report.details);
  remove_repeated_logs(sources, report.details);
  if (sources.empty() && survey.media.empty()) {
    order_doubts(report.details);
    return fail({ErrorCode::kBadData,
                 "no file has a user or an item column" +
                     (report.details.empty() ? std::string() : " (" + doubt_line(report.details.front()) + ")"),
                 path.string(),
                 "export a file with a header line such as user_id,item_id,timestamp, or write haina.toml by hand"});
  }
  for (std::string& line : bad_meetings(sources)) {
    report.details.push_back({.spoils = Spoils::kRoles, .text = std::move(line)});
  }
  const InitProject project = infer_project(sources, answers, report.details);
  check_events(survey, path, report);
  doubt_codes(sources, project, report.details);
  order_doubts(report.details);
  std::string tables;
  report.lines = std::move(survey.lines);
  report.reasons = std::move(survey.reasons);
  for (const InitSource& source : sources) {
    tables += source_toml(source, project, base);
    report.lines.push_back(report_line(source));
  }
  for (const Doubt& doubt : report.details) {
    report.doubts.push_back(doubt_line(doubt));
  }
  report.toml =
      project_toml(project_name(fs::weakly_canonical(path, code)), project, tables + survey.media, report.doubts);
  HAINA_OK(write_text(out, report.toml));
  HAINA_TRY(const Config unused, load_config(out));
  return report;
}

}  // namespace haina
