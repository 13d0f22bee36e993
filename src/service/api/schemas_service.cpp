// Schemas of the service itself: its state, versions, training and data.
#include "service/api/schemas.h"

namespace haina {
namespace {

constexpr const char* kServiceSchemas = R"json({
"Health": {
  "type": "object",
  "required": ["status", "model", "users", "items", "experts", "lacks", "lack_codes"],
  "properties": {
    "status": {"const": "ok"},
    "model": {"type": "string", "description": "the version in use"},
    "users": {"type": "integer", "minimum": 0},
    "items": {"type": "integer", "minimum": 0},
    "experts": {"type": "array", "items": {"type": "string"}},
    "lacks": {
      "type": "array",
      "description": "What the service still needs before its lists are personal; empty: nothing.",
      "items": {"type": "string"}
    },
    "lack_codes": {"type": "array", "description": "of each lack, in their order", "items": {"$ref": "#/components/schemas/SentenceCode"}}
  }
},
"ListOutcomes": {
  "type": "object",
  "description": "What users did with the lists they got; null where nothing is known yet.",
  "required": ["since", "impressions", "shown", "clicks", "ctr", "likes", "dislikes", "like_rate", "mean_dwell_s", "mean_rating",
               "ratings", "ctr_by_position"],
  "properties": {
    "since": {
      "type": ["integer", "null"],
      "description": "seconds since 1970: the oldest list or feedback that is counted, of those that the store kept when the server started and of all since"
    },
    "impressions": {"type": "integer", "minimum": 0, "description": "lists that were shown"},
    "shown": {"type": "integer", "minimum": 0, "description": "items in all these lists"},
    "clicks": {"type": "integer", "minimum": 0},
    "ctr": {"type": ["number", "null"], "description": "clicks / shown"},
    "likes": {"type": "integer", "minimum": 0},
    "dislikes": {"type": "integer", "minimum": 0},
    "like_rate": {"type": ["number", "null"]},
    "mean_dwell_s": {"type": ["number", "null"]},
    "mean_rating": {"type": ["number", "null"]},
    "ratings": {"type": "integer", "minimum": 0},
    "ctr_by_position": {
      "type": "array",
      "items": {
        "type": "object",
        "required": ["position", "shown", "clicked"],
        "properties": {
          "position": {"type": "integer", "minimum": 1},
          "shown": {"type": "integer", "minimum": 0},
          "clicked": {"type": "integer", "minimum": 0}
        }
      }
    }
  }
},
"Overview": {
  "type": "object",
  "required": ["schema", "now", "started", "seconds_up", "model", "lacks", "lack_codes", "events", "lists", "freshness_ms", "coverage",
               "satisfaction"],
  "properties": {
    "schema": {"const": "haina.overview/1"},
    "now": {"type": "integer", "description": "seconds since 1970 by the server's clock, which all times here are of"},
    "started": {"type": "integer", "description": "seconds since 1970: when this server began to count events and lists"},
    "seconds_up": {"type": "integer", "minimum": 0},
    "model": {
      "type": "object",
      "required": ["version", "users", "items", "experts"],
      "properties": {
        "version": {"type": "string"},
        "users": {"type": "integer", "minimum": 0},
        "items": {"type": "integer", "minimum": 0},
        "experts": {"type": "array", "items": {"type": "string"}}
      }
    },
    "lacks": {
      "type": "array",
      "description": "What the service still needs before its lists are personal; empty: nothing.",
      "items": {"type": "string"}
    },
    "lack_codes": {"type": "array", "description": "of each lack, in their order", "items": {"$ref": "#/components/schemas/SentenceCode"}},
    "events": {
      "type": "object",
      "required": ["total", "per_second", "window_s", "series"],
      "properties": {
        "total": {"type": "integer", "minimum": 0, "description": "accepted by this server since it started"},
        "per_second": {"type": "number", "minimum": 0, "description": "mean over the last window_s"},
        "window_s": {"type": "integer", "minimum": 1},
        "series": {
          "type": "array",
          "items": {
            "type": "object",
            "required": ["t", "n"],
            "properties": {
              "t": {"type": "integer", "description": "seconds since 1970"},
              "n": {"type": "integer", "minimum": 0}
            }
          }
        }
      }
    },
    "lists": {
      "type": "object",
      "required": ["total", "per_second", "window_s", "cache_share", "p50_ms", "p99_ms", "series"],
      "properties": {
        "total": {"type": "integer", "minimum": 0, "description": "answered by this server since it started"},
        "per_second": {"type": "number", "minimum": 0, "description": "mean over the last window_s, as p50_ms and p99_ms"},
        "window_s": {"type": "integer", "minimum": 1},
        "cache_share": {"type": ["number", "null"], "description": "of total"},
        "p50_ms": {"type": ["number", "null"]},
        "p99_ms": {"type": ["number", "null"]},
        "series": {
          "type": "array",
          "items": {
            "type": "object",
            "required": ["t", "n", "p99_ms"],
            "properties": {
              "t": {"type": "integer", "description": "seconds since 1970"},
              "n": {"type": "integer", "minimum": 0},
              "p99_ms": {"type": ["number", "null"]}
            }
          }
        }
      }
    },
    "freshness_ms": {
      "type": "object",
      "description": "From an event's arrival until the next list takes it into account.",
      "required": ["p50", "p99", "window_s"],
      "properties": {"window_s": {"type": "integer", "minimum": 1, "description": "over the last window_s"}, "p50": {"type": ["number", "null"]}, "p99": {"type": ["number", "null"]}}
    },
    "coverage": {
      "type": "object",
      "description": "Different items in the lists that satisfaction counts.",
      "required": ["items_shown", "items", "share"],
      "properties": {
        "items_shown": {"type": "integer", "minimum": 0},
        "items": {"type": "integer", "minimum": 0},
        "share": {"type": "number"}
      }
    },
    "satisfaction": {"$ref": "#/components/schemas/ListOutcomes"}
  }
},
"Version": {
  "type": "object",
  "required": ["version", "trained", "events", "current", "dataset", "validation", "forgotten_since", "live_check"],
  "properties": {
    "version": {"type": "string"},
    "trained": {"type": ["string", "null"], "format": "date-time"},
    "events": {"type": ["integer", "null"], "description": "live events that the version was trained on"},
    "current": {"type": "boolean"},
    "dataset": {"type": ["string", "null"], "description": "hash of the dataset that it was trained on"},
    "validation": {"type": ["number", "null"], "description": "NDCG@10 on validation users; comparable between versions of one dataset"},
    "forgotten_since": {"type": "integer", "minimum": 0, "description": "users it was trained with who are forgotten now"},
    "live_check": {
      "type": ["object", "null"],
      "description": "the version's ranker beside its best single model, on what users did after its training; measured when another version follows it, null before",
      "required": ["users", "metric", "ranker", "best_model", "best_model_value", "delta", "low", "high", "worse"],
      "properties": {
        "users": {"type": "integer", "minimum": 20},
        "metric": {"type": "string"},
        "ranker": {"type": "number", "description": "mean over the users"},
        "best_model": {"type": "string"},
        "best_model_value": {"type": "number", "description": "mean over the users"},
        "delta": {"type": "number", "description": "ranker - best model"},
        "low": {"type": "number", "description": "of the 95 % interval of delta"},
        "high": {"type": "number"},
        "worse": {"type": "boolean", "description": "below 0.8 of the best model's mean, and the interval below 0"}
      }
    }
  }
},
"CurrentVersion": {
  "type": "object",
  "required": ["current"],
  "properties": {"current": {"type": "string"}}
},
"Training": {
  "type": "object",
  "description": "How the version in use was trained; more fields depend on its models.",
  "required": ["version", "trained", "epochs", "source_weights"],
  "properties": {
    "version": {"type": "string"},
    "trained": {"type": ["string", "null"], "format": "date-time"},
    "epochs": {
      "type": "array",
      "items": {
        "type": "object",
        "required": ["epoch", "loss", "validation_metric", "seconds"],
        "properties": {
          "epoch": {"type": "integer"},
          "loss": {"type": ["number", "null"]},
          "validation_metric": {"type": ["number", "null"]},
          "seconds": {"type": ["number", "null"]}
        }
      }
    },
    "source_weights": {"type": "object", "additionalProperties": {"type": "number"}}
  },
  "additionalProperties": true
},
"QualityReport": {
  "type": "object",
  "required": ["schema", "sources", "rules", "alignments", "missing", "totals"],
  "properties": {
    "schema": {"const": "haina.quality/1"},
    "sources": {"type": "array", "items": {"type": "object", "additionalProperties": true}},
    "rules": {
      "type": "array",
      "items": {
        "type": "object",
        "required": ["rule", "source", "count", "examples"],
        "properties": {
          "rule": {"type": "string"},
          "source": {"type": "string"},
          "count": {"type": "integer", "minimum": 0},
          "examples": {"type": "array", "items": {"type": "string"}}
        }
      }
    },
    "alignments": {"type": "array", "items": {"type": "object", "additionalProperties": true}},
    "missing": {"type": "object", "additionalProperties": {"type": "number"}},
    "totals": {"type": "object", "additionalProperties": true}
  },
  "additionalProperties": true
},
"Map": {
  "type": "object",
  "description": "The two strongest directions of the items' fused vectors, -1 to 1.",
  "required": ["schema", "group_field", "items"],
  "properties": {
    "schema": {"const": "haina.map/1"},
    "group_field": {"type": ["string", "null"]},
    "items": {
      "type": "array",
      "items": {
        "type": "object",
        "required": ["item", "title", "x", "y", "group"],
        "properties": {
          "item": {"type": "string"},
          "title": {"type": "string"},
          "x": {"type": "number"},
          "y": {"type": "number"},
          "group": {"type": ["string", "null"]}
        }
      }
    }
  }
}
})json";

}  // namespace

nlohmann::json service_schemas() { return schema(kServiceSchemas); }

}  // namespace haina
