// Looks at the beginning of any file: which format it has, what its columns are called, and some rows as text.
#pragma once

#include <filesystem>

#include "base/error.h"
#include "data/formats/file_preview.h"

namespace haina {

// Reads at most 4 MiB. Tries every format that matches, the best first (formats/format.h). kBadData with the reason of
// the best match if none can read the file: a picture, a program, a single column of text.
Result<FilePreview> preview_file(const std::filesystem::path& path);

}  // namespace haina
