"""Commands while a service is running, and commands that must fail."""
import json
import shutil
import socket
import sqlite3
import subprocess
import time

import pytest
from serving import BINARY, haina, wait_for

FOLLOWS = 10  # seconds within which a running service loads another version


@pytest.fixture(scope="module")
def own(project, tmp_path_factory):
    """A copy of the project that tests may change."""
    folder = tmp_path_factory.mktemp("own") / "project"
    shutil.copytree(project, folder)
    return folder


@pytest.fixture(scope="module")
def service(serve, own):
    return serve(project=own)


def models(own):
    done = haina("models", "list", "-c", own, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["models"]


def serving(service):
    return service.get("/readyz").json()["model"]


@pytest.fixture(scope="module")
def trained(service, own):
    """The version before, and one that was trained on the events that the service received."""
    old = serving(service)
    events = [{"user": f"t{u}", "item": f"i{i}", "action": "click"} for u in range(30) for i in range(u % 3, 40, 3)]
    assert service.post("/v1/events", {"events": events}).json()["accepted"] == len(events)
    busy = subprocess.Popen([BINARY, "train", "-c", own, "--from-store", service.store], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True)
    while busy.poll() is None:  # the service answers during training
        assert service.get("/v1/users/u1/recommendations?record=0").status_code == 200
        time.sleep(0.2)
    out, err = busy.communicate()
    assert busy.returncode == 0, err
    return old, [model["version"] for model in models(own) if model["version"] != old][0]


def test_a_running_service_takes_the_new_version(service, own, trained):
    old, new = trained
    assert [(model["version"], model["current"]) for model in models(own)] == [(new, True), (old, False)]
    assert models(own)[0]["events"] > 0
    assert f"* {new}" in haina("models", "list", "-c", own).stdout
    wait_for(lambda: serving(service) == new, FOLLOWS, lambda: f"{new} serves: {service.log()}")
    assert service.get("/readyz").json()["users"] == 330
    assert service.get("/v1/users/t1/recommendations").json()["model"] == new
    assert service.get("/v1/users/t1/events").json()["events"]


def test_back_and_forth_by_command(service, own, trained):
    old, new = trained
    assert haina("models", "rollback", "-c", own).stdout == f"{old} is in use\n"
    wait_for(lambda: serving(service) == old, FOLLOWS, lambda: f"{old} serves: {service.log()}")
    seen = [item["item"] for item in service.get("/v1/users/t0/recommendations?k=1000").json()["items"]]
    assert seen and not {f"i{i}" for i in range(0, 40, 3)} & set(seen)  # live events count with the old version, too
    assert haina("models", "use", new, "-c", own).stdout == f"{new} is in use\n"
    wait_for(lambda: serving(service) == new, FOLLOWS, lambda: f"{new} serves: {service.log()}")


def test_back_and_forth_over_http(service, own, trained):
    old, new = trained
    wait_for(lambda: serving(service) == new, FOLLOWS, f"{new} serves")
    assert service.post("/v1/models/rollback", {}).json() == {"current": old}
    assert serving(service) == old and [m["version"] for m in models(own) if m["current"]] == [old]
    answer = service.post(f"/v1/models/{new}/use", {"check": False})
    assert answer.json() == {"current": new} and serving(service) == new
    listed = service.get("/v1/models").json()
    assert listed["current"] == new and {model["version"] for model in listed["models"]} == {old, new}


def test_no_list_fails_while_versions_change(service, own, trained):
    old, new = trained
    changing = subprocess.Popen([BINARY, "models", "use", old, "-c", own], stdout=subprocess.DEVNULL)
    end = time.monotonic() + FOLLOWS
    given: list[str] = []
    while given[-20:] != [old] * 20 and time.monotonic() < end:
        answer = service.get("/v1/users/u1/recommendations?record=0")
        assert answer.status_code == 200
        given.append(answer.json()["model"])
    assert changing.wait(20) == 0
    assert set(given) == {old, new} and given == sorted(given, reverse=True), "the version changed exactly once"


def test_a_version_elsewhere_is_not_taken(service, own, trained, tmp_path):
    old, new = trained
    shutil.copytree(own / "models" / old, own / "elsewhere")
    before = serving(service)
    answer = service.post("/v1/models/..%2Felsewhere/use", {"check": False})
    assert answer.status_code in (404, 422), answer.text
    assert serving(service) == before


def test_unknown_versions(own, trained):
    done = haina("models", "use", "20200101T000000", "-c", own)
    assert done.returncode == 3 and "hint:" in done.stderr
    assert haina("models", "use", "../elsewhere", "-c", own).returncode == 3
    assert haina("models", "use", "-c", own).returncode == 2


def test_a_broken_version_is_not_taken(service, own, trained):
    """The service keeps serving the version in use, and logs why."""
    before = serving(service)
    broken = own / "models" / "20990101T000000"
    shutil.copytree(own / "models" / before, broken)
    for path in broken.iterdir():
        if path.name != "manifest.json" and path.is_file():
            path.write_bytes(path.read_bytes()[:100])
    try:
        refused(haina("models", "use", broken.name, "-c", own), 4)
        (own / "models" / "current.json").write_text(json.dumps({"current": broken.name, "before": [before]}))
        wait_for(lambda: broken.name in service.log(), FOLLOWS, "a message in the log")
        assert serving(service) == before
        assert service.get("/v1/users/u1/recommendations").status_code == 200
    finally:
        haina("models", "use", before, "-c", own)
        shutil.rmtree(broken)


def refused(done, code):
    assert done.returncode == code, f"{done.returncode}: {done.stderr}"
    assert "hint:" in done.stderr
    assert "listening on" not in done.stdout


def test_a_store_that_is_no_database(project, tmp_path):
    text = tmp_path / "notes.txt"
    text.write_text("no database at all\n" * 100)
    refused(haina("serve", "-c", project, "--port", 0, "--store", f"sqlite://{text}"), 4)
    assert text.read_text() == "no database at all\n" * 100
    refused(haina("keys", "list", "--store", f"sqlite://{text}"), 4)


def test_a_store_with_other_tables(project, tmp_path):
    other = sqlite3.connect(tmp_path / "other.db")
    other.execute("CREATE TABLE invoices (id INTEGER)")
    other.commit()
    other.close()
    refused(haina("serve", "-c", project, "--port", 0, "--store", f"sqlite://{tmp_path / 'other.db'}"), 4)


@pytest.mark.parametrize("store", ["mysql://localhost/x", "live.db", "sqlite://", "postgresql://", "sqlite:live.db", ""])
def test_an_unknown_scheme(project, store):
    if store == "":
        refused(haina("keys", "list", "--store", ""), 2)
    else:
        refused(haina("serve", "-c", project, "--port", 0, "--store", store), 2)


def test_a_store_in_no_folder(project, tmp_path):
    refused(haina("serve", "-c", project, "--port", 0, "--store", f"sqlite://{tmp_path}/missing/live.db"), 5)
    refused(haina("serve", "-c", project, "--port", 0, "--store", f"sqlite://{tmp_path}"), 5)


def test_a_folder_without_a_project(tmp_path):
    done = haina("serve", "-c", tmp_path, "--port", 0)
    assert done.returncode in (3, 5), done.stderr
    refused(done, done.returncode)
    assert haina("models", "list", "-c", tmp_path).returncode == done.returncode


def test_a_project_without_data(project, tmp_path):
    shutil.copy(project / "haina.toml", tmp_path)
    done = haina("serve", "-c", tmp_path, "--port", 0)
    assert done.returncode in (3, 5), done.stderr
    refused(done, done.returncode)
    refused(haina("models", "rollback", "-c", tmp_path), 3)


def test_a_project_without_models_is_trained_where_asked(serve, project, tmp_path):
    for path in project.iterdir():
        if path.is_file():
            shutil.copy2(path, tmp_path)
    config = tmp_path / "haina.toml"
    config.write_text(config.read_text().replace("epochs = 3", "epochs = 1"))
    refused(haina("serve", "-c", tmp_path, "--port", 0), 3)
    assert models(tmp_path) == []
    service = serve("--train", project=tmp_path)
    assert service.get("/v1/users/u1/recommendations").status_code == 200
    assert len(models(tmp_path)) == 1


def test_a_port_that_is_taken(project, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        store = f"sqlite://{tmp_path / 'live.db'}"
        refused(haina("serve", "-c", project, "--port", taken.getsockname()[1], "--store", store), 5)
        refused(haina("serve", "-c", project, "--address", "nowhere", "--store", store), 2)


def test_training_from_an_empty_or_missing_store(own, tmp_path):
    refused(haina("train", "-c", own, "--from-store", "mysql://x"), 2)
    refused(haina("train", "-c", own, "--from-store", f"sqlite://{tmp_path}/missing/live.db"), 5)


def test_no_key_no_foreign_address(project, tmp_path):
    """Without any key the service listens on loopback addresses only."""
    store = f"sqlite://{tmp_path / 'live.db'}"
    try:
        refused(haina("serve", "-c", project, "--address", "0.0.0.0", "--port", 0, "--store", store, timeout=10), 2)
    except subprocess.TimeoutExpired as late:
        pytest.fail(f"it listens on 0.0.0.0 without a key: {(late.stdout or b'').decode()}")
