// Users: profile and friends changed, read, forgotten.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "engine/engine_slot.h"
#include "engine/entity_json.h"
#include "service/api/merge.h"
#include "service/api/route.h"
#include "service/api/schemas.h"
#include "service/http/parse_json.h"
#include "service/http/sentence_code.h"
#include "service/telemetry/list_outcomes.h"
#include "store/store.h"

namespace haina {
namespace {

using Json = nlohmann::json;

constexpr size_t kMostFriends = 5000;
constexpr int64_t kMostUsers = 1000;  // in an answer
constexpr int64_t kDefaultUsers = 20;
constexpr int64_t kMostEvents = 1000;  // in an answer
constexpr int64_t kDefaultEvents = 100;
constexpr int64_t kMostOffset = 1'000'000'000;

void get_users(Backend& backend, const RequestContext& context) {
  const Result<int64_t> limit = context.number("limit", kDefaultUsers, 1, kMostUsers);
  if (!limit) {
    context.refuse(limit.error());
    return;
  }
  std::string prefix = context.text("prefix");
  const std::string& tenant = context.key.tenant;
  if (!tenant.empty() && !prefix.starts_with(tenant + ":")) {
    prefix = tenant + ":" + prefix;
  }
  context.respond(json_response(200, {{"users", backend.engines.get()->users_with(prefix, *limit)}}));
}

void get_user(Backend& backend, const RequestContext& context) {
  const std::string& user = context.path.at("id");
  if (context.authorize(user)) {
    Json document = backend.engines.get()->user(user);
    Json friends = Json::array();  // the project's data may tie users of several tenants
    std::ranges::copy_if(document["friends"], std::back_inserter(friends),
                         [&](const Json& one) { return context.key.may_touch(one.get_ref<const std::string&>()); });
    document["friends"] = std::move(friends);
    context.respond(json_response(200, document));
  }
}

void get_history(Backend& backend, const RequestContext& context) {
  const std::string& user = context.path.at("id");
  const Result<int64_t> offset = context.number("offset", 0, 0, kMostOffset);
  const Result<int64_t> limit = context.number("limit", kDefaultEvents, 1, kMostEvents);
  if (!offset || !limit) {
    context.refuse(offset ? limit.error() : offset.error());
  } else if (context.authorize(user)) {
    context.respond(json_response(200, backend.engines.get()->user_events(user, *offset, *limit)));
  }
}

// The ids of "friends", which is removed from the body; nothing if there are none.
Result<std::optional<std::vector<std::string>>> take_friends(Json& body) {
  const auto found = body.find("friends");
  if (found == body.end()) {
    return std::nullopt;
  }
  std::vector<std::string> friends;
  for (const Json& one : found->is_array() ? *found : Json::array({nullptr})) {
    const auto id = id_in(one);
    if (!id || friends.size() >= kMostFriends) {
      return fail({ErrorCode::kInvalidArgument, fmt::format("'friends' is not a list of up to {} ids", kMostFriends),
                   "friends", R"(write ["7", "9"])"});
    }
    HAINA_OK(check_id(*id, "friends"));
    friends.push_back(*id);
  }
  body.erase(found);
  return friends;
}

void write_user(Backend& backend, const RequestContext& context, Merge merge) {
  const std::string user = context.path.at("id");
  const Status valid = check_id(user, "id");
  Result<Json> body = valid ? context.object() : fail(valid.error());
  if (!body) {
    context.refuse(body.error());
    return;
  }
  if (!context.authorize(user)) {
    return;
  }
  const Result<std::optional<std::vector<std::string>>> friends = take_friends(*body);
  if (!friends) {
    context.refuse(friends.error());
    return;
  }
  if (*friends && !std::ranges::all_of(**friends, [&](const std::string& id) { return context.authorize(id); })) {
    return;
  }
  run_between_commits(backend, context,
                      [user, body = *body, friends = *friends, merge](Store& store, Engine& engine) -> Result<Json> {
                        HAINA_TRY(Cells cells, engine.read_cells(body, Side::kUser, "user"));
                        UserUpdate update = merge == Merge::kMerge ? engine.user_update(user) : UserUpdate();
                        for (auto& [name, values] : cells) {
                          update.profile[name] = std::move(values);
                        }
                        if (friends || merge == Merge::kReplace) {
                          update.friends = friends.value_or(std::vector<std::string>());
                          update.has_friends = true;
                        }
                        const Entity entity = {"user", user, document_of(update).dump(), now_us()};
                        HAINA_OK(store.put({&entity, 1}));
                        engine.put_user(user, update);
                        return engine.user(user);
                      });
}

void put_user(Backend& backend, const RequestContext& context) { write_user(backend, context, Merge::kReplace); }
void patch_user(Backend& backend, const RequestContext& context) { write_user(backend, context, Merge::kMerge); }

// What is gone now, what goes later, and what is not the service's to delete.
Json forgotten_json(const std::string& user, const Forgotten& gone, bool shared) {
  Json notes = Json::array();
  if (!gone.overwritten) {
    notes.push_back(shared ? "the database's files still hold deleted rows, until it has vacuumed the tables: within "
                             "seconds of the end of what reads them"
                           : "a reader holds the database: its write-ahead log still holds deleted rows, and is "
                             "emptied within seconds of the reader's end");
  }
  notes.push_back(
      "prepared/ and the datasets of versions are written without the user within seconds; those of a training at "
      "work, after it");
  notes.push_back(
      "versions that were trained with the user keep what they learned until they are deleted: \"forgotten_since\" "
      "in /v1/models marks them");
  notes.push_back(
      "exports, logs, archives of the database and backups are yours: haina forget --verify says what is left in "
      "Haina's files");
  return {{"user", user},
          {"forgotten", true},
          {"deleted",
           {{"events", gone.events},
            {"lists", gone.lists},
            {"feedback", gone.feedback},
            {"profiles", gone.profiles},
            {"friendships", gone.friendships}}},
          {"overwritten", gone.overwritten},
          {"notes", notes},
          {"note_codes", codes_json(notes)}};
}

void delete_user(Backend& backend, const RequestContext& context) {
  const std::string user = context.path.at("id");
  if (!context.authorize(user)) {
    return;
  }
  run_between_commits(backend, context, [&backend, user](Store& store, Engine& engine) -> Result<Json> {
    HAINA_TRY(const Forgotten gone, store.forget_user(user));
    engine.forget(user);
    backend.outcomes.forget(user);
    HAINA_TRY(HashedNames names, store.forgotten_users());
    engine.know_forgotten(std::move(names));
    return forgotten_json(user, gone, store.is_shared());
  });
}

constexpr const char* kUserBody = R"({"type": "object", "properties": {"friends": {"type": "array", "items":
  {"type": "string"}}}, "description": "cells by field of the profile, and friends"})";
constexpr const char* kUsersAnswer = R"({"type": "object", "required": ["users"], "properties": {
  "users": {"type": "array", "items": {"type": "string"}}}})";
constexpr const char* kHistoryAnswer = R"({"type": "object", "required": ["user", "total", "offset", "events"],
  "properties": {"user": {"type": "string"}, "total": {"type": "integer", "minimum": 0}, "offset": {"type": "integer"},
  "events": {"type": "array", "items": {"$ref": "#/components/schemas/HistoryEntry"}}}})";
constexpr const char* kForgottenAnswer = R"({"type": "object",
  "required": ["user", "forgotten", "deleted", "overwritten", "notes", "note_codes"], "properties": {
  "user": {"type": "string"}, "forgotten": {"const": true},
  "deleted": {"type": "object", "description": "rows of the store", "additionalProperties": {"type": "integer"}},
  "overwritten": {"type": "boolean", "description": "whether the deleted rows are out of the database's own files"},
  "notes": {"type": "array", "description": "what goes later, and what is not the service's to delete",
    "items": {"type": "string"}},
  "note_codes": {"type": "array", "items": {"$ref": "#/components/schemas/SentenceCode"}}}})";

}  // namespace

std::vector<Route> user_routes() {
  return {{.method = "GET",
           .path = "/v1/users",
           .summary = "Ids of users by their prefix",
           .needs = Scope::kRead,
           .tenants = TenantKeys::kOwnUsers,
           .query = {{.name = "prefix", .description = "how the ids begin"},
                     {.name = "limit",
                      .description = "number of ids at most; default 20",
                      .type = "integer",
                      .least = 1,
                      .most = kMostUsers}},
           .response = schema(kUsersAnswer),
           .handle = get_users},
          {.method = "GET",
           .path = "/v1/users/{id}",
           .summary = "A user: profile, friends and newest history",
           .needs = Scope::kRead,
           .tenants = TenantKeys::kOwnUsers,
           .response = shared_schema("User"),
           .handle = get_user},
          {.method = "GET",
           .path = "/v1/users/{id}/history",
           .summary = "What a user did, of every action, from the files and since, newest first, by pages",
           .needs = Scope::kRead,
           .tenants = TenantKeys::kOwnUsers,
           .query = {{.name = "offset",
                      .description = "number of newest events to leave out; default 0",
                      .type = "integer",
                      .least = 0,
                      .most = kMostOffset},
                     {.name = "limit",
                      .description = "number of events at most; default 100",
                      .type = "integer",
                      .least = 1,
                      .most = kMostEvents,
                      .example = "5"}},
           .response = schema(kHistoryAnswer),
           .handle = get_history},
          {.method = "PUT",
           .path = "/v1/users/{id}",
           .summary = "Replaces a user's profile and friends",
           .needs = Scope::kWrite,
           .tenants = TenantKeys::kOwnUsers,
           .body = schema(kUserBody),
           .example = {{"friends", {"7", "9"}}},
           .response = shared_schema("User"),
           .handle = put_user},
          {.method = "PATCH",
           .path = "/v1/users/{id}",
           .summary = "Changes some fields of a user's profile, or the friends",
           .needs = Scope::kWrite,
           .tenants = TenantKeys::kOwnUsers,
           .body = schema(kUserBody),
           .example = {{"friends", {"7", "9"}}},
           .response = shared_schema("User"),
           .handle = patch_user},
          {.method = "DELETE",
           .path = "/v1/users/{id}",
           .summary = "Forgets a user: deletes events, lists, profile and ties, keeps late copies of them out, and "
                      "takes the user out of prepared data",
           .needs = Scope::kWrite,
           .tenants = TenantKeys::kOwnUsers,
           .response = schema(kForgottenAnswer),
           .handle = delete_user}};
}

}  // namespace haina
