# Writes a C++ file that holds files as arrays. cmake -DFOLDER=web/dist -DOUT=console.cpp -P EmbedFiles.cmake
# Without the folder, the file holds one page that says how to build it.
cmake_minimum_required(VERSION 3.25)
set(table "")
set(arrays "")
file(GLOB_RECURSE files RELATIVE ${FOLDER} ${FOLDER}/[^.]* ${FOLDER}/assets/*)
list(REMOVE_DUPLICATES files)
list(SORT files)
set(number 0)
foreach(name IN LISTS files)
  if(name MATCHES "\\.(br|gz)$")
    continue()  # beside what it is of
  endif()
  set(views "")
  foreach(ending "" .br .gz)
    if(EXISTS ${FOLDER}/${name}${ending})
      file(READ ${FOLDER}/${name}${ending} hex HEX)
      string(LENGTH "${hex}" digits)
      math(EXPR size "${digits} / 2")
      string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
      string(MAKE_C_IDENTIFIER "kFile${number}${ending}" array)
      string(APPEND arrays "constexpr unsigned char ${array}[] = {${bytes}0};\n")
      string(APPEND views "view_of(${array}, ${size}), ")
    else()
      string(APPEND views "{}, ")
    endif()
  endforeach()
  set(type "application/octet-stream")
  foreach(pair "html=text/html|charset=utf-8" "js=text/javascript|charset=utf-8" "css=text/css|charset=utf-8" "svg=image/svg+xml" "json=application/json" "woff2=font/woff2" "png=image/png")
    string(REGEX MATCH "^([a-z0-9]+)=(.*)$" _ ${pair})
    if(name MATCHES "\\.${CMAKE_MATCH_1}$")
      string(REGEX MATCH "^([a-z0-9]+)=(.*)$" _ ${pair})
      string(REPLACE "|" "; " type "${CMAKE_MATCH_2}")
    endif()
  endforeach()
  set(lasts false)
  if(name MATCHES "^assets/")
    set(lasts true)
  endif()
  string(APPEND table "    {\"/${name}\", {${views}\"${type}\", ${lasts}}},\n")
  if(name STREQUAL "index.html")
    string(APPEND table "    {\"/\", {${views}\"${type}\", false}},\n")
  endif()
  math(EXPR number "${number} + 1")
endforeach()
if(number EQUAL 0)
  set(page "<!doctype html><title>Haina</title><p>This binary was built without its console: build web/ with npm, then build again. The API is described at <a href=\\\"/v1/openapi.json\\\">/v1/openapi.json</a>.")
  set(table "    {\"/\", {\"${page}\", {}, {}, \"text/html; charset=utf-8\", false}},\n")
endif()
file(WRITE ${OUT}.tmp "// Made from web/dist by cmake/EmbedFiles.cmake.
#include \"service/http/console_files.h\"

#include <cstddef>
#include <utility>

namespace haina {
namespace {

${arrays}
[[maybe_unused]] std::string_view view_of(const unsigned char* bytes, size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

}  // namespace

const ConsoleFile* console_file(std::string_view path) {
  static const std::pair<std::string_view, ConsoleFile> files[] = {
${table}  };
  for (const auto& [name, file] : files) {
    if (name == path) {
      return &file;
    }
  }
  return nullptr;
}

}  // namespace haina
")
file(COPY_FILE ${OUT}.tmp ${OUT} ONLY_IF_DIFFERENT)
file(REMOVE ${OUT}.tmp)
