// Which cell of a row of delimited text is which configured column.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "config/config.h"
#include "data/formats/csv_layout.h"

namespace haina {

// The place in a row of every configured column, by the header's name or by "#1", "#2", …. Of two columns with one name
// the first counts. kBadData with "did you mean" if a column is missing.
Result<std::vector<size_t>> locate_columns(const SourceConfig& source, const CsvLayout& layout, bool header,
                                           const std::string& file);

// By the source, else: columns that are named by their place have none above them unless a first row without a number
// stands above a row with one.
bool reads_header(const SourceConfig& source, std::string_view sample, const CsvLayout& layout);

// Where the lines of totals at the end of a text begin; the text's size if there are none.
size_t totals_begin(std::string_view text, const Dialect& dialect);

// The decimal mark by the cells of the columns that hold numbers: a comma if some numbers can be read with it alone and
// none with a point alone.
char decimal_of_sample(std::string_view rows, const SourceConfig& source, const Dialect& dialect,
                       const std::vector<size_t>& places);

}  // namespace haina
