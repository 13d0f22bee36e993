// The interface of readers that take text window by window, so that a file need not fit into memory.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "data/rows/row_sink.h"

namespace haina {

class TextReader {
 public:
  TextReader() = default;
  TextReader(const TextReader&) = delete;
  TextReader& operator=(const TextReader&) = delete;
  virtual ~TextReader() = default;
  // Reads whole rows from the front of `text` and returns the number of bytes read; the next call's text begins there.
  // 0: the first row is longer than `text`. With `last` nothing follows, and all of it must be read. One call handles
  // megabytes; no virtual call is made per row.
  virtual Result<size_t> read(std::string_view text, bool last) = 0;
  // Called after the last window, for checks that need all rows.
  virtual Status finish() { return ok(); }
};

// `sink` must outlive the reader; `file` names it in errors.
using MakeTextReader = std::unique_ptr<TextReader> (*)(const std::string& file, RowSink& sink);

}  // namespace haina
