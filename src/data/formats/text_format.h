// A format of text that is read piece by piece, so that a file need not fit into memory.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "data/rows/row_sink.h"

namespace haina {

class TextReader {
 public:
  virtual ~TextReader() = default;
  // Takes whole rows off the front of `text` and returns their bytes; the next call's text begins there. 0: its first
  // row is longer than it is. Where nothing follows (`last`), all of it is taken.
  virtual Result<size_t> read(std::string_view text, bool last) = 0;
  // Behind the last piece: what only all rows together show.
  virtual Status finish() { return ok(); }
};

// `sink` must outlive the reader; `file` names it in errors.
using MakeTextReader = std::unique_ptr<TextReader> (*)(const std::string& file, RowSink& sink);

}  // namespace haina
