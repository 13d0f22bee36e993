"""What the tests of Gorse's paths share: PyGorse's clients, plain requests, and checks of the answers' shapes."""
import asyncio
import re

import project as made
import requests
from gorse import AsyncGorse, Gorse

called: dict[str, set[str]] = {"sync": set(), "async": set()}
TIME = "2026-01-31T12:00:00Z"
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
KNOWN_ITEMS = {f"i{i}" for i in range(made.ITEMS)}


class Caller:
    """PyGorse's blocking or asynchronous client behind one interface; records which methods were called."""

    def __init__(self, kind: str, url: str, key: str = ""):
        self._kind = kind
        self._client = (Gorse if kind == "sync" else AsyncGorse)(url, key, timeout=20)

    def __getattr__(self, name):
        method = getattr(self._client, name)
        called[self._kind].add(name)
        return method if self._kind == "sync" else lambda *a, **k: asyncio.run(method(*a, **k))


def ask(service, method, path, json=None, expected=200, **more):
    answer = requests.request(method, service.url + path, json=json, timeout=20, **more)
    assert answer.status_code == expected, f"{method} {path} -> {answer.status_code} {answer.text[:300]}"
    return answer.json() if expected == 200 else answer.text


def feedback(kind, user, item, value=0, time=TIME, comment=""):
    return {"FeedbackType": kind, "UserId": user, "ItemId": item, "Value": value, "Timestamp": time, "Comment": comment}


def is_feedback(one):
    assert set(one) == {"FeedbackType", "UserId", "ItemId", "Value", "Timestamp", "Updated", "Comment"}
    assert all(isinstance(one[part], str) for part in ("FeedbackType", "UserId", "ItemId", "Comment"))
    assert isinstance(one["Value"], (int, float)) and not isinstance(one["Value"], bool)
    assert RFC3339.fullmatch(one["Timestamp"]) and RFC3339.fullmatch(one["Updated"])


def is_item(one):
    assert set(one) == {"ItemId", "IsHidden", "Categories", "Timestamp", "Labels", "Comment"}
    assert isinstance(one["ItemId"], str) and isinstance(one["IsHidden"], bool) and isinstance(one["Comment"], str)
    assert one["Categories"] is None or all(isinstance(c, str) for c in one["Categories"])
    assert RFC3339.fullmatch(one["Timestamp"])


def is_user(one):
    assert set(one) == {"UserId", "Labels", "Comment"}
    assert isinstance(one["UserId"], str) and isinstance(one["Comment"], str)


def are_scores(answer, most):
    assert isinstance(answer, list) and 0 < len(answer) <= most
    assert all(set(one) == {"Id", "Score"} for one in answer)
    assert all(isinstance(one["Id"], str) and isinstance(one["Score"], (int, float)) for one in answer)
    scores = [one["Score"] for one in answer]
    assert scores == sorted(scores, reverse=True)
    assert len({one["Id"] for one in answer}) == len(answer)
