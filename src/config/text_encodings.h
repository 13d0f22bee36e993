// Names of the encodings that text can have.
#pragma once

#include <string>
#include <vector>

namespace haina {

// As `encoding` of a [[source]] says them. "utf-16" is little-endian unless a byte order mark says otherwise; "latin-1"
// is read as windows-1252, which holds it.
inline std::vector<std::string> text_encodings() {
  return {"utf-8",        "latin-1",      "windows-1252", "windows-1250", "windows-1251", "windows-1253",
          "windows-1254", "windows-1255", "windows-1256", "windows-1257", "iso-8859-2",   "iso-8859-15",
          "koi8-r",       "gb18030",      "gbk",          "big5",         "shift-jis",    "euc-jp",
          "euc-kr",       "tis-620",      "utf-16",       "utf-16le",     "utf-16be"};
}

}  // namespace haina
