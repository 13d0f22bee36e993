#include "data/inference/infer_schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "data/parse_cell.h"

namespace haina {
namespace fs = std::filesystem;
namespace {

// What a column holds, counted over the rows that were looked at.
struct Stats {
  int64_t filled = 0, numbers = 0, padded = 0, comma_numbers = 0, iso_times = 0, words = 0, links = 0, characters = 0;
  double least = 1e300, most = -1e300;
  std::set<std::string> distinct, parts;
  std::map<char, int64_t> separated = {{'|', 0}, {';', 0}};

  double share(int64_t count) const {
    return filled == 0 ? 0 : static_cast<double>(count) / static_cast<double>(filled);
  }
  bool numeric() const { return share(numbers) > 0.95; }
  bool quantity() const { return filled > 0 && numbers == filled && padded == 0; }  // not a code such as "02138"
  bool unique() const { return filled > 10 && std::ssize(distinct) == filled; }
};

Stats stats_of(const Look& look, size_t column, char decimal) {
  Stats stats;
  for (const std::vector<std::string>& row : look.rows) {
    const std::string& cell = row[column];
    if (trimmed(cell).empty()) {
      continue;
    }
    ++stats.filled;
    stats.distinct.insert(cell);
    stats.characters += std::ssize(cell);
    if (const auto number = parse_number(trimmed(cell), decimal)) {
      ++stats.numbers;
      stats.padded += cell.size() > 1 && cell[0] == '0' && cell[1] >= '0' && cell[1] <= '9' ? 1 : 0;
      stats.least = std::min(stats.least, *number);
      stats.most = std::max(stats.most, *number);
    } else if (parse_number(trimmed(cell), ',')) {
      ++stats.comma_numbers;
    }
    stats.iso_times += parse_iso_time(trimmed(cell)) ? 1 : 0;
    stats.links += cell.starts_with("http://") || cell.starts_with("https://") ? 1 : 0;
    stats.words += 1 + std::ranges::count(cell, ' ');
    for (auto& [separator, count] : stats.separated) {
      count += cell.find(separator) != std::string::npos ? 1 : 0;
    }
    for (size_t at = 0; at < cell.size();) {
      const size_t end = std::min(cell.find(' ', at), cell.size());
      stats.parts.insert(cell.substr(at, end - at));
      at = end + 1;
    }
  }
  return stats;
}

std::string plain(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  std::erase_if(text, [](char c) { return c == '_' || c == '-' || c == ' '; });
  return text;
}

// Usual names of what a column can be.
std::string role_of(const std::string& header) {
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
  const std::string word = plain(header);
  for (const auto& [role, known] : names) {
    if (std::ranges::find(known, word) != known.end()) {
      return role;
    }
  }
  return "";
}

bool mentions(const fs::path& file, std::initializer_list<const char*> words) {
  const std::string name = plain(file.filename().string());
  return std::ranges::any_of(words, [&](const char* word) { return name.find(word) != std::string::npos; });
}
bool about_users(const fs::path& file) { return mentions(file, {"user", "customer", "member", "reader"}); }
bool about_items(const fs::path& file) {
  return mentions(file, {"item", "movie", "product", "artist", "article", "book", "news", "video", "track", "song",
                         "catalog", "info", "film", "game"});
}

// number | category | tags:SEP | text | vector of a column of items or users; empty: of no use, said among the doubts.
std::string type_of(const LookColumn& column, const Stats& stats, std::vector<std::string>& doubts) {
  if (column.list != ListKind::kNone) {
    return column.list == ListKind::kNumbers ? "vector" : "tags";
  }
  if (stats.filled == 0) {
    doubts.push_back(fmt::format("column '{}' is empty in the rows looked at; left out", column.name));
    return "";
  }
  if (stats.share(stats.links) > 0.5) {
    doubts.push_back(fmt::format("column '{}' holds addresses; left out", column.name));
    return "";
  }
  const std::string& recbole = column.recbole_type;
  if (recbole == "float" || (recbole.empty() && stats.quantity() && stats.distinct.size() > 12)) {
    return "number";
  }
  if (recbole == "token_seq" || recbole.empty()) {
    for (const auto& [separator, count] : stats.separated) {
      if (stats.share(count) > 0.1 && stats.share(stats.characters) < 100) {
        return fmt::format("tags:{}", separator);
      }
    }
    // Few words that come again and again are tags; many different ones are text.
    if (recbole == "token_seq") {
      return stats.share(std::ssize(stats.parts)) < 0.2 ? "tags: " : "text";
    }
    if (stats.share(stats.words) > 1.5 && stats.share(std::ssize(stats.distinct)) > 0.5) {
      return "text";
    }
    if (stats.share(stats.words) > 6) {
      return "text";
    }
    if (stats.unique() && !stats.numeric()) {
      doubts.push_back(fmt::format("column '{}' is different in every row, as another id is; left out", column.name));
      return "";
    }
  }
  return stats.quantity() && stats.distinct.size() > 20 ? "number" : "category";
}

// Stars, from at most ten distinct values that end at five or ten.
std::string stars_of(const std::string& header, const Stats& stats) {
  if (!stats.numeric() || stats.distinct.size() < 3 || stats.distinct.size() > 11 || stats.least < 0) {
    return "";
  }
  return stats.most == 5 ? header + " >= 4" : stats.most == 10 ? header + " >= 7" : "";
}

// s, ms, us or ns by size, iso by form; empty where it is neither.
std::string time_unit_of(const Stats& stats) {
  if (stats.share(stats.iso_times) > 0.9) {
    return "iso";
  }
  const double t =
      stats.numeric() ? stats.most : 0;  // seconds of the years from 1973 to 5138, and thousandfolds of them
  return t < 1e8 ? "" : t < 1e11 ? "s" : t < 1e14 ? "ms" : t < 1e17 ? "us" : "ns";
}

// Columns that only their places name: kinds by the file's name, roles by what the columns hold.
std::map<size_t, std::string> roles_by_shape(const fs::path& file, const std::vector<Stats>& stats,
                                             std::vector<std::string>& doubts) {
  std::map<size_t, std::string> roles;
  const size_t n = stats.size();
  std::vector<size_t> open;
  for (size_t c = 0; c < n; ++c) {
    open.push_back(c);
  }
  if (n == 2 && mentions(file, {"friend", "trust", "social", "follow"})) {
    return {{0, "user"}, {1, "other"}};
  }
  if ((n == 2 || n == 3) && mentions(file, {"kg", "citation", "link", "graph", "triple"})) {
    return n == 2 ? std::map<size_t, std::string>{{0, "head"}, {1, "tail"}}
                  : std::map<size_t, std::string>{{0, "head"}, {1, "relation"}, {2, "tail"}};
  }
  // A table of users or items has one column that no two rows share: the id, of several the shortest.
  std::optional<size_t> id;
  for (const size_t c : open) {
    if (stats[c].unique() && (!id || stats[c].share(stats[c].characters) < stats[*id].share(stats[*id].characters))) {
      id = c;
    }
  }
  const bool rated = mentions(file, {"rating", "interaction", "event", "click", "purchase", "u.data", "train", "test"});
  if (id && !rated && (about_items(file) || about_users(file))) {
    const bool users = about_users(file) && !mentions(file, {"movie", "product", "artist"});
    roles[*id] = users ? "user" : "item";
    for (const size_t c : open) {
      if (!users && c != *id && !stats[c].numeric() && stats[c].share(stats[c].words) > 1.5 &&
          stats[c].share(std::ssize(stats[c].distinct)) > 0.8) {
        roles[c] = "name";
        break;
      }
    }
    return roles;
  }
  for (size_t i = open.size(); i > 0; --i) {
    if (const size_t c = open[i - 1]; i > 2 && !time_unit_of(stats[c]).empty()) {
      roles[c] = "time";
      open.erase(open.begin() + static_cast<int64_t>(i - 1));
      break;
    }
  }
  if (open.size() >= 3 && stats[open[2]].numeric() && stats[open[2]].distinct.size() <= 12) {
    roles[open[2]] = "value";
  }
  if (open.size() >= 2) {
    roles[open[0]] = "user";
    roles[open[1]] = "item";
    doubts.push_back("no header: the first column is taken for the user, the second for the item");
  }
  return roles;
}

}  // namespace

Part part_of_name(const fs::path& file) {
  std::string name = file.filename().string();
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  static const std::map<std::string, Part> parts = {{"train", Part::kTrain},           {"valid", Part::kValidation},
                                                    {"validation", Part::kValidation}, {"val", Part::kValidation},
                                                    {"dev", Part::kValidation},        {"test", Part::kTest}};
  for (size_t at = 0; at < name.size();) {
    const size_t end = std::min(name.find_first_of("._-", at), name.size());
    if (const auto found = parts.find(name.substr(at, end - at)); found != parts.end()) {
      return found->second;
    }
    at = end + 1;
  }
  return Part::kAll;
}

std::optional<InferredSource> infer_source(const Look& look, const fs::path& file, std::vector<std::string>& doubts) {
  InferredSource source;
  if (look.format == "npy") {
    source.kind = SourceKind::kVectors;
    source.columns = {{"item", "#row"}, {"vector", "vector"}};
    doubts.push_back(
        "row n is taken for the item whose id is n; give ids = { item = \"map.json\" } where that is wrong");
    return source;
  }
  if (look.format == "lists") {
    source.part = part_of_name(file);
    source.columns = {{"user", "#1"}, {"item", "#2"}};
    return source;
  }
  // Numbers with a decimal comma, where the comma is not what parts the cells.
  char decimal = '.';
  std::vector<Stats> stats;
  for (size_t c = 0; c < look.columns.size(); ++c) {
    stats.push_back(stats_of(look, c, '.'));
    if (look.format == "delimited" && look.dialect.delimiter != "," && stats.back().comma_numbers > 0 &&
        stats.back().share(stats.back().comma_numbers + stats.back().numbers) > 0.95) {
      decimal = ',';
    }
  }
  if (decimal == ',') {
    source.decimal = ",";
    for (size_t c = 0; c < stats.size(); ++c) {
      stats[c] = stats_of(look, c, ',');
    }
  }
  std::map<std::string, size_t> roles;
  std::vector<size_t> others;
  const std::map<size_t, std::string> shaped =
      look.header ? std::map<size_t, std::string>() : roles_by_shape(file, stats, doubts);
  for (size_t c = 0; c < look.columns.size(); ++c) {
    const auto found = shaped.find(c);
    const std::string role =
        !look.header ? (found == shaped.end() ? "" : found->second) : role_of(look.columns[c].name);
    if (!role.empty() && look.columns[c].list == ListKind::kNone && roles.emplace(role, c).second) {
      continue;
    }
    others.push_back(c);
  }
  const auto has = [&](const char* role) { return roles.contains(role); };
  // A plain "id", or the keys of a document: the file's name says whose.
  if (!has("user") && !has("item") && !has("head") && !has("tag")) {
    for (size_t i = 0; i < others.size(); ++i) {
      const std::string word = plain(look.columns[others[i]].name);
      if (word == "id" || word == "#key") {
        roles[about_users(file) && !about_items(file) ? "user" : "item"] = others[i];
        others.erase(others.begin() + static_cast<int64_t>(i));
        break;
      }
    }
  }
  if (has("head") && has("tail")) {
    source.kind = SourceKind::kLinks;
  } else if (has("item") && has("entity")) {
    source.kind = SourceKind::kLinks;
  } else if (has("user") && has("other")) {
    source.kind = SourceKind::kSocial;
  } else if (has("user") && has("item")) {
    source.kind = SourceKind::kEvents;
  } else if (has("item")) {
    source.kind = SourceKind::kItems;
  } else if (has("user")) {
    source.kind = SourceKind::kUsers;
  } else if (has("tag") && has("name")) {
    source.kind = SourceKind::kValues;
  } else {
    doubts.push_back("no column looks like a user or an item");
    return std::nullopt;
  }
  const bool entity = source.kind == SourceKind::kItems || source.kind == SourceKind::kUsers;
  const bool events = source.kind == SourceKind::kEvents;
  if (const auto weight = roles.find("weight");
      events && weight != roles.end() && !has("value") && stats[weight->second].most > 10) {
    roles["value"] = weight->second;  // a count of plays, not a trust in the row
    roles.erase("weight");
  }
  for (const auto& [role, c] : roles) {
    const std::string& name = look.columns[c].name;
    if (entity && role != "item" && role != "user" && role != "name") {
      if (role_of(name) == name) {
        doubts.push_back(fmt::format("column '{}' is called as a role is; rename it to use it as a field", name));
      } else {
        others.push_back(c);
      }
      continue;
    }
    static const std::map<SourceKind, std::set<std::string>> wanted = {
        {SourceKind::kSocial, {"user", "other", "weight"}},
        {SourceKind::kLinks, {"head", "relation", "tail", "item", "entity", "weight"}},
        {SourceKind::kValues, {"tag", "name"}}};
    if (const auto known = wanted.find(source.kind); known != wanted.end() && !known->second.contains(role)) {
      others.push_back(c);
      continue;
    }
    if (events && (role == "name" || role == "head" || role == "tail" || role == "entity" || role == "relation" ||
                   role == "other")) {
      others.push_back(c);
      continue;
    }
    if (role == "time") {
      const std::string unit = time_unit_of(stats[c]);
      if (unit.empty()) {
        doubts.push_back(fmt::format("column '{}' is called a time and does not look like one; left out", name));
        continue;
      }
      source.time = name;
      source.columns.emplace_back(role, name.find(':') == std::string::npos ? name + ":" + unit : name);
      continue;
    }
    source.columns.emplace_back(role, name);
    if (role == "value" && events) {
      source.goal = stars_of(name, stats[c]);
    } else if (role == "action") {
      source.actions.assign(stats[c].distinct.begin(), stats[c].distinct.end());
    } else if (role == "tag" && events) {
      source.tagged = true;
    }
  }
  std::ranges::sort(others);
  for (const size_t c : others) {
    const std::string& name = look.columns[c].name;
    if (entity) {
      if (const std::string type = type_of(look.columns[c], stats[c], doubts); !type.empty()) {
        source.columns.emplace_back(name, type);
      }
    } else {
      doubts.push_back(fmt::format("column '{}' is not used", name));
    }
  }
  if (events) {
    source.part = part_of_name(file);
  }
  return source;
}

}  // namespace haina
