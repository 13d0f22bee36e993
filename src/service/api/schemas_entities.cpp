// Schemas of items, users, rules and keys.
#include "service/api/schemas.h"

namespace haina {
namespace {

constexpr const char* kSchemas = R"json({
"Item": {
  "type": "object",
  "required": ["item", "title", "hidden", "live", "events", "fields", "sources"],
  "properties": {
    "item": {"type": "string"},
    "title": {"type": "string"},
    "hidden": {"type": "boolean", "description": "true: no list contains the item"},
    "live": {"type": "boolean", "description": "true: the item was added since training"},
    "events": {"type": "integer", "minimum": 0},
    "fields": {
      "type": "array",
      "items": {
        "type": "object",
        "required": ["name", "type", "values", "present"],
        "properties": {
          "name": {"type": "string"},
          "type": {"type": "string"},
          "values": {"type": "array", "items": {"type": "string"}},
          "present": {"type": "boolean"}
        }
      }
    },
    "sources": {
      "type": "object",
      "description": "The weight of each source in the item's fused vector.",
      "additionalProperties": {"type": "number"}
    }
  }
},
"HistoryEntry": {
  "type": "object",
  "required": ["item", "title", "action", "time", "value", "live"],
  "properties": {
    "item": {"type": "string"},
    "title": {"type": "string"},
    "action": {"type": ["string", "null"]},
    "time": {"type": ["string", "null"], "format": "date-time"},
    "value": {"type": ["number", "null"]},
    "live": {"type": "boolean", "description": "true: the event came in since training"}
  }
},
"User": {
  "type": "object",
  "required": ["user", "known", "forgotten", "profile", "friends", "history"],
  "properties": {
    "user": {"type": "string"},
    "known": {"type": "boolean"},
    "forgotten": {"type": "boolean"},
    "profile": {
      "type": "object",
      "description": "Values by field.",
      "additionalProperties": {"type": ["string", "array", "null"], "items": {"type": "string"}}
    },
    "friends": {"type": "array", "items": {"type": "string"}},
    "history": {"type": "array", "items": {"$ref": "#/components/schemas/HistoryEntry"}}
  }
},
"Rule": {
  "type": "object",
  "required": ["name", "do"],
  "properties": {
    "name": {"type": "string"},
    "do": {"enum": ["filter", "boost", "pin", "quota"]},
    "field": {"type": "string"},
    "is": {"type": "array", "items": {"type": "string"}},
    "above": {"type": "number"},
    "below": {"type": "number"},
    "added_since_training": {"type": "boolean", "description": "true: applies to items added since training"},
    "item": {"type": "string"},
    "position": {"type": "integer", "minimum": 1},
    "by": {"type": "number"},
    "at_least": {"type": "integer", "minimum": 0},
    "at_most": {"type": "integer", "minimum": 0},
    "from": {"enum": ["haina.toml", "api"], "description": "where the rule was set"}
  }
},
"Key": {
  "type": "object",
  "required": ["name", "scope", "tenant"],
  "properties": {
    "name": {"type": "string"},
    "scope": {"enum": ["read", "write", "admin"]},
    "tenant": {"type": "string", "description": "empty: the key may access all users"},
    "created": {"type": ["string", "null"], "description": "null: by a release that did not record it"},
    "expires": {"type": ["string", "null"], "description": "from then on the key is refused; null: never"},
    "last_used": {"type": ["string", "null"], "description": "the day, UTC; null: not used yet"}
  }
},
"NewKey": {
  "type": "object",
  "required": ["name", "scope", "tenant", "key"],
  "properties": {
    "name": {"type": "string"},
    "scope": {"enum": ["read", "write", "admin"]},
    "tenant": {"type": "string"},
    "created": {"type": ["string", "null"]},
    "expires": {"type": ["string", "null"]},
    "last_used": {"type": ["string", "null"]},
    "old_until": {"type": "string", "description": "of a rotation: how long the secret of before stays valid"},
    "key": {"type": "string", "description": "the secret; it is not shown again"}
  }
}
})json";

}  // namespace

nlohmann::json entity_schemas() { return schema(kSchemas); }

}  // namespace haina
