"""PostgreSQL as the store: a private server, shared by services that are killed under load."""
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import uuid

import pytest
import requests
from serving import free_port, haina, need, wait_for

PROGRAMS = "/usr/lib/postgresql/15/bin"


class Cluster:
    def __init__(self):
        self.initdb = need(f"{PROGRAMS}/initdb", "postgresql-15")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="haina_postgres_"))
        self.port = free_port()
        self.owner = []  # PostgreSQL refuses to run as root
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(self.folder, user.pw_uid, user.pw_gid)
            self.owner = ["runuser", "-u", "postgres", "--"]
        self.run(self.initdb, "-D", self.folder / "data", "-A", "trust", "-U", "haina", "-E", "UTF8", "--no-sync")
        self.start()

    def run(self, *command):
        log = self.folder / "log"
        done = subprocess.run([*self.owner, *map(str, command)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=60, cwd=self.folder)
        assert done.returncode == 0, f"{done.stdout}\n{log.read_text() if log.exists() else ''}"
        return done.stdout

    def start(self):
        # The output goes to a file: a pipe would stay open as long as the server runs.
        subprocess.run([*self.owner, f"{PROGRAMS}/pg_ctl", "-D", self.folder / "data", "-l", self.folder / "log", "-w", "-o",
                        f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1", "start"],
                       check=True, timeout=60, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def stop(self, mode: str = "fast"):
        self.run(f"{PROGRAMS}/pg_ctl", "-D", self.folder / "data", "-m", mode, "-w", "stop")

    def ask(self, database: str, sql: str) -> str:
        return self.run(f"{PROGRAMS}/psql", "-h", "127.0.0.1", "-p", self.port, "-U", "haina", "-d", database, "-tA", "-c", sql).strip()

    def database(self) -> str:
        """Creates a database; returns its URL."""
        name = "d" + uuid.uuid4().hex[:12]
        self.ask("postgres", f"CREATE DATABASE {name}")
        return f"postgresql://haina@127.0.0.1:{self.port}/{name}"


@pytest.fixture(scope="module")
def cluster():
    cluster = Cluster()
    yield cluster
    try:
        cluster.stop("immediate")
    finally:
        shutil.rmtree(cluster.folder, ignore_errors=True)


@pytest.fixture
def store(cluster):
    return cluster.database()


def send(service, events):
    answer = service.post("/v1/events", {"events": events})
    assert answer.status_code == 200, answer.text
    return {name: answer.json()[name] for name in ("accepted", "known")}


def read(service, user):
    return service.get(f"/v1/users/{user}/events?limit=1000").json()["events"]


def test_events_are_kept_once(serve, store):
    service = serve(store=store)
    events = [{"user": "ann", "item": f"i{i}", "action": "click", "id": f"e{i}", "value": i / 4, "time": 1700000000.25 + i,
               "context": {"device": "Ünïcode 'quoted\" \\ 😀", "n": [1, None]}} for i in range(50)]
    assert send(service, events) == {"accepted": 50, "known": 0}
    assert send(service, events[:30] + [{"user": "ann", "item": "i60"}]) == {"accepted": 1, "known": 30}
    back = read(service, "ann")
    assert len(back) == 51 and back[0]["item"] == "i60"
    one = next(event for event in back if event.get("id") == "e7")
    assert (one["user"], one["item"], one["action"], one["value"]) == ("ann", "i7", "click", 1.75)
    assert one["context"] == events[7]["context"] and one["time"].startswith("2023-11-14T22:13:27.25")
    listed = [item["item"] for item in service.get("/v1/users/ann/recommendations?k=1000").json()["items"]]
    assert not {f"i{i}" for i in range(50)} & set(listed)
    assert send(service, [{"user": "ann", "item": "i1", "id": "x"}] * 5) == {"accepted": 1, "known": 4}  # within one request


def test_all_comes_back_after_a_restart(serve, store):
    service = serve(store=store)
    send(service, [{"user": "bob", "item": "i1", "id": "one"}])
    put = requests.put(service.url + "/v1/items/new1", json={"title": "A brand new ship", "category": "war", "year": 2024}, timeout=20)
    assert put.status_code == 200, put.text
    requests.put(service.url + "/v1/users/bob", json={"city": "Lyon", "friends": ["u1"]}, timeout=20)
    requests.put(service.url + "/v1/rules/nodrama", json={"do": "filter", "field": "items.category", "is": ["drama"]}, timeout=20)
    assert requests.delete(service.url + "/v1/items/i2", timeout=20).status_code == 200
    before = service.get("/v1/users/bob/recommendations?k=50&record=0").json()["items"]
    service.stop()
    service = serve(store=store)
    assert service.get("/v1/items/new1").json()["title"] == "A brand new ship"
    assert "new1" in [item["item"] for item in service.get("/v1/search?q=brand+ship").json()["items"]]
    user = service.get("/v1/users/bob").json()
    assert user["friends"] == ["u1"] and user["profile"]["people.city"] == "Lyon"
    assert service.get("/v1/items/i2").json()["hidden"] is True
    assert [rule["name"] for rule in service.get("/v1/rules").json()["rules"]] == ["nodrama"]
    assert send(service, [{"user": "bob", "item": "i1", "id": "one"}]) == {"accepted": 0, "known": 1}
    after = service.get("/v1/users/bob/recommendations?k=50&record=0").json()["items"]
    assert [item["item"] for item in after] == [item["item"] for item in before]


def test_a_forgotten_user_is_gone(serve, store, cluster):
    service = serve(store=store)
    send(service, [{"user": "carl", "item": f"i{i}"} for i in range(5)] + [{"user": "dora", "item": "i1"}])
    service.get("/v1/users/carl/recommendations")
    assert requests.delete(service.url + "/v1/users/carl", timeout=20).status_code == 200
    assert read(service, "carl") == [] and len(read(service, "dora")) == 1
    assert service.get("/v1/users/carl").json()["forgotten"] is True
    service.stop()
    database = store.rsplit("/", 1)[1]
    assert cluster.ask(database, "SELECT count(*) FROM events WHERE \"user\" = 'carl'") == "0"
    assert cluster.ask(database, "SELECT count(*) FROM impressions WHERE \"user\" = 'carl'") == "0"
    service = serve(store=store)
    assert read(service, "carl") == [] and service.get("/v1/users/carl").json()["history"] == []


def test_keys(serve, store):
    added = haina("keys", "add", "shop", "--scope", "write", "--store", store)
    assert added.returncode == 0, added.stderr
    again = haina("keys", "add", "shop", "--store", store)
    assert again.returncode == 2 and "hint:" in again.stderr
    service = serve(store=store)
    assert service.get("/v1/popular").status_code == 401
    assert service.get("/v1/popular", headers={"X-API-Key": added.stdout.strip()}).status_code == 200
    assert service.get("/v1/popular", headers={"Authorization": "Bearer " + added.stdout.strip()}).status_code == 200
    assert service.get("/v1/keys", headers={"X-API-Key": added.stdout.strip()}).status_code == 403
    assert "shop" in haina("keys", "list", "--store", store).stdout
    assert haina("keys", "revoke", "shop", "--store", store).returncode == 0
    wait_for(lambda: service.get("/v1/popular", headers={"X-API-Key": added.stdout.strip()}).status_code == 401, 10, "revoked")
    assert service.get("/v1/popular").status_code == 401  # without any key left, nothing is allowed


class Senders:
    """Threads that send batches of events until the service is gone, and record which were acknowledged."""

    def __init__(self, service, count: int = 8):
        self.sent: dict = {}
        self.acknowledged: set = set()
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.run, args=(service.url, number)) for number in range(count)]
        for thread in self.threads:
            thread.start()

    def run(self, url: str, number: int):
        session, nth = requests.Session(), 0
        while True:
            batch = [{"user": f"w{number}x{nth // 40}", "item": f"i{i}", "id": f"{number}-{nth}-{i}"} for i in range(20)]
            with self.lock:
                self.sent.update({event["id"]: event for event in batch})
            try:
                if session.post(url + "/v1/events", json={"events": batch}, timeout=20).status_code == 200:
                    with self.lock:
                        self.acknowledged.update(event["id"] for event in batch)
            except requests.RequestException:
                return
            nth += 1

    def join(self):
        for thread in self.threads:
            thread.join(30)


def test_killed_under_load(serve, store, cluster):
    sent, acknowledged = {}, set()
    for _ in range(3):
        service = serve(store=store)
        senders = Senders(service)
        time.sleep(1.5)
        service.kill()
        senders.join()
        sent = senders.sent
        acknowledged = senders.acknowledged
        assert len(acknowledged) > 100
        service = serve(store=store)
        rows = cluster.ask(store.rsplit("/", 1)[1], "SELECT id FROM events").split("\n")
        assert len(rows) == len(set(rows)), "an event is doubled"
        assert acknowledged <= set(rows), f"{len(acknowledged - set(rows))} acknowledged events are lost"
        unsure = [event for name, event in sent.items() if name not in acknowledged]
        if unsure:
            again = send(service, unsure)
            assert again["accepted"] + again["known"] == len(unsure)
            assert again["known"] == len(set(rows) & {event["id"] for event in unsure})
        for user in {event["user"] for event in sent.values()}:
            back = [event["id"] for event in read(service, user)]
            assert sorted(back) == sorted(name for name, event in sent.items() if event["user"] == user)
        service.stop()
        cluster.ask(store.rsplit("/", 1)[1], "DELETE FROM events")


def test_the_database_goes_and_comes_back(serve, store, cluster):
    service = serve(store=store)
    send(service, [{"user": "eve", "item": "i1", "id": "before"}])
    cluster.stop()
    try:
        assert service.get("/healthz").status_code == 200
        answer = service.post("/v1/events", {"events": [{"user": "eve", "item": "i2", "id": "between"}]})
        assert answer.status_code == 503, answer.text
        assert service.get("/v1/users/eve/recommendations").status_code in (200, 503)
    finally:
        cluster.start()

    def again():
        answer = service.post("/v1/events", {"events": [{"user": "eve", "item": "i2", "id": "between"}]})
        return answer.status_code == 200

    wait_for(again, 10, "events are taken again after the database is back", pause=0.5)
    assert sorted(event["id"] for event in read(service, "eve")) == ["before", "between"]


def test_two_services_on_one_database(serve, store):
    first, second = serve(store=store), serve(store=store)
    results = []
    threads = [threading.Thread(target=lambda s=service, n=n: results.append(send(
        s, [{"user": "fay", "item": f"i{i}", "id": f"{n // 2}-{i}"} for i in range(50)])))
        for n, service in enumerate([first, second] * 6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sum(result["accepted"] for result in results) == 300 == sum(result["known"] for result in results)
    assert len(read(first, "fay")) == len(read(second, "fay")) == 300


def test_what_cannot_be_opened(project, cluster):
    missing = f"postgresql://haina:geheim@127.0.0.1:{cluster.port}/nothing"
    done = haina("serve", "-c", project, "--port", 0, "--store", missing)
    assert done.returncode == 5 and "hint:" in done.stderr and "geheim" not in done.stderr, done.stderr
    done = haina("serve", "-c", project, "--port", 0, "--store", f"postgresql://haina@127.0.0.1:{free_port()}/x")
    assert done.returncode == 5 and "hint:" in done.stderr, done.stderr
    others = cluster.database()
    cluster.ask(others.rsplit("/", 1)[1], "CREATE TABLE invoices (id INTEGER)")
    done = haina("serve", "-c", project, "--port", 0, "--store", others)
    assert done.returncode == 4 and "hint:" in done.stderr, done.stderr
    assert cluster.ask(others.rsplit("/", 1)[1], "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'") == "1"


def test_training_from_it(serve, store, project, tmp_path):
    own = tmp_path / "project"
    shutil.copytree(project, own)
    service = serve(store=store, project=own)
    old = service.get("/readyz").json()["model"]
    send(service, [{"user": f"t{u}", "item": f"i{3 * i}", "action": "click"} for u in range(30) for i in range(u % 3, 24, 3)])
    requests.put(service.url + "/v1/items/new2", json={"title": "Another ship", "category": "war"}, timeout=20)
    done = haina("train", "-c", own, "--from-store", store)
    assert done.returncode == 0, done.stderr
    wait_for(lambda: service.get("/readyz").json()["model"] != old, 15, lambda: f"the new version serves: {service.log()}")
    about = service.get("/readyz").json()
    assert about["users"] >= 330, about


def test_a_frozen_database_holds_up_no_list_and_no_health(serve, store, cluster):
    """SIGSTOP: its connections stay open and answer nothing, so that no time-out of TCP or of its own ends a wait."""
    added = haina("keys", "add", "reader", "--scope", "write", "--store", store)
    key = {"X-API-Key": added.stdout.strip()}
    service = serve(store=store)

    def ask(path: str, timeout: float) -> requests.Response:
        return requests.get(service.url + path, headers=key, timeout=timeout)

    assert ask("/v1/users/u1/recommendations?k=5", 20).status_code == 200
    frozen = [int(line.split()[0]) for line in subprocess.run(["ps", "-eo", "pid,args"], capture_output=True, text=True, check=True)
              .stdout.splitlines()[1:] if "postgres" in line and (str(cluster.folder) in line or "d" + store[-12:] in line)]
    assert len(frozen) > 3
    for pid in frozen:
        os.kill(pid, signal.SIGSTOP)
    try:
        waiting = [threading.Thread(target=lambda: ask("/v1/users/u1/events", 60)) for _ in range(8)]
        for thread in waiting:  # more readers of the store than the service has threads for requests
            thread.start()
        slowest = 0.0
        for number in range(100):
            for path in ("/healthz", f"/v1/users/u{number % 9}/recommendations?k=5"):
                begun = time.monotonic()
                assert ask(path, 20).status_code == 200
                slowest = max(slowest, time.monotonic() - begun)
            time.sleep(0.05)
        assert slowest < 1, f"{slowest:.2f} s beside a frozen database"
        assert ask("/readyz", 20).status_code == 503
        metrics = ask("/metrics", 5).text
        assert 'haina_queue_depth{kind="changes"}' in metrics
        for thread in waiting:
            thread.join(60)
    finally:
        for pid in frozen:
            os.kill(pid, signal.SIGCONT)
    wait_for(lambda: ask("/readyz", 20).status_code == 200, 60, "the service finds the database again")
    answer = requests.post(service.url + "/v1/events", json={"events": [{"user": "after", "item": "i1"}]}, headers=key, timeout=30)
    assert answer.status_code == 200, answer.text
