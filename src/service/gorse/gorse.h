// The paths under /api that Gorse's public clients call (its REST API, version 0.5): the same paths and JSON shapes, so
// that a team that moves over changes one URL. Feedback becomes events, with the feedback's type as the action; labels
// and categories become cells of the fields that the model was trained on, and are returned as they were sent.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "config/source_kinds.h"
#include "engine/engine.h"
#include "service/api/request_context.h"
#include "service/api/route.h"

namespace haina {

RouteTable gorse_routes();

namespace gorse {

inline constexpr int64_t kMost = 10'000;  // entries in an answer
inline constexpr int64_t kDefault = 10;   // entries in an answer if the client gives no number

nlohmann::json schemas();  // of what these routes take and answer

// Answers. Errors are plain text, as Gorse's clients expect.
HttpResponse text_response(int status, const std::string& what);
HttpResponse response_of(const Error& error);
void refuse(const RequestContext& context, const Error& error);
void not_found(const RequestContext& context, const char* what);
HttpResponse busy();  // 503: the commit queue is full
void answer(const RequestContext& context, const Result<nlohmann::json>& document);
nlohmann::json rows_affected(int64_t count);

// What clients send.
std::string path_of(const RequestContext& context, std::string_view name);  // "" if the path has no such segment
std::string text_in(const nlohmann::json& object, const char* name);        // "" unless text or a whole number
// Microseconds since 1970 UTC; now where there is none, or Go's zero time. kInvalidArgument for what is no time.
Result<int64_t> time_in(const nlohmann::json& object, const char* name);
std::string time_text(int64_t time_us);  // "2026-01-31T12:00:00Z"
// The body as a list of objects; a single object is a list of one.
Result<std::vector<nlohmann::json>> objects_of(const RequestContext& context);
// Where a page begins; 0 without a cursor.
Result<int64_t> cursor_of(const RequestContext& context);

// As haina::run_between_commits, with plain-text errors.
void run_in_order(Backend& backend, const RequestContext& context,
                  std::function<Result<nlohmann::json>(Store&, Engine&)> task);
// The event id of a feedback: one type, user and item are one event, however often they are sent.
std::string feedback_id(const std::string& type, const std::string& user, const std::string& item);

// feedback.cpp
void insert_feedback(Backend& backend, const RequestContext& context);
void overwrite_feedback(Backend& backend, const RequestContext& context);
void list_feedback(Backend& backend, const RequestContext& context);
void find_feedback(Backend& backend, const RequestContext& context);      // of a user, an item or both: all of it
void find_one_feedback(Backend& backend, const RequestContext& context);  // the newest; 404 if there is none
void delete_feedback(Backend& backend, const RequestContext& context);

// entities.cpp
void insert(Backend& backend, const RequestContext& context, Side side);
void update(Backend& backend, const RequestContext& context, Side side);
enum class Change { kAdd, kRemove };
void change_category(Backend& backend, const RequestContext& context, Change change);
void get_entity(Backend& backend, const RequestContext& context, Side side);
void list_entities(Backend& backend, const RequestContext& context, Side side);
void delete_item(Backend& backend, const RequestContext& context);
void delete_user(Backend& backend, const RequestContext& context);

// lists.cpp
void recommend(Backend& backend, const RequestContext& context);
void session_recommend(Backend& backend, const RequestContext& context);
void item_neighbors(Backend& backend, const RequestContext& context);
void user_neighbors(Backend& backend, const RequestContext& context);
void popular(Backend& backend, const RequestContext& context);
void latest(Backend& backend, const RequestContext& context);

}  // namespace gorse
}  // namespace haina
