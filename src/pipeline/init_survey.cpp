#include "pipeline/init_survey.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <system_error>
#include <utility>

#include "config/source_kinds.h"
#include "data/inference/infer_schema.h"
#include "data/inference/preview_file.h"
#include "pipeline/init_files.h"

namespace haina {
namespace fs = std::filesystem;
namespace {

struct Previewed {
  fs::path file;
  FilePreview preview;
};

class FileSurvey {
 public:
  FileSurvey(fs::path base, InitSurvey& survey) : base_(std::move(base)), survey_(survey) {}

  void add(const fs::path& path, const std::vector<fs::path>& files) {
    std::error_code code;
    const bool pictures = fs::is_directory(path, code) && add_media(fs::absolute(path));
    for (const fs::path& file : files) {
      if (fs::is_directory(file, code)) {
        if (!add_media(fs::absolute(file))) {
          leave_out(file, "it is a folder");
        }
      } else if (!is_documentation(file) && !(pictures && is_picture(file))) {
        preview(file);
      }
    }
  }

  void infer(const DoubtAnswers& answers) {
    std::vector<FileToInfer> files;
    for (const Previewed& one : previewed_) {
      files.push_back({one.file, &one.preview});
    }
    std::vector<InferredFile> inferred = infer_sources(files, answers);
    for (size_t f = 0; f < inferred.size(); ++f) {
      add_sources(previewed_[f], inferred[f]);
    }
  }

 private:
  bool add_media(const fs::path& folder) {
    const auto pattern = pictures_pattern(folder, base_);
    if (pattern) {
      survey_.media += media_toml(unique_name(source_name(fs::absolute(folder))), *pattern);
      survey_.lines.push_back(fmt::format("{}: media, {}", folder.filename().string(), *pattern));
    }
    return pattern.has_value();
  }

  void leave_out(const fs::path& file, const std::string& reason) {
    const std::string name = file.filename().string();
    survey_.lines.push_back(fmt::format("{}: left out{}{}", name, reason.empty() ? "" : ", ", reason));
    survey_.doubts.push_back({.spoils = Spoils::kRows,
                              .text = fmt::format("left out, {}", reason.empty() ? "not understood" : reason),
                              .file = name});
    survey_.all_understood = false;
  }

  void preview(const fs::path& file) {
    auto preview = preview_file(fs::absolute(file));
    if (!preview) {
      return leave_out(file, preview.error().what);
    }
    previewed_.push_back({file, std::move(*preview)});
  }

  std::string unique_name(std::string name) {
    while (!names_.insert(name).second) {
      name += "_2";
    }
    return name;
  }

  void add_sources(const Previewed& from, InferredFile& inferred) {
    if (inferred.sources.empty()) {
      const std::string name = from.file.filename().string();
      if (inferred.is_id_map) {
        survey_.lines.push_back(fmt::format("{}: {}", name, inferred.left_out));
      } else {
        leave_out(from.file, inferred.left_out);
      }
    }
    for (InferredSource& source : inferred.sources) {
      const bool first = &source == &inferred.sources.front();
      const char* const ending = first ? "" : source.kind == SourceKind::kUsers ? "_users" : "_items";
      survey_.sources.push_back({.file = fs::absolute(from.file),
                                 .name = unique_name(source_name(from.file) + ending),
                                 .preview = from.preview,
                                 .inferred = std::move(source)});
    }
    std::ranges::move(inferred.doubts, std::back_inserter(survey_.doubts));
    for (const std::string& reason : inferred.reasons) {
      survey_.reasons.push_back(from.file.filename().string() + ": " + reason);
    }
  }

  fs::path base_;
  InitSurvey& survey_;
  std::vector<Previewed> previewed_;
  std::set<std::string> names_;
};

// A folder may hold several data sets, whose files begin alike ("Office.item.json", "Office.test.csv",
// "Toys.item.json"). Their ids would collide, so only the first data set with the most files is kept.
void keep_one_data_set(InitSurvey& survey) {
  std::vector<InitSource>& sources = survey.sources;
  std::map<std::string, std::set<SourceKind>> kinds;
  std::map<std::string, int64_t> sizes;
  const auto data_set_of = [](const InitSource& source) {
    const std::string name = shown_file(source);
    return name.substr(0, name.find('.'));
  };
  for (const InitSource& source : sources) {
    const bool described = source.name.ends_with("_items") || source.name.ends_with("_users");
    if (!described || shown_file(source).find(source.name) != std::string::npos) {
      kinds[data_set_of(source)].insert(source.inferred.kind);
      ++sizes[data_set_of(source)];
    }
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
      survey.doubts.push_back(
          {.spoils = Spoils::kRows,
           .text =
               fmt::format("the files of '{}' look like another data set; only '{}' is used. For the other run haina "
                           "init FOLDER/{}",
                           name, kept, name)});
    }
  }
  std::erase_if(sources, [&](const InitSource& source) {
    return data_set_of(source) != kept && kinds.contains(data_set_of(source));
  });
}

}  // namespace

std::string shown_file(const InitSource& source) { return source.file.filename().string(); }

InitSurvey survey_files(const fs::path& path, const std::vector<fs::path>& files, const fs::path& base,
                        const DoubtAnswers& answers) {
  InitSurvey survey;
  FileSurvey work(base, survey);
  work.add(path, files);
  work.infer(answers);
  keep_one_data_set(survey);
  return survey;
}

}  // namespace haina
