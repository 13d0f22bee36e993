// Lines of "user item item …", as graph recommenders publish them: a row for every item, in the line's order.
#pragma once

#include "data/text_reader.h"

namespace haina {

// Cut at the source's delimiter, or at blanks, tabs and commas. A user alone gives no rows. Only the roles user and
// item have columns here.
std::unique_ptr<TextReader> lists_reader(const std::string& file, RowSink& sink);

}  // namespace haina
