#include "data/io/known_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace haina {
namespace {

using std::string_view_literals::operator""sv;

struct Known {
  std::string_view begin;
  const char* what;
  const char* advice;  // {} is the file
  bool binary = true;
};

constexpr auto kKnown = std::to_array<Known>(
    {{"\xFD"
      "7zXZ"sv,
      "compressed by xz", "unpack it first: unxz {}"},
     {"7z\xBC\xAF\x27\x1C"sv, "a 7z archive", "unpack it first: 7z x {}"},
     {"Rar!\x1A"sv, "a RAR archive", "unpack it first: unrar x {}"},
     {"\x04\x22\x4D\x18"sv, "compressed by lz4", "unpack it first: unlz4 {}"},
     {"\xD0\xCF\x11\xE0"sv, "an old Excel workbook or another Office document",
      "save the sheet as CSV: libreoffice --convert-to csv {}"},
     {"SQLite format 3"sv, "an SQLite database",
      "export each table: sqlite3 -header -csv {} 'select * from TABLE' > TABLE.csv"},
     {"PGDMP"sv, "a dump of PostgreSQL", "restore it and export each table: \\copy TABLE to 'TABLE.csv' csv header"},
     {"%PDF"sv, "a PDF document", "export the rows from where they come as CSV", false},
     {"\x89HDF"sv, "an HDF5 file", "convert it: pandas.read_hdf('{}').to_csv('rows.csv', index=False)"},
     {"Obj\x01"sv, "an Avro file", "convert it to Parquet or JSON lines: avro-tools tojson {} > rows.jsonl"},
     {"FEA1"sv, "a Feather file of version 1", "write it anew: pyarrow.feather.write_feather(table, 'rows.arrow')"},
     {"\x80\x02"sv, "a Python pickle", "convert it: pandas.read_pickle('{}').to_csv('rows.csv', index=False)"},
     {"\x80\x03"sv, "a Python pickle", "convert it: pandas.read_pickle('{}').to_csv('rows.csv', index=False)"},
     {"\x80\x04"sv, "a Python pickle", "convert it: pandas.read_pickle('{}').to_csv('rows.csv', index=False)"},
     {"\x80\x05"sv, "a Python pickle", "convert it: pandas.read_pickle('{}').to_csv('rows.csv', index=False)"},
     {"<stata_dta>"sv, "a Stata file", "convert it: pandas.read_stata('{}').to_csv('rows.csv', index=False)", false},
     {"$FL2"sv, "an SPSS file", "convert it: pandas.read_spss('{}').to_csv('rows.csv', index=False)"},
     {"RDX"sv, "an R data file", "convert it in R: load('{}'); write.csv(TABLE, 'rows.csv', row.names=FALSE)"},
     {"MATLAB "sv, "a MATLAB file", "convert it to CSV: writetable(TABLE, 'rows.csv')"},
     {"version https://git-lfs"sv, "a Git LFS pointer, not the file itself", "fetch the file: git lfs pull", false},
     {"\x89PNG"sv, "a picture", "give pictures as a source of kind media"},
     {"\xFF\xD8\xFF"sv, "a picture", "give pictures as a source of kind media"},
     {"GIF8"sv, "a picture", "give pictures as a source of kind media"}});

// Letters alone also begin headers of text: "RDX,item". A file of such a format has bytes that no text has.
bool is_text(std::string_view begin) {
  return std::ranges::all_of(begin, [](unsigned char c) { return c >= 0x20 && c < 0x7F; });
}
bool has_control_bytes(std::string_view bytes) {
  return std::ranges::any_of(bytes.substr(0, 512), [](unsigned char c) {
    return c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != 0x01;  // ^A separates cells
  });
}

bool begins_so(std::string_view text, std::string_view begin) {
  const size_t first = std::min(text.find_first_not_of(" \t\r\n\xEF\xBB\xBF"), text.size());
  text.remove_prefix(first);
  return text.size() >= begin.size() && std::ranges::equal(text.substr(0, begin.size()), begin, [](char a, char b) {
           return std::tolower(static_cast<unsigned char>(a)) == b;
         });
}

}  // namespace

std::optional<std::string> what_it_is_instead(std::string_view bytes, const std::string& name) {
  const auto told = [&](std::string_view what, const char* advice) {
    return fmt::format("it is {}; {}", what, fmt::format(fmt::runtime(advice), name));
  };
  if (bytes.starts_with("PK\x03\x04") || bytes.starts_with("PK\x05\x06")) {
    const std::string_view head = bytes.substr(0, 4096);
    const bool sheets = head.find("xl/") != head.npos || head.find("[Content_Types].xml") != head.npos;
    if (sheets) {
      return told("an Excel workbook", "save the sheet as CSV: libreoffice --convert-to csv {}");
    }
    return head.find("opendocument.spreadsheet") != head.npos
               ? told("an OpenDocument spreadsheet", "save the sheet as CSV: libreoffice --convert-to csv {}")
               : told("a zip archive", "unpack it first: unzip {}");
  }
  if (bytes.starts_with("BZh") && bytes.size() >= 10 && bytes.substr(4, 6) == "1AY&SY") {  // byte 3: the block size
    return told("compressed by bzip2", "unpack it first: bunzip2 {}");
  }
  if (bytes.size() > 262 && bytes.substr(257, 5) == "ustar") {
    return told("a tar archive", "unpack it first: tar xf {}");
  }
  if (begins_so(bytes, "<!doctype html") || begins_so(bytes, "<html")) {
    return told("a web page, not data", "download the file itself; a page that asks to log in looks so, too");
  }
  if (begins_so(bytes, "<?xml")) {
    return told("an XML document", "export it as CSV or JSON lines");
  }
  for (const Known& known : kKnown) {
    if (bytes.starts_with(known.begin) && (!known.binary || !is_text(known.begin) || has_control_bytes(bytes))) {
      return told(known.what, known.advice);
    }
  }
  return std::nullopt;
}

}  // namespace haina
