"""Mixed load for long, with retraining from the store, swaps, forgotten users and restarts: no request fails, memory and p99 hold.

The load is that of shops of a fixed size: the same users, items and rules change all the time, and users are forgotten, so
that what grows is not what the service was told to keep.

HAINA_LONG_RUN sets how many seconds it takes (default 25), HAINA_RETRAIN how many lie between trainings (default: a third of
it, at most 180). Memory and p99 are compared from 600 seconds on: a shorter run has not enough of either.
"""
import os
import random
import shutil
import statistics
import subprocess
import threading
import time

import pytest
from caller import Caller, Gone
from good_peers import p99
from serving import BINARY, free_port, wait_for
from shop import KINDS, Shop
from shop_seen import check

SECONDS = float(os.environ.get("HAINA_LONG_RUN", "25"))
RETRAIN = float(os.environ.get("HAINA_RETRAIN", str(min(180.0, SECONDS / 3))))
COMPARED_FROM = 600
LEFT_OUT = ("keys", "counts")  # the latter's events are of a new user each, all of whom the service keeps
PAUSE = 0.02  # between a sender's requests
SENDERS = 4
SHOPS = 4  # of a sender


class Load:
    """Senders that go on over restarts: a request whose connection was lost is sent again."""

    def __init__(self, port: int):
        self.port, self.ended = port, threading.Event()
        self.faults: list[str] = []
        self.taken: list[tuple[float, float]] = []  # (when, milliseconds)
        self.repeated = 0
        self.resting = threading.Event()  # set while the service is restarted
        self.shops: list[Shop] = []
        self.threads = [threading.Thread(target=self.run, args=(number,)) for number in range(SENDERS)]
        for thread in self.threads:
            thread.start()

    def lists(self, caller: Caller, draw: random.Random) -> None:
        path = draw.choice(["/v1/users/u{}/recommendations?k=10", "/v1/users/u{}/recommendations?k=10&explain=1", "/v1/items/i{}/similar",
                            "/v1/users/u{}", "/v1/search?q=stormy+harbour&user=u{}", "/v1/popular", "/v1/trending", "/healthz", "/readyz"])
        begun = time.monotonic()
        caller.ask("GET", path.format(draw.randrange(100)))
        self.taken.append((begun, (time.monotonic() - begun) * 1000))

    def run(self, number: int) -> None:
        draw, caller = random.Random(f"load {number}"), Caller(self.port)
        shops = [self.new_shop(number, nth) for nth in range(SHOPS)]
        while not self.ended.is_set():
            time.sleep(PAUSE)
            nth = draw.randrange(SHOPS)
            try:
                if draw.random() < 0.7:
                    self.lists(caller, draw)
                elif shops[nth].unsure:  # by a restart: checked at the end as it is
                    shops[nth] = self.new_shop(number, len(self.shops))
                else:
                    shops[nth].step(caller)
            except Gone as gone:
                if not self.resting.is_set():
                    self.faults.append(str(gone))
                self.repeated += 1
                time.sleep(0.1)
            except AssertionError as fault:
                self.faults.append(str(fault))

    def new_shop(self, number: int, generation: int) -> Shop:
        shop = Shop(random.Random(f"{number} {generation}"), f"l{number}g{generation}", [kind for kind in KINDS if kind not in LEFT_OUT])
        self.shops.append(shop)
        return shop

    def end(self) -> None:
        self.ended.set()
        for thread in self.threads:
            thread.join(60)


@pytest.fixture
def own(project, tmp_path):
    shutil.copytree(project, tmp_path / "project")
    return tmp_path / "project"


def serves(port: int, version: str) -> bool:
    return Caller(port).ask("GET", "/readyz")["model"] == version


def test_the_long_run(serve, own, tmp_path):
    port, store = free_port(), f"sqlite://{tmp_path / 'live.db'}"

    def start():
        return serve("--gorse-api", "--port", port, store=store, project=own)

    service = start()
    caller, load = Caller(port), Load(port)
    begun, memory, rounds, restarts = time.monotonic(), [], 0, 0
    seconds_left = lambda: begun + SECONDS - time.monotonic()  # noqa: E731
    try:
        while seconds_left() > 0 and not load.faults:
            time.sleep(min(RETRAIN, max(0, seconds_left())))
            rounds += 1
            before = caller.ask("GET", "/v1/models")["current"]
            memory.append((rounds, service.memory_mb()))
            done = subprocess.run([BINARY, "train", "-c", str(own), "--from-store", store], capture_output=True, text=True, timeout=600)
            assert done.returncode == 0, done.stderr[-2000:]
            wait_for(lambda before=before: not serves(port, before), 60, lambda service=service: f"the new version serves: {service.warnings()[-8:]}", 0.5)
            if rounds % 3 == 2:  # there and back
                caller.ask("POST", "/v1/models/rollback")
                wait_for(lambda before=before: serves(port, before), 60, "the version of before serves")
            if rounds % 4 == 3:
                load.resting.set()
                service.stop()
                service, restarts = start(), restarts + 1
                caller = Caller(port)
                time.sleep(0.5)
                load.resting.clear()
    except Gone as gone:
        load.faults.append(f"{gone}: {service.log()}")
    finally:
        load.end()
    slow = [value for _, value in load.taken]
    minutes = [[value for when, value in load.taken if nth * 60 <= when - begun < nth * 60 + 60] for nth in range(int(SECONDS / 60) + 1)]
    by_minute = [p99(values) for values in minutes if len(values) > 100]
    print(f"{SECONDS:.0f} s: {len(slow)} lists and {sum(shop.acknowledged for shop in load.shops)} writes, {load.repeated} sent again at "
          f"{restarts} restarts, {rounds} trainings; median {statistics.median(slow):.1f} ms, p99 {p99(slow):.1f} ms, by minute "
          f"{[round(value, 1) for value in by_minute]}; memory {[round(mb) for _, mb in memory]} MB")
    assert not load.faults, f"{len(load.faults)} requests failed: {load.faults[:3]}"
    for shop in load.shops:
        check(caller, shop, store, trained=True)
    if SECONDS >= COMPARED_FROM:
        late = [mb for _, mb in memory[len(memory) // 2:]]
        assert max(late) <= 1.05 * min(late), f"memory {late} MB"
        half = len(by_minute) // 2
        assert statistics.median(by_minute[half:]) <= 2 * statistics.median(by_minute[:half]), f"p99 by minute {by_minute}"
