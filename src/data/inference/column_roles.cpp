#include "data/inference/column_roles.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <set>

namespace haina {
namespace fs = std::filesystem;
namespace {

// Lower case, without the separators of words.
std::string normalized(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  std::erase_if(text, [](char c) { return c == '_' || c == '-' || c == ' '; });
  return text;
}

bool mentions(const fs::path& file, std::initializer_list<const char*> words) {
  const std::string name = normalized(file.filename().string());
  return std::ranges::any_of(words, [&](const char* word) { return name.find(word) != std::string::npos; });
}
// By the file's name alone: ties of users, or links between items.
std::map<size_t, std::string> tie_roles(const fs::path& file, size_t num_columns) {
  if (num_columns == 2 && mentions(file, {"friend", "trust", "social", "follow"})) {
    return {{0, "user"}, {1, "other"}};
  }
  if ((num_columns == 2 || num_columns == 3) && mentions(file, {"kg", "citation", "link", "graph", "triple"})) {
    return num_columns == 2 ? std::map<size_t, std::string>{{0, "head"}, {1, "tail"}}
                            : std::map<size_t, std::string>{{0, "head"}, {1, "relation"}, {2, "tail"}};
  }
  return {};
}

// The column of a table of users or items that is different in every row; of several the shortest.
std::optional<size_t> id_column(const std::vector<ColumnStats>& stats) {
  std::optional<size_t> id;
  for (size_t c = 0; c < stats.size(); ++c) {
    if (stats[c].unique() && (!id || stats[c].per_cell(stats[c].bytes) < stats[*id].per_cell(stats[*id].bytes))) {
      id = c;
    }
  }
  return id;
}

// A table of users or items: its id, and the first column that holds names of items.
std::map<size_t, std::string> table_roles(const fs::path& file, const std::vector<ColumnStats>& stats, size_t id) {
  const bool users = about_users(file) && !mentions(file, {"movie", "product", "artist"});
  std::map<size_t, std::string> roles = {{id, users ? "user" : "item"}};
  for (size_t c = 0; c < stats.size() && !users; ++c) {
    if (c != id && !stats[c].numeric() && stats[c].per_cell(stats[c].words) > 1.5 &&
        stats[c].per_cell(std::ssize(stats[c].distinct)) > 0.8) {
      roles[c] = "name";
      break;
    }
  }
  return roles;
}

// Events: the last column of times, then user, item and value from the left.
std::map<size_t, std::string> event_roles(const std::vector<ColumnStats>& stats, std::vector<std::string>& doubts) {
  std::map<size_t, std::string> roles;
  std::vector<size_t> open;
  for (size_t c = 0; c < stats.size(); ++c) {
    open.push_back(c);
  }
  for (size_t c = stats.size(); c > 2; --c) {
    if (!time_unit(stats[c - 1]).empty()) {
      roles[c - 1] = "time";
      std::erase(open, c - 1);
      break;
    }
  }
  if (open.size() >= 3 && stats[open[2]].numeric() && stats[open[2]].distinct.size() <= 12) {
    roles[open[2]] = "value";
  }
  if (open.size() >= 2) {
    roles[open[0]] = "user";
    roles[open[1]] = "item";
    doubts.emplace_back("no header: the first column is assumed to be the user, the second the item");
  }
  return roles;
}

}  // namespace

bool about_users(const fs::path& file) { return mentions(file, {"user", "customer", "member", "reader"}); }

bool about_items(const fs::path& file) {
  return mentions(file, {"item", "movie", "product", "artist", "article", "book", "news", "video", "track", "song",
                         "catalog", "info", "film", "game"});
}

bool is_plain_id(const std::string& header) {
  const std::string word = normalized(header);
  return word == "id" || word == "#key";
}

std::string role_of_header(const std::string& header) {
  static const std::map<std::string, std::vector<std::string>> names = {
      {"user", {"userid", "user", "uid", "customerid", "customer", "visitorid", "reviewerid", "memberid", "sessionid"}},
      {"item",
       {"itemid", "item", "iid", "movieid", "productid", "artistid", "articleid", "article", "newsid", "videoid",
        "songid", "trackid", "bookid", "isbn", "sku", "asin", "parentasin"}},
      {"value", {"rating", "score", "value", "stars", "overall", "playcount", "plays", "dwell", "watchtime"}},
      {"time", {"timestamp", "time", "ts", "datetime", "date", "eventtime", "createdat", "unixreviewtime", "tss"}},
      {"action", {"action", "event", "eventtype", "behaviour", "behavior", "behaviortype", "interaction"}},
      {"weight", {"weight"}},
      {"other", {"friendid", "friend", "followeeid", "followee", "followedid", "trustee", "trusteeid", "otherid"}},
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

std::map<size_t, std::string> roles_by_content(const fs::path& file, const std::vector<ColumnStats>& stats,
                                               std::vector<std::string>& doubts) {
  if (auto roles = tie_roles(file, stats.size()); !roles.empty()) {
    return roles;
  }
  const bool events =
      mentions(file, {"rating", "interaction", "event", "click", "purchase", "u.data", "train", "test"});
  const std::optional<size_t> id = id_column(stats);
  if (id && !events && (about_items(file) || about_users(file))) {
    return table_roles(file, stats, *id);
  }
  return event_roles(stats, doubts);
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
  return stats.quantity() && stats.distinct.size() > 20 ? "number" : "category";
}

}  // namespace haina
