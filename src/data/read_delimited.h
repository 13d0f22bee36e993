// Delimited text into rows: block by block on all cores where no quotes are in the way.
#pragma once

#include <string>
#include <string_view>

#include "data/read_rows.h"

namespace haina {

// With or without a header, as the source says or as the text shows. kBadData where a wanted column is not there.
Status read_delimited(std::string_view text, const std::string& file, RowSink& sink);

}  // namespace haina
