"""What a service says of a shop, in the form of the shop's model, and whether that is what was acknowledged."""
import collections
import json
from typing import Any

from caller import Caller, rows
from shop import CATALOG, Shop, State


def sorted_by_text(values: list) -> list:
    return sorted(values, key=lambda value: json.dumps(value))


def user_of(caller: Caller, store: str, user: str) -> dict[str, Any]:
    said = caller.ask("GET", f"/v1/users/{user}")
    events = caller.ask("GET", f"/v1/users/{user}/events?limit=1000")["events"]
    feedback = rows(store, f"SELECT kind, item, value FROM feedback WHERE \"user\" = '{user}'")
    return {"events": [[e.get("id", ""), e["item"], e["action"], e.get("value")] for e in events],
            "profile": {name: value for name, value in said["profile"].items() if value is not None}, "friends": said["friends"],
            "forgotten": said["forgotten"], "feedback": [[kind, item, float(value)] for kind, item, value in feedback]}


def item_of(caller: Caller, item: str) -> dict[str, Any] | None:
    status, said = caller.call("GET", f"/v1/items/{item}")
    if status == 404:
        return None
    assert status == 200, said
    return {"fields": {field["name"]: field["values"] for field in said["fields"] if field["present"]}, "hidden": said["hidden"]}


def count_of(caller: Caller, item: str) -> int | None:
    status, said = caller.call("GET", f"/v1/items/{item}")
    return None if status == 404 else said["events"]


def gorse_entity_of(caller: Caller, kind: str, name: str) -> dict[str, Any] | None:
    status, said = caller.call("GET", f"/api/{kind}/{name}")
    if status == 404:
        return None
    return {part: said[part] for part in ("Labels", "Comment", "IsHidden", "Categories") if part in said}


def seen(caller: Caller, shop: Shop, store: str) -> State:
    """The shop's state as the service has it."""
    state: State = {"users": {user: user_of(caller, store, user) for user in shop.state["users"]},
                    "items": {item: item_of(caller, item) for item in shop.state["items"]},
                    "counts": {item: count_of(caller, item) for item in {*shop.state["counts"], *(i for state in shop.unsure for i in state["counts"])}},
                    "gorse_feedback": {}, "gorse_items": {}, "gorse_users": {}}
    rules = [rule for rule in caller.ask("GET", "/v1/rules")["rules"] if rule["name"].startswith(shop.prefix + "-")]
    told = ("from", "items", "title")  # where a rule was set and what it concerns now: not what was asked for
    state["rules"] = {rule["name"]: {name: value for name, value in rule.items() if name not in told} for rule in rules}
    keys = [key for key in caller.ask("GET", "/v1/keys")["keys"] if key["name"].startswith(shop.prefix + "-")]
    state["keys"] = {key["name"]: key["scope"] for key in keys}
    if not any(kind.startswith("gorse") for kind in shop.kinds):
        return {**state, **{table: part for table, part in shop.state.items() if table.startswith("gorse")}}
    for user in shop.state["gorse_feedback"]:
        said = caller.ask("GET", f"/api/user/{user}/feedback")
        one_each = {f"{one['FeedbackType']} {one['ItemId']}": [one["Value"], one["Comment"]] for one in said}
        assert len(one_each) == len(said), f"feedback is doubled: {said}"
        state["gorse_feedback"][user] = one_each
        state["gorse_users"][user] = gorse_entity_of(caller, "user", user)
    for item in shop.state["gorse_items"]:
        state["gorse_items"][item] = gorse_entity_of(caller, "item", item)
    return state


def plain(state: State) -> State:
    """The same state in an order of its own. What is gone by Gorse's paths may still be read as hidden or as unknown."""
    def of_user(user: dict[str, Any]) -> dict[str, Any]:
        return {**user, "events": sorted_by_text(user["events"]), "feedback": sorted_by_text(user["feedback"]), "friends": sorted(user["friends"])}

    def of_item(item: dict[str, Any] | None) -> dict[str, Any] | None:
        return None if item is None else {**item, "fields": {name: sorted(values) for name, values in sorted(item["fields"].items())}}

    return {**state, "users": {name: of_user(user) for name, user in state["users"].items()},
            "items": {name: of_item(item) for name, item in state["items"].items()}}


def as_described(wanted: Any, got: Any) -> Any:
    """What is there of an item's fields or a user's profile, without what only a training has put beside it."""
    if not isinstance(wanted, dict) or not isinstance(got, dict):
        return got
    parts = {part: {name: value for name, value in got[part].items() if name in wanted[part]}
             for part in ("fields", "profile") if part in got and part in wanted}
    return {**got, **parts}


def difference(wanted: Any, got: Any) -> str:
    if isinstance(wanted, dict) and isinstance(got, dict):
        return "; ".join(f"{part} {difference(wanted.get(part), got.get(part))}" for part in sorted({*wanted, *got}) if wanted.get(part) != got.get(part))
    if isinstance(wanted, list) and isinstance(got, list):
        lost, more = (collections.Counter(map(json.dumps, one)) for one in (wanted, got))
        return f"lost {list((lost - more).elements())}, too many {list((more - lost).elements())}"
    return f"acknowledged {wanted}, there is {got}"


def differences(expected: State, got: State, trained: bool = False) -> list[str]:
    """The entries in which two plain states differ. Trained: beside what was put last, there may be trained values of other fields, and an item that
    nobody put but acknowledged events name is there, without fields: the training learned from them."""
    found, events = [], json.dumps([user["events"] for user in expected["users"].values()])
    for table, entries in expected.items():
        for name in sorted({*entries, *got[table]}):
            wanted, is_now = entries.get(name), got[table].get(name)
            is_now = as_described(wanted, is_now) if trained else is_now
            gone = table in ("gorse_items", "gorse_users") and wanted is None and (is_now is None or is_now.get("IsHidden", True))
            named = trained and table == "items" and wanted is None and is_now == {"fields": {}, "hidden": False} and f'"{name}"' in events
            if wanted != is_now and not gone and not named:
                found.append(f"{table} {name}: {difference(wanted, is_now)}")
    return found


def check(caller: Caller, shop: Shop, store: str, trained: bool = False) -> None:
    """Fails unless the service has what was acknowledged; then the shop goes on from there. Trained: a version was made from the store."""
    got = plain(seen(caller, shop, store))
    wrong = [differences(plain(state), got, trained) for state in [shop.state, *shop.unsure]]
    best = min(range(len(wrong)), key=lambda nth: len(wrong[nth]))
    names = {one.split(" ")[1].rstrip(":") for one in wrong[best]}
    told = [request for request in shop.told if any(name in request for name in names)]
    assert not wrong[best], f"{len(wrong[best])} differences:\n" + "\n".join(wrong[best])[:4000] + "\nnewest requests:\n" + "\n".join(told[-12:])[:3000]
    shop.state, shop.unsure = [shop.state, *shop.unsure][best], []
    check_effects(caller, shop, [item for item, fields in got["items"].items() if fields is not None], trained)


def check_effects(caller: Caller, shop: Shop, there: list[str], trained: bool) -> None:
    """What the service has in memory: every event counts once in its user's history, and its item stays out of lists. There: the shop's items."""
    for user, known in shop.state["users"].items():
        items = [*CATALOG, *there]
        events = [(item, action) for _, item, action, _ in known["events"] if item in items]
        history = [(one["item"], one["action"]) for one in caller.ask("GET", f"/v1/users/{user}")["history"]]
        if len(history) < 100:
            # A refusal is in no live history; without a goal, a training from the store makes it an event like others.
            expected = collections.Counter(event for event in events if event[1] != "dislike")
            history = [event for event in history if event[1] != "dislike" or not trained]
            assert collections.Counter(history) == expected, f"{user}: {expected - collections.Counter(history)} lost, " \
                f"{collections.Counter(history) - expected} doubled"
        listed = {one["item"] for one in caller.ask("GET", f"/v1/users/{user}/recommendations?k=1000&record=0")["items"]}
        again = listed & {item for item, _ in events}
        hidden = listed & {item for item, fields in shop.state["items"].items() if fields is not None and fields["hidden"]}
        assert not again and not hidden, f"{user}: {again} were taken already, {hidden} are hidden"
    for name, secret in shop.secrets.items():
        if name in shop.state["keys"]:
            status, _ = caller.call("GET", "/v1/popular", **{"X-API-Key": secret})
            assert status == 200, f"the key {name} was acknowledged, and gets {status}"
