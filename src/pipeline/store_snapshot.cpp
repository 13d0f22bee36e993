#include "pipeline/store_snapshot.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/log.h"
#include "config/goal.h"
#include "media/extract.h"
#include "model/forget_in_project.h"

namespace haina {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::json;

constexpr const char* kEventsName = "live";

Status write_line(FileWriter& file, const Json& line) {
  return file.write(line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
}

std::string cell_name(const ColumnConfig& column) { return column.role == "name" ? column.role : column.column; }

// Every event up to the snapshot's number as one JSON line, with its value under the name `value`.
Status write_events(Store& store, const fs::path& path, const std::string& value, StoreSnapshot& snapshot) {
  HAINA_TRY(FileWriter file, FileWriter::create(path));
  Status written = ok();
  const auto write = [&](const LiveEvent& event) {
    Json line = {{"user", event.user},
                 {"item", event.item},
                 {"action", event.action},
                 {"time", static_cast<double>(event.time_us) / 1e6}};
    if (event.value) {
      line[value] = *event.value;
      snapshot.has_values = true;
    }
    written = written ? write_line(file, line) : written;
    ++snapshot.events;
  };
  HAINA_OK(store.replay(write, 0, snapshot.moment.number));
  HAINA_OK(written);
  return file.close();
}

// Whether cells of that column may be a list.
bool holds_lists(const ColumnConfig& column) { return column.type == "tags" || column.type == "vector"; }

// One JSON line for each entity with cells in columns of `source`. Returns those columns, the id's first.
Result<std::vector<ColumnConfig>> write_entities(std::span<const Entity> entities, const SourceConfig& source,
                                                 const ColumnConfig& id, const fs::path& path) {
  HAINA_TRY(FileWriter file, FileWriter::create(path));
  std::vector<ColumnConfig> columns = {id};
  for (const Entity& entity : entities) {
    const Json document = Json::parse(entity.document, nullptr, false);
    const Json cells = document.is_object() ? document.value("cells", Json::object()) : Json::object();
    Json line = {{id.column, entity.id}};
    for (const ColumnConfig& column : source.columns) {
      const auto found = cells.find(source.name + "." + cell_name(column));
      if (found == cells.end() || !found->is_array() || found->empty()) {
        continue;
      }
      line[column.column] = holds_lists(column) ? *found : found->front();
      if (std::ranges::find(columns, column.column, &ColumnConfig::column) == columns.end()) {
        columns.push_back(column);
      }
    }
    if (line.size() > 1) {
      HAINA_OK(write_line(file, line));
    }
  }
  HAINA_OK(file.close());
  return columns;
}

// One JSON line for each tie in the users' documents; their number.
Result<int64_t> write_ties(std::span<const Entity> users, const fs::path& path) {
  HAINA_TRY(FileWriter file, FileWriter::create(path));
  int64_t ties = 0;
  for (const Entity& user : users) {
    const Json document = Json::parse(user.document, nullptr, false);
    for (const Json& other : document.is_object() ? document.value("friends", Json::array()) : Json::array()) {
      HAINA_OK(write_line(file, {{"user", user.id}, {"other", other}}));
      ++ties;
    }
  }
  HAINA_OK(file.close());
  return ties;
}

SourceConfig live_source(std::string name, SourceKind kind, const fs::path& path) {
  SourceConfig source;
  source.name = std::move(name);
  source.kind = kind;
  source.path = fs::absolute(path).string();
  source.format = "jsonl";
  source.live = true;
  source.place = "the store";
  return source;
}

void add_column(SourceConfig& source, const std::string& column, const std::string& role,
                const std::string& type = "") {
  source.columns.push_back({.column = column, .role = role, .type = type, .separator = "", .place = source.place});
}

// The first value column that the goals name, else "value".
Result<std::string> value_column(const Config& config) {
  HAINA_TRY(const std::vector<Goal> goals, parse_goals(config));
  const auto goal = std::ranges::find_if(goals, [](const Goal& one) { return !one.op.empty(); });
  return goal == goals.end() ? "value" : goal->name;
}

Status add_events(Store& store, const fs::path& path, StoreSnapshot& snapshot) {
  HAINA_TRY(const std::string value, value_column(snapshot.config));
  HAINA_OK(write_events(store, path, value, snapshot));
  if (snapshot.events == 0) {
    return ok();
  }
  SourceConfig source = live_source(kEventsName, SourceKind::kEvents, path);
  source.action = "interaction";
  source.part = snapshot.config.split.by == SplitBy::kFiles ? Part::kTrain : Part::kAll;
  add_column(source, "user", "user");
  add_column(source, "item", "item");
  add_column(source, "action", "action");
  add_column(source, "time", "time", "s");
  if (snapshot.has_values) {
    add_column(source, value, "value");
  }
  snapshot.config.sources.push_back(std::move(source));
  return ok();
}

// Cells of the items or users as live rows of each source of that kind.
Status add_entities(std::span<const Entity> entities, const char* side, SourceKind kind, const Config& config,
                    const fs::path& folder, StoreSnapshot& snapshot) {
  for (const SourceConfig& source : config.sources) {
    const auto id = std::ranges::find(source.columns, side, &ColumnConfig::role);
    if (source.kind != kind || entities.empty() || id == source.columns.end()) {
      continue;
    }
    const fs::path path = folder / fmt::format("{}.jsonl", source.name);
    HAINA_TRY(const std::vector<ColumnConfig> columns, write_entities(entities, source, *id, path));
    if (columns.size() > 1) {
      SourceConfig live = live_source(source.name, kind, path);
      live.columns = columns;
      live.encode = source.encode;
      snapshot.config.sources.push_back(std::move(live));
    }
  }
  return ok();
}

// What pictures, sounds and films that were put live have given, as live rows of vectors of their source, with
// the images that networks of Haina's own read. Their files are not kept, so what a pretrained network would make of
// them cannot be made anew: those vectors are left out, aloud.
Status add_media(std::span<const Entity> items, const Config& config, const fs::path& folder, StoreSnapshot& snapshot) {
  for (const SourceConfig& source : config.sources) {
    if (source.kind != SourceKind::kMedia || items.empty()) {
      continue;
    }
    SourceConfig live = live_source(source.name, SourceKind::kVectors, folder / fmt::format("{}.jsonl", source.name));
    add_column(live, "item", "item");
    for (const char* const part : {"picture", "motion", "sound"}) {
      add_column(live, part, "", "vector");
    }
    for (const MediaImage& image : kMediaImages) {
      add_column(live, image.field, "", "image");
    }
    HAINA_TRY(live.columns, write_entities(items, live, live.columns.front(), live.path));
    if (live.columns.size() > 1) {
      snapshot.config.sources.push_back(std::move(live));
    }
    const std::string encoded = source.name + ".picture_vector";
    const auto seen_by_network = std::ranges::count_if(items, [&](const Entity& item) {
      const Json document = Json::parse(item.document, nullptr, false);
      return document.is_object() && document.value("cells", Json::object()).contains(encoded);
    });
    if (seen_by_network > 0) {
      log_warning(
          fmt::format("{} items whose pictures were put live have no {} in this training\n  hint: put their files "
                      "where '{}' is read",
                      seen_by_network, encoded, source.name));
    }
  }
  return ok();
}

// Friends in the users' documents as live rows of the first social source, if there is one.
Status add_ties(std::span<const Entity> users, const Config& config, const fs::path& folder, StoreSnapshot& snapshot) {
  const auto social = std::ranges::find(config.sources, SourceKind::kSocial, &SourceConfig::kind);
  if (social == config.sources.end()) {
    return ok();
  }
  const fs::path path = folder / fmt::format("{}.jsonl", social->name);
  HAINA_TRY(const int64_t ties, write_ties(users, path));
  if (ties > 0) {
    SourceConfig live = live_source(social->name, SourceKind::kSocial, path);
    add_column(live, "user", "user");
    add_column(live, "other", "other");
    snapshot.config.sources.push_back(std::move(live));
  }
  return ok();
}

}  // namespace

Result<StoreSnapshot> snapshot_with_store(const Config& config, Store& store, const fs::path& folder) {
  std::error_code code;
  fs::create_directories(folder, code);
  if (code) {
    return fail({ErrorCode::kIo, code.message(), folder.string(), "check the permissions"});
  }
  StoreSnapshot snapshot = {.config = config, .moment = {}};
  snapshot.config.out = fs::absolute(folder);
  HAINA_TRY(snapshot.moment, store.snapshot());
  HAINA_TRY(HashedNames forgotten, forgotten_in_project(config));
  HAINA_TRY(const HashedNames of_store, store.forgotten_users());
  forgotten.add(of_store);
  HAINA_OK(record_forgotten(snapshot.config, forgotten));
  HAINA_OK(add_events(store, folder / "events.jsonl", snapshot));
  HAINA_TRY(const std::vector<Entity> items, store.entities("item"));
  HAINA_OK(add_entities(items, "item", SourceKind::kItems, config, folder, snapshot));
  HAINA_OK(add_media(items, config, folder, snapshot));
  HAINA_TRY(const std::vector<Entity> users, store.entities("user"));
  HAINA_OK(add_entities(users, "user", SourceKind::kUsers, config, folder, snapshot));
  HAINA_OK(add_ties(users, config, folder, snapshot));
  return snapshot;
}

}  // namespace haina
