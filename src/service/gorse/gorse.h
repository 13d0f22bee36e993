// What the files of Gorse's paths share: its way to answer, and its handlers by subject.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "service/api/request_context.h"
#include "engine/engine.h"

namespace haina::gorse {

inline constexpr int64_t kMost = 10'000;  // entries of an answer
inline constexpr int64_t kUsual = 10;

std::string time_text(int64_t time_us);
// Errors are plain text there.
void refuse(const Call& call, const Error& error);
void not_found(const Call& call, const char* what);
HttpResponse busy();  // come again in a second
void give(const Call& call, const Result<nlohmann::json>& answer);
nlohmann::json rows(int64_t count);
std::string path_of(const Call& call, std::string_view name);         // "" where the path has no such part
std::string text_in(const nlohmann::json& object, const char* name);  // "" where it is neither text nor a whole number
int64_t time_in(const nlohmann::json& object, const char* name);      // now where it is no time
// The body as a list of objects, one of which may stand alone.
Result<std::vector<nlohmann::json>> objects_of(const Call& call);
// A page's cursor is where the next one begins; none: the first.
Result<int64_t> cursor_of(const Call& call);
// On the queue's thread, in the order of the events; its answer is the call's.
void between(Backend& backend, const Call& call, std::function<Result<nlohmann::json>(Store&, Engine&)> task);
// A feedback of that type, user and item is one event, however often it comes.
std::string feedback_id(const std::string& type, const std::string& user, const std::string& item);

void insert_feedback(Backend& backend, const Call& call);
void overwrite_feedback(Backend& backend, const Call& call);
void list_feedback(Backend& backend, const Call& call);
enum class Wanted { kOne, kAll };
// Of a user, an item, or both; of one type, or any.
void find_feedback(Backend& backend, const Call& call, Wanted wanted);
void delete_feedback(Backend& backend, const Call& call);

void insert(Backend& backend, const Call& call, Side side);
void update(Backend& backend, const Call& call, Side side);
enum class Change { kAdd, kRemove };
void change_category(Backend& backend, const Call& call, Change change);
void get_entity(Backend& backend, const Call& call, Side side);
void list_entities(Backend& backend, const Call& call, Side side);
void delete_item(Backend& backend, const Call& call);
void delete_user(Backend& backend, const Call& call);

}  // namespace haina::gorse
