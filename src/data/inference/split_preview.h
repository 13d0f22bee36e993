// One file as the sources that it holds: several kinds of records told apart by a key, impression logs with their
// histories, and rows that list several items.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/source_kinds.h"
#include "data/formats/file_preview.h"
#include "data/inference/infer_schema.h"

namespace haina {

struct PreviewPart {
  FilePreview preview;                  // with one item a row, and plain names for columns whose role is known
  std::string suffix = {};              // of the source's name: "clicks"; empty: the file's only source, or its first
  std::optional<SourceKind> kind = {};  // known by the form, whatever the columns look like
  std::map<std::string, std::string> names = {};  // plain name -> the column's own, with the separator of its items
  bool header = true;                             // of the file itself
};

// At least one part. Guesses are added to the `doubts` of a part's preview.
std::vector<PreviewPart> split_preview(FilePreview preview);

// Puts the columns' own names back, and adds the settings that reading the part needs. Not `first`: the same rows tell
// of items or users, too.
void finish_part(const PreviewPart& part, bool first, InferredSource& source);

}  // namespace haina
