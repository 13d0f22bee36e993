"""kill -9 at random moments, on every way to write: what was acknowledged is there once after the restart.

HAINA_KILLS sets how many kills there are for each kind of store (default 4).
"""
import os
import random
import signal
import subprocess
import threading
import time

import pytest
from caller import Caller, Gone
from serving import BINARY, haina
from shop import KINDS, Shop
from shop_seen import check
from test_postgres import Cluster

KILLS = int(os.environ.get("HAINA_KILLS", "2"))


@pytest.fixture(scope="module")
def postgres():
    cluster = Cluster()
    yield cluster
    cluster.stop("immediate")


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request, tmp_path):
    """A new store's URL."""
    return f"sqlite://{tmp_path / 'live.db'}" if request.param == "sqlite" else request.getfixturevalue("postgres").database()


def send_until_gone(shop: Shop, port: int, key: str, faults: list[str]) -> None:
    caller = Caller(port, key)
    try:
        while True:
            shop.step(caller)
    except Gone:
        return
    except AssertionError as fault:
        faults.append(str(fault))


def kill_while_it_starts(project, store: str, seconds: float) -> None:
    started = subprocess.Popen([BINARY, "serve", "-c", str(project), "--port", "0", "--store", store],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(seconds)
    started.send_signal(signal.SIGKILL)
    started.wait()


def test_what_was_acknowledged_is_there_once(serve, project, store):
    draw = random.Random(f"kills {store[:6]}")
    key = haina("keys", "add", "boss", "--scope", "admin", "--store", store).stdout.strip()
    service = serve("--gorse-api", store=store)
    acknowledged, old = 0, []
    for kill in range(KILLS):
        shops = [Shop(random.Random(f"{kill} {kind}"), f"k{kill}{kind.replace('_', '')}", [kind]) for kind in KINDS]
        shops.append(Shop(random.Random(f"{kill} all"), f"k{kill}all", KINDS))
        faults: list[str] = []
        threads = [threading.Thread(target=send_until_gone, args=(shop, service.port, key, faults)) for shop in shops]
        for thread in threads:
            thread.start()
        time.sleep(draw.uniform(0.02, 0.5))
        service.kill()
        for thread in threads:
            thread.join(60)
        assert not faults, faults[0]
        if draw.random() < 0.2:
            kill_while_it_starts(project, store, draw.uniform(0, 0.5))
        service = serve("--gorse-api", store=store)
        caller = Caller(service.port, key)
        for shop in [*shops, *draw.sample(old, min(2, len(old)))]:
            check(caller, shop, store)
        acknowledged += sum(shop.acknowledged for shop in shops)
        old.extend(shops)
    for shop in draw.sample(old, min(60, len(old))):
        check(caller, shop, store)
    print(f"{KILLS} kills, {acknowledged} acknowledged requests of {len(old)} senders: each there once")
    assert acknowledged > 10 * KILLS


def test_commands_beside_a_running_service(serve, tmp_path):
    """A program that opens the store and closes it again leaves alone what the service writes afterwards."""
    store = f"sqlite://{tmp_path / 'live.db'}"
    service = serve(store=store)
    service.post("/v1/events", {"events": [{"user": "beside", "item": "i1"}]})
    for _ in range(2):
        assert haina("keys", "list", "--store", store).returncode == 0
    assert service.post("/v1/events", {"events": [{"user": "beside", "item": "i2"}]}).status_code == 200
    log = tmp_path / "live.db-wal"
    assert log.exists(), "the log into which the service writes was removed"
    service.kill()
    again = serve(store=store)
    assert sorted(event["item"] for event in again.get("/v1/users/beside/events").json()["events"]) == ["i1", "i2"]
