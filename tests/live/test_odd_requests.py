"""Requests that are valid HTTP and odd in their bodies, paths and methods. After each, the service is up and answers."""
from urllib.parse import unquote

import pytest
import requests
from serving import is_problem, statuses


@pytest.fixture
def service(serve):
    service = serve.kept()
    yield service
    service.is_well()


# JSON bodies.


@pytest.mark.parametrize("body", [
    b"[" * 100_000, b"[" * 100_000 + b"]" * 100_000, b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    b'{"events":' + b"[" * 4_000_000, b'{"events": [{"user": "a", "item": "b", "context": ' + b'{"a":' * 50_000 + b"1" + b"}" * 50_003,
    b'{"a": "' + b"\\u0000" * 100_000 + b'"}', b'{"a": ' + b"9" * 1_000_000 + b"}", b'{"a": 1e999999}', b'{"a": "\xff\xfe"}',
    b"\xed\xa0\x80", b'{"a": "\\ud800"}', b"", b"null", b"[]", b"0", b'"a"', b'{"events": [null]}',
    b'{"events": [{"user": "a\\u0000b", "item": "i1"}]}', b'{"events": {"user": "a"}}', b"{" + b'"a":1,' * 100_000 + b'"b":1}'],
    ids=lambda body: repr(body[:24]))
@pytest.mark.parametrize("method, path", [("POST", "/v1/events"), ("POST", "/v1/recommendations"), ("POST", "/v1/feedback"),
                                          ("PUT", "/v1/items/odd"), ("PATCH", "/v1/items/i1"), ("POST", "/v1/items"),
                                          ("PUT", "/v1/users/odd"), ("PUT", "/v1/rules/odd"), ("POST", "/v1/models/odd/use")])
def test_odd_json(service, method, path, body):
    answer = requests.request(method, service.url + path, data=body, headers={"Content-Type": "application/json"}, timeout=20)
    assert 400 <= answer.status_code < 500, answer.text[:300]
    is_problem(answer)


@pytest.mark.parametrize("body", [b"\n" * 1_000_000, b"{}\n" * 100_000, b"[" * 100_000 + b"\n" + b"[" * 100_000, b"\xff\n"])
def test_odd_lines(service, body):
    answer = requests.post(service.url + "/v1/events", data=body, headers={"Content-Type": "application/x-ndjson"}, timeout=20)
    assert answer.status_code < 500


def test_ids_with_nul_are_refused(service):
    """SQLite would truncate such ids, and PostgreSQL refuses them."""
    for method, path, body in (("POST", "/v1/items", {"items": [{"item": "a\0b"}]}),
                               ("PUT", "/v1/users/u1", {"friends": ["a\0b"]}), ("POST", "/v1/keys", {"name": "a\0b"})):
        answer = requests.request(method, service.url + path, json=body, timeout=20)
        assert answer.status_code == 422, f"{method} {path} {body} -> {answer.status_code} {answer.text}"


# Paths.


@pytest.mark.parametrize("path", [
    "/v1/users/../../etc/passwd", "/../../../../etc/passwd", "/assets/../../../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd",
    "/assets/%2e%2e/%2e%2e/etc/passwd", "/v1/users/%2e%2e/%2e%2e/etc", "/v1/users/..%2f..%2fetc%2fpasswd", "//etc/passwd",
    "///", "//", "/v1//users", "/v1/users/", "/v1/users//", "/v1/users/%00", "/v1/users/a%00b", "/v1/users/%ff", "/v1/users/%",
    "/v1/users/%2", "/v1/users/%zz", "/v1/users/%-1", "/v1/users/%c0%ae%c0%ae", "/v1/users/%ed%a0%80", "/v1/users?prefix=%ff",
    "/v1/users?prefix=%00", "/v1/users?%ff=1", "/v1/users?limit", "/v1/users?limit=%", "/v1/users?&&&", "/v1/users?=", "/v1/users?limit=5?limit=6",
    "/v1/users/u1;a=b", "/v1/users/u1#a", "/healthz/", "/healthz?x=1", "/.git/config", "/index.html/..", "/\\..\\..\\etc", "/favicon.svg%00.html",
    "/v1/items/%252e%252e", "*", "http://127.0.0.1/etc/passwd", "/v1/users/\u00e9", "/v1/users/ /a"])
def test_tricks_with_paths(service, path):
    raw = service.send(b"GET " + path.encode() + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert len(statuses(raw)) == 1 and statuses(raw)[0] < 500, raw[:300]
    assert b"root:" not in raw and b"[core]" not in raw


@pytest.mark.parametrize("version", ["..%2f..%2fmodels%2fx", "..", ".", "%2e%2e%2f%2e%2e%2fetc", "x", "a%2fb"])
def test_versions_are_names_not_paths(service, version):
    answer = service.post(f"/v1/models/{version}/use", {"check": False})
    assert answer.status_code in (404, 422)
    is_problem(answer)
    # Nothing of where the service keeps its models; the name is the caller's own.
    assert "/manifest.json" not in answer.text and "/models/" not in answer.text.replace(unquote(version), "")


def test_another_method(service):
    for method in ("DELETE", "PUT", "TRACE", "BREW", "PATCH"):
        answer = requests.request(method, service.url + "/healthz", timeout=20)
        assert answer.status_code == 405 and answer.headers["Allow"] == "GET"
        is_problem(answer)


def test_unknown_paths(service):
    answer = service.get("/v1/nothing")
    assert answer.status_code == 404
    is_problem(answer)
    assert "/v1/openapi.json" in answer.json()["hint"] and service.get("/v1/openapi.json").status_code == 200
