// Words of the names that people give to columns, files and actions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace haina {

// Words of a name, case folded, accents removed: "Book-RatingÉté" as book, rating, ete.
std::vector<std::string> name_words(std::string_view name);

}  // namespace haina
