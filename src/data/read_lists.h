// Lines of "user item item …", as graph recommenders publish them: a row for every item, in the line's order.
#pragma once

#include <string>
#include <string_view>

#include "data/read_rows.h"

namespace haina {

// Cut at the source's delimiter, or at blanks, tabs and commas. A user alone gives no rows. Only the roles user and
// item have columns here.
Status read_lists(std::string_view text, const std::string& file, RowSink& sink);

}  // namespace haina
