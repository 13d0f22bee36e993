// What counts in the doubts of haina init are of: it looks at the first rows of large files alone.
#pragma once

#include <fmt/format.h>

#include <string>

#include "data/formats/file_preview.h"

namespace haina {

// " of the 2,000 rows looked at" where the preview is full, so that the file may have more rows; else empty.
inline std::string looked_at(const FilePreview& preview) {
  return preview.rows.size() < kPreviewRows
             ? ""
             : fmt::format(" of the {},{:03} rows looked at", preview.rows.size() / 1000, preview.rows.size() % 1000);
}

}  // namespace haina
