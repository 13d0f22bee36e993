"""The paths under /api, by the real PyGorse client and by the calls that the Go and JavaScript clients make."""
import asyncio
import datetime
import re
import uuid

import project as made
import pytest
import requests
from gorse import AsyncGorse, Gorse, GorseException
from serving import haina, wait_for

called = {"sync": set(), "async": set()}
TIME = "2026-01-31T12:00:00Z"
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
KNOWN_ITEMS = {f"i{i}" for i in range(made.ITEMS)}


class Caller:
    """Both clients with one face; remembers which methods were called."""

    def __init__(self, kind: str, url: str, key: str = ""):
        self._kind = kind
        self._client = (Gorse if kind == "sync" else AsyncGorse)(url, key, timeout=20)

    def __getattr__(self, name):
        method = getattr(self._client, name)
        called[self._kind].add(name)
        return method if self._kind == "sync" else lambda *a, **k: asyncio.run(method(*a, **k))


@pytest.fixture
def service(serve):
    return serve.kept("--gorse-api")


@pytest.fixture(params=["sync", "async"])
def gorse(request, service):
    return Caller(request.param, service.url)


@pytest.fixture
def name():
    """An id that no other test uses."""
    return "n" + uuid.uuid4().hex[:12]


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


def gone(call, *arguments):
    with pytest.raises(GorseException) as caught:
        call(*arguments)
    assert caught.value.status_code == 404, caught.value.message


# PyGorse


def test_feedback_is_kept_once_and_read_back(gorse, name):
    assert gorse.insert_feedback("click", name, "i1", TIME) == {"RowAffected": 1}
    two = [feedback("click", name, "i2", 3.5, comment="so so"), feedback("like", name, "i3")]
    assert gorse.insert_feedbacks(two) == {"RowAffected": 2}
    gorse.insert_feedbacks([feedback("click", name, "i2", 1)])  # the old one is kept
    clicks = gorse.list_feedbacks("click", name)
    for one in clicks:
        is_feedback(one)
    assert {(one["ItemId"], one["Value"]) for one in clicks} == {("i1", 0), ("i2", 3.5)}
    assert {one["Comment"] for one in clicks if one["ItemId"] == "i2"} == {"so so"}
    assert all(one["Timestamp"] == TIME for one in clicks)
    assert [one["ItemId"] for one in gorse.list_feedbacks("like", name)] == ["i3"]


def test_feedback_is_deleted(gorse, name):
    gorse.insert_feedbacks([feedback("click", name, "i1"), feedback("like", name, "i1"), feedback("click", name, "i2")])
    assert gorse.delete_feedback(name, "i1")["RowAffected"] == 2
    assert [one["ItemId"] for one in gorse.list_feedbacks("click", name)] == ["i2"]
    assert gorse.list_feedbacks("like", name) == []


def test_feedback_by_pages(gorse, name):
    sent = {(name, f"i{i}") for i in range(25)}
    gorse.insert_feedbacks([feedback("click", *pair) for pair in sent])
    seen, cursor = [], ""
    for _ in range(500):
        page, cursor = gorse.get_feedbacks(7, cursor)
        assert len(page) <= 7
        seen += [(one["UserId"], one["ItemId"], one["FeedbackType"]) for one in page]
        if not cursor:
            break
    assert not cursor and len(seen) == len(set(seen))
    assert {(user, item) for user, item, kind in seen if user == name} == sent


def test_recommendations(gorse):
    first = gorse.get_recommend("u1", n=5)
    assert len(first) == 5 and all(isinstance(one.id, str) and isinstance(one.score, float) for one in first)
    both = gorse.get_recommend("u1", n=3) + gorse.get_recommend("u1", n=2, offset=3)
    assert [one.id for one in both] == [one.id for one in first]
    gorse.insert_feedback("click", "u1", first[0].id, TIME)
    assert first[0].id not in [one.id for one in gorse.get_recommend("u1", n=100)]
    assert len(gorse.get_recommend("nobody-yet", n=5)) == 5  # a newcomer gets a list as well


def test_recommendations_of_a_category(gorse):
    wars = gorse.get_recommend("u3", category="war", n=10)
    assert wars and all(made.category_of(int(one.id[1:])) == "war" for one in wars if one.id in KNOWN_ITEMS)


def test_recommendations_written_back(gorse, name):
    given = gorse.get_recommend(name, n=4, write_back_type="click", write_back_delay="0s")
    wait_for(lambda: {one["ItemId"] for one in gorse.list_feedbacks("click", name)} == {one.id for one in given}, 5,
             "what was given is written back")
    again = gorse.get_recommend(name, n=100)
    assert not {one.id for one in given} & {one.id for one in again}


def test_session_recommendations(gorse):
    answer = gorse.session_recommend([feedback("click", "", item) for item in ("i0", "i3", "i6")], n=6)
    are_scores(answer, 6)
    assert not {"i0", "i3", "i6"} & {one["Id"] for one in answer}
    first = [one["Id"] for one in answer if one["Id"] in KNOWN_ITEMS]
    assert sum(made.category_of(int(item[1:])) == made.category_of(0) for item in first) >= len(first) / 2


def test_neighbors(gorse):
    answer = gorse.get_neighbors("i4", n=5)
    are_scores(answer, 5)
    assert "i4" not in [one["Id"] for one in answer]
    assert gorse.get_neighbors("i4", n=2, offset=3) == answer[3:5]
    gone(gorse.get_neighbors, "no-such-item")


def test_items_in_out_and_changed(gorse, name):
    item = {"ItemId": name, "IsHidden": False, "Categories": ["war", "sea"], "Timestamp": "2026-02-03T04:05:06Z",
            "Labels": {"tags": ["old"], "free": {"deep": [1, 2]}}, "Comment": "A lonely lighthouse"}
    assert gorse.insert_item(item) == {"RowAffected": 1}
    got = gorse.get_item(name)
    is_item(got)
    assert got == item
    gorse.update_item(name, comment="A busy lighthouse")  # all else is null: unchanged
    assert gorse.get_item(name) == {**item, "Comment": "A busy lighthouse"}
    gorse.update_item(name, is_hidden=True)
    assert gorse.get_item(name)["IsHidden"] is True
    assert name not in [one.id for one in gorse.get_recommend("nobody-yet", n=1000)]
    gorse.update_item(name, is_hidden=False, categories=["drama"], labels={"tags": ["new"]},
                      timestamp="2026-03-03T04:05:06Z")
    assert gorse.get_item(name) == {"ItemId": name, "IsHidden": False, "Categories": ["drama"],
                                    "Timestamp": "2026-03-03T04:05:06Z", "Labels": {"tags": ["new"]},
                                    "Comment": "A busy lighthouse"}
    assert name in [one.id for one in gorse.get_recommend("nobody-yet", category="drama", n=1000)]
    assert name not in [one.id for one in gorse.get_recommend("nobody-yet", category="war", n=1000)]
    assert gorse.delete_item(name) == {"RowAffected": 1}
    gone(gorse.get_item, name)
    assert name not in [one.id for one in gorse.get_recommend("nobody-yet", n=1000)]
    gorse.insert_item(item)
    assert gorse.get_item(name) == item


def test_items_with_little_said(gorse, name):
    gorse.insert_item({"ItemId": name})
    is_item(gorse.get_item(name))
    gorse.insert_item({"ItemId": name, "Categories": None, "Labels": None, "Comment": "", "Timestamp": "0001-01-01T00:00:00Z"})
    is_item(gorse.get_item(name))


def test_items_of_the_dataset(gorse):
    got = gorse.get_item("i7")
    is_item(got)
    assert got["Categories"] == [made.category_of(7)] and not got["IsHidden"]
    gone(gorse.get_item, "no-such-item")


def test_items_by_pages(gorse):
    seen, cursor = [], ""
    for _ in range(100):
        page, cursor = gorse.get_items(50, cursor)
        for one in page:
            is_item(one)
        seen += [one["ItemId"] for one in page]
        if not cursor:
            break
    assert not cursor and len(seen) == len(set(seen)) and set(seen) >= KNOWN_ITEMS


def test_a_deleted_item_is_in_no_page(gorse, name):
    gorse.insert_item({"ItemId": name, "Comment": "soon gone"})
    gorse.delete_item(name)
    assert name not in [one["ItemId"] for one in gorse.get_items(10000)[0]]


def test_search(gorse):
    found = gorse.search_items("stormy", n=5)
    assert len(found) == 5
    for one in found:
        is_item(one)
        assert "stormy" in one["Comment"].lower()
    assert gorse.search_items("xyzzy") == []


def test_users_in_out_and_gone(gorse, name):
    user = {"UserId": name, "Labels": {"city": "Lyon", "free": [1, {"a": None}]}, "Comment": "likes the sea"}
    assert gorse.insert_user(user) == {"RowAffected": 1}
    got = gorse.get_user(name)
    is_user(got)
    assert got == user
    assert gorse.insert_users([{"UserId": name + "a"}, {"UserId": name + "b", "Labels": ["x"]}]) == {"RowAffected": 2}
    is_user(gorse.get_user(name + "a"))
    assert gorse.get_user(name + "b")["Labels"] == ["x"]
    gorse.insert_feedback("click", name, "i1", TIME)
    assert gorse.delete_user(name) == {"RowAffected": 1}
    gone(gorse.get_user, name)
    assert gorse.list_feedbacks("click", name) == []
    gone(gorse.get_user, "no-such-user")


def test_users_by_pages(gorse):
    seen, cursor = [], ""
    for _ in range(100):
        page, cursor = gorse.get_users(64, cursor)
        for one in page:
            is_user(one)
        seen += [one["UserId"] for one in page]
        if not cursor:
            break
    assert not cursor and len(seen) == len(set(seen)) and set(seen) >= {f"u{u}" for u in range(100, made.USERS)}


def test_a_deleted_user_is_in_no_page(gorse, name):
    gorse.insert_user({"UserId": name})
    gorse.delete_user(name)
    assert name not in [one["UserId"] for one in gorse.get_users(10000)[0]]


@pytest.mark.parametrize("kind, client", [("sync", Gorse), ("async", AsyncGorse)])
def test_every_method_was_called(kind, client):
    methods = {method for method in vars(client) if not method.startswith("_")}
    if not called[kind]:
        pytest.skip("the other tests did not run")
    assert called[kind] == methods


# What the clients for Go and JavaScript call besides.


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


def test_ids_may_hold_any_letter(service):
    strange = "a b/c?d#é%"
    quoted = requests.utils.quote(strange, safe="")
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


# Bodies that no client sends; the service says 4xx and lives. Each names where it broke, or could.


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
    service = serve("--gorse-api")  # of its own: what one of them leaves is no other's fault
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
        answer = requests.request(method, service.url + path, data=body, timeout=20)
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
    service.stop()  # keys that others add are heard of within seconds, at the start at once
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
    wait_for(lambda: service.get("/api/user/u2/feedback", headers={"X-API-Key": reader}).json(), 5, "a writing key's")
    assert service.get("/api/user/u1/feedback", headers={"X-API-Key": reader}).json() == []


def test_without_the_flag_there_is_no_such_path(serve):
    assert serve().get("/api/items").status_code == 404
