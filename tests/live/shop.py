"""A plain model of a shop: random requests to a service, and what the service must say afterwards if each is acknowledged.

A shop owns all users, items, rules and keys whose names begin with its prefix, and sends one request at a time. When the
service is killed, at most one request is unsure: what the service then says must be the state before it or after it (a
request that is stored in two steps may also stop between them).
"""
import copy
import dataclasses
import json
import os
import random
from collections.abc import Callable
from typing import Any

import project as made
from caller import Caller

State = dict[str, dict[str, Any]]
KINDS = ["events", "counts", "items", "users", "feedback", "rules", "keys", "gorse_feedback", "gorse_entities"]
CATALOG = [f"i{i}" for i in range(made.ITEMS)]
CITIES = ["Delft", "Lyon", "Turku"]
LEFT_OUT = os.environ.get("HAINA_LEFT_OUT", "overwrite").split(",")  # overwrite: PUT of Gorse's feedback
TIME = "2026-01-31T12:00:00Z"


@dataclasses.dataclass
class Request:
    method: str
    path: str
    body: Any = None
    kind: str = "application/json"
    steps: list[Callable[[State], None]] = dataclasses.field(default_factory=list)  # each is durable or not


def no_user() -> dict[str, Any]:
    return {"events": [], "profile": {}, "friends": [], "forgotten": False, "feedback": []}


class Shop:
    def __init__(self, draw: random.Random, prefix: str, kinds: list[str], users: int = 3, items: int = 3):
        self.draw, self.prefix, self.kinds = draw, prefix, kinds
        self.users = [f"{prefix}-user{u}" for u in range(users)]
        self.items = [f"{prefix}-item{i}" for i in range(items)]
        self.names = [f"{prefix}-{n}" for n in range(3)]  # of rules and of keys
        gorse_users, gorse_items = [f"{prefix}-gorse{u}" for u in range(2)], [f"{prefix}-gitem{i}" for i in range(2)]
        self.state: State = {
            "users": {user: no_user() for user in self.users}, "items": dict.fromkeys(self.items), "rules": {}, "keys": {},
            "gorse_feedback": {user: {} for user in gorse_users}, "gorse_items": dict.fromkeys(gorse_items),
            "gorse_users": dict.fromkeys(gorse_users), "counts": {}}
        self.unsure: list[State] = []
        self.secrets: dict[str, str] = {}  # of keys that were acknowledged
        self.sent: list[Request] = []  # events that may be sent again
        self.count, self.acknowledged = 0, 0
        self.told: list[str] = []  # the newest acknowledged requests

    # One request.

    def step(self, caller: Caller) -> None:
        """Sends a random request; fails unless it is acknowledged, raises Gone if nobody answers."""
        kind = self.draw.choice(self.kinds)
        request: Request = getattr(self, f"make_{kind}")(caller)
        states, after = [], self.state
        for step in request.steps:
            after = copy.deepcopy(after)
            step(after)
            states.append(after)
        self.unsure = states
        status, answer = caller.call(request.method, request.path, request.body, request.kind)
        assert status == 200, f"{request.method} {request.path} {str(request.body)[:300]} -> {status} {str(answer)[:300]}"
        self.state, self.unsure = after, []
        self.acknowledged += 1
        self.told = [*self.told[-99:], f"{request.method} {request.path} {json.dumps(request.body) if request.kind.endswith('/json') else request.body}"]
        if request.path == "/v1/keys":
            self.secrets[request.body["name"]] = answer["key"]

    def next(self) -> int:
        self.count += 1
        return self.count

    def any_item(self) -> str:
        return self.draw.choice(self.items if self.draw.random() < 0.3 else CATALOG)

    def make_events(self, _: Caller) -> Request:
        if self.sent and self.draw.random() < 0.2:
            return self.draw.choice(self.sent)
        user, draw = self.draw.choice(self.users), self.draw
        batch: list[dict[str, Any]] = []
        for _ in range(draw.randint(1, 4)):
            event: dict[str, Any] = {"user": user, "item": self.any_item(), "action": draw.choice(["click", "view", "buy"])}
            if draw.random() < 0.7:
                event["id"] = f"{self.prefix}-{self.next()}"
            if draw.random() < 0.3:
                event["value"] = draw.randint(1, 40) / 8
            batch.append(event)

        def store(state: State) -> None:
            known = state["users"][user]["events"]
            ids = {event[0] for event in known}
            known.extend([e.get("id", ""), e["item"], e["action"], e.get("value")] for e in batch if e.get("id", "") not in ids - {""})

        if draw.random() < 0.3:
            lines = "\n".join(map(json.dumps, batch)).encode()
            request = Request("POST", "/v1/events", lines, "application/x-ndjson", [store])
        else:
            request = Request("POST", "/v1/events", {"events": batch}, steps=[store])
        if all("id" in event for event in batch):
            self.sent.append(request)
        return request

    def make_counts(self, _: Caller) -> Request:
        """Each event is of a user of its own, so that the item's count says how often events were counted."""
        item, count = f"{self.prefix}-counted", self.state["counts"].get(f"{self.prefix}-counted")

        def add(state: State) -> None:
            state["counts"][item] = 0 if count is None else count + 1

        if count is None:
            return Request("PUT", f"/v1/items/{item}", {"title": "A counted item", "category": "war"}, steps=[add])
        event = {"user": f"{self.prefix}-taker{self.next()}", "item": item, "action": "click"}
        return Request("POST", "/v1/events", {"events": [event]}, steps=[add])

    def described(self) -> tuple[dict[str, Any], dict[str, list[str]]]:
        """An item's body and its fields."""
        draw = self.draw
        whole = {"title": (f"The {draw.choice(['quiet', 'stormy'])} ship {self.next()}", "items.title"),
                 "category": (draw.choice(made.CATEGORIES), "items.category"),
                 "tags": (draw.sample(["old", "long", "new", "short"], 2), "items.tags"), "year": (draw.randint(1980, 2020), "items.year")}
        some = {name: whole[name] for name in draw.sample(list(whole), draw.randint(1, 4))}
        return ({name: value for name, (value, _) in some.items()},
                {field: value if isinstance(value, list) else [str(value)] for value, field in some.values()})

    def items_of(self, ids: list[str]) -> Request:
        bodies, fields = zip(*(self.described() for _ in ids))

        def store(state: State) -> None:
            for item, field in zip(ids, fields):
                known = state["items"][item]
                state["items"][item] = {"fields": field, "hidden": known is not None and known["hidden"]}

        def show(item: str) -> Callable[[State], None]:
            return lambda state: state["items"][item].update(hidden=False)

        steps = [store, *map(show, ids)]
        if len(ids) > 1:
            return Request("POST", "/v1/items", {"items": [{"item": item, **body} for item, body in zip(ids, bodies)]}, steps=steps)
        return Request("PUT", f"/v1/items/{ids[0]}", bodies[0], steps=steps)

    def make_items(self, _: Caller) -> Request:
        item, chance = self.draw.choice(self.items), self.draw.random()
        known = self.state["items"][item]
        if known is None or chance < 0.3:
            return self.items_of([item])
        if chance < 0.5:
            return self.items_of(self.draw.sample(self.items, 2))
        body, fields = self.described() if chance < 0.7 else ({}, {})
        if not body or chance < 0.6:
            body["hidden"] = not known["hidden"]

        def merge(state: State) -> None:
            state["items"][item]["fields"].update(fields)

        def hide_or_show(state: State) -> None:
            state["items"][item]["hidden"] = body.get("hidden", state["items"][item]["hidden"])

        def hide(state: State) -> None:
            state["items"][item]["hidden"] = True

        if chance < 0.85:
            return Request("PATCH", f"/v1/items/{item}", body, steps=[merge, hide_or_show])
        return Request("DELETE", f"/v1/items/{item}", steps=[hide])

    def make_users(self, _: Caller) -> Request:
        draw, user, chance = self.draw, self.draw.choice(self.users), self.draw.random()

        def forget(state: State) -> None:
            state["users"][user] = {**no_user(), "forgotten": True}

        if chance < 0.15:
            self.sent = [request for request in self.sent if user not in str(request.body)]
            return Request("DELETE", f"/v1/users/{user}", steps=[forget])
        profile = {"people.city": draw.choice(CITIES)} if draw.random() < 0.5 else {"people.age": str(draw.randint(20, 60))}
        body: dict[str, Any] = {name.removeprefix("people."): value for name, value in profile.items()}
        friends = draw.sample([f"u{n}" for n in range(made.USERS)], 2) if draw.random() < 0.6 else None
        if friends is not None:
            body["friends"] = friends

        def write(state: State) -> None:
            known = state["users"][user]
            known["profile"] = profile if chance < 0.6 else {**known["profile"], **profile}
            known["friends"] = friends or (known["friends"] if chance >= 0.6 else [])

        return Request("PUT" if chance < 0.6 else "PATCH", f"/v1/users/{user}", body, steps=[write])

    def make_feedback(self, caller: Caller) -> Request:
        draw, user = self.draw, self.draw.choice(self.users)
        given = caller.ask("GET", f"/v1/users/{user}/recommendations?k=5&exclude_seen=0")
        own = [one["item"] for one in given["items"] if one["item"] in CATALOG]  # others may be of another shop
        kind = draw.choice(["click", "like", "dislike", "dwell", "rating"]) if own else "dwell"
        item = "" if kind == "dwell" else draw.choice(own)
        value = {"dwell": draw.randint(1, 99), "rating": draw.randint(1, 5)}.get(kind, 0)
        body = {"list": given["list"], "user": user, "kind": kind, **({"item": item} if item else {}), **({"value": value} if value else {})}

        def event(state: State) -> None:
            state["users"][user]["events"].append([f"feedback:{given['list']}:{kind}:{item}", item, kind, value or None])

        def store(state: State) -> None:
            state["users"][user]["feedback"].append([kind, item, float(value)])

        return Request("POST", "/v1/feedback", body, steps=[store] if kind in ("click", "dwell") else [event, store])

    def make_rules(self, _: Caller) -> Request:
        name = self.draw.choice(self.names)

        def drop(state: State) -> None:
            del state["rules"][name]

        if name in self.state["rules"] and self.draw.random() < 0.4:
            return Request("DELETE", f"/v1/rules/{name}", steps=[drop])
        select = {"field": "items.category", "is": [self.draw.choice(made.CATEGORIES)]}
        rule = {"do": "boost", "by": self.draw.randint(-4, 4) / 4, **select} if self.draw.random() < 0.6 else {
            "do": "quota", "at_most": self.draw.randint(2, 5), **select}

        def put(state: State) -> None:
            state["rules"][name] = {"name": name, **rule}

        return Request("PUT", f"/v1/rules/{name}", rule, steps=[put])

    def make_keys(self, _: Caller) -> Request:
        free = [name for name in self.names if name not in self.state["keys"]]
        name = self.draw.choice(free or self.names)
        scope = self.draw.choice(["read", "write", "admin"])

        def add(state: State) -> None:
            state["keys"][name] = scope

        def drop(state: State) -> None:
            del state["keys"][name]

        if free:
            self.secrets.pop(name, None)
            return Request("POST", "/v1/keys", {"name": name, "scope": scope}, steps=[add])
        return Request("DELETE", f"/v1/keys/{name}", steps=[drop])

    # Gorse's paths.

    def make_gorse_feedback(self, _: Caller) -> Request:
        draw, user = self.draw, self.draw.choice(list(self.state["gorse_feedback"]))
        known = self.state["gorse_feedback"][user]
        if known and draw.random() < 0.2:
            kind, item = draw.choice(list(known)).split(" ")

            def drop(state: State) -> None:
                del state["gorse_feedback"][user][f"{kind} {item}"]

            return Request("DELETE", f"/api/feedback/{kind}/{user}/{item}", steps=[drop])
        sent = {f"{draw.choice(['gclick', 'glike'])} {draw.choice(CATALOG[:12])}": [draw.randint(1, 9), f"note {self.next()}"]
                for _ in range(draw.randint(1, 5))}
        method = "POST" if "overwrite" in LEFT_OUT else draw.choice(["POST", "PUT"])
        # Without a Timestamp they are of now: older ones of a user who was forgotten since are not stored.
        body = [{"FeedbackType": key.split(" ")[0], "UserId": user, "ItemId": key.split(" ")[1], "Value": value, "Comment": comment}
                for key, (value, comment) in sent.items()]

        def store(state: State) -> None:
            before = state["gorse_feedback"][user]
            state["gorse_feedback"][user] = {**before, **sent} if method == "PUT" else {**sent, **before}

        return Request(method, "/api/feedback", body, steps=[store])

    def make_gorse_entities(self, _: Caller) -> Request:
        draw, table = self.draw, self.draw.choice(["gorse_items", "gorse_users"])
        name, is_item = draw.choice(list(self.state[table])), table == "gorse_items"
        path, known = "/api/item" if is_item else "/api/user", self.state[table][name]
        labels, comment = {"city": draw.choice(CITIES)} if not is_item else {"year": draw.randint(1980, 2020)}, f"note {self.next()}"
        chance = draw.random()

        def put(state: State) -> None:
            state[table][name] = {"Labels": labels, "Comment": comment, **({"IsHidden": False, "Categories": ["war"]} if is_item else {})}

        def patch(state: State) -> None:
            state[table][name]["Comment"] = comment

        def drop(state: State) -> None:
            state[table][name] = None
            if not is_item:
                state["gorse_feedback"][name] = {}

        def classify(state: State) -> None:
            state[table][name]["Categories"].append("drama")

        if known is None or chance < 0.4:
            body = {"ItemId": name, "Labels": labels, "Comment": comment, "Categories": ["war"], "IsHidden": False, "Timestamp": TIME}
            return Request("POST", path, body if is_item else {"UserId": name, "Labels": labels, "Comment": comment}, steps=[put])
        if chance < 0.7:
            return Request("PATCH", f"{path}/{name}", {"Comment": comment}, steps=[patch])
        if is_item and chance < 0.9 and "drama" not in known["Categories"]:
            return Request("PUT", f"/api/item/{name}/category/drama", steps=[classify])
        return Request("DELETE", f"{path}/{name}", steps=[drop])
