#include "pipeline/store_snapshot.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "config/goal.h"

namespace haina {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::json;

constexpr const char* kEvents = "live";

Status write_line(FileWriter& file, const Json& line) {
  return file.write(line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
}

std::string cell_name(const ColumnConfig& column) { return column.role == "name" ? column.role : column.column; }

// Every event from the store as one JSON line; the number of the last one.
Status write_events(Store& store, const fs::path& path, const std::string& value, WithStore& with) {
  HAINA_TRY(with.last_number, store.last_number());
  HAINA_TRY(FileWriter file, FileWriter::create(path));
  Status written = ok();
  HAINA_OK(store.replay([&](const LiveEvent& event) {
    Json line = {{"user", event.user},
                 {"item", event.item},
                 {"action", event.action},
                 {"time", static_cast<double>(event.time_us) / 1e6}};
    if (event.value) {
      line[value] = *event.value;
      with.has_values = true;
    }
    written = written ? write_line(file, line) : written;
    ++with.events;
  }));
  HAINA_OK(written);
  return file.close();
}

// The entities of one side that say something in columns of `source`, as JSON lines; those columns, with the id's
// first.
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
      line[column.column] = column.type == "tags" || column.type == "vector" ? *found : found->front();
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

}  // namespace

Result<WithStore> with_store(const Config& config, Store& store, const fs::path& folder) {
  std::error_code code;
  fs::create_directories(folder, code);
  if (code) {
    return fail({ErrorCode::kIo, code.message(), folder.string(), "check the permissions"});
  }
  WithStore with = {.config = config};
  with.config.out = fs::absolute(folder);
  HAINA_TRY(with.config.forgotten, store.forgotten_users());

  std::string value = "value";
  HAINA_TRY(const std::vector<Goal> goals, parse_goals(config));
  if (const auto bound = std::ranges::find_if(goals, [](const Goal& goal) { return !goal.op.empty(); });
      bound != goals.end()) {
    value = bound->name;
  }
  const auto added = [&](std::string name, SourceKind kind, const fs::path& path) {
    SourceConfig source;
    source.name = std::move(name);
    source.kind = kind;
    source.path = fs::absolute(path).string();
    source.format = "jsonl";
    source.live = true;
    source.place = "the store";
    return source;
  };
  const fs::path events = folder / "events.jsonl";
  HAINA_OK(write_events(store, events, value, with));
  if (with.events > 0) {
    SourceConfig source = added(kEvents, SourceKind::kEvents, events);
    source.action = "interaction";
    source.part = config.split.by == "files" ? Part::kTrain : Part::kAll;
    for (const auto& [role, column] : {std::pair<std::string, std::string>{"user", "user"},
                                       {"item", "item"},
                                       {"action", "action"},
                                       {"time", "time"},
                                       {"value", value}}) {
      if (role == "value" && !with.has_values) {
        continue;
      }
      source.columns.push_back(
          {.column = column, .role = role, .type = role == "time" ? "s" : "", .separator = "", .place = source.place});
    }
    with.config.sources.push_back(std::move(source));
  }
  for (const auto& [side, kind] : {std::pair{"item", SourceKind::kItems}, std::pair{"user", SourceKind::kUsers}}) {
    HAINA_TRY(const std::vector<Entity> entities, store.entities(side));
    for (const SourceConfig& source : config.sources) {
      if (source.kind != kind || entities.empty()) {
        continue;
      }
      const auto id = std::ranges::find(source.columns, side, &ColumnConfig::role);
      if (id == source.columns.end()) {
        continue;
      }
      const fs::path path = folder / fmt::format("{}.jsonl", source.name);
      HAINA_TRY(const std::vector<ColumnConfig> columns, write_entities(entities, source, *id, path));
      if (columns.size() > 1) {
        SourceConfig more = added(source.name, kind, path);
        more.columns = columns;
        with.config.sources.push_back(std::move(more));
      }
    }
    if (kind == SourceKind::kUsers) {  // ties, to whatever social source there is
      const auto social = std::ranges::find(config.sources, SourceKind::kSocial, &SourceConfig::kind);
      if (social == config.sources.end()) {
        continue;
      }
      const fs::path path = folder / fmt::format("{}.jsonl", social->name);
      HAINA_TRY(FileWriter file, FileWriter::create(path));
      int64_t ties = 0;
      for (const Entity& entity : entities) {
        const Json document = Json::parse(entity.document, nullptr, false);
        for (const Json& other : document.is_object() ? document.value("friends", Json::array()) : Json::array()) {
          HAINA_OK(write_line(file, {{"user", entity.id}, {"other", other}}));
          ++ties;
        }
      }
      HAINA_OK(file.close());
      if (ties > 0) {
        SourceConfig more = added(social->name, SourceKind::kSocial, path);
        more.columns = {{.column = "user", .role = "user", .type = "", .separator = "", .place = more.place},
                        {.column = "other", .role = "other", .type = "", .separator = "", .place = more.place}};
        with.config.sources.push_back(std::move(more));
      }
    }
  }
  return with;
}

}  // namespace haina
