// What requests for lists ask, read from their paths, parameters and bodies.
#pragma once

#include <string>
#include <vector>

#include "engine/engine.h"
#include "service/api/request_context.h"

namespace haina {

inline constexpr size_t kLongestQuery = 16 << 10;  // bytes of search words

// What a request asks of one list.
struct ListQuery {
  RecommendRequest request;
  ListOptions options = {.explain = Explain::kNo};
  std::string category;
  bool record = true;  // as an impression
};

// One list, or the same list for each of several users.
struct BatchQuery {
  ListQuery list;
  std::vector<std::string> users;
};

// Of GET /v1/users/{id}/recommendations. kInvalidArgument names the parameter.
Result<ListQuery> query_of(const RequestContext& context);
// Of the body of POST /v1/recommendations. kInvalidArgument names the member.
Result<BatchQuery> read_body(const RequestContext& context, const Engine& engine);

}  // namespace haina
