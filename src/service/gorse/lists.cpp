// Gorse's lists: recommendations, neighbors, popular and latest items.
#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "engine/engine_slot.h"
#include "service/gorse/gorse.h"
#include "store/commit_queue.h"

namespace haina::gorse {
namespace {

using Json = nlohmann::json;

// Items from `offset` on, in Gorse's shape.
Json scores_of(const std::vector<RecommendedItem>& items, int64_t offset) {
  Json list = Json::array();
  for (size_t i = static_cast<size_t>(offset); i < items.size(); ++i) {
    list.push_back({{"Id", items[i].item}, {"Score", items[i].score}});
  }
  return list;
}

struct Slice {
  int64_t n = kDefault, offset = 0;
};
Result<Slice> slice_of(const RequestContext& context) {
  Slice slice;
  HAINA_TRY(slice.n, context.number("n", kDefault, 1, kMostItems));
  HAINA_TRY(slice.offset, context.number("offset", 0, 0, kMost));
  return slice;
}

// Of the path or, as version 0.5 also has it, of the query.
std::string category_of(const RequestContext& context) {
  const std::string category = path_of(context, "category");
  return category.empty() ? context.text("category") : category;
}

Result<Json> list_of(Backend& backend, const RequestContext& context, RecommendRequest request, Channel channel) {
  HAINA_TRY(const Slice slice, slice_of(context));
  request.k = slice.n + slice.offset;
  HAINA_TRY(
      const RecommendationList list,
      backend.engines.get()->recommend(request, {.explain = Explain::kNo, .channel = channel}, category_of(context)));
  return scores_of(list.items, slice.offset);
}

}  // namespace

void recommend(Backend& backend, const RequestContext& context) {
  const std::string user = path_of(context, "user"), type = context.text("write-back-type");
  if (!context.authorize(user)) {
    return;
  }
  if (!type.empty() && context.key.scope < Scope::kWrite) {
    context.respond(text_response(403, "writing back needs a key of scope write"));
    return;
  }
  const Result<Json> list = list_of(backend, context, {.user = user, .history = {}, .query = ""}, Channel::kAll);
  if (!list) {
    refuse(context, list.error());
    return;
  }
  Json document = *list;
  if (context.request.api_version != "2") {  // the first version of Gorse's API answers with ids alone
    for (Json& one : document) {
      one = Json(one.at("Id"));
    }
  }
  if (type.empty()) {
    context.respond(json_response(200, document));
    return;
  }
  // The recommended items become feedback of that type, which is durable before the client gets them.
  std::vector<LiveEvent> events;
  for (const Json& one : *list) {
    const std::string item = one.at("Id");
    events.push_back(
        {.id = feedback_id(type, user, item), .user = user, .item = item, .action = type, .time_us = now_us()});
  }
  const bool enqueued = backend.queue.enqueue(
      std::move(events), [respond = context.respond, document](const Result<std::vector<Appended>>& appended) {
        respond(appended ? json_response(200, document) : response_of(appended.error()));
      });
  if (!enqueued) {
    context.respond(busy());
  }
}

void session_recommend(Backend& backend, const RequestContext& context) {
  const Result<std::vector<Json>> objects = objects_of(context);
  if (!objects) {
    refuse(context, objects.error());
    return;
  }
  RecommendRequest request;
  const std::shared_ptr<Engine> engine = backend.engines.get();
  for (const Json& one : *objects) {
    if (const std::string item = text_in(one, "ItemId"); engine->has_item(item)) {
      request.history.push_back(item);
    }
  }
  answer(context, list_of(backend, context, request, Channel::kAll));
}

void item_neighbors(Backend& backend, const RequestContext& context) {
  const Result<Slice> slice = slice_of(context);
  if (!slice) {
    refuse(context, slice.error());
    return;
  }
  const Result<SimilarItems> similar =
      backend.engines.get()->similar(path_of(context, "item"), slice->n + slice->offset, category_of(context));
  answer(context, similar ? Result<Json>(scores_of(similar->items, slice->offset)) : fail(similar.error()));
}

void user_neighbors(Backend& backend, const RequestContext& context) {
  const Result<Slice> slice = slice_of(context);
  const std::string user = path_of(context, "user");
  if (!slice) {
    refuse(context, slice.error());
    return;
  }
  if (!context.authorize(user)) {
    return;
  }
  if (!backend.engines.get()->knows(user)) {
    not_found(context, "user");
    return;
  }
  Json list = Json::array();
  const auto near = backend.engines.get()->near_users(user, slice->n + slice->offset);
  if (!near) {
    refuse(context, near.error());
    return;
  }
  for (size_t i = static_cast<size_t>(slice->offset); i < near->size(); ++i) {
    if (context.key.may_touch((*near)[i].first)) {
      list.push_back({{"Id", (*near)[i].first}, {"Score", (*near)[i].second}});
    }
  }
  context.respond(json_response(200, list));
}

namespace {

// Without what the user of "user-id" has dealt with; for nobody where none is given.
void answer_with_channel(Backend& backend, const RequestContext& context, Channel channel) {
  const std::string user = context.text("user-id");
  if (user.empty() || context.authorize(user)) {
    answer(context, list_of(backend, context, {.user = user, .history = {}, .query = ""}, channel));
  }
}

}  // namespace

void popular(Backend& backend, const RequestContext& context) {
  answer_with_channel(backend, context, Channel::kPopular);
}

void latest(Backend& backend, const RequestContext& context) { answer_with_channel(backend, context, Channel::kFresh); }

}  // namespace haina::gorse
