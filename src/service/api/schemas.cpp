#include "service/api/schemas.h"

#include "base/error.h"

namespace haina {

nlohmann::json schema(const char* text) {
  nlohmann::json parsed = nlohmann::json::parse(text, nullptr, false);
  HAINA_ASSERT(!parsed.is_discarded());
  return parsed;
}

nlohmann::json shared_schema(const std::string& name) { return {{"$ref", "#/components/schemas/" + name}}; }

}  // namespace haina
