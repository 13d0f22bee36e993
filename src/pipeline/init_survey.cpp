#include "pipeline/init_survey.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <system_error>
#include <utility>

#include "base/utf8.h"
#include "config/source_kinds.h"
#include "data/inference/find_joins.h"
#include "data/inference/infer_schema.h"
#include "data/inference/split_preview.h"
#include "pipeline/init_files.h"
#include "pipeline/init_groups.h"

namespace haina {
namespace fs = std::filesystem;
namespace {

struct Previewed {
  FileGroup group;
  std::string name;  // of the source
  PreviewPart part;
  // What the source is called, as a file: its name says what it is about.
  fs::path file() const {
    const fs::path& first = group.files.front();
    return group.name == source_name(first) ? first : first.parent_path() / group.name;
  }
};

class FileSurvey {
 public:
  FileSurvey(fs::path base, InitSurvey& survey) : base_(std::move(base)), survey_(survey) {}

  void add(const fs::path& path, const std::vector<fs::path>& files) {
    std::error_code code;
    const bool pictures = fs::is_directory(path, code) && add_media(fs::absolute(path));
    std::vector<fs::path> others;
    for (const fs::path& file : files) {
      const bool media = fs::is_directory(file, code) ? add_media(fs::absolute(file)) : pictures && is_media(file);
      if (!media) {
        others.push_back(file);
      }
    }
    std::vector<std::string> doubts;
    for (const FileGroup& group : group_files(others, doubts)) {
      preview(group);
    }
    for (std::string& doubt : doubts) {
      survey_.doubts.push_back({.spoils = Spoils::kRows, .text = std::move(doubt)});
    }
  }

  // All together; rows that name orders alone with the columns of their orders.
  void infer(const DoubtAnswers& answers) {
    find_joins();
    std::vector<FileToInfer> files;
    std::vector<size_t> places;
    for (size_t f = 0; f < previewed_.size(); ++f) {
      if (!is_orders_.contains(f)) {
        const auto joined = joined_.find(f);
        files.push_back(
            {previewed_[f].file(), joined == joined_.end() ? &previewed_[f].part.preview : &joined->second.both});
        places.push_back(f);
      }
    }
    std::vector<InferredFile> inferred = infer_sources(files, answers);
    for (size_t i = 0; i < inferred.size(); ++i) {
      const auto joined = joined_.find(places[i]);
      if (joined == joined_.end()) {
        add_sources(previewed_[places[i]], inferred[i]);
      } else {
        add_joined(previewed_[places[i]], joined->second, inferred[i]);
      }
    }
    std::ranges::stable_sort(survey_.sources, {}, [](const InitSource& source) { return source.file; });
  }

 private:
  bool add_media(const fs::path& folder) {
    const auto pattern = media_pattern(folder, base_);
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

  // A file, or several that are one source.
  void preview(const FileGroup& group) {
    const auto odd =
        std::ranges::find_if(group.files, [](const fs::path& file) { return !is_valid_utf8(file.string()); });
    if (odd != group.files.end()) {
      return leave_out(*odd, "its name or its folder's is not UTF-8, and haina.toml cannot name it; rename it");
    }
    auto preview = preview_group(group);
    if (!preview && group.files.size() > 1) {
      survey_.doubts.push_back({.spoils = Spoils::kRows, .text = preview.error().what});
      for (const FileGroup& single : single_files(group)) {
        this->preview(single);
      }
      return;
    }
    if (!preview) {
      return leave_out(group.files.front(), preview.error().what);
    }
    if (group.files.size() > 1) {
      survey_.lines.push_back(fmt::format("{}: {} files are one source", group.name, group.files.size()));
    }
    for (PreviewPart& part : split_preview(std::move(*preview))) {
      std::string name = part.suffix.empty() ? group.name : group.name + "_" + part.suffix;
      previewed_.push_back({group, unique_name(std::move(name)), std::move(part)});
    }
  }

  struct Joined {
    size_t orders = 0;
    OrderJoin join;
    FilePreview both;
  };

  void find_joins() {
    for (size_t r = 0; r < previewed_.size(); ++r) {
      for (size_t o = 0; o < previewed_.size() && !joined_.contains(r); ++o) {
        const FilePreview& orders = previewed_[o].part.preview;
        const FilePreview& rows = previewed_[r].part.preview;
        if (const auto join = o == r ? std::nullopt : find_order_join(orders, rows)) {
          joined_[r] = {o, *join, joined_preview(orders, rows, *join)};
          is_orders_.insert(o);
        }
      }
    }
  }

  void add_joined(const Previewed& rows, const Joined& joined, InferredFile& inferred) {
    const Previewed& orders = previewed_[joined.orders];
    if (inferred.sources.empty() || inferred.sources.front().kind != SourceKind::kEvents) {
      leave_out(orders.file(), "it holds orders, and no file names them with items");
      return add_sources(rows, inferred);
    }
    auto [of_orders, of_rows] =
        split_joined(inferred.sources.front(), orders.part.preview, rows.part.preview, joined.join, orders.name);
    inferred.doubts.push_back(
        {.spoils = Spoils::kRoles,
         .text = fmt::format("its rows name no user: they get the user of their order, '{}' in {}",
                             rows.part.preview.columns[joined.join.reference].name, orders.file().filename().string()),
         .file = rows.file().filename().string()});
    if (added_orders_.insert(joined.orders).second) {
      put(orders, orders.name, std::move(of_orders));
    }
    // What the same rows tell of items and users needs its own columns alone.
    inferred.sources = {std::move(of_rows)};
    add_sources(rows, inferred);
  }

  void put(const Previewed& from, std::string name, InferredSource source) {
    InitSource added = {.file = from.group.files.front(),
                        .name = std::move(name),
                        .preview = from.part.preview,
                        .inferred = std::move(source)};
    added.preview.header = from.part.header;
    if (from.group.files.size() > 1) {
      added.pattern = from.group.pattern;
    }
    survey_.sources.push_back(std::move(added));
  }

  std::string unique_name(std::string name) {
    while (!names_.insert(name).second) {
      name += "_2";
    }
    return name;
  }

  void add_sources(const Previewed& from, InferredFile& inferred) {
    if (inferred.sources.empty()) {
      const std::string name = from.file().filename().string();
      if (inferred.is_id_map) {
        survey_.lines.push_back(fmt::format("{}: {}", name, inferred.left_out));
      } else {
        leave_out(from.file(), inferred.left_out);
      }
    }
    for (InferredSource& source : inferred.sources) {
      const bool first = &source == &inferred.sources.front();
      const char* const ending = first ? "" : source.kind == SourceKind::kUsers ? "_users" : "_items";
      finish_part(from.part, first, source);
      put(from, first ? from.name : unique_name(from.name + ending), std::move(source));
    }
    std::ranges::move(inferred.doubts, std::back_inserter(survey_.doubts));
    for (const std::string& reason : inferred.reasons) {
      survey_.reasons.push_back(from.file().filename().string() + ": " + reason);
    }
  }

  fs::path base_;
  InitSurvey& survey_;
  std::vector<Previewed> previewed_;
  std::map<size_t, Joined> joined_;  // by the place of the rows in previewed_
  std::set<size_t> is_orders_, added_orders_;
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
