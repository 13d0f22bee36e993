// Lists that stand in one cell of text, as spreadsheets and data frames write them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace haina {

// The separator of columns whose cells are written as lists: "tags:list".
inline constexpr std::string_view kListSeparator = "list";

// The elements of "['Action', 'Drama']", "[0.1, 0.2]", "{a,b}", "Action, Comedy", "a|b" or "a;b": without brackets,
// quotes and blanks at the ends, empty ones left out. The first of , | ; that stands outside quotes separates them;
// within brackets also blanks, as numpy prints vectors ("[0.1 0.2]"). Lists in lists give their elements.
std::vector<std::string> list_elements(std::string_view cell);

// The parts of a cell between separators, without blanks at their ends, empty ones left out. No separator: one part.
// kListSeparator: list_elements(). A cell that is written as a list ("[384, 289]", "['a', 'b']", "{a,b}") loses its
// brackets and quotes whatever the separator is: ids and tags do not begin with a bracket because a list does.
std::vector<std::string> split_list(std::string_view cell, std::string_view separator);

}  // namespace haina
