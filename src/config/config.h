// haina.toml: the project, its sources, how to clean, split and train. Every error names file:line:column and a mend.
#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "config/rule.h"
#include "config/source_kinds.h"

namespace haina {

// One column of a source. Either a role ("user", "item", "value", "time", "action", "weight", "other", "tag", "head",
// "relation", "tail", "entity", "name"), or a field of its own with a type.
struct ColumnConfig {
  std::string column;  // its name in the file's header, or "#1" (1-based) where there is no header
  std::string role;    // "" for a field
  std::string type;  // of a field: number | category | tags | text | vector | context; of the role time: "" | s | ms |
                     // us | ns | iso
  std::string separator;  // of tags and vectors: "|" in "tags:|"; empty: a list type, or one value
  std::string place;      // "haina.toml:12:24"
};
std::string role_or_name(const ColumnConfig& column);

struct SourceConfig {
  std::string name;
  SourceKind kind = SourceKind::kEvents;
  std::string path;       // relative paths start at the folder of haina.toml; "-" is stdin; ${NAME} comes from the
                          // environment; globs; {item} in media
  std::string format;     // "" (by content) | csv | tsv | delimited | jsonl | json | parquet | arrow | npy | lists
  std::string delimiter;  // "" (by content); may be longer than one byte ("::")
  std::string header;     // "" (by content) | "yes" | "no"
  std::string quote;      // "" (by content) | "\"" | "none"
  std::string encoding;   // "" (by content) | utf-8 | latin-1 | utf-16
  std::string decimal;    // "" or "." | ","
  std::string action;     // action of every row without an action column; default: the source's name
  std::string of;         // kValues: "taggedartists.tag", whose codes these names explain
  Part part = Part::kAll;
  std::map<std::string, std::string>
      ids;  // "user" | "item" -> a mapping file (JSON object or two columns): id in this source -> id in the project
  std::vector<ColumnConfig> columns;
  bool live = false;          // rows that a service took in, which join those of the source of the same name
  double max_rejects = 0.05;  // share of bad rows above which reading fails
  std::string place;          // "haina.toml:7:1"
};

// Items or users that two sources name differently: found by normalised keys or by fuzzy text with blocking.
struct AlignConfig {
  Side side = Side::kItem;
  std::string source;         // whose ids are rewritten
  std::string to;             // the source whose ids stay
  std::string by;             // "key" (exact after normalising) | "title" (fuzzy)
  std::string column;         // in `source`, e.g. "title"; empty: the id
  std::string to_column;      // in `to`
  std::string year, to_year;  // columns of the years, where titles do not end in "(1995)"
  double threshold = 0.9;     // fuzzy: least similarity in [0, 1]
  std::string place;
};

struct CleanConfig {
  bool drop_duplicates = true;   // exact repeats of (user, item, action, time)
  double duplicate_seconds = 0;  // near duplicates: the same (user, item, action) within so many seconds; 0: off
  double flood_per_minute =
      600;  // more events of one user in a minute are a bot's; the user's events of that minute are dropped; 0: off
  double outlier_z =
      100;  // robust z-score beyond which a number cell becomes missing; 0: off. 8 would drop the classics among films
  int64_t min_user_events = 0;  // k-core: who has fewer is not in the dataset; 0: off
  int64_t min_item_events = 0;
  std::string earliest = "1970-01-02";        // times before are impossible (and beyond now + 1 day)
  std::map<std::string, std::string> impute;  // "movies.year" -> median | mean | mode | unknown | a value
  std::string place;
};

struct SplitConfig {
  std::string by = "time";  // time | leave_last | random | new_users | files
  double test = 0.1;        // share of goal events (time, random), of users (new_users)
  double validation = 0.1;  // share of what is left, by the same rule
  std::string
      validation_by;  // files: "random" (the default: a share of the pairs) | "one" (a pair of each user, drawn) |
                      // "leave_last" | "latest" (a share of each user's rows, from the end of the file's order)
  uint64_t seed = 7;
  std::string place;
};

struct TrainConfig {
  uint64_t seed = 7;
  int threads = 0;                                // 0: the CPUs of our affinity mask
  std::string network = "auto";                   // auto | set | sequence | none
  std::string device = "auto";                    // auto | cpu | cuda
  std::string metric = "ndcg@10";                 // by which choices are made on validation: ndcg@K | recall@K
  int64_t among = 0;                              // drawn items among which validation ranks; 0: every item
  double budget_seconds = 0;                      // for trying other settings; 0: the few that every training tries
  std::map<std::string, nlohmann::json> experts;  // name -> parameters; empty: the default list
  nlohmann::json network_params = nlohmann::json::object();
  std::vector<std::string> without;  // sources switched off
  std::string place;
};

struct ServeConfig {
  double diversity = 0;                 // lambda of MMR, from 0 to 1
  std::string category;                 // an item field; empty: the first category or tags field
  int64_t most_of_a_category = 0;       // of a list; 0: any number
  int64_t history = 500;                // newest live events of a user that are held in memory
  std::map<std::string, double> worth;  // of an action: lists go by what is to be expected of each item; empty: by R
  std::vector<RuleConfig> rules;
  std::string place;
};

struct Config {
  std::filesystem::path file;    // haina.toml
  std::filesystem::path folder;  // its folder, where relative paths start
  std::filesystem::path
      out;  // where prepared/, models/ and rejects/ are made: [project] out, from `folder`; that folder itself without
  std::string name;
  std::vector<std::string> goal;  // "rating >= 4" (a value column and a number) or an action's name; empty: every event
  std::vector<SourceConfig> sources;
  std::vector<AlignConfig> align;
  CleanConfig clean;
  SplitConfig split;
  TrainConfig train;
  ServeConfig serve;
  std::vector<std::string> forgotten;  // users of whom the sources, but live ones, give nothing
  std::filesystem::path output_folder() const {
    return out.empty() ? folder : folder / out;
  }  // an absolute `out` stands alone
  std::filesystem::path prepared_folder() const { return output_folder() / "prepared"; }
  std::filesystem::path models_folder() const { return output_folder() / "models"; }
};

// Unknown tables and keys are errors with "did you mean". `path` may name the file or its folder.
Result<Config> load_config(const std::filesystem::path& path);

// "${NAME}/x" with the variable's value; a variable that is not set is an error.
Result<std::string> expand_environment(const std::string& text, const std::string& where);

}  // namespace haina
