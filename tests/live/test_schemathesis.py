"""Requests that the OpenAPI document allows, and many that it does not. No answer is a 5xx; every status, content type and
body is as the document says; every error has its hint."""
import json
import zlib

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance
from serving import haina, is_problem

CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)
EXAMPLES = settings(max_examples=40, deadline=None, derandomize=True, database=None, print_blob=False, phases=(Phase.generate,),
                    suppress_health_check=list(HealthCheck))
USERS, ITEMS = [f"u{n}" for n in range(30)], [f"i{n}" for n in range(30)]
KNOWN = {"id": USERS + ITEMS, "user": USERS, "item": ITEMS, "type": ["click"], "category": ["war"], "name": ["rule"],
         "prefix": ["u"], "q": ["stormy"], "query": ["harbour"], "channel": ["fresh", "similar"], "cursor": ["10", "-5"]}
answered: dict[str, set[int]] = {}


def described(serve, *arguments):
    """A service with an admin key, so that keys added by tests lock nobody out; and its OpenAPI document."""
    first = serve(*arguments)
    first.stop()
    added = haina("keys", "add", "tester", "--scope", "admin", "--store", first.store)
    assert added.returncode == 0, added.stderr
    service = serve(*arguments, store=first.store)
    headers = {"X-API-Key": added.stdout.strip()}
    answer = service.get("/v1/openapi.json", headers=headers)
    assert answer.status_code == 200, f"GET /v1/openapi.json -> {answer.status_code} {answer.text}"
    schema = schemathesis.openapi.from_dict(answer.json())
    schema.config.update(base_url=service.url, headers=headers)
    return service, schema


def half_of_them_known(given: dict | None) -> dict | None:
    """Replaces every second random id by one that exists: unknown ids alone would test little."""
    result = given or {}
    for name, value in result.items():
        if name in KNOWN and zlib.crc32(repr(value).encode()) % 2:
            result[name] = KNOWN[name][zlib.crc32(repr(value).encode()) // 2 % len(KNOWN[name])]
    return given


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    return half_of_them_known(path_parameters)


@schemathesis.hook
def map_query(context, query):
    return half_of_them_known(query)


def is_json(body) -> bool:
    try:
        json.dumps(body)
        return True
    except (TypeError, ValueError):
        return False


@schemathesis.hook
def map_body(context, body):
    """Gorse's bodies are described as any JSON: every second one becomes a client's body with one random field."""
    chance = zlib.crc32(repr(body).encode())
    if not context.operation.path.startswith("/api/") or chance % 2 or not is_json(body):
        return body
    real = {"FeedbackType": "click", "UserId": USERS[chance % 30], "ItemId": ITEMS[chance % 30], "Value": 1, "Labels": None,
              "Timestamp": "2026-01-31T12:00:00Z", "Comment": "a note", "Categories": ["war"], "IsHidden": False}
    return {**real, list(real)[chance // 2 % len(real)]: body}


@pytest.fixture(scope="module")
def plain(serve):
    return described(serve)


@pytest.fixture(scope="module")
def with_gorse(serve):
    return described(serve, "--gorse-api")


def check(case):
    answer = case.call(timeout=20)
    answered.setdefault(f"{case.method} {case.path}", set()).add(answer.status_code)
    if answer.status_code == 405:  # an id such as ".." made the HTTP client call another path
        assert answer.headers["allow"], answer.headers
        return
    case.validate_response(answer, checks=CHECKS)
    if answer.status_code >= 400 and case.path.startswith("/v1"):
        body = answer.json()
        assert answer.headers["content-type"] == ["application/problem+json"], answer.headers
        assert body["status"] == answer.status_code
        assert all(isinstance(body[name], str) and body[name] for name in ("title", "detail", "hint")), body
        assert body["title"] != "Internal Server Error", body
    assert answer.status_code not in (401, 403), "the key is an admin key"


def run_all(schema, mode):
    """Sends valid or invalid requests to every operation; reports all failures together."""
    failures, operations = [], 0
    for result in schema.get_all_operations():
        operation = result.ok()
        operations += 1
        try:
            EXAMPLES(given(case=operation.as_strategy(generation_mode=mode))(check))()
        except Unsatisfiable:
            pass  # the operation has no invalid requests
        except (Exception, BaseExceptionGroup) as error:
            failures.append(f"{operation.method.upper()} {operation.path}: {type(error).__name__} {error}"[:1500])
    assert operations > 10
    assert not failures, f"{len(failures)} of {operations} operations\n" + "\n".join(failures)


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_what_the_service_describes(plain, mode):
    run_all(plain[1], mode)


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_what_gorse_clients_may_send(with_gorse, mode):
    run_all(with_gorse[1].include(path_regex="^/api/"), mode)


def test_document(plain, with_gorse):
    raw, more = plain[1].raw_schema, with_gorse[1].raw_schema
    assert raw["openapi"].startswith("3.")
    assert {"/v1/events", "/v1/users/{id}/recommendations", "/v1/items/{id}", "/v1/keys", "/healthz", "/metrics"} <= set(raw["paths"])
    assert not [path for path in raw["paths"] if path.startswith("/api/")]
    assert set(raw["paths"]) < set(more["paths"])
    assert {"/api/feedback", "/api/recommend/{user}", "/api/items"} <= set(more["paths"])
    names = [parameter["name"] for item in more["paths"].values() for one in item.values() for parameter in one["parameters"]]
    assert all(names)


def test_every_operation_was_answered(plain, with_gorse):
    """And most of them with 200 at least once: otherwise the examples would test little."""
    if not answered:
        pytest.skip("the other tests did not run")
    wanted = {f"{method.upper()} {path}" for path, item in with_gorse[1].raw_schema["paths"].items() for method in item}
    assert set(answered) == wanted
    good = [name for name, statuses in answered.items() if 200 in statuses]
    assert len(good) > 0.7 * len(wanted), sorted(set(wanted) - set(good))


def test_services_are_well(plain, with_gorse):
    plain[0].is_well()
    with_gorse[0].is_well()
    assert "internal error" not in plain[0].log() + with_gorse[0].log()


def test_a_problem_names_its_place(plain):
    service, schema = plain
    key = schema.config.headers
    for answer in (service.get("/v1/users/u1/recommendations?k=0", headers=key), service.get("/v1/items/nothing", headers=key),
                   service.post("/v1/events", {"events": [{"user": "a"}]}, headers=key), service.get("/v1/nothing"),
                   service.post("/v1/popular", {}), service.get("/v1/popular")):
        assert answer.status_code in (401, 404, 405, 422)
        is_problem(answer)
