// Schemas of items, users, rules and keys.
#include "service/api/schemas.h"

namespace haina {
namespace {

constexpr const char* kEntitySchemas = R"json({
"Item": {
  "type": "object",
  "required": ["item", "title", "hidden", "live", "listed", "left_out", "events", "fields", "sources"],
  "properties": {
    "item": {"type": "string"},
    "title": {"type": "string"},
    "hidden": {"type": "boolean", "description": "true: no list contains the item"},
    "live": {"type": "boolean", "description": "true: the item was added since training"},
    "listed": {"type": "boolean", "description": "whether lists may hold the item now"},
    "left_out": {"$ref": "#/components/schemas/LeftOut"},
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
"LeftOut": {
  "type": "array",
  "description": "What keeps the item out of lists; empty: nothing.",
  "items": {
    "type": "object",
    "required": ["by"],
    "properties": {"by": {"enum": ["hidden", "rule"]}, "rule": {"type": "string", "description": "name of the rule"}}
  }
},
"ItemState": {
  "type": "object",
  "required": ["item", "title", "hidden", "live", "listed", "left_out"],
  "properties": {
    "item": {"type": "string"},
    "title": {"type": "string"},
    "hidden": {"type": "boolean"},
    "live": {"type": "boolean"},
    "listed": {"type": "boolean"},
    "left_out": {"$ref": "#/components/schemas/LeftOut"}
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
  "required": ["user", "known", "forgotten", "profile", "friends", "events", "history"],
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
    "events": {"type": "integer", "minimum": 0, "description": "all events that are known, of every action"},
    "history": {"type": "array", "description": "the newest 100 of them; the rest: GET /v1/users/{id}/history", "items": {"$ref": "#/components/schemas/HistoryEntry"}}
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
    "date": {"enum": ["past", "future"]},
    "item": {"type": "string"},
    "position": {"type": "integer", "minimum": 1},
    "by": {"type": "number"},
    "at_least": {"type": "integer", "minimum": 0},
    "at_most": {"type": "integer", "minimum": 0},
    "from": {"enum": ["haina.toml", "api"], "description": "where the rule was set"},
    "items": {"type": "integer", "minimum": 0, "description": "how many items of the catalog the rule concerns now; a pin of an unknown item: 0"},
    "title": {"type": "string", "description": "of the item that is pinned"}
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

nlohmann::json entity_schemas() { return schema(kEntitySchemas); }

}  // namespace haina
