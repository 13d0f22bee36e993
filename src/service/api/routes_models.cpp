// Trained versions: listed and put in use; and what the console shows of training and data.
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/engine_slot.h"
#include "engine/version_manager.h"
#include "service/api/route.h"
#include "service/api/schemas.h"
#include "service/http/problem_json.h"
#include "service/http/sentence_code.h"

namespace haina {
namespace {

using Json = nlohmann::json;

constexpr int64_t kMostMapItems = 10'000;
constexpr int64_t kDefaultMapItems = 2000;
constexpr double kLongestSwap = 900;  // seconds

void get_models(Backend& backend, const RequestContext& context) {
  Result<Json> versions = backend.models.versions();
  if (versions) {
    for (Json& swap : (*versions)["swaps"]) {
      for (const std::string why : {"refused", "failed"}) {
        const Json& said = swap.at(why);
        const Json code = said.is_string() ? code_json(said.get_ref<const std::string&>(), "other") : Json();
        swap[why + "_code"] = code;
      }
    }
  }
  context.answer(versions);
}

void use_model(Backend& backend, const RequestContext& context) {
  const Result<Json> body = context.request.body.empty() ? Result<Json>(Json::object()) : context.object();
  if (!body) {
    context.refuse(body.error());
    return;
  }
  const bool valid = body->empty() || (body->size() == 1 && body->contains("check") && (*body)["check"].is_boolean());
  if (!valid) {
    context.refuse(
        {ErrorCode::kInvalidArgument, "the body has more than \"check\"", "body", R"(send {"check": false})"});
    return;
  }
  const auto check = body->value("check", true) ? VersionManager::Check::kYes : VersionManager::Check::kNo;
  backend.models.use(context.path.at("version"), check,
                     [respond = context.respond](const Result<std::string>& version) {
                       respond(version ? json_response(200, {{"current", *version}}) : problem(version.error()));
                     });
}

void roll_back(Backend& backend, const RequestContext& context) {
  backend.models.roll_back([respond = context.respond](const Result<std::string>& version) {
    respond(version ? json_response(200, {{"current", *version}}) : problem(version.error()));
  });
}

void training(Backend& backend, const RequestContext& context) {
  const std::shared_ptr<Engine> engine = backend.engines.get();
  const Model& model = engine->model();
  Json document = model.about;
  document["version"] = engine->about().at("model");
  const std::optional<std::string> trained = trained_at(document["version"]);
  document["trained"] = trained ? Json(*trained) : Json();
  Json epochs = Json::array();
  for (const Json& epoch : model.about.value("curve", Json::array())) {
    const double value = epoch.value("val", -1.0);
    epochs.push_back({{"epoch", epoch.value("epoch", 0)},
                      {"loss", epoch.value("loss", Json())},
                      {"validation_metric", value < 0 ? Json() : Json(value)},
                      {"seconds", epoch.value("seconds", Json())}});
  }
  document.erase("curve");
  document["epochs"] = epochs;
  document["source_weights"] = Json::object();
  if (model.network) {
    const std::vector<std::string> names = model.network->item_sources();
    const at::Tensor mean = model.network->item_source_weights().mean(0).contiguous();
    for (size_t s = 0; s < names.size(); ++s) {
      document["source_weights"][names[s]] = mean.const_data_ptr<float>()[s];
    }
  }
  context.respond(json_response(200, document));
}

void quality(Backend& backend, const RequestContext& context) {
  context.respond(json_response(200, backend.engines.get()->dataset().quality));
}

void map(Backend& backend, const RequestContext& context) {
  const Result<int64_t> most = context.number("most", kDefaultMapItems, 1, kMostMapItems);
  most ? context.respond(json_response(200, backend.engines.get()->map(*most))) : context.refuse(most.error());
}

constexpr const char* kUseBody =
    R"({"type": "object", "additionalProperties": false, "properties": {"check": {"type": "boolean"}}})";
constexpr const char* kNoBody = R"({"type": "object"})";
constexpr const char* kModelsAnswer = R"({"type": "object", "required": ["current", "models", "swaps"], "properties": {
  "current": {"type": "string"},
  "models": {"type": "array", "items": {"$ref": "#/components/schemas/Version"}},
  "swaps": {"type": "array", "description": "since the start, newest first, at most 50", "items": {
    "type": "object", "required": ["time", "from", "to", "compared", "refused", "refused_code", "failed", "failed_code", "times"], "properties": {
      "time": {"type": "string", "format": "date-time"}, "from": {"type": "string"}, "to": {"type": "string"},
      "compared": {"type": ["object", "null"], "description": "both versions on the newest events of the same users: means of their lists' metric; null: not asked for, or too few users", "required": ["users", "metric", "to", "from"], "properties": {
        "users": {"type": "integer", "minimum": 1}, "metric": {"type": "string"}, "to": {"type": "number"}, "from": {"type": "number"}}},
      "refused": {"type": ["string", "null"], "description": "what speaks against \"to\"; null: nothing"},
      "refused_code": {"anyOf": [{"$ref": "#/components/schemas/SentenceCode"}, {"type": "null"}]},
      "failed": {"type": ["string", "null"], "description": "why \"to\" could not be taken although nothing speaks against it: a store or disk that failed. Where models/current.json names it, it is tried again. Null: it serves, or was refused"},
      "failed_code": {"anyOf": [{"$ref": "#/components/schemas/SentenceCode"}, {"type": "null"}]},
      "times": {"type": "integer", "minimum": 1, "description": "how often in a row the same was tried and ended so, the last time at \"time\""}}}}}})";

}  // namespace

std::vector<Route> model_routes() {
  return {
      {.method = "GET",
       .path = "/v1/models",
       .summary = "Trained versions, and the one in use",
       .needs = Scope::kRead,
       .tenants = TenantKeys::kRefused,
       .response = schema(kModelsAnswer),
       .heavy = true,
       .handle = get_models},
      {.method = "POST",
       .path = "/v1/models/rollback",
       .summary = "Puts the version before the current one in use",
       .needs = Scope::kAdmin,
       .tenants = TenantKeys::kRefused,
       .body = schema(kNoBody),
       .example = Json::object(),
       .response = shared_schema("CurrentVersion"),
       .seconds = kLongestSwap,
       .handle = roll_back},
      {.method = "POST",
       .path = "/v1/models/{version}/use",
       .summary = "Loads a version, checks it on recent events and puts it in use; \"check\": false skips the check",
       .needs = Scope::kAdmin,
       .tenants = TenantKeys::kRefused,
       .body = schema(kUseBody),
       .example = {{"check", false}},
       .response = shared_schema("CurrentVersion"),
       .seconds = kLongestSwap,
       .handle = use_model},
      {.method = "GET",
       .path = "/v1/training",
       .summary = "How the version in use was trained",
       .needs = Scope::kRead,
       .tenants = TenantKeys::kRefused,
       .response = shared_schema("Training"),
       .heavy = true,
       .handle = training},
      {.method = "GET",
       .path = "/v1/quality",
       .summary = "The data-quality report of the prepared data",
       .needs = Scope::kRead,
       .tenants = TenantKeys::kRefused,
       .response = shared_schema("QualityReport"),
       .heavy = true,
       .handle = quality},
      {.method = "GET",
       .path = "/v1/map",
       .summary = "The items' fused vectors in two dimensions",
       .needs = Scope::kRead,
       .tenants = TenantKeys::kAlike,
       .query = {{.name = "most",
                  .description = "number of items at most; default 2000",
                  .type = "integer",
                  .least = 1,
                  .most = kMostMapItems}},
       .response = shared_schema("Map"),
       .heavy = true,
       .handle = map}};
}

}  // namespace haina
