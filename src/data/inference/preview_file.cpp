#include "data/inference/preview_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/utf8.h"
#include "config/config.h"
#include "data/formats/format.h"
#include "data/inference/cell_doubts.h"
#include "data/io/byte_stream.h"
#include "data/io/known_files.h"
#include "data/io/text_stream.h"

namespace haina {
namespace fs = std::filesystem;
namespace {

constexpr size_t kLook = 4 << 20;        // bytes of a file
constexpr int64_t kLinesPerDamaged = 5;  // fewer sound lines for each invalid one: not text

// The bytes as UTF-8, cut at a line's end if they are not the whole file; empty if they are not text. A few lines that
// are not UTF-8 are damage: reading rejects them, and no more than them.
Result<DecodedText> decode_start(std::string_view bytes, std::string& storage) {
  const bool cut = bytes.size() >= kLook;
  HAINA_TRY(DecodedText decoded, decode_text(bytes, SourceConfig(), storage));
  if (cut) {
    decoded.text = decoded.text.substr(0, std::max<size_t>(decoded.text.rfind('\n') + 1, 1));
  }
  const bool invalid = decoded.encoding == Encoding::kUtf8 && !is_valid_utf8(decoded.text);
  if (decoded.text.find('\0') != std::string_view::npos) {
    return DecodedText{};
  }
  if (!invalid) {
    return decoded;
  }
  const int64_t lines = std::ranges::count(decoded.text, '\n') + 1;
  if (decoded.invalid_lines * kLinesPerDamaged > lines && decoded.invalid_lines > 1) {
    return DecodedText{};
  }
  std::string sound;
  for (size_t at = 0; at < decoded.text.size();) {
    const size_t end = std::min(decoded.text.find('\n', at), decoded.text.size() - 1) + 1;
    const std::string_view line = decoded.text.substr(at, end - at);
    sound += is_valid_utf8(line) ? line : "\n";
    at = end;
  }
  storage = std::move(sound);
  decoded.text = storage;
  return decoded;
}

void add_encoding_doubts(const DecodedText& decoded, FilePreview& preview) {
  if (decoded.encoding == Encoding::kUtf8 && decoded.invalid_lines > 0) {
    preview.doubts.push_back(
        fmt::format("{} of the lines read are not UTF-8 and will be rejected; if the file has another "
                    "encoding, write encoding = \"windows-1252\" or the like",
                    decoded.invalid_lines));
  } else if (!decoded.sample.empty()) {
    const std::string near =
        decoded.near ? fmt::format(" ({} would fit nearly as well)", to_string(*decoded.near)) : "";
    preview.doubts.push_back(
        fmt::format("it is not UTF-8; read as {}{}: '{}'. If that is wrong, write encoding = \"…\"",
                    to_string(decoded.encoding), near, decoded.sample));
  }
}

}  // namespace

Result<FilePreview> preview_file(const fs::path& path) {
  HAINA_TRY(const Bytes bytes, read_bytes(path, kLook));
  FileStart start = file_start(path, bytes.view());
  if (start.bytes.empty()) {
    return fail(not_readable(start, "the file is empty"));
  }
  if (const auto other = what_it_is_instead(start.bytes, path.filename().string())) {
    return fail(not_readable(start, *other));
  }
  std::string storage;
  HAINA_TRY(const DecodedText decoded, decode_start(start.bytes, storage));
  start.text = decoded.text;
  std::optional<Error> first;
  for (const FormatEntry* const entry : likely_formats(start)) {
    FilePreview preview = {.format = entry->name, .columns = entry->columns};
    if (entry->content == Content::kText && decoded.encoding != Encoding::kUtf8) {
      preview.encoding = to_string(decoded.encoding);
    }
    const Status status = entry->preview(start, preview);
    if (status) {
      if (entry->content == Content::kText) {
        add_encoding_doubts(decoded, preview);
        std::ranges::move(cell_doubts(preview), std::back_inserter(preview.doubts));
      }
      return preview;
    }
    first = first ? first : status.error();
  }
  return fail(first.value_or(not_readable(start, "no format matches")));
}

}  // namespace haina
