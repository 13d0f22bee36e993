// Schemas of what Gorse's routes take and answer.
#include "service/api/schemas.h"

#include "service/gorse/gorse.h"

namespace haina::gorse {
namespace {

constexpr const char* kSchemas = R"json({
"GorseRows": {
  "type": "object",
  "required": ["RowAffected"],
  "properties": {"RowAffected": {"type": "integer", "minimum": 0}}
},
"GorseFeedback": {
  "type": "object",
  "required": ["FeedbackType", "UserId", "ItemId", "Value", "Timestamp", "Updated", "Comment"],
  "properties": {
    "FeedbackType": {"type": "string"},
    "UserId": {"type": "string"},
    "ItemId": {"type": "string"},
    "Value": {"type": "number"},
    "Timestamp": {"type": "string", "format": "date-time"},
    "Updated": {"type": "string", "format": "date-time"},
    "Comment": {"type": "string"}
  }
},
"GorseFeedbackList": {"type": "array", "items": {"$ref": "#/components/schemas/GorseFeedback"}},
"GorseFeedbackPage": {
  "type": "object",
  "required": ["Cursor", "Feedback"],
  "properties": {
    "Cursor": {"type": "string", "description": "of the next page; empty on the last one"},
    "Feedback": {"$ref": "#/components/schemas/GorseFeedbackList"}
  }
},
"GorseItem": {
  "type": "object",
  "required": ["ItemId", "IsHidden", "Categories", "Timestamp", "Labels", "Comment"],
  "properties": {
    "ItemId": {"type": "string"},
    "IsHidden": {"type": "boolean"},
    "Categories": {"description": "as they were sent: a list of texts, or null"},
    "Timestamp": {"type": "string"},
    "Labels": {"description": "as they were sent: any JSON"},
    "Comment": {"type": "string"}
  }
},
"GorseItemPage": {
  "type": "object",
  "required": ["Cursor", "Items"],
  "properties": {
    "Cursor": {"type": "string", "description": "of the next page; empty on the last one"},
    "Items": {"type": "array", "items": {"$ref": "#/components/schemas/GorseItem"}}
  }
},
"GorseUser": {
  "type": "object",
  "required": ["UserId", "Labels", "Comment"],
  "properties": {
    "UserId": {"type": "string"},
    "Labels": {"description": "as they were sent: any JSON"},
    "Comment": {"type": "string"}
  }
},
"GorseUserPage": {
  "type": "object",
  "required": ["Cursor", "Users"],
  "properties": {
    "Cursor": {"type": "string", "description": "of the next page; empty on the last one"},
    "Users": {"type": "array", "items": {"$ref": "#/components/schemas/GorseUser"}}
  }
},
"GorseScores": {
  "type": "array",
  "items": {
    "type": "object",
    "required": ["Id", "Score"],
    "properties": {"Id": {"type": "string"}, "Score": {"type": "number"}}
  }
},
"GorseRecommendation": {
  "description": "Item ids; with the header X-API-Version: 2, ids with scores.",
  "anyOf": [{"type": "array", "items": {"type": "string"}}, {"$ref": "#/components/schemas/GorseScores"}]
},
"GorseHealth": {
  "type": "object",
  "required": ["Ready"],
  "properties": {"Ready": {"const": true}}
}
})json";

}  // namespace

nlohmann::json schemas() { return schema(kSchemas); }

}  // namespace haina::gorse
