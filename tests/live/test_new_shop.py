"""A shop that opens today: a catalog and no events. The service starts, gives lists, and learns from the first event."""
import pytest
from serving import haina

CONFIG = """
[[source]]
name = "items"
kind = "items"
path = "items.csv"
columns = { item = "item", title = "text", category = "category" }
[[source]]
name = "events"
kind = "events"
path = "events.csv"
columns = { user = "user", item = "item", time = "time" }
"""
KINDS = ["cats", "dogs", "ships"]


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("new_shop")
    rows = [f"b{i},A book about {KINDS[i % 3]} {i},{KINDS[i % 3]}" for i in range(30)]
    (folder / "items.csv").write_text("item,title,category\n" + "\n".join(rows) + "\n")
    (folder / "events.csv").write_text("user,item,time\n")
    (folder / "haina.toml").write_text(CONFIG)
    return folder


@pytest.fixture(scope="module")
def service(serve, shop):
    return serve(project=shop)


def items(service, user, k=9):
    answer = service.get(f"/v1/users/{user}/recommendations?k={k}")
    assert answer.status_code == 200, answer.text
    return [item["item"] for item in answer.json()["items"]]


def test_it_starts_and_lists(service):
    assert len(items(service, "ann", 10)) == 10
    assert service.get("/readyz").status_code == 200


def test_the_first_event_changes_the_list(service):
    assert service.post("/v1/events", {"events": [{"user": "bob", "item": "b4"}]}).json()["accepted"] == 1
    after = items(service, "bob")
    assert "b4" not in after
    assert {int(item[1:]) % 3 for item in after[:5]} == {1}, after


def test_it_trains_on_what_was_stored(service, shop):
    done = haina("train", "-c", shop, "--from-store", service.store)
    assert done.returncode == 0, done.stderr
    assert "too few to hold out a test part" in done.stdout and "hint:" in done.stdout
    done = haina("evaluate", "-c", shop)
    assert done.returncode == 4 and "hint:" in done.stderr
