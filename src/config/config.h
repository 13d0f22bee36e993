// haina.toml as structs: the project, its sources, how to clean, split, train and serve. docs/config.md lists every
// key.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "config/choices.h"
#include "config/exclude_seen.h"
#include "config/rule.h"
#include "config/source_kinds.h"

namespace haina {

// One column of a source: either a role (column_roles() in config/columns.h), or a field of the item or user with a
// type.
struct ColumnConfig {
  std::string column;     // its name in the file's header, or "#1" (1-based) without a header
  std::string role;       // "" for a field
  std::string type;       // of a field: one of column_types(); of the role time: "" or one of time_units()
  std::string separator;  // of tags, vectors and lists of items: "|" in "tags:|"; "list": as the cell is written;
                          // empty: a list type, or one value. Of dates: the unit
  std::string place;      // "haina.toml:12:24"
};
std::string role_or_name(const ColumnConfig& column);

// Places of the keys that are set: "metric" -> "haina.toml:9:10", "experts.ials.factors" -> "haina.toml:12:40".
using KeyPlaces = std::map<std::string, std::string>;

struct SourceConfig {
  std::string name;
  SourceKind kind = SourceKind::kEvents;
  std::string path;       // relative paths start at the folder of haina.toml; "-" is stdin; ${NAME} comes from the
                          // environment; globs; {item} in media
  std::string format;     // "": detected from the content
  std::string delimiter;  // "": detected from the content; may be longer than one byte ("::")
  HeaderLine header = HeaderLine::kDetect;
  Quoting quote = Quoting::kDetect;
  std::optional<int64_t> skip_lines;  // above the header or the first row; nothing: detected from the content
  std::string comment;                // lines that begin so are no rows; empty: detected from the content
  std::string encoding;               // "": detected from the content
  std::string decimal;                // "": detected from the content
  std::string action;                 // action of every row without an action column; default: the source's name
  std::string of;                     // kValues: "taggedartists.tag", the column whose codes these rows name
  Part part = Part::kAll;
  std::map<std::string, std::string>
      ids;  // "user" | "item" -> a mapping file (JSON object or two columns): id in this source -> id in the project
  std::map<std::string, std::string> where;  // column -> the value of the rows that are read; the others are not
  std::string records;      // JSON documents: the path of the list of records, "data.items"; empty: the document itself
  std::string join;         // kEvents: the source of kind orders that gives the columns which these rows lack
  std::string item_ending;  // lists of items: only those that end so are read, without the ending ("-1" in "N1-0 N2-1")
  RowOrder order = RowOrder::kNone;  // kEvents without a time column: what the order of rows says
  std::map<std::string, std::string>
      encode;                         // column of texts, or "picture" of media -> folder of a pretrained network
  bool history = false;               // lists of items: what a user had before; each once, dated before the first row
  std::vector<ColumnConfig> columns;  // those of `where` have the role "where" and the value as their type
  bool live = false;          // rows from the store of haina serve, added to those of the source of the same name
  double max_rejects = 0.05;  // share of bad rows above which reading fails
  std::string place;          // "haina.toml:7:1"
  KeyPlaces places;
};

// Two sources with different ids for the same items or users.
struct AlignConfig {
  Side side = Side::kItem;
  std::string source;  // its ids are rewritten
  std::string to;      // its ids stay
  AlignBy by = AlignBy::kKey;
  std::string column;         // in `source`, e.g. "title"; empty: the id
  std::string to_column;      // in `to`
  std::string year, to_year;  // columns of the years, where titles do not end in "(1995)"
  double threshold = 0.9;     // kTitle: least similarity in [0, 1]
  std::string place;
  KeyPlaces places;
};

struct CleanConfig {
  bool drop_duplicates = true;                // exact repeats of (user, item, action, time)
  double duplicate_seconds = 0;               // repeats of (user, item, action) within this time; 0: off
  double flood_per_minute = 600;              // a user's events of a minute with more than this are dropped; 0: off
  double outlier_z = 100;                     // robust z-score beyond which a number becomes missing; 0: off
  int64_t min_user_events = 0;                // k-core; 0: off
  int64_t min_item_events = 0;                // k-core; 0: off
  std::string earliest = "1970-01-02";        // earlier times are errors, as are times beyond now + 1 day
  int64_t shuffle_seed = 0;                   // not 0: all ids are renamed and all rows shuffled
  std::map<std::string, std::string> impute;  // "movies.year" -> median | mean | mode | unknown | a value
  std::string place;
  KeyPlaces places;
};

struct SplitConfig {
  SplitBy by = SplitBy::kTime;
  double test = 0.1;                          // share of the goal events (time, random), of the users (new_users)
  double validation = 0.1;                    // share of the rest, held out in the same way
  std::optional<ValidationBy> validation_by;  // kFiles alone; default: kRandom
  uint64_t seed = 7;
  std::string place;
  KeyPlaces places;
};

struct TrainConfig {
  uint64_t seed = 7;
  int threads = 0;  // 0: the CPUs of our affinity mask
  NetworkChoice network = NetworkChoice::kAuto;
  std::string device = "auto";                    // one of device_names()
  std::string metric = "ndcg@10";                 // of choices on validation users, as parse_metric_spec reads it
  int64_t num_candidates = 0;                     // sampled items among which validation ranks; 0: every item
  double budget_seconds = 0;                      // for trying other settings of the experts; 0: the default trials
  std::map<std::string, nlohmann::json> experts;  // name -> parameters; empty: the default list
  nlohmann::json network_params = nlohmann::json::object();
  std::map<std::string, nlohmann::json> encoders;  // field or field type -> {"encoder": name, parameter: number}
  std::vector<std::string> exclude;                // sources that training ignores
  std::string place;
  KeyPlaces places;
};

struct ServeConfig {
  double diversity = 0;                         // lambda of MMR, from 0 to 1
  std::string category;                         // an item field; empty: the first category or tags field
  int64_t most_of_a_category = 0;               // items per list; 0: any number
  int64_t history = 500;                        // newest live events of a user that are held in memory
  std::map<std::string, double> action_values;  // lists are ordered by the sum of P(action) x value; empty: by score
  ExcludeSeen exclude_seen;                     // what keeps an item out of a user's lists
  std::vector<RuleConfig> rules;
  std::string place;
  KeyPlaces places;
};

struct Config {
  std::filesystem::path file;    // haina.toml
  std::filesystem::path folder;  // its folder, where relative paths start
  std::filesystem::path out;     // [project] out
  std::string name;
  std::vector<std::string>
      goal;  // "rating >= 4" (a value column and a number) or an action's name; empty: every event but refusals
  std::vector<SourceConfig> sources;
  std::vector<AlignConfig> align;
  CleanConfig clean;
  SplitConfig split;
  TrainConfig train;
  ServeConfig serve;
  KeyPlaces places;  // of [project]
  // Folder of prepared/, models/ and rejects/: `out`, relative to `folder` unless absolute.
  std::filesystem::path output_folder() const { return out.empty() ? folder : folder / out; }
  std::filesystem::path prepared_folder() const { return output_folder() / "prepared"; }
  std::filesystem::path models_folder() const { return output_folder() / "models"; }
};

// Unknown tables, keys and values are errors with "did you mean". `path` names the file or its folder.
Result<Config> load_config(const std::filesystem::path& path);

// "${NAME}/x" with the variable's value; a variable that is not set is an error.
Result<std::string> expand_environment(const std::string& text, const std::string& where);

// The place of a key: place_of(config.train, "experts.ials"). Where it is not set: that of the table around it, at last
// of the section.
template <class Section>
std::string place_of(const Section& section, std::string_view key) {
  for (;;) {
    if (const auto found = section.places.find(std::string(key)); found != section.places.end()) {
      return found->second;
    }
    const size_t dot = key.rfind('.');
    if (dot == std::string_view::npos) {
      break;
    }
    key = key.substr(0, dot);
  }
  if constexpr (requires { section.place; }) {
    return section.place;
  } else {
    return section.file.string();
  }
}

}  // namespace haina
