#include "data/inference/item_lists.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "base/ascii.h"
#include "data/inference/role_by_name.h"
#include "data/parse_cell.h"
#include "data/rows/list_cell.h"

namespace haina {
namespace {

constexpr double kMostMarked = 0.95;  // elements of an impression log that end in "-0" or "-1"

std::vector<std::string> words_of(std::string_view cell) { return split_list(cell, " "); }

bool is_marked(const std::string& word) {
  return word.size() > 2 && word[word.size() - 2] == '-' && (word.back() == '0' || word.back() == '1');
}

// Cells of several words that end in "-0" or "-1": what was shown, and whether it was clicked.
bool lists_impressions(const FilePreview& preview, size_t column) {
  int64_t marked = 0;
  int64_t words = 0;
  int64_t cells = 0;
  for (const std::vector<std::string>& row : preview.rows) {
    const std::vector<std::string> of_cell = words_of(row[column]);
    cells += of_cell.empty() ? 0 : 1;
    words += std::ssize(of_cell);
    marked += std::ranges::count_if(of_cell, is_marked);
  }
  return cells > 0 && words > cells && static_cast<double>(marked) > kMostMarked * static_cast<double>(words);
}

// What stands before the digits of an id: "N" of "N1042"; nothing if more than digits follow.
std::optional<std::string_view> prefix_of(std::string_view id) {
  const size_t digit = id.find_first_of("0123456789");
  const bool code = digit != std::string_view::npos && id.find_first_not_of("0123456789", digit) == std::string::npos;
  return code ? std::optional(id.substr(0, digit)) : std::nullopt;
}

// Of the other columns: whether its cells list words that are among the items, or ids of their form: what users clicked
// before is often no longer shown.
bool lists_items(const FilePreview& preview, size_t column, const std::set<std::string>& items) {
  int64_t known = 0;
  int64_t words = 0;
  int64_t cells = 0;
  int64_t alike = 0;
  const auto form = items.empty() ? std::nullopt : prefix_of(*items.begin());
  for (const std::vector<std::string>& row : preview.rows) {
    const std::vector<std::string> of_cell = words_of(row[column]);
    cells += of_cell.empty() ? 0 : 1;
    words += std::ssize(of_cell);
    alike += std::ranges::count_if(of_cell, [&](const std::string& word) { return form && prefix_of(word) == form; });
    known += std::ranges::count_if(of_cell, [&](const std::string& word) { return items.contains(word); });
  }
  return role_by_name(preview.columns[column].name) == "item" || preview.columns[column].name == "history" ||
         (2 * words > 3 * cells && cells > 0 && (10 * known > words || (20 * alike > 19 * words && !form->empty())));
}

// A row for each item of a cell; the other columns of `keep` repeat. `elements` gives the items of a row.
FilePreview one_item_a_row(const FilePreview& preview, const std::vector<std::pair<size_t, std::string>>& keep,
                           const std::string& item, const std::function<std::vector<std::string>(size_t)>& elements) {
  FilePreview part = preview;
  part.columns.clear();
  part.rows.clear();
  for (const auto& [column, name] : keep) {
    part.columns.push_back(preview.columns[column]);
    part.columns.back().name = name;
    part.columns.back().list = ListKind::kNone;
    part.columns.back().lists.clear();
  }
  part.columns.push_back({.name = item});
  for (size_t r = 0; r < preview.rows.size() && part.rows.size() < kPreviewRows; ++r) {
    const std::vector<std::string> items = elements(r);
    for (size_t i = 0; i < items.size(); ++i) {
      std::vector<std::string>& row = part.rows.emplace_back();
      for (const auto& [column, name] : keep) {
        const auto& lists = preview.columns[column].lists;
        const bool each = r < lists.size() && lists[r].size() == items.size();
        row.push_back(each ? lists[r][i] : preview.rows[r][column]);
      }
      row.push_back(items[i]);
    }
  }
  return part;
}

// The time and the user beside a list of impressions: a column of times, and the id that repeats most.
std::vector<std::pair<size_t, std::string>> user_and_time(const FilePreview& preview, const std::set<size_t>& lists) {
  std::optional<size_t> user, time;
  double fewest = 2;
  for (size_t c = 0; c < preview.columns.size(); ++c) {
    if (lists.contains(c)) {
      continue;
    }
    std::set<std::string> distinct;
    int64_t times = 0;
    for (const std::vector<std::string>& row : preview.rows) {
      distinct.insert(row[c]);
      times += row[c].find_first_of(":/") != std::string::npos || parse_iso_time(row[c]) ||
                       parse_number(row[c]).value_or(0) > 1e8
                   ? 1
                   : 0;
    }
    const std::string role = role_by_name(preview.columns[c].name);
    const double share = static_cast<double>(distinct.size()) / static_cast<double>(preview.rows.size());
    if (role == "time" || (!time && times > 0 && 10 * times > 9 * std::ssize(preview.rows))) {
      time = c;
    } else if (role == "user" || share < fewest) {
      user = c;
      fewest = role == "user" ? -1 : share;
    }
  }
  std::vector<std::pair<size_t, std::string>> keep;
  if (user) {
    keep.emplace_back(*user, "user_id");
  }
  if (time) {
    keep.emplace_back(*time, "timestamp");
  }
  return keep;
}

PreviewPart impression_part(const FilePreview& preview, const std::vector<std::pair<size_t, std::string>>& keep,
                            size_t column, const std::string& ending, const std::string& suffix) {
  PreviewPart part = {.preview = one_item_a_row(preview, keep, "item_id",
                                                [&](size_t r) {
                                                  std::vector<std::string> items = words_of(preview.rows[r][column]);
                                                  std::erase_if(items, [&](const std::string& item) {
                                                    return !item.ends_with(ending);
                                                  });
                                                  for (std::string& item : items) {
                                                    item.resize(item.size() - ending.size());
                                                  }
                                                  return items;
                                                }),
                      .suffix = suffix,
                      .header = preview.header};
  part.preview.header = true;  // the plain names below stand for one
  for (const auto& [own, name] : keep) {
    part.names[name] = preview.columns[own].name;
  }
  part.names["item_id"] = preview.columns[column].name + ": ";
  return part;
}

// Whether a column's name says that it lists items: "items", "product_ids", "basket", "items.id".
bool names_items(const std::string& name) {
  static const std::set<std::string> baskets = {"basket",    "cart",   "bought",  "history",
                                                "purchases", "clicks", "itemlist"};
  for (const std::string& word : {std::string(last_name(name)), name.substr(0, name.rfind('.'))}) {
    std::string text = word;
    std::erase_if(text, [](char c) { return c == '_' || c == '-' || c == ' ' || c == '.'; });
    text = ascii_lower(std::move(text));
    if (baskets.contains(text) || role_by_name(text) == "item" ||
        (text.ends_with('s') && role_by_name(text.substr(0, text.size() - 1)) == "item")) {
      return true;
    }
  }
  return false;
}

// Whether words of a cell read like ids of one kind, "12 7 31" or "n17 n4": each has a digit, and all begin alike. The
// words of "Camera 37" do not.
bool words_are_ids(std::string_view cell) {
  const std::vector<std::string> words = words_of(cell);
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return std::ranges::all_of(words, [&](const std::string& word) {
    return std::ranges::any_of(word, is_digit) && is_digit(word.front()) == is_digit(words.front().front());
  });
}

// The separator of the items in a column of text; nothing if most cells hold one item.
std::optional<std::string> item_separator(const FilePreview& preview, size_t column) {
  std::map<std::string, int64_t> counts;
  int64_t cells = 0;
  for (const std::vector<std::string>& row : preview.rows) {
    const std::string_view cell = trimmed(row[column]);
    cells += cell.empty() ? 0 : 1;
    if (cell.starts_with('[') || cell.starts_with('{') || cell.starts_with('(')) {
      ++counts["list"];
      continue;
    }
    for (const char* const separator : {";", "|", ",", " "}) {
      counts[separator] +=
          cell.find(separator) != std::string_view::npos && (std::string_view(separator) != " " || words_are_ids(cell))
              ? 1
              : 0;
    }
  }
  for (const char* const separator : {"list", ";", "|", ",", " "}) {
    if (cells > 0 && 5 * counts[separator] > cells) {
      return separator;
    }
  }
  return std::nullopt;
}

bool lists_in_cells(const FilePreview& preview, size_t column) {
  return preview.columns[column].list != ListKind::kNone || item_separator(preview, column) == "list";
}

// The one column of lists where no column is called an item, and users come more than once, each time with other
// columns that only say when, how and how much: what else could such rows list? Rows that describe users come once.
std::optional<size_t> only_list(const FilePreview& preview) {
  std::optional<size_t> lists;
  std::set<std::string> users;
  bool repeated = false;
  for (size_t c = 0; c < preview.columns.size(); ++c) {
    const std::string role = role_by_name(preview.columns[c].name);
    if (role == "item" || (lists && lists_in_cells(preview, c))) {
      return std::nullopt;
    }
    if (lists_in_cells(preview, c)) {
      lists = c;
    } else if (role.empty()) {
      return std::nullopt;  // it may be the item
    } else if (role == "user") {
      for (const std::vector<std::string>& row : preview.rows) {
        repeated = !users.insert(row[c]).second || repeated;
      }
    }
  }
  return repeated ? lists : std::nullopt;
}

}  // namespace

std::vector<PreviewPart> split_impressions(const FilePreview& preview) {
  std::vector<PreviewPart> parts;
  for (size_t c = 0; c < preview.columns.size(); ++c) {
    if (preview.columns[c].list != ListKind::kNone || !lists_impressions(preview, c)) {
      continue;
    }
    std::set<std::string> items;
    for (const std::vector<std::string>& row : preview.rows) {
      for (const std::string& word : words_of(row[c])) {
        items.insert(word.substr(0, word.size() - 2));
      }
    }
    std::set<size_t> lists = {c};
    std::optional<size_t> history;
    for (size_t h = 0; h < preview.columns.size(); ++h) {
      if (h != c && lists_items(preview, h, items)) {
        lists.insert(h);
        history = h;
      }
    }
    const auto keep = user_and_time(preview, lists);
    if (history) {
      parts.push_back(impression_part(preview, keep, *history, "", "history"));
      parts.back().kind = SourceKind::kEvents;
      parts.back().preview.settings.emplace_back("history", "true");
      parts.back().preview.settings.emplace_back("action", "\"click\"");
    }
    parts.push_back(impression_part(preview, keep, c, "-1", "clicks"));
    parts.back().kind = SourceKind::kEvents;
    parts.back().preview.settings.emplace_back("item_ending", "\"-1\"");
    parts.back().preview.settings.emplace_back("action", "\"click\"");
    parts.push_back(impression_part(preview, keep, c, "-0", "shown"));
    parts.back().kind = SourceKind::kImpressions;
    parts.back().preview.settings.emplace_back("item_ending", "\"-0\"");
    parts.front().preview.doubts.push_back(
        fmt::format("column '{}' lists items as \"N1-0 N2-1\": those with 1 are read as clicks, those with 0 as shown "
                    "and not clicked{}",
                    preview.columns[c].name,
                    history ? fmt::format("; '{}' as what users clicked before", preview.columns[*history].name) : ""));
    std::vector<std::string> unused;
    for (size_t u = 0; u < preview.columns.size(); ++u) {
      if (u != c && u != history && std::ranges::find(keep, u, &std::pair<size_t, std::string>::first) == keep.end()) {
        unused.push_back(fmt::format("'{}'", preview.columns[u].name));
      }
    }
    if (!unused.empty()) {
      parts.front().preview.doubts.push_back(fmt::format("column{} {} {} not used", unused.size() > 1 ? "s" : "",
                                                         fmt::join(unused, ", "), unused.size() > 1 ? "are" : "is"));
    }
    return parts;
  }
  return parts;
}

std::optional<PreviewPart> split_basket(const FilePreview& preview) {
  bool user = false;
  std::optional<size_t> items;
  for (size_t c = 0; c < preview.columns.size(); ++c) {
    const PreviewColumn& column = preview.columns[c];
    const bool list = column.list != ListKind::kNone;
    user = user || (!list && role_by_name(column.name) == "user");
    if (!list && role_by_name(column.name) == "item" && !item_separator(preview, c)) {
      return std::nullopt;  // each row has its item
    }
    if (!items && names_items(column.name) && (list || item_separator(preview, c))) {
      items = c;
    }
  }
  items = items ? items : only_list(preview);
  if (!user || !items) {
    return std::nullopt;
  }
  const PreviewColumn& column = preview.columns[*items];
  const bool list = column.list != ListKind::kNone;
  const std::string separator = list ? "" : *item_separator(preview, *items);
  std::vector<std::pair<size_t, std::string>> keep;
  for (size_t c = 0; c < preview.columns.size(); ++c) {
    if (c != *items) {
      keep.emplace_back(c, preview.columns[c].name);
    }
  }
  PreviewPart part = {
      .preview = one_item_a_row(
          preview, keep, "item_id",
          [&](size_t r) { return list ? column.lists[r] : split_list(preview.rows[r][*items], separator); }),
      .names = {{"item_id", column.name + (list ? "" : ":" + separator)}},
      .header = preview.header};
  part.preview.doubts.push_back(fmt::format("column '{}' lists several items ('{}'): each is an event", column.name,
                                            preview.rows.empty() ? "" : preview.rows.front()[*items].substr(0, 60)));
  return part;
}

}  // namespace haina
