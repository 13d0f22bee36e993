// The table of Gorse's routes.
#include <initializer_list>
#include <string_view>
#include <utility>

#include "service/api/schemas.h"
#include "service/gorse/gorse.h"

namespace haina {
namespace gorse {
namespace {

using Json = nlohmann::json;
using Paths = std::initializer_list<const char*>;

constexpr Parameter kNumber = {
    .name = "n", .description = "number of results; default 10", .type = "integer", .least = 1, .most = kMostItems};
constexpr Parameter kEntries = {
    .name = "n", .description = "number of entries; default 10", .type = "integer", .least = 1, .most = kMost};
constexpr Parameter kOffset = {
    .name = "offset", .description = "number of results to skip", .type = "integer", .least = 0, .most = kMost};
constexpr Parameter kCursor = {.name = "cursor", .description = "the Cursor of the page before"};
constexpr Parameter kCategory = {.name = "category", .description = "only items of that category"};
constexpr Parameter kUserId = {.name = "user-id", .description = "leaves out what that user has dealt with"};
const std::vector<Parameter> kSlice = {kNumber, kOffset};
const std::vector<Parameter> kSliceOfCategory = {kNumber, kOffset, kCategory};
const std::vector<Parameter> kSliceForUser = {kNumber, kOffset, kCategory, kUserId};
const std::vector<Parameter> kPage = {kEntries, kCursor};

// Adds a route at each of the paths, with what all of Gorse's routes have in common.
void add(std::vector<Route>& routes, Paths paths, Route route) {
  route.error_content_type = "text/plain";
  if (!route.example.is_null()) {
    route.body = schema(R"({"type": ["object", "array"]})");
  }
  for (const char* const path : paths) {
    routes.push_back(route);
    routes.back().path = path;
  }
}

Json feedback_example() {
  return Json::array(
      {{{"FeedbackType", "click"}, {"UserId", "ann"}, {"ItemId", "7"}, {"Timestamp", "2026-01-31T12:00:00Z"}}});
}

void add_feedback_routes(std::vector<Route>& routes) {
  add(routes, {"/api/feedback"},
      {.method = "POST",
       .summary = "Gorse: inserts feedback; what is known already stays as it is",
       .needs = Scope::kWrite,
       .tenants = TenantKeys::kOwnUsers,
       .example = feedback_example(),
       .response = shared_schema("GorseRows"),
       .handle = insert_feedback});
  add(routes, {"/api/feedback"},
      {.method = "PUT",
       .summary = "Gorse: inserts feedback; what is known already is replaced",
       .needs = Scope::kWrite,
       .tenants = TenantKeys::kOwnUsers,
       .example = feedback_example(),
       .response = shared_schema("GorseRows"),
       .handle = overwrite_feedback});
  add(routes, {"/api/feedback", "/api/feedback/{type}"},
      {.method = "GET",
       .summary = "Gorse: a page of feedback, of all types or of one",
       .needs = Scope::kRead,
       .tenants = TenantKeys::kOwnUsers,
       .query = kPage,
       .response = shared_schema("GorseFeedbackPage"),
       .handle = list_feedback});
  add(routes, {"/api/feedback/{type}/{user}/{item}"},
      {.method = "GET",
       .summary = "Gorse: one feedback",
       .needs = Scope::kRead,
       .tenants = TenantKeys::kOwnUsers,
       .response = shared_schema("GorseFeedback"),
       .handle = find_one_feedback});
  add(routes, {"/api/feedback/{user}/{item}", "/api/feedback/{type}/{user}/{item}"},
      {.method = "DELETE",
       .summary = "Gorse: deletes a user's feedback on an item, of all types or of one",
       .needs = Scope::kWrite,
       .tenants = TenantKeys::kOwnUsers,
       .response = shared_schema("GorseRows"),
       .handle = delete_feedback});
  add(routes, {"/api/user/{user}/feedback", "/api/user/{user}/feedback/{type}"},
      {.method = "GET",
       .summary = "Gorse: a user's feedback, of all types or of one",
       .needs = Scope::kRead,
       .tenants = TenantKeys::kOwnUsers,
       .response = shared_schema("GorseFeedbackList"),
       .handle = find_feedback});
  add(routes, {"/api/item/{item}/feedback", "/api/item/{item}/feedback/{type}"},
      {.method = "GET",
       .summary = "Gorse: an item's feedback, of all types or of one",
       .needs = Scope::kRead,
       .tenants = TenantKeys::kOwnUsers,
       .response = shared_schema("GorseFeedbackList"),
       .handle = find_feedback});
}

void add_list_routes(std::vector<Route>& routes) {
  add(routes, {"/api/recommend/{user}", "/api/recommend/{user}/", "/api/recommend/{user}/{category}"},
      {.method = "GET",
       .summary = "Gorse: a list for a user",
       .needs = Scope::kRead,
       .tenants = TenantKeys::kOwnUsers,
       .query = {kNumber,
                 kOffset,
                 kCategory,
                 {.name = "write-back-type", .description = "also stores the list as feedback of that type"},
                 {.name = "write-back-delay", .description = "ignored"}},
       .response = shared_schema("GorseRecommendation"),
       .handle = recommend});
  add(routes, {"/api/session/recommend", "/api/session/recommend/{category}"},
      {.method = "POST",
       .summary = "Gorse: a list for a session",
       .needs = Scope::kRead,
       .tenants = TenantKeys::kAlike,
       .query = kSliceOfCategory,
       .example = feedback_example(),
       .response = shared_schema("GorseScores"),
       .handle = session_recommend});
  add(routes, {"/api/item/{item}/neighbors", "/api/item/{item}/neighbors/", "/api/item/{item}/neighbors/{category}"},
      {.method = "GET",
       .summary = "Gorse: the nearest items",
       .needs = Scope::kRead,
       .tenants = TenantKeys::kAlike,
       .query = kSliceOfCategory,
       .response = shared_schema("GorseScores"),
       .handle = item_neighbors});
  add(routes, {"/api/user/{user}/neighbors"},
      {.method = "GET",
       .summary = "Gorse: the nearest users",
       .needs = Scope::kRead,
       .tenants = TenantKeys::kOwnUsers,
       .query = kSlice,
       .response = shared_schema("GorseScores"),
       .handle = user_neighbors});
  add(routes, {"/api/popular", "/api/popular/", "/api/popular/{category}"},
      {.method = "GET",
       .summary = "Gorse: items with the most events",
       .needs = Scope::kRead,
       .tenants = TenantKeys::kOwnUsers,
       .query = kSliceForUser,
       .response = shared_schema("GorseScores"),
       .handle = popular});
  add(routes, {"/api/latest", "/api/latest/", "/api/latest/{category}"},
      {.method = "GET",
       .summary = "Gorse: items added since training",
       .needs = Scope::kRead,
       .tenants = TenantKeys::kOwnUsers,
       .query = kSliceForUser,
       .response = shared_schema("GorseScores"),
       .handle = latest});
}

void add_item_routes(std::vector<Route>& routes) {
  add(routes, {"/api/item", "/api/items"},
      {.method = "POST",
       .summary = "Gorse: inserts items",
       .needs = Scope::kWrite,
       .tenants = TenantKeys::kRefused,
       .example = {{"ItemId", "7"}, {"Categories", {"war"}}, {"Comment", "A quiet harbour"}},
       .response = shared_schema("GorseRows"),
       .handle = [](Backend& b, const RequestContext& c) { insert(b, c, Side::kItem); }});
  add(routes, {"/api/items"},
      {.method = "GET",
       .summary = "Gorse: a page of items, or the items with some words",
       .needs = Scope::kRead,
       .tenants = TenantKeys::kAlike,
       .query = {kEntries, kCursor, {.name = "q", .description = "search words", .most = 16 << 10}},
       .response = shared_schema("GorseItemPage"),
       .handle = [](Backend& b, const RequestContext& c) { list_entities(b, c, Side::kItem); }});
  add(routes, {"/api/item/{item}"},
      {.method = "GET",
       .summary = "Gorse: an item",
       .needs = Scope::kRead,
       .tenants = TenantKeys::kAlike,
       .response = shared_schema("GorseItem"),
       .handle = [](Backend& b, const RequestContext& c) { get_entity(b, c, Side::kItem); }});
  add(routes, {"/api/item/{item}"},
      {.method = "PATCH",
       .summary = "Gorse: changes an item",
       .needs = Scope::kWrite,
       .tenants = TenantKeys::kRefused,
       .example = {{"Comment", "A busy harbour"}},
       .response = shared_schema("GorseRows"),
       .handle = [](Backend& b, const RequestContext& c) { update(b, c, Side::kItem); }});
  add(routes, {"/api/item/{item}"},
      {.method = "DELETE",
       .summary = "Gorse: deletes an item",
       .needs = Scope::kWrite,
       .tenants = TenantKeys::kRefused,
       .response = shared_schema("GorseRows"),
       .handle = delete_item});
  add(routes, {"/api/item/{item}/category/{category}"},
      {.method = "PUT",
       .summary = "Gorse: adds a category to an item",
       .needs = Scope::kWrite,
       .tenants = TenantKeys::kRefused,
       .response = shared_schema("GorseRows"),
       .handle = [](Backend& b, const RequestContext& c) { change_category(b, c, Change::kAdd); }});
  add(routes, {"/api/item/{item}/category/{category}"},
      {.method = "DELETE",
       .summary = "Gorse: removes a category from an item",
       .needs = Scope::kWrite,
       .tenants = TenantKeys::kRefused,
       .response = shared_schema("GorseRows"),
       .handle = [](Backend& b, const RequestContext& c) { change_category(b, c, Change::kRemove); }});
}

void add_user_routes(std::vector<Route>& routes) {
  add(routes, {"/api/user", "/api/users"},
      {.method = "POST",
       .summary = "Gorse: inserts users",
       .needs = Scope::kWrite,
       .tenants = TenantKeys::kOwnUsers,
       .example = {{"UserId", "ann"}, {"Labels", {{"city", "Lyon"}}}},
       .response = shared_schema("GorseRows"),
       .handle = [](Backend& b, const RequestContext& c) { insert(b, c, Side::kUser); }});
  add(routes, {"/api/users"},
      {.method = "GET",
       .summary = "Gorse: a page of users",
       .needs = Scope::kRead,
       .tenants = TenantKeys::kOwnUsers,
       .query = kPage,
       .response = shared_schema("GorseUserPage"),
       .handle = [](Backend& b, const RequestContext& c) { list_entities(b, c, Side::kUser); }});
  add(routes, {"/api/user/{user}"},
      {.method = "GET",
       .summary = "Gorse: a user",
       .needs = Scope::kRead,
       .tenants = TenantKeys::kOwnUsers,
       .response = shared_schema("GorseUser"),
       .handle = [](Backend& b, const RequestContext& c) { get_entity(b, c, Side::kUser); }});
  add(routes, {"/api/user/{user}"},
      {.method = "PATCH",
       .summary = "Gorse: changes a user",
       .needs = Scope::kWrite,
       .tenants = TenantKeys::kOwnUsers,
       .example = {{"Comment", "likes the sea"}},
       .response = shared_schema("GorseRows"),
       .handle = [](Backend& b, const RequestContext& c) { update(b, c, Side::kUser); }});
  add(routes, {"/api/user/{user}"},
      {.method = "DELETE",
       .summary = "Gorse: forgets a user",
       .needs = Scope::kWrite,
       .tenants = TenantKeys::kOwnUsers,
       .response = shared_schema("GorseRows"),
       .handle = delete_user});
}

void health(Backend&, const RequestContext& context) { context.respond(json_response(200, {{"Ready", true}})); }

}  // namespace
}  // namespace gorse

RouteTable gorse_routes() {
  RouteTable table = {.routes = {}, .schemas = gorse::schemas()};
  gorse::add_feedback_routes(table.routes);
  gorse::add_list_routes(table.routes);
  gorse::add_item_routes(table.routes);
  gorse::add_user_routes(table.routes);
  for (Route& route : table.routes) {
    route.heavy = std::string_view(route.method) == "GET";  // they read the store, or compare with all users or items
  }
  gorse::add(table.routes, {"/api/health/live", "/api/health/ready"},
             {.method = "GET",
              .summary = "Gorse: answers while the service is alive",
              .response = shared_schema("GorseHealth"),
              .handle = gorse::health});
  return table;
}

}  // namespace haina
