// Sources of pictures, sounds and films: which file is of which item or user.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/assembly/assemble.h"
#include "data/formats/read_source.h"

namespace haina {

// Where the id stands in a file's name: "{item}.jpg", "cover_{item}.*", "{user}/*".
class MediaPattern {
 public:
  // kInvalidArgument where the name has neither {item} nor {user}.
  static Result<MediaPattern> parse(const SourceConfig& source, const std::string& name);
  Side side() const { return side_; }
  // Nothing where the name does not fit. A * after the id begins at the last place where it can.
  std::optional<std::string> id_of(std::string_view name) const;

 private:
  Side side_ = Side::kItem;
  std::string before_, after_, rest_;  // around the id; what follows the * after it
  bool has_star_ = false;
};

struct MediaFile {
  std::string id;
  std::filesystem::path path;
};

struct MediaListing {
  Side side = Side::kItem;
  std::vector<MediaFile> files = {};  // where the source names files, in sorted order or that of a table
  std::optional<std::filesystem::path> archive = {};  // else the archive, whose members `pattern` names
  std::optional<MediaPattern> pattern = {};
};

// By a pattern ("posters/{item}.jpg"), a pattern of an archive's members ("posters.tar/{item}.jpg"), or a table with a
// column of paths, relative to the table. kInvalidArgument where nothing says which item or user a file is of,
// kNotFound without a file.
Result<MediaListing> list_media(const SourceConfig& source, const ReadOptions& options);

// Adds the paths, and the vectors of the columns picture, motion and sound, as fields of the items or users that other
// sources know. Files of other ids are counted and ignored.
void add_media_fields(const SourceTable& source, Dataset& dataset, QualityReport& quality);

}  // namespace haina
