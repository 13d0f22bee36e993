#include "data/rows/list_cell.h"

#include <algorithm>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <utility>

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
      if (text[i] != ' ' && text[i] != '\n') {
        return std::string_view(",|;[]{}").find(text[i]) != std::string_view::npos ||
               (i != from && is_quote(text[i]));  // "'a' 'b'", as numpy prints words
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

// Whether the brackets at the ends belong together: "[a] and [b]" has none around it.
bool is_enclosed(std::string_view text, char open, char close) {
  if (text.size() < 2 || text.front() != open || text.back() != close) {
    return false;
  }
  int depth = 0;
  char quote = 0;
  for (size_t i = 0; i + 1 < text.size(); ++i) {
    if (quotes_at(text, i, quote)) {
      quote = quote == 0 ? text[i] : '\0';
    } else if (quote == 0) {
      depth += text[i] == open ? 1 : text[i] == close ? -1 : 0;
      if (depth == 0) {
        return false;
      }
    }
  }
  return true;
}

std::string_view without_brackets(std::string_view text) {
  while (is_enclosed(text, '[', ']') || is_enclosed(text, '{', '}') || is_enclosed(text, '(', ')')) {
    text = without_ascii_blanks(text.substr(1, text.size() - 2));
  }
  return text;
}

void add_leaves(const nlohmann::json& array, std::vector<std::string>& elements) {
  for (const nlohmann::json& element : array) {
    if (element.is_array()) {
      add_leaves(element, elements);
    } else if (!element.is_null() && element != "") {
      elements.push_back(element.is_string() ? element.get<std::string>() : element.dump());
    }
  }
}

// The elements of a JSON array where quotes and brackets alone do not tell them: "\u00e9" and lists in lists. Empty for
// any other text.
std::vector<std::string> elements_of_json(std::string_view text) {
  std::vector<std::string> elements;
  if (text.starts_with('[') && (text.starts_with("[[") || text.find('\\') != std::string_view::npos)) {
    const nlohmann::json array = nlohmann::json::parse(text, nullptr, false);
    const bool deep = array.is_array() && !array.empty() && array.front().is_object();
    if (array.is_array() && !deep) {
      add_leaves(array, elements);
    }
  }
  return elements;
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

// The parts between separators that stand outside quotes, without quotes and blanks at their ends. A blank also stands
// for the end of a line. Empty separator: one part.
std::vector<std::string> parts_between(std::string_view text, std::string_view separator) {
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
    } else if (open == 0 && !separator.empty() &&
               (text.substr(i).starts_with(separator) || (separator == " " && text[i] == '\n'))) {
      put(text.substr(begin, i - begin));
      begin = i + separator.size();
      i = begin - 1;
    }
  }
  put(text.substr(begin));
  return elements;
}

// Whether the cell is written as a list, "[a, b]", "{a,b}" or "(a, b)"; a word in parentheses is none.
bool is_written_list(std::string_view text, std::string_view separator) {
  return is_enclosed(text, '[', ']') || is_enclosed(text, '{', '}') ||
         (is_enclosed(text, '(', ')') && text.find(separator) != std::string_view::npos);
}

}  // namespace

std::vector<std::string> list_elements(std::string_view cell) {
  const std::string_view trimmed_cell = without_ascii_blanks(cell);
  if (trimmed_cell.starts_with("[{")) {
    if (std::vector<std::string> names = names_of_objects(cell); !names.empty()) {
      return names;
    }
  }
  if (std::vector<std::string> elements = elements_of_json(trimmed_cell); !elements.empty()) {
    return elements;
  }
  const std::string_view text = without_brackets(trimmed_cell);
  const char separator = separator_of(text, text.size() < trimmed_cell.size());
  return parts_between(text, separator == 0 ? std::string_view() : std::string_view(&separator, 1));
}

std::vector<std::string> split_list(std::string_view cell, std::string_view separator) {
  if (separator == kListSeparator) {
    return list_elements(cell);
  }
  if (const std::string_view whole = without_ascii_blanks(cell);
      !separator.empty() && !whole.empty() && std::string_view("[{(").find(whole.front()) != std::string_view::npos) {
    const std::string_view mark = without_ascii_blanks(separator);  // ", " also separates "[1,2]"
    if (is_written_list(whole, mark.empty() ? separator : mark)) {
      std::vector<std::string> elements = elements_of_json(whole);
      if (elements.empty() && !mark.empty()) {
        elements = parts_between(without_brackets(whole), mark);
      }
      return elements.size() > 1 ? elements : list_elements(cell);  // lists have commas, whatever the project says
    }
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
