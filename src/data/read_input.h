// A source's bytes: its files found, unpacked, and its text decoded to UTF-8.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "data/config.h"

namespace haina {

// The files a source names, in order; "-" alone is standard input.
Result<std::vector<std::filesystem::path>> expand_paths(const SourceConfig& source, const std::filesystem::path& base);

// The bytes of one file, unpacked where its name says .gz or .zst: all, or the first `most`.
Result<std::string> read_bytes(const std::filesystem::path& path, size_t most = std::string::npos);

// UTF-8 without a byte order mark. What is invalid stays invalid, for the row's own check to find; UTF-16 that is no text becomes such bytes. Without
// a given encoding a BOM decides; latin-1 is guessed only where two lines or more, and most of those beyond ASCII, are not UTF-8.
Result<std::string> decode_text(std::string bytes, const SourceConfig& source, nlohmann::json& seen);

}  // namespace haina
