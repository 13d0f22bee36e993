// JSON lines, and JSON as an array of objects or as one object keyed by id, element by element: a bad one costs itself
// alone.
#pragma once

#include "data/formats/text_format.h"

namespace haina {

// One object a line. In places the line counts, and the column is 0.
std::unique_ptr<TextReader> json_lines_reader(const std::string& file, RowSink& sink);

// "[{…}, …]", or "{id: …, …}" where the column "#key" is the id and "#value" the whole of what stands under it.
Status read_json_document(std::string_view text, const std::string& file, RowSink& sink);

// True where the text, of which this is the begin, is one object a line rather than one document.
bool looks_like_json_lines(std::string_view text);

}  // namespace haina
