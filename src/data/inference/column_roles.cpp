#include "data/inference/column_roles.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <map>

#include "base/ascii.h"
#include "data/inference/list_columns.h"

namespace haina {
namespace fs = std::filesystem;
namespace {

// Lower case, without the separators of words.
std::string normalized(std::string text) {
  std::erase_if(text, [](char c) { return c == '_' || c == '-' || c == ' ' || c == '.'; });
  return ascii_lower(std::move(text));
}

bool mentions(const fs::path& file, std::initializer_list<const char*> words) {
  const std::string name = normalized(file.filename().string());
  return std::ranges::any_of(words, [&](const char* word) { return name.find(word) != std::string::npos; });
}

// "date" for cells that are written as dates and times; "date:ms" for numbers under a name that says so.
std::string date_type(const std::string& header, const ColumnStats& stats) {
  const std::string unit = time_unit(stats);
  const bool is_number = unit == "s" || unit == "ms" || unit == "us" || unit == "ns" || unit == "excel";
  if (unit.empty() || unit == "iso") {
    return unit.empty() ? "" : "date";
  }
  const std::string word = normalized(header);
  const bool named = header.ends_with("_at") || header.ends_with("At") ||
                     std::ranges::any_of(std::initializer_list<const char*>{"date", "time", "published", "created",
                                                                            "birth", "expire", "until"},
                                         [&](const char* part) { return word.find(part) != std::string::npos; });
  return !is_number || named ? "date:" + unit : "";
}

}  // namespace

bool about_users(const fs::path& file) {
  return mentions(file, {"user", "customer", "member", "reader", "profile", "client", "visitor", "account", "kunden",
                         "nutzer", "клиент", "用户", "会员", "ユーザ", "会員"});
}

bool about_items(const fs::path& file) {
  return mentions(file, {"item", "movie", "product", "artist", "article", "book", "news", "video", "track", "song",
                         "catalog", "info", "film", "game"});
}

bool is_plain_id(const std::string& header) {
  const std::string word = normalized(header);
  return word == "id" || word == "#key";
}

bool about_events(const fs::path& file) {
  std::string name = ascii_lower(file.filename().string());
  if (const size_t at = name.find("catalog"); at != std::string::npos) {
    name.erase(at, 7);  // it is no log
  }
  return mentions(name, {"rating",  "interaction", "event", "click",       "purchase", "u.data", "train",
                         "test",    "review",      "order", "transaction", "log",      "view",   "visit",
                         "history", "like",        "favo",  "behavi",      "action",   "listen"});
}

bool about_ties(const fs::path& file) { return mentions(file, {"friend", "trust", "social", "follow"}); }

bool about_links(const fs::path& file) { return mentions(file, {"kg", "citation", "link", "graph", "triple"}); }

std::string role_of_header(const std::string& header) {
  static const std::map<std::string, std::vector<std::string>> names = {
      {"weight", {"weight"}},
      {"tag", {"tagid", "tag"}},
      {"head", {"headid", "head"}},
      {"relation", {"relationid", "relation"}},
      {"tail", {"tailid", "tail"}},
      {"entity", {"entityid", "entity"}},
      {"name", {"tagvalue", "tagname", "name", "label"}}};
  const std::string word = normalized(header);
  for (const auto& [role, known] : names) {
    if (std::ranges::find(known, word) != known.end()) {
      return role;
    }
  }
  return "";
}

std::string field_type(const PreviewColumn& column, const ColumnStats& stats, std::vector<std::string>& doubts) {
  if (column.list != ListKind::kNone) {
    return column.list == ListKind::kNumbers ? "vector" : "tags";
  }
  if (stats.filled == 0) {
    doubts.push_back(fmt::format("column '{}' is empty in the first rows; it is left out", column.name));
    return "";
  }
  if (stats.per_cell(stats.links) > 0.5) {
    doubts.push_back(fmt::format("column '{}' holds web addresses; it is left out", column.name));
    return "";
  }
  if (column.recbole_type.empty()) {
    if (std::string type = date_type(column.name, stats); !type.empty()) {
      return type;
    }
    if (std::string type = list_type(stats); !type.empty()) {
      return type;
    }
  }
  const std::string& recbole = column.recbole_type;
  if (recbole == "float" || (recbole.empty() && stats.quantity() && stats.distinct.size() > 12)) {
    return "number";
  }
  if (recbole == "token_seq" || recbole.empty()) {
    for (const auto& [separator, count] : stats.separated) {
      if (stats.per_cell(count) > 0.1 && stats.per_cell(stats.bytes) < 100) {
        return fmt::format("tags:{}", separator);
      }
    }
    // A small vocabulary means tags, a large one text.
    if (recbole == "token_seq") {
      return stats.per_cell(std::ssize(stats.distinct_words)) < 0.2 ? "tags: " : "text";
    }
    if (stats.per_cell(stats.words) > 1.5 && stats.per_cell(std::ssize(stats.distinct)) > 0.5) {
      return "text";
    }
    if (stats.per_cell(stats.words) > 6) {
      return "text";
    }
    if (stats.unique() && !stats.numeric()) {
      doubts.push_back(fmt::format("column '{}' differs in every row, like another id; it is left out", column.name));
      return "";
    }
  }
  // A header that says "token" is believed unless every cell is a number.
  const bool number = stats.quantity() && (recbole.empty() || stats.numbers == stats.filled);
  return number && stats.distinct.size() > 20 ? "number" : "category";
}

}  // namespace haina
