"""Three servers on one PostgreSQL, random requests to all, each killed several times: soon after quiet all say the same.

HAINA_SERVER_OPERATIONS sets how many requests there are (default 300), HAINA_SERVER_KILLS how often each server is killed
(default 1), HAINA_SERVER_KINDS which requests, with commas (default: all), HAINA_ROAM=1 sends a sender's requests to
changing servers, HAINA_APART how many seconds after quiet servers may differ (default 1).
"""
import itertools
import os
import random
import threading
import time

import pytest
from caller import Caller, Gone
from serving import haina
from shop import KINDS, Shop
from shop_seen import check, differences, plain, seen
from test_postgres import Cluster

OPERATIONS = int(os.environ.get("HAINA_SERVER_OPERATIONS", "300"))
KILLS = int(os.environ.get("HAINA_SERVER_KILLS", "1"))
USED = os.environ.get("HAINA_SERVER_KINDS", ",".join(KINDS)).split(",")
ROAM = os.environ.get("HAINA_ROAM") == "1"
APART = float(os.environ.get("HAINA_APART", "1"))
SERVERS, SENDERS = 3, 6


class Fleet:
    """Servers that are killed and replaced; who sends to one finds it by its number."""

    def __init__(self, serve, store: str):
        self.serve, self.store = serve, store
        self.key = haina("keys", "add", "boss", "--scope", "admin", "--store", store).stdout.strip()
        self.ports = [self.start() for _ in range(SERVERS)]

    def start(self) -> int:
        service = self.serve("--gorse-api", store=self.store)
        self.services = [*getattr(self, "services", []), service]
        return service.port

    def replace(self, number: int) -> None:
        port = self.ports[number]
        next(service for service in self.services if service.port == port and not service.killed).kill()
        self.ports[number] = self.start()

    def caller(self, number: int) -> Caller:
        return Caller(self.ports[number], self.key)


@pytest.fixture
def fleet(serve):
    cluster = Cluster()
    yield Fleet(serve, cluster.database())
    serve.end()
    cluster.stop("immediate")


class Sender:
    def __init__(self, fleet: Fleet, number: int):
        self.fleet, self.number = fleet, number
        self.draw = random.Random(f"sender {number}")
        self.shop = Shop(random.Random(f"shop {number}"), f"s{number}", USED)
        self.faults: list[str] = []

    def run(self, todo: "itertools.count[int]") -> None:
        server = self.number % SERVERS
        callers: dict[int, Caller] = {}
        while next(todo) < OPERATIONS and not self.faults:
            server = self.draw.randrange(SERVERS) if ROAM else server
            port = self.fleet.ports[server]
            try:
                self.shop.step(callers.setdefault(port, Caller(port, self.fleet.key)))
            except Gone:
                self.after_a_kill(server, port)
            except AssertionError as fault:
                self.faults.append(f"server {server}: {fault}")

    def after_a_kill(self, server: int, port: int) -> None:
        """The server that takes its place has read everything: what was unsure is known there."""
        while self.fleet.ports[server] == port:
            time.sleep(0.05)
        try:
            check(self.fleet.caller(server), self.shop, self.fleet.store)
        except Gone:
            self.after_a_kill(server, self.fleet.ports[server])
        except AssertionError as fault:
            self.faults.append(f"server {server} after a kill: {fault}")


def say_the_same(fleet: Fleet, senders: list[Sender]) -> list[str]:
    """Where a server says something else than what was acknowledged, or gives other lists than the first."""
    wrong = []
    callers = [fleet.caller(server) for server in range(SERVERS)]
    for sender in senders:
        for server, caller in enumerate(callers):
            try:
                got = plain(seen(caller, sender.shop, fleet.store))
                wrong += [f"server {server}: {one}" for one in differences(plain(sender.shop.state), got)]
            except AssertionError as fault:
                wrong.append(f"server {server}: {fault}")
        for user in [*sender.shop.users, "u1", "nobody"]:
            lists = [[one["item"] for one in caller.ask("GET", f"/v1/users/{user}/recommendations?k=30&record=0")["items"]] for caller in callers]
            wrong += [f"server {server}: the list of {user} is {one}, and {lists[0]} by server 0"
                      for server, one in enumerate(lists) if one != lists[0]]
    rules = [caller.ask("GET", "/v1/rules") for caller in callers]
    wrong += [f"server {server}: rules {one}, and {rules[0]} by server 0" for server, one in enumerate(rules) if one != rules[0]]
    return wrong


def test_three_servers_agree(fleet):
    senders = [Sender(fleet, number) for number in range(SENDERS)]
    todo = itertools.count()
    threads = [threading.Thread(target=sender.run, args=(todo,)) for sender in senders]
    begun = time.monotonic()
    for thread in threads:
        thread.start()
    draw = random.Random("kills of servers")
    for server in [server for _ in range(KILLS) for server in range(SERVERS)]:
        time.sleep(draw.uniform(0.1, 1))
        fleet.replace(server)
    for thread in threads:
        thread.join(3600)
    took = time.monotonic() - begun
    faults = [fault for sender in senders for fault in sender.faults]
    assert not faults, f"{len(faults)} faults:\n" + "\n".join(faults)[:6000]
    quiet = time.monotonic()
    while True:
        begun = time.monotonic()  # what a server says is of a later time than this
        wrong = say_the_same(fleet, senders)
        if not wrong or begun > quiet + APART:
            break
    print(f"{sum(sender.shop.acknowledged for sender in senders)} acknowledged requests in {took:.0f} s, {KILLS} kills of each server: "
          f"{len(wrong)} differences {begun - quiet:.1f} s after quiet", *wrong[:20], sep="\n")
    assert not wrong, f"{len(wrong)} differences:\n" + "\n".join(wrong)[:6000]
