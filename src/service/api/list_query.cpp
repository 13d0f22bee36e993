#include "service/api/list_query.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "service/http/parse_json.h"

namespace haina {
namespace {

using Json = nlohmann::json;

constexpr size_t kMostHistory = 10'000;
constexpr size_t kMostBatchUsers = 100;  // in one batch

// Members of the body of POST /v1/recommendations.

tl::unexpected<Error> wrong_type(const std::string& name, const std::string& expected) {
  return fail({ErrorCode::kInvalidArgument, fmt::format("'{}' is not {}", name, expected), name,
               fmt::format("give {}", expected)});
}

Result<std::vector<std::string>> ids_member(const std::string& name, const Json& list, size_t most) {
  std::vector<std::string> ids;
  for (const Json& one : list.is_array() ? list : Json::array({nullptr})) {
    const auto id = id_in(one);
    if (!id || ids.size() >= most) {
      return fail({ErrorCode::kInvalidArgument, fmt::format("'{}' is not a list of up to {} ids", name, most), name,
                   R"(write ["50", "100"])"});
    }
    HAINA_OK(check_id(*id, name));
    ids.push_back(*id);
  }
  return ids;
}

Result<Cells> user_cells_member(const std::string& name, const Json& object, const Engine& engine) {
  if (!object.is_object()) {
    return wrong_type(name, R"(an object of user fields, {"age": 24})");
  }
  return engine.read_cells(object, Side::kUser, name);
}

Result<std::string> text_member(const std::string& name, const Json& value) {
  if (auto text = id_in(value); text && text->size() <= kLongestQuery) {
    return *std::move(text);
  }
  return wrong_type(name, fmt::format("text of up to {} bytes", kLongestQuery));
}

// An id or a category; may be empty.
Result<std::string> id_member(const std::string& name, const Json& value) {
  HAINA_TRY(std::string id, text_member(name, value));
  if (!id.empty()) {
    HAINA_OK(check_id(id, name));
  }
  return id;
}

Result<bool> boolean_member(const std::string& name, const Json& value) {
  if (!value.is_boolean()) {
    return wrong_type(name, "true or false");
  }
  return value.get<bool>();
}

Status read_member(const std::string& name, const Json& value, const Engine& engine, BatchQuery& query) {
  RecommendRequest& request = query.list.request;
  ListOptions& options = query.list.options;
  if (name == "user") {
    HAINA_TRY(request.user, id_member(name, value));
  } else if (name == "users") {
    HAINA_TRY(query.users, ids_member(name, value, kMostBatchUsers));
  } else if (name == "history") {
    HAINA_TRY(request.history, ids_member(name, value, kMostHistory));
  } else if (name == "query") {
    HAINA_TRY(request.query, text_member(name, value));
  } else if (name == "profile") {
    HAINA_TRY(request.profile, user_cells_member(name, value, engine));
  } else if (name == "context") {
    HAINA_TRY(request.context, user_cells_member(name, value, engine));
  } else if (name == "category") {
    HAINA_TRY(query.list.category, id_member(name, value));
  } else if (name == "channel") {
    HAINA_TRY(const std::string channel, text_member(name, value));
    HAINA_TRY(options.channel, parse_channel(channel));
  } else if (name == "k") {
    if (!value.is_number_integer() || value < 1 || value > kMostItems) {
      return wrong_type(name, fmt::format("a whole number from 1 to {}", kMostItems));
    }
    request.k = value;
  } else if (name == "explain") {
    HAINA_TRY(const bool explain, boolean_member(name, value));
    options.explain = explain ? Explain::kYes : Explain::kNo;
  } else if (name == "exclude_seen") {
    HAINA_TRY(const bool exclude, boolean_member(name, value));
    options.seen = exclude ? Seen::kExclude : Seen::kInclude;
  } else if (name == "record") {
    HAINA_TRY(query.list.record, boolean_member(name, value));
  } else {
    const std::string shown = name.substr(0, kLongestId);
    return fail({ErrorCode::kInvalidArgument, fmt::format("unknown member '{}'", shown), shown,
                 "give user or users, history, query, profile, context, category, channel, k, explain, exclude_seen, "
                 "record"});
  }
  return ok();
}

}  // namespace

Result<ListQuery> query_of(const RequestContext& context) {
  ListQuery query;
  query.request.user = context.path.at("id");
  HAINA_TRY(query.request.k, context.number("k", 10, 1, kMostItems));
  query.request.query = context.text("query");
  query.category = context.text("category");
  query.record = context.boolean("record", true);
  query.options.explain = context.boolean("explain", false) ? Explain::kYes : Explain::kNo;
  query.options.seen = context.boolean("exclude_seen", true) ? Seen::kExclude : Seen::kInclude;
  if (const std::string channel = context.text("channel"); !channel.empty()) {
    HAINA_TRY(query.options.channel, parse_channel(channel));
  }
  return query;
}

Result<BatchQuery> read_body(const RequestContext& context, const Engine& engine) {
  BatchQuery query;
  HAINA_TRY(const Json body, context.object());
  for (const auto& [name, value] : body.items()) {
    HAINA_OK(read_member(name, value, engine, query));
  }
  return query;
}

}  // namespace haina
