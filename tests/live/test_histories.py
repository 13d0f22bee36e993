"""Random histories of writes, restarts, trainings from the store, swaps and moves, checked against a plain model.

HAINA_HISTORIES sets how many there are (default 3). HAINA_HISTORY runs one of them alone, by its number.
"""
import os
import pathlib
import random
import re
import shutil
import sqlite3
import subprocess
import time

import project as made
import pytest
from caller import Caller
from serving import BINARY, Service, haina, wait_for
from shop import KINDS, Shop
from shop_seen import check

HISTORIES = int(os.environ.get("HAINA_HISTORIES", "1"))
ONE = os.environ.get("HAINA_HISTORY")
STEPS = 14
WITH_NETWORK = 4  # every so many histories; the others train in a second


class History:
    """One service, what it should know, and its project and store."""

    def __init__(self, serve, project: pathlib.Path, folder: pathlib.Path, number: int):
        self.serve, self.folder, self.draw = serve, folder, random.Random(f"history {number}")
        self.project = folder / "project"
        shutil.copytree(project, self.project)
        self.stores, self.trained, self.told = 0, False, [f"history {number}"]
        self.refused: set[str] = set()  # versions that a service did not take
        self.store = self.new_store()
        self.start()
        self.new_shop()

    def new_store(self) -> str:
        self.stores += 1
        store = f"sqlite://{self.folder / f'live{self.stores}.db'}"
        self.key = haina("keys", "add", "boss", "--scope", "admin", "--store", store).stdout.strip()
        return store

    def new_shop(self) -> None:
        self.shop = Shop(self.draw, f"h{self.stores}", KINDS)

    def start(self) -> None:
        self.service: Service = self.serve("--gorse-api", store=self.store, project=self.project)
        self.caller = Caller(self.service.port, self.key, timeout=120)

    def end(self) -> None:
        self.caller.close()
        self.service.kill() if self.draw.random() < 0.5 else self.service.stop()

    def lists(self) -> dict[str, list[str]]:
        users = [*self.shop.users, *(f"u{u}" for u in range(0, made.USERS, 60)), "nobody"]
        return {user: [one["item"] for one in self.caller.ask("GET", f"/v1/users/{user}/recommendations?k=30&record=0")["items"]] for user in users}

    def is_as_acknowledged(self) -> None:
        check(self.caller, self.shop, self.store, self.trained)

    # What may happen.

    def write(self) -> None:
        for _ in range(self.draw.randint(3, 15)):
            self.shop.step(self.caller)

    def restart(self) -> None:
        version, rules, before = self.version(), self.caller.ask("GET", "/v1/rules"), self.lists()
        self.end()
        self.start()
        assert self.version() == version, f"another version serves after a restart: {self.service.log()}"
        assert self.caller.ask("GET", "/v1/rules") == rules
        after = self.lists()
        differ = [f"{user}:\n{before[user]}\n{after[user]}" for user in before if before[user] != after[user]]
        assert not differ, f"{len(differ)} lists differ after a restart: " + "\n".join(differ)[:3000]

    def version(self) -> str:
        return self.caller.ask("GET", "/v1/models")["current"]

    def train(self) -> None:
        """Trains from the store while requests come in, and waits until the service has swapped."""
        before, log = self.version(), self.folder / "train.log"
        earlier = self.refused | self.refusals()
        if before == time.strftime("%Y%m%dT%H%M%S", time.gmtime()):
            time.sleep(1)  # versions are named by their second
        with open(log, "w") as out:
            training = subprocess.Popen([BINARY, "train", "-c", str(self.project), "--from-store", self.store], stdout=out, stderr=out)
        while training.poll() is None:
            self.shop.step(self.caller)
            time.sleep(0.1)
        assert training.returncode == 0, log.read_text()[-2000:]
        if self.draw.random() < 0.3:  # killed before, while or after it swaps
            time.sleep(self.draw.uniform(0, 3))
            self.refused |= self.refusals()
            self.end()
            self.start()

        # By its design the check of a swap refuses one good version in 200: then the one before goes on serving, and the log says why.
        wait_for(lambda: self.version() != before or self.refused | self.refusals() > earlier, 60,
                 lambda: f"the new version serves or is refused: {self.service.log()}", 0.2)
        if self.version() == before:
            self.told.append("refused")
        else:
            self.trained = True

    def refusals(self) -> set[str]:
        return set(re.findall(r"version (\S+) is refused: ", "".join(self.service.warnings())))

    def roll_back(self) -> None:
        versions = [one["version"] for one in self.caller.ask("GET", "/v1/models")["models"]]
        self.caller.ask("POST", f"/v1/models/{self.draw.choice(versions)}/use", {"check": False})

    def copy(self) -> None:
        """Moves to a copy of the store: all is as it was."""
        self.end()
        old, self.stores = self.store, self.stores + 1
        self.store = f"sqlite://{self.folder / f'live{self.stores}.db'}"
        source, target = (sqlite3.connect(url.removeprefix("sqlite://")) for url in (old, self.store))
        source.backup(target)
        source.close()
        target.close()
        self.start()

    def move(self) -> None:
        """Moves to an empty store: what came in before is known as far as the version was trained on it; what comes in now counts."""
        self.end()
        self.store = self.new_store()
        self.start()
        self.new_shop()


@pytest.mark.parametrize("number", [int(ONE)] if ONE else range(HISTORIES))
def test_history(serve, project, tmp_path, number):
    history = History(serve, project_of(project, tmp_path, number % WITH_NETWORK == WITH_NETWORK - 1), tmp_path, number)
    things = ["write"] * 5 + ["restart"] * 3 + ["train", "roll_back", "copy", "move"]
    history.write()
    try:
        for _ in range(STEPS):
            thing = history.draw.choice(things)
            history.told.append(thing)
            getattr(history, thing)()
            history.is_as_acknowledged()
    except AssertionError as fault:
        pytest.fail(f"{', '.join(history.told)}: {fault}")
    history.end()


def project_of(project: pathlib.Path, folder: pathlib.Path, network: bool) -> pathlib.Path:
    """The project as it is, or one that trains in a second."""
    if network:
        return project
    own = folder / "plain"
    own.mkdir()
    made.write(own)
    config = own / "haina.toml"
    config.write_text(config.read_text().replace('network_params = { epochs = 3, width = 16 }', 'network = "none"'))
    made.train(BINARY, own)
    return own
