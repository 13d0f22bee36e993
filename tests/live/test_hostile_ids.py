"""Ids of 15 KB against a large catalog, on every path and in every body that takes an id: refused, and at once.

HAINA_ITEMS sets the size of the catalog (default 20,000).
"""
import copy
import json
import os
import subprocess
import time
import urllib.parse

import pytest
from caller import Caller
from serving import BINARY, haina

ITEMS = int(os.environ.get("HAINA_ITEMS", "20000"))
MOST_MS = 1.0  # beyond what the same client needs for /healthz
CONFIG = """
[project]
name = "large"
[[source]]
name = "clicks"
kind = "events"
path = "clicks.csv"
action = "click"
columns = { user = "user", item = "item", time = "time" }
[[source]]
name = "items"
kind = "items"
path = "items.csv"
columns = { item = "item", title = "text", category = "category" }
[[source]]
name = "people"
kind = "users"
path = "users.csv"
columns = { user = "user", city = "category" }
[train]
network = "none"
[train.experts.popularity]
"""
TIME = "2026-01-31T12:00:00Z"
# A valid body of each operation that takes one. Every text in it is tried as a hostile id.
BODIES = {
    "POST /v1/events": {"events": [{"user": "u1", "item": "item1", "action": "click", "id": "e1", "time": TIME}]},
    "POST /v1/feedback": {"list": "l_1", "user": "u1", "kind": "click", "item": "item1"},
    "POST /v1/recommendations": {"user": "u1", "history": ["item1"], "category": "war", "channel": "popular", "profile": {"city": "Lyon"}},
    "POST /v1/items": {"items": [{"item": "item1", "title": "A ship", "category": "war"}]},
    "PUT /v1/items/{id}": {"title": "A ship", "category": "war"},
    "PATCH /v1/items/{id}": {"title": "A ship"},
    "PUT /v1/users/{id}": {"city": "Lyon", "friends": ["u2"]},
    "PATCH /v1/users/{id}": {"friends": ["u2"]},
    "PUT /v1/rules/{name}": {"do": "pin", "item": "item1", "position": 1},
    "POST /v1/keys": {"name": "a", "scope": "read", "tenant": "t"},
    "POST /v1/keys/{name}/rotate": {}, "POST /v1/models/rollback": {}, "POST /v1/models/{version}/use": {"check": False},
    "POST /api/feedback": [{"FeedbackType": "click", "UserId": "u1", "ItemId": "item1", "Timestamp": TIME}],
    "PUT /api/feedback": [{"FeedbackType": "click", "UserId": "u1", "ItemId": "item1", "Timestamp": TIME}],
    "POST /api/session/recommend": [{"FeedbackType": "click", "UserId": "u1", "ItemId": "item1", "Timestamp": TIME}],
    "POST /api/session/recommend/{category}": [{"FeedbackType": "click", "UserId": "u1", "ItemId": "item1", "Timestamp": TIME}],
    "POST /api/item": {"ItemId": "item1", "Categories": ["war"], "Comment": "a"}, "POST /api/items": [{"ItemId": "item1"}],
    "PATCH /api/item/{item}": {"Comment": "a"}, "POST /api/user": {"UserId": "u1", "Comment": "a"},
    "POST /api/users": [{"UserId": "u1"}], "PATCH /api/user/{user}": {"Comment": "a"}}
IDS = {"user", "item", "id", "list", "history", "friends", "UserId", "ItemId", "FeedbackType", "name", "users"}  # members that hold ids
HOSTILE = {"long": "item1" + "0" * 15_000, "accents": "é" * 7_000, "near": "item10" * 2_500}


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    folder = tmp_path_factory.mktemp("large")
    with open(folder / "items.csv", "w") as items:
        items.write("item,title,category\n")
        items.writelines(f"item{i},The ship {i},{['drama', 'war'][i % 2]}\n" for i in range(ITEMS))
    with open(folder / "users.csv", "w") as users:
        users.write("user,city\n")
        users.writelines(f"u{u},Lyon\n" for u in range(ITEMS // 10))
    with open(folder / "clicks.csv", "w") as clicks:
        clicks.write("user,item,time\n")
        clicks.writelines(f"u{n % (ITEMS // 10)},item{n * 7919 % ITEMS},{1700000000 + n}\n" for n in range(ITEMS))
    (folder / "haina.toml").write_text(CONFIG)
    done = subprocess.run([BINARY, "train", "-c", str(folder)], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-2000:]
    return folder


@pytest.fixture(scope="module")
def caller(serve, large):
    first = serve("--gorse-api", project=large)
    first.stop()
    key = haina("keys", "add", "boss", "--scope", "admin", "--store", first.store).stdout.strip()
    return Caller(serve("--gorse-api", project=large, store=first.store).port, key)


def least_ms(caller: Caller, *request, times: int = 9) -> tuple[float, int, object]:
    """The shortest of some times: the others are of a machine that does other things as well."""
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        status, answer = caller.call(*request)
        taken.append((time.perf_counter() - begun) * 1000)
    return min(taken), status, answer


def operations(caller: Caller):
    for path, methods in caller.ask("GET", "/v1/openapi.json")["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def texts_in(body, path=()):
    """Where a body has texts, as lists of keys."""
    if isinstance(body, str):
        yield list(path)
    elif isinstance(body, dict | list):
        for key, value in body.items() if isinstance(body, dict) else enumerate(body):
            yield from texts_in(value, [*path, key])


def with_text(body, path: list, text: str):
    changed = copy.deepcopy(body)
    inner = changed
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = text
    return changed


def filled(path: str, name: str = "", value: str = "") -> str:
    """The path with its parameters filled in by short ones, but for one."""
    for part in path.split("/"):
        if part.startswith("{"):
            path = path.replace(part, urllib.parse.quote(value if part == "{" + name + "}" else "item1", safe=""))
    return path


def test_every_path(caller):
    quiet, slow, wrong, tried = least_ms(caller, "GET", "/healthz", times=50)[0], [], [], 0
    for method, path, operation in operations(caller):
        for parameter in operation.get("parameters", []):
            if parameter["in"] != "path":
                continue
            for kind, hostile in HOSTILE.items():
                value = hostile if kind != "accents" else hostile[:2_500]  # a header has 16 KB, and each takes six bytes
                body = BODIES.get(f"{method} {path}")
                ms, status, answer = least_ms(caller, method, filled(path, parameter["name"], value), body)
                tried += 1
                if status != 422 or value[:300] in str(answer):
                    wrong.append(f"{method} {path} {parameter['name']} {kind}: {status} {str(answer)[:200]}")
                if ms - quiet > MOST_MS:
                    slow.append(f"{method} {path} {parameter['name']} {kind}: {ms:.2f} ms")
    print(f"{tried} hostile paths, /healthz {quiet:.2f} ms")
    assert tried > 50 and not wrong and not slow, f"/healthz takes {quiet:.2f} ms\n" + "\n".join(wrong + slow)


def test_every_body(caller):
    quiet, slow, wrong, tried = least_ms(caller, "GET", "/healthz", times=50)[0], [], [], 0
    for method, path, operation in operations(caller):
        if "requestBody" not in operation:
            continue
        assert f"{method} {path}" in BODIES, f"give an example of the body of {method} {path}"
        for place in texts_in(body := BODIES[f"{method} {path}"]):
            for kind, hostile in HOSTILE.items():
                sent = json.dumps(with_text(body, place, hostile), ensure_ascii=False).encode()
                ms, status, answer = least_ms(caller, method, filled(path), sent)
                tried += 1
                named = [key for key in place if isinstance(key, str)][-1]
                if (named in IDS and status != 422) or status >= 500 or hostile[:300] in str(answer)[:2000] and status != 200:
                    wrong.append(f"{method} {path} {place} {kind}: {status} {str(answer)[:200]}")
                if named in IDS and ms - quiet > MOST_MS:
                    slow.append(f"{method} {path} {place} {kind}: {ms:.2f} ms")
    print(f"{tried} hostile bodies, /healthz {quiet:.2f} ms")
    assert tried > 50 and not wrong and not slow, f"/healthz takes {quiet:.2f} ms\n" + "\n".join(wrong + slow)


@pytest.mark.parametrize("kind", ["unknown", "misspelt"])
def test_an_unknown_id_of_legal_length(caller, kind):
    """What helps with a misspelt id costs a bounded time."""
    quiet, slow = least_ms(caller, "GET", "/healthz", times=50)[0], []
    value = "item" + "9" * 1_000 if kind == "unknown" else f"imte{ITEMS // 2}"
    for method, path, operation in operations(caller):
        for parameter in operation.get("parameters", []):
            if parameter["in"] == "path" and method == "GET":
                ms, status, _ = least_ms(caller, method, filled(path, parameter["name"], value))
                assert status < 500 or status == 501, path
                if status == 404 and ms - quiet > 3 * MOST_MS:
                    slow.append(f"{method} {path} {parameter['name']}: {ms:.2f} ms")
    assert not slow, f"/healthz takes {quiet:.2f} ms\n" + "\n".join(slow)
