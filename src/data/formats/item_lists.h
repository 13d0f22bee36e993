// Lines of "user item item …", as graph recommenders publish them: a row for every item, in the line's order. Also
// lines that begin with something else, and lists of tags.
#pragma once

#include "data/formats/text_format.h"

namespace haina {

// Cut at the source's delimiter, or at blanks, tabs and commas. Columns are cells by their place, "#1", "#2", …, or
// "#row", the line's number from 0. The last of them takes all cells from its place on: a row for each, none where
// nothing stands there; where it is a field of tags or a vector, one row with all of them. So "#2" beside "#row" reads
// lines that begin with a count. A first cell "(user,item)" stands for its user.
std::unique_ptr<TextReader> lists_reader(const std::string& file, RowSink& sink);

}  // namespace haina
