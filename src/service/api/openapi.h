// The API's description of itself, OpenAPI 3.1, from its table of routes.
#pragma once

#include <nlohmann/json.hpp>
#include <span>

#include "service/api/route.h"

namespace haina {

// The document that GET /v1/openapi.json answers: every route with its parameters, body, answer and errors.
nlohmann::json openapi_document(std::span<const RouteTable> tables);

}  // namespace haina
