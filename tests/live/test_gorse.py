"""The paths under /api, called by the real PyGorse client. See also test_gorse_http.py."""
import project as made
import pytest
from gorse import AsyncGorse, Gorse, GorseException
from gorse_client import KNOWN_ITEMS, TIME, Caller, are_scores, called, feedback, is_feedback, is_item, is_user
from serving import wait_for


@pytest.fixture
def service(serve):
    return serve.kept("--gorse-api")


@pytest.fixture(params=["sync", "async"])
def gorse(request, service):
    return Caller(request.param, service.url)


def not_found(call, *arguments):
    with pytest.raises(GorseException) as caught:
        call(*arguments)
    assert caught.value.status_code == 404, caught.value.message


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
    not_found(gorse.get_neighbors, "no-such-item")


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
    not_found(gorse.get_item, name)
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
    not_found(gorse.get_item, "no-such-item")


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
    not_found(gorse.get_user, name)
    assert gorse.list_feedbacks("click", name) == []
    not_found(gorse.get_user, "no-such-user")


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
