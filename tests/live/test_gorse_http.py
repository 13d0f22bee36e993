"""The paths under /api, by the requests that Gorse's Go and JavaScript clients send, and by requests that none sends."""
import datetime
import urllib.parse

import project as made
import pytest
import requests
from gorse import GorseException
from gorse_client import KNOWN_ITEMS, TIME, Caller, are_scores, ask, feedback, is_feedback
from serving import haina, wait_for


@pytest.fixture
def service(serve):
    return serve.kept("--gorse-api")


def test_recommendations_as_ids(service):
    plain = ask(service, "GET", "/api/recommend/u5/?n=4&offset=0")
    assert len(plain) == 4 and all(isinstance(one, str) for one in plain)
    assert ask(service, "GET", "/api/recommend/u5?n=4") == plain
    assert ask(service, "GET", "/api/recommend/u5/?n=2&offset=2") == plain[2:]
    wars = ask(service, "GET", "/api/recommend/u5/war?n=4&offset=0")
    assert wars and all(made.category_of(int(item[1:])) == "war" for item in wars if item in KNOWN_ITEMS)


def test_feedback_overwritten_and_deleted_by_type(service, name):
    ask(service, "PUT", "/api/feedback", [feedback("click", name, "i1", 1), feedback("like", name, "i1", 2)])
    assert ask(service, "PUT", "/api/feedback", [feedback("click", name, "i1", 4)]) == {"RowAffected": 1}
    one = ask(service, "GET", f"/api/feedback/click/{name}/i1")
    is_feedback(one)
    assert one["Value"] == 4
    assert len(ask(service, "GET", f"/api/user/{name}/feedback")) == 2
    assert {f["UserId"] for f in ask(service, "GET", "/api/item/i1/feedback")} >= {name}
    assert {f["FeedbackType"] for f in ask(service, "GET", "/api/item/i1/feedback/like")} == {"like"}
    page = ask(service, "GET", "/api/feedback/like?n=1000")
    assert set(page) == {"Cursor", "Feedback"} and {f["FeedbackType"] for f in page["Feedback"]} == {"like"}
    assert ask(service, "DELETE", f"/api/feedback/click/{name}/i1") == {"RowAffected": 1}
    ask(service, "GET", f"/api/feedback/click/{name}/i1", expected=404)
    assert [f["FeedbackType"] for f in ask(service, "GET", f"/api/user/{name}/feedback")] == ["like"]


def test_feedback_deleted_or_overwritten_changes_lists(service, name):
    ask(service, "POST", "/api/feedback", [feedback("click", name, "i1")])
    assert "i1" not in ask(service, "GET", f"/api/recommend/{name}/?n=1000")
    ask(service, "DELETE", f"/api/feedback/click/{name}/i1")
    assert "i1" in ask(service, "GET", f"/api/recommend/{name}/?n=1000")


def test_a_user_changed(service, name):
    ask(service, "POST", "/api/user", {"UserId": name, "Labels": {"a": 1}, "Comment": "old"})
    assert ask(service, "PATCH", f"/api/user/{name}", {"Labels": None, "Comment": "new"}) == {"RowAffected": 1}
    assert ask(service, "GET", f"/api/user/{name}") == {"UserId": name, "Labels": {"a": 1}, "Comment": "new"}


def test_many_items_and_their_categories(service, name):
    ids = [f"{name}{i}" for i in range(3)]
    items = [{"ItemId": one, "Categories": ["war"], "Timestamp": TIME, "Comment": one} for one in ids]
    assert ask(service, "POST", "/api/items", items) == {"RowAffected": 3}
    assert ask(service, "PUT", f"/api/item/{ids[0]}/category/drama")["RowAffected"] == 1
    assert sorted(ask(service, "GET", f"/api/item/{ids[0]}")["Categories"]) == ["drama", "war"]
    assert ask(service, "DELETE", f"/api/item/{ids[0]}/category/war")["RowAffected"] == 1
    assert ask(service, "GET", f"/api/item/{ids[0]}")["Categories"] == ["drama"]
    latest = ask(service, "GET", "/api/latest?n=100")
    are_scores(latest, 100)
    assert set(ids) <= {one["Id"] for one in latest}
    assert ids[1] in [one["Id"] for one in ask(service, "GET", "/api/latest/war?n=100")]


def test_session_neighbors_and_popular(service):
    are_scores(ask(service, "POST", "/api/session/recommend?n=4&offset=1", [feedback("click", "", "i1")]), 4)
    wars = ask(service, "POST", "/api/session/recommend/war?n=4", [feedback("click", "", "i2")])
    assert all(made.category_of(int(one["Id"][1:])) == "war" for one in wars if one["Id"] in KNOWN_ITEMS)
    wars = ask(service, "GET", "/api/item/i2/neighbors/war?n=4&offset=0")
    assert all(made.category_of(int(one["Id"][1:])) == "war" for one in wars if one["Id"] in KNOWN_ITEMS)
    are_scores(ask(service, "GET", "/api/user/u1/neighbors?n=4&offset=0"), 4)
    are_scores(ask(service, "GET", "/api/popular?n=4"), 4)
    are_scores(ask(service, "GET", "/api/popular/war?n=4"), 4)


def test_an_unknown_user_has_no_neighbors(service):
    ask(service, "GET", "/api/user/no-such-user/neighbors?n=4", expected=404)


def test_health(service):
    assert ask(service, "GET", "/api/health/live")["Ready"] is True
    assert ask(service, "GET", "/api/health/ready")["Ready"] is True


def test_ids_may_have_any_character(service):
    strange = "a b/c?d#é%"
    quoted = urllib.parse.quote(strange, safe="")
    ask(service, "POST", "/api/user", {"UserId": strange, "Comment": "é"})
    assert ask(service, "GET", f"/api/user/{quoted}")["UserId"] == strange
    ask(service, "POST", "/api/feedback", [feedback("click", strange, strange)])
    assert ask(service, "GET", f"/api/feedback/click/{quoted}/{quoted}")["ItemId"] == strange


def test_dates_of_any_kind(service, name):
    written = {"2026-01-31": "2026-01-31T00:00:00", "2026-01-31T12:00:00+02:00": "2026-01-31T10:00:00",
               "2026-01-31 12:00:05.25Z": "2026-01-31T12:00:05", "0001-01-01T00:00:00Z": "0001-01-01T00:00:00"}
    for i, (date, expected) in enumerate(written.items()):
        ask(service, "POST", "/api/feedback", [feedback("click", name, f"i{i}", time=date)])
        assert ask(service, "GET", f"/api/feedback/click/{name}/i{i}")["Timestamp"].startswith(expected), date
    ask(service, "POST", "/api/feedback", [feedback("click", name, "i90", time="")])
    now = ask(service, "GET", f"/api/feedback/click/{name}/i90")["Timestamp"]
    assert abs(datetime.datetime.fromisoformat(now).timestamp() - datetime.datetime.now().timestamp()) < 60


# Bodies that no client sends: the service answers 4xx and stays up.


@pytest.mark.parametrize("method, path, body", [
    ("POST", "/api/item", {"ItemId": "odd", "Comment": 5}),
    ("PATCH", "/api/item/i1", {"Comment": {"a": 1}}),
    ("POST", "/api/user", {"UserId": "odd", "Comment": ["a"]}),
    ("PATCH", "/api/user/u1", {"Comment": 5}),
    ("POST", "/api/item", {"ItemId": "odd", "Categories": "drama"}),
    ("POST", "/api/item", {"ItemId": "odd", "Categories": [1, None, {"a": 2}]}),
    ("POST", "/api/item", {"ItemId": "odd", "Timestamp": {"a": 1}}),
    ("POST", "/api/item", {"ItemId": ["odd"]}),
    ("POST", "/api/item", {}),
    ("POST", "/api/items", [1, "a", None]),
    ("POST", "/api/feedback", [{"FeedbackType": "click", "UserId": "u1"}]),
    ("POST", "/api/feedback", [feedback("click", "odd", "i1", value="high")]),
    ("POST", "/api/feedback", {"FeedbackType": {}, "UserId": [], "ItemId": 1.5}),
    ("POST", "/api/session/recommend", [feedback("click", "", "no-such-item"), {}]),
    ("POST", "/api/session/recommend", 7),
])
def test_odd_bodies(serve, method, path, body):
    service = serve("--gorse-api")  # a service for each, so that they do not affect one another
    answer = requests.request(method, service.url + path, json=body, timeout=20)
    assert answer.status_code < 500, answer.text
    service.is_well()
    for read in ("/api/item/odd", "/api/item/i1", "/api/user/odd", "/api/user/u1", "/api/items?n=1000", "/api/users?n=1000",
                 "/api/feedback?n=1000"):
        assert service.get(read).status_code in (200, 404), f"{read} after {method} {path} {body}"
    service.stop()


@pytest.mark.parametrize("method, path, body", [
    ("POST", "/api/feedback", "[" * 100_000 + "]" * 100_000),
    ("POST", "/api/session/recommend", "[" * 3_000_000 + "]" * 3_000_000),
    ("POST", "/api/user", '{"UserId": "deep", "Labels": ' + "[" * 100_000 + "]" * 100_000 + "}"),
    ("PATCH", "/api/item/i1", '{"Labels": ' + '{"a":' * 100_000 + "1" + "}" * 100_000 + "}"),
])
def test_deep_bodies(service, method, path, body):
    try:
        answer = requests.request(method, service.url + path, data=body, headers={"Content-Type": "application/json"}, timeout=20)
    except requests.ConnectionError:
        service.is_well()
        raise
    assert 400 <= answer.status_code < 500, answer.text[:300]
    service.is_well()


def test_context_of_events_is_anything(service, name):
    event = {"user": name, "item": "i1", "action": "click", "context": {"comment": 5}}
    assert service.post("/v1/events", {"events": [event]}).status_code == 200
    assert [one["ItemId"] for one in ask(service, "GET", f"/api/user/{name}/feedback")] == ["i1"]
    assert service.get("/api/feedback?n=10000").status_code == 200


@pytest.mark.parametrize("query", ["n=-1", "n=0", "n=x", "n=99999999999999999999", "cursor=-5", "cursor=zz", "cursor=%00",
                                   "cursor=-9223372036854775807", "cursor=9223372036854775807", "cursor=1e3"])
@pytest.mark.parametrize("path", ["/api/items", "/api/users", "/api/feedback"])
def test_odd_pages(service, path, query):
    assert service.get(f"{path}?{query}").status_code in (200, 400, 422)
    service.is_well()


def test_a_wrong_key_is_refused(serve):
    service = serve("--gorse-api")
    key = haina("keys", "add", "shop", "--scope", "write", "--store", service.store).stdout.strip()
    reader = haina("keys", "add", "page", "--scope", "read", "--store", service.store).stdout.strip()
    service.stop()  # a running service takes seconds to see a new key, a starting one none
    service = serve("--gorse-api", store=service.store)
    for kind in ("sync", "async"):
        assert Caller(kind, service.url, key).insert_user({"UserId": "known"}) == {"RowAffected": 1}
        assert Caller(kind, service.url, reader).get_user("known")["UserId"] == "known"
        for wrong, status in (("wrong", 401), ("", 401), (reader, 403)):
            with pytest.raises(GorseException) as caught:
                Caller(kind, service.url, wrong).insert_user({"UserId": "other"})
            assert caught.value.status_code == status


def test_a_reading_key_writes_nothing_back(serve):
    first = serve("--gorse-api")
    first.stop()
    writer = haina("keys", "add", "shop", "--scope", "write", "--store", first.store).stdout.strip()
    reader = haina("keys", "add", "page", "--scope", "read", "--store", first.store).stdout.strip()
    service = serve("--gorse-api", store=first.store)
    url = "/api/recommend/u1/?n=3&write-back-type=click"
    assert service.get(url, headers={"X-API-Key": reader}).status_code in (200, 403)
    assert service.get(url.replace("u1", "u2"), headers={"X-API-Key": writer}).status_code == 200
    wait_for(lambda: service.get("/api/user/u2/feedback", headers={"X-API-Key": reader}).json(), 5, "the feedback that the writing key stored")
    assert service.get("/api/user/u1/feedback", headers={"X-API-Key": reader}).json() == []


def test_without_the_flag_there_is_no_such_path(serve):
    assert serve().get("/api/items").status_code == 404
