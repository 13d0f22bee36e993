// [project], [[source]], [[align]]: what the data is.
#include <fmt/format.h>

#include <algorithm>

#include "config/columns.h"
#include "config/own_network.h"
#include "config/sections.h"
#include "config/text_encodings.h"

namespace haina {

const KeyTable<Config>& project_keys() {
  static const KeyTable<Config> table = {
      .name = "[project]",
      .doc = "Name, goal and output folder of the project.",
      .example = "[project]\nname = \"films\"\ngoal = [\"rating >= 4\"]\n",
      .keys = {{"name", &Config::name, "name of the project"},
               {"goal", &Config::goal,
                "events to recommend for: a value column with a bound (\"rating >= 4\") or an action (\"buy\"); empty: "
                "every event but refusals such as dislike"},
               {"out", &Config::out,
                "folder of prepared/, models/ and rejects/, relative to haina.toml; ${NAME} comes from the "
                "environment; empty: the folder of haina.toml"}},
      .finish = {}};
  return table;
}

namespace {

// The columns that choose rows are read beside the others.
void add_where_columns(SourceConfig& source) {
  for (const auto& [column, value] : source.where) {
    source.columns.push_back({.column = column,
                              .role = "where",
                              .type = value,
                              .separator = "",
                              .place = place_of(source, "where." + column)});
  }
}

// A source of vectors that names none has them in the column "vector", which every .npy has; elsewhere its absence is
// an error, and not a source that says nothing.
void add_vector_column(SourceConfig& source) {
  const bool named =
      std::ranges::any_of(source.columns, [](const ColumnConfig& column) { return column.role.empty(); });
  if (source.kind == SourceKind::kVectors && !source.columns.empty() && !named) {
    source.columns.push_back(
        {.column = "vector", .role = "", .type = "vector", .separator = "", .place = place_of(source, "columns")});
  }
}

// Haina's own network reads pictures and sounds; folders of networks that see pictures are for them alone.
Status check_encode_of_media(const std::string& part, const std::string& network, const std::string& place) {
  if (part != "picture" && part != "sound") {
    return fail({ErrorCode::kInvalidArgument, fmt::format("'{}' of media cannot be encoded", part), place,
                 "write encode = { picture = \"FOLDER\" }, { picture = \"cnn\" } or { sound = \"cnn\" }"});
  }
  if (part == "sound" && network != kOwnNetwork) {
    return fail({ErrorCode::kInvalidArgument, "no pretrained network reads sounds", place,
                 "write encode = { sound = \"cnn\" }, or give vectors of a network as a source of kind = \"vectors\""});
  }
  return ok();
}

// What a network reads must be there: columns of texts, pictures or sounds.
Status check_encode(const SourceConfig& source) {
  const bool media = source.kind == SourceKind::kMedia;
  for (const auto& [column, network] : source.encode) {
    const std::string place = place_of(source, "encode." + column);
    if (!media && source.kind != SourceKind::kItems && source.kind != SourceKind::kUsers) {
      return fail({ErrorCode::kInvalidArgument, fmt::format("source '{}' has nothing to encode", source.name), place,
                   "give encode to sources of kind items, users or media"});
    }
    if (media) {
      HAINA_OK(check_encode_of_media(column, network, place));
    } else if (network == kOwnNetwork) {
      return fail({ErrorCode::kInvalidArgument, "\"cnn\" is the network of pictures and sounds, and reads no texts",
                   place, "name a folder; one that is called cnn is written \"./cnn\""});
    }
    const auto given = std::ranges::find_if(
        source.columns, [&](const ColumnConfig& one) { return role_or_name(one) == column || one.column == column; });
    const bool is_text = given != source.columns.end() && (given->type == "text" || given->role == "name");
    if (!media && !is_text) {
      return fail({ErrorCode::kInvalidArgument, fmt::format("'{}' is no column of type text", column), place,
                   fmt::format("name it in columns too: {} = \"text\"", column)});
    }
    if (network.empty()) {
      return fail({ErrorCode::kInvalidArgument, "no network is named", place,
                   "name the folder of a pretrained network, see docs/pretrained.md"});
    }
  }
  return ok();
}

constexpr const char* kColumnsDoc =
    "the columns to read: ROLE = \"header\", or header = \"type\" for a field; see below";
constexpr const char* kEncodeDoc =
    "columns of texts, or \"picture\" of media, and the folders of pretrained networks that make vectors of them, "
    "relative to haina.toml: encode = { plot = \"encoders/minilm\" } adds the field plot_vector; of media also { "
    "picture "
    "= \"cnn\", sound = \"cnn\" }: small images for a network that is trained with the fusion network";

}  // namespace

const KeyTable<SourceConfig>& source_keys() {
  static const KeyTable<SourceConfig> table = {
      .name = "[[source]]",
      .doc = "One table per source of data: a file, or several of the same form.",
      .example =
          "[[source]]\nname = \"ratings\"\nkind = \"events\"\npath = \"exports/ratings.csv\"\ncolumns = { user = "
          "\"userId\", item = \"movieId\", value = \"rating\", time = \"timestamp\" }\n\n[[source]]\nname = "
          "\"movies\"\nkind = \"items\"\npath = \"exports/movies.csv\"\ncolumns = { item = \"movieId\", title = "
          "\"text\", genres = \"tags:|\" }\n",
      .keys =
          {{"name", &SourceConfig::name, "name of the source, unique", {.required = true}},
           {"kind", &SourceConfig::kind, "what the rows are", {.required = true}},
           {"path",
            &SourceConfig::path,
            "file, glob, or \"-\" for standard input, relative to haina.toml; ${NAME} comes from the environment; "
            "media: a file name with {item} or {user}, also of an archive's members (\"posters.tar/{item}.jpg\"), or a "
            "table with a column of paths",
            {.required = true}},
           {"format", &SourceConfig::format,
            "csv, tsv, delimited, jsonl, json, parquet, arrow, orc, npy or lists; empty: detected from the content"},
           {"delimiter", &SourceConfig::delimiter,
            "of csv: what separates cells, one or more characters (\"::\"), or \"blanks\" for any number of them; "
            "empty: "
            "detected from the content"},
           {"header", &SourceConfig::header, "of csv: whether the first line names the columns"},
           {"quote", &SourceConfig::quote, "of csv: how cells are quoted"},
           {"skip_lines",
            &SourceConfig::skip_lines,
            "of csv: lines above the header or the first row that are no rows, such as titles; not set: detected "
            "from the content",
            {.min = 0, .max = 100000}},
           {"comment", &SourceConfig::comment,
            "of csv: lines that begin so are no rows (\"#\", \"//\"); \"none\": every line is one; empty: detected "
            "from the content"},
           {"encoding",
            &SourceConfig::encoding,
            "encoding of text; empty: detected from the content",
            {.allowed = text_encodings()}},
           {"decimal",
            &SourceConfig::decimal,
            "decimal mark, which matters where a number can be read both ways (1.299); empty: detected from the "
            "content",
            {.allowed = {".", ","}}},
           {"action", &SourceConfig::action, "action of the rows without an action column; empty: the source's name"},
           {"of", &SourceConfig::of, "of kind values: the column whose codes the rows name, \"SOURCE.COLUMN\""},
           {"part", &SourceConfig::part, "part of a published split, with [split] by = \"files\""},
           {"where", &SourceConfig::where,
            "columns and values: only rows with these values are read, as from a file with several kinds of rows: "
            "where = { type = \"click\" }"},
           {"records", &SourceConfig::records,
            "of json: where in the document the list of records stands, \"data.items\"; empty: the document "
            "itself"},
           {"join", &SourceConfig::join,
            "of kind events: the source of kind orders whose user, time and other columns these rows get by the "
            "id of their order"},
           {"item_ending", &SourceConfig::item_ending,
            "where a cell lists items: only those with this ending are read, without it: \"-1\" takes N2 from "
            "\"N1-0 N2-1\""},
           {"order", &SourceConfig::order, "of events without a time column: what the order of their rows says"},
           {"history", &SourceConfig::history,
            "whether the items are what a user had before the rows: each counts once, dated before the first row"},
           {"max_rejects",
            &SourceConfig::max_rejects,
            "share of bad rows above which reading fails",
            {.min = 0, .max = 1}},
           {"ids",
            &SourceConfig::ids,
            "mapping files (a JSON object, or two columns) from this source's ids to the project's",
            {.allowed = {"user", "item"}}},
           {"encode", &SourceConfig::encode, kEncodeDoc},
           {"columns", &SourceConfig::columns, kColumnsDoc}},
      .finish = [](SourceConfig& source) -> Status {
        source.action = source.action.empty() ? source.name : source.action;
        add_where_columns(source);
        add_vector_column(source);
        HAINA_OK(check_encode(source));
        return fields_named_like_roles(source);
      }};
  return table;
}

const KeyTable<AlignConfig>& align_keys() {
  static const KeyTable<AlignConfig> table = {
      .name = "[[align]]",
      .doc =
          "Two sources with different ids for the same items or users: the ids of one are rewritten to those of the "
          "other.",
      .example =
          "[[align]]\nsource = \"catalog\"\nto = \"movies\"\nby = \"title\"\ncolumn = \"name\"\nto_column = "
          "\"title\"\n",
      .keys = {{"side", &AlignConfig::side, "whose ids"},
               {"source", &AlignConfig::source, "the source whose ids are rewritten", {.required = true}},
               {"to", &AlignConfig::to, "the source whose ids stay", {.required = true}},
               {"by", &AlignConfig::by, "how rows are matched", {.required = true}},
               {"column", &AlignConfig::column, "the column of `source` to match; empty: its id"},
               {"to_column", &AlignConfig::to_column, "the column of `to` to match; empty: its id"},
               {"year", &AlignConfig::year, "year column of `source`, where titles do not end in \"(1995)\""},
               {"to_year", &AlignConfig::to_year, "year column of `to`"},
               {"threshold",
                &AlignConfig::threshold,
                "of by = \"title\": least similarity of a match",
                {.min = 0, .max = 1}}},
      .finish = {}};
  return table;
}

}  // namespace haina
