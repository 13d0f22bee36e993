// Delimited text into rows: block by block on all cores where no quotes are in the way.
#pragma once

#include "data/formats/text_format.h"

namespace haina {

// With or without a header, as the source says or as the text shows. kBadData where a wanted column is not there.
std::unique_ptr<TextReader> delimited_reader(const std::string& file, RowSink& sink);

}  // namespace haina
