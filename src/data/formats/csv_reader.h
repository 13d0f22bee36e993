// Reads delimited text into rows: block by block on all cores where no quotes are in the way.
#pragma once

#include <memory>
#include <string>

#include "data/formats/text_reader.h"

namespace haina {

// With or without a header, as the source says or as the text shows. kBadData if a configured column is missing.
std::unique_ptr<TextReader> make_csv_reader(const std::string& file, RowSink& sink);

}  // namespace haina
