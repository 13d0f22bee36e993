#include "data/inference/preview_file.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/utf8.h"
#include "config/config.h"
#include "data/formats/format.h"
#include "data/io/byte_stream.h"
#include "data/io/text_stream.h"

namespace haina {
namespace fs = std::filesystem;
namespace {

constexpr size_t kLook = 4 << 20;  // bytes of a file

// The bytes as UTF-8, cut at a line's end if they are not the whole file; empty if they are not text.
Result<DecodedText> decode_start(std::string_view bytes, std::string& storage) {
  HAINA_TRY(DecodedText decoded, decode_text(bytes, SourceConfig(), storage));
  const std::string_view text = decoded.text;
  const bool invalid = decoded.encoding == Encoding::kUtf8 && !is_valid_utf8(text.substr(0, text.rfind('\n') + 1));
  if (invalid || text.find('\0') != std::string_view::npos) {
    return DecodedText{};
  }
  if (bytes.size() >= kLook) {
    decoded.text = text.substr(0, std::max<size_t>(text.rfind('\n') + 1, 1));
  }
  return decoded;
}

}  // namespace

Result<FilePreview> preview_file(const fs::path& path) {
  HAINA_TRY(const Bytes bytes, read_bytes(path, kLook));
  FileStart start = file_start(path, bytes.view());
  if (start.bytes.empty()) {
    return fail(not_readable(start, "the file is empty"));
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
      return preview;
    }
    first = first ? first : status.error();
  }
  return fail(first.value_or(not_readable(start, "no format matches")));
}

}  // namespace haina
