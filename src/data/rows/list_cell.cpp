#include "data/rows/list_cell.h"

#include <algorithm>
#include <cstddef>

namespace haina {
namespace {

std::string_view without_ascii_blanks(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  return first == std::string_view::npos ? std::string_view()
                                         : text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

bool is_quote(char c) { return c == '\'' || c == '"'; }

// Whether a quote at that place opens or closes an element: an apostrophe within a word does neither.
bool quotes_at(std::string_view text, size_t at, char open) {
  if (!is_quote(text[at]) || (open != 0 && text[at] != open)) {
    return false;
  }
  const auto edge = [&](size_t from, bool back) {
    for (size_t i = from; i < text.size(); back ? --i : ++i) {
      if (text[i] != ' ') {
        return text[i] == ',' || text[i] == '|' || text[i] == ';' || text[i] == '[' || text[i] == ']';
      }
    }
    return true;  // the text ends here
  };
  return open == 0 ? edge(at - 1, true) : edge(at + 1, false);
}

char separator_of(std::string_view text, bool brackets) {
  char open = 0;
  bool blank = false;
  bool bar = false;
  bool semicolon = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (quotes_at(text, i, open)) {
      open = open == 0 ? text[i] : '\0';
    } else if (open == 0) {
      if (text[i] == ',') {
        return ',';
      }
      bar = bar || text[i] == '|';
      semicolon = semicolon || text[i] == ';';
      blank = blank || text[i] == ' ' || text[i] == '\n';
    }
  }
  return bar ? '|' : semicolon ? ';' : blank && brackets ? ' ' : '\0';
}

std::string_view without_brackets(std::string_view text) {
  const auto enclosed = [&](char open, char close) {
    return text.size() >= 2 && text.front() == open && text.back() == close;
  };
  while (enclosed('[', ']') || enclosed('{', '}') || enclosed('(', ')')) {
    text = without_ascii_blanks(text.substr(1, text.size() - 2));
  }
  return text;
}

// The names in "[{'id': 16, 'name': 'Animation'}, …]", as data frames print lists of objects.
std::vector<std::string> names_of_objects(std::string_view text) {
  std::vector<std::string> names;
  for (const std::string_view key : {"'name':", "\"name\":"}) {
    for (size_t at = text.find(key); at != std::string_view::npos; at = text.find(key, at + 1)) {
      const size_t open = text.find_first_not_of(' ', at + key.size());
      if (open == std::string_view::npos || !is_quote(text[open])) {
        continue;
      }
      const size_t close = text.find(text[open], open + 1);
      if (close != std::string_view::npos && close > open + 1) {
        names.emplace_back(text.substr(open + 1, close - open - 1));
      }
    }
  }
  return names;
}

}  // namespace

std::vector<std::string> list_elements(std::string_view cell) {
  if (without_ascii_blanks(cell).starts_with("[{")) {
    if (std::vector<std::string> names = names_of_objects(cell); !names.empty()) {
      return names;
    }
  }
  const std::string_view trimmed_cell = without_ascii_blanks(cell);
  const std::string_view text = without_brackets(trimmed_cell);
  const bool brackets = text.size() < trimmed_cell.size();
  const char separator = separator_of(text, brackets);
  std::vector<std::string> elements;
  const auto put = [&](std::string_view part) {
    part = without_ascii_blanks(part);
    if (part.size() >= 2 && is_quote(part.front()) && part.back() == part.front()) {
      part = part.substr(1, part.size() - 2);
    }
    if (!part.empty()) {
      elements.emplace_back(part);
    }
  };
  size_t begin = 0;
  char open = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (quotes_at(text, i, open)) {
      open = open == 0 ? text[i] : '\0';
    } else if (open == 0 && separator != 0 && (text[i] == separator || (separator == ' ' && text[i] == '\n'))) {
      put(text.substr(begin, i - begin));
      begin = i + 1;
    }
  }
  put(text.substr(begin));
  return elements;
}

std::vector<std::string> split_list(std::string_view cell, std::string_view separator) {
  if (separator == kListSeparator) {
    return list_elements(cell);
  }
  std::vector<std::string> parts;
  for (size_t at = 0; at < cell.size();) {
    size_t end = separator.empty() ? std::string_view::npos : cell.find(separator, at);
    end = end == std::string_view::npos ? cell.size() : end;
    std::string_view part = cell.substr(at, end - at);
    while (part.starts_with(' ')) {
      part.remove_prefix(1);
    }
    while (part.ends_with(' ')) {
      part.remove_suffix(1);
    }
    if (!part.empty()) {
      parts.emplace_back(part);
    }
    at = end + std::max<size_t>(1, separator.size());
  }
  return parts;
}

}  // namespace haina
