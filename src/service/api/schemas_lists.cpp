// Schemas of events, feedback and lists.
#include "service/api/schemas.h"

namespace haina {
namespace {

constexpr const char* kListSchemas = R"json({
"Event": {
  "type": "object",
  "description": "An event as the store keeps it.",
  "required": ["user", "item", "action", "time", "context"],
  "properties": {
    "id": {"type": "string", "description": "the sender's id, if the sender gave one"},
    "user": {"type": "string"},
    "item": {"type": "string"},
    "action": {"type": "string"},
    "value": {"type": "number"},
    "time": {"type": "string", "format": "date-time"},
    "context": {"type": "object", "additionalProperties": true}
  }
},
"Accepted": {
  "type": "object",
  "required": ["accepted"],
  "properties": {"accepted": {"type": "integer", "minimum": 0}}
},
"AcceptedEvents": {
  "type": "object",
  "required": ["accepted", "known", "forgotten", "notes", "note_codes"],
  "properties": {
    "accepted": {"type": "integer", "minimum": 0, "description": "new events"},
    "known": {
      "type": "integer",
      "minimum": 0,
      "description": "repeats: events whose id the store had already; they are not counted again"
    },
    "forgotten": {
      "type": "integer",
      "minimum": 0,
      "description": "events of forgotten users from before they were forgotten, or sent under an id that was deleted then; they are not stored"
    },
    "notes": {
      "type": "array",
      "description": "What became of the events: which are no goal events, which wait for their item.",
      "items": {"type": "string"}
    },
    "note_codes": {"type": "array", "description": "of each note, in their order", "items": {"$ref": "#/components/schemas/SentenceCode"}}
  }
},
"Shares": {
  "type": "object",
  "description": "Shares by name; they sum to 1.",
  "additionalProperties": {"type": "number"}
},
"Explanation": {
  "type": "object",
  "description": "Why an item is in a list.",
  "required": ["sources", "experts", "nearest", "channel", "text"],
  "properties": {
    "sources": {"$ref": "#/components/schemas/Shares"},
    "experts": {"$ref": "#/components/schemas/Shares"},
    "nearest": {
      "type": "array",
      "description": "Items of the user's history whose fused vectors are nearest to the item's.",
      "items": {
        "type": "object",
        "required": ["item", "title", "similarity"],
        "properties": {
          "item": {"type": "string"},
          "title": {"type": "string"},
          "similarity": {"type": "number", "minimum": 0, "description": "cosine; only items that are really near are named"}
        }
      }
    },
    "channel": {"type": "string", "description": "the channel in which the item ranks highest"},
    "rules": {
      "type": "array",
      "description": "Rules that gave the item its place; not there without any.",
      "items": {
        "type": "object",
        "required": ["name", "do"],
        "properties": {
          "name": {"type": "string"},
          "do": {"enum": ["pin", "boost", "quota"]},
          "position": {"type": "integer", "minimum": 1, "description": "pin: the place in the list, from 1"},
          "by": {"type": "number", "description": "boost: standard deviations of the scores"}
        }
      }
    },
    "text": {"type": "string", "description": "the above as one line, rules first"}
  }
},
"RecommendedItem": {
  "type": "object",
  "required": ["item", "title", "score"],
  "properties": {
    "item": {"type": "string"},
    "title": {"type": "string"},
    "score": {"type": "number", "description": "comparable within one list only"},
    "actions": {
      "type": "object",
      "description": "The probability of each action, if the model predicts actions.",
      "additionalProperties": {"type": "number", "minimum": 0, "maximum": 1}
    },
    "why": {"$ref": "#/components/schemas/Explanation"}
  }
},
"List": {
  "type": "object",
  "required": ["schema", "user", "k", "notes", "note_codes", "items", "model"],
  "properties": {
    "schema": {"const": "haina.recommend/1"},
    "user": {"type": "string", "description": "empty: an anonymous list"},
    "k": {"type": "integer", "minimum": 1},
    "model": {"type": "string", "description": "the version that made the list"},
    "list": {"type": "string", "description": "the list's id, for feedback; missing if the list is not recorded"},
    "notes": {"type": "array", "items": {"type": "string"}},
    "note_codes": {"type": "array", "description": "of each note, in their order", "items": {"$ref": "#/components/schemas/SentenceCode"}},
    "items": {"type": "array", "items": {"$ref": "#/components/schemas/RecommendedItem"}}
  }
},
"Lists": {
  "type": "object",
  "description": "The answer to a batch: one list for each user, in the order of the request.",
  "required": ["lists"],
  "properties": {"lists": {"type": "array", "items": {"$ref": "#/components/schemas/List"}}}
},
"SimilarItems": {
  "type": "object",
  "required": ["schema", "item", "items"],
  "properties": {
    "schema": {"const": "haina.similar/1"},
    "item": {"type": "string"},
    "items": {
      "type": "array",
      "items": {
        "type": "object",
        "required": ["item", "title", "score"],
        "properties": {
          "item": {"type": "string"},
          "title": {"type": "string"},
          "score": {"type": "number", "description": "cosine, -1 to 1"}
        }
      }
    }
  }
}
})json";

}  // namespace

nlohmann::json list_schemas() { return schema(kListSchemas); }

}  // namespace haina
