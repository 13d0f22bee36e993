"""What `haina serve` tells whoever watches it: JSON lines, traces, and what SIGHUP takes over."""
import json
import pathlib
import re
import shutil
import signal
import subprocess

import pytest
from serving import haina, need, wait_for

UNIT = pathlib.Path(__file__).resolve().parents[2] / "docs" / "haina.service"


def lines(service) -> list:
    return [json.loads(line) for line in service.err.read_text().splitlines()]


def test_every_line_of_the_log_is_an_object(serve):
    service = serve("--access-log")
    secret = "somebody-who-wants-to-be-forgotten"
    assert service.get(f"/v1/users/{secret}/recommendations", headers={"X-Request-Id": "mine"}).status_code == 200
    assert service.get(f"/v1/elsewhere/{secret}").status_code == 404
    wait_for(lambda: any(line.get("request") == "mine" for line in lines(service)), 10, "the request's line")
    one = next(line for line in lines(service) if line.get("request") == "mine")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", one["time"]) and one["level"] == "info"
    assert (one["method"], one["route"], one["status"]) == ("GET", "/v1/users/{id}/recommendations", 200)
    assert len(one["trace_id"]) == 32 and len(one["span_id"]) == 16 and one["ms"] >= 0
    assert secret not in service.err.read_text()
    assert all({"time", "level", "message"} <= set(line) for line in lines(service))


def test_text_is_for_people(serve):
    service = serve("--log-format", "text")
    service.get("/healthz")
    assert not service.err.read_text().startswith("{")


def test_a_wrong_format_is_refused_with_the_known_ones(project):
    done = haina("serve", "-c", project, "--log-format", "xml")
    assert done.returncode == 2 and "json" in done.stderr


def test_sighup_takes_over_rules(serve, project, tmp_path):
    own = tmp_path / "own"
    shutil.copytree(project, own)
    config = own / "haina.toml"
    service = serve(project=own)
    assert service.get("/v1/rules").json()["rules"] == []
    before = config.read_text()
    config.write_text(before + '\n[[rule]]\nname = "nodrama"\ndo = "filter"\nfield = "items.category"\nis = ["drama"]\n')
    service.process.send_signal(signal.SIGHUP)
    wait_for(lambda: [rule["name"] for rule in service.get("/v1/rules").json()["rules"]] == ["nodrama"], 60, "the rule is in force")
    config.write_text(before + "\n[serve]\ndiversity = 7\n")
    service.process.send_signal(signal.SIGHUP)
    wait_for(lambda: "diversity" in service.log(), 20, "the log says what is wrong")
    assert [rule["name"] for rule in service.get("/v1/rules").json()["rules"]] == ["nodrama"]


def test_a_property_that_kafka_does_not_know_is_refused_in_its_words(project, tmp_path):
    own = tmp_path / "own"
    shutil.copytree(project, own)
    config = own / "haina.toml"
    place = len(config.read_text().splitlines()) + 3  # of the property
    config.write_text(config.read_text() + '\n[serve.kafka]\n"sasl.mechanismus" = "PLAIN"\ntopics = ["clicks"]\n"bootstrap.servers" = "127.0.0.1:9"\n')
    done = haina("serve", "-c", config, "--port", "0", "--log-format", "text")
    assert done.returncode == 2, done.stderr
    assert 'No such configuration property: "sasl.mechanismus"' in done.stderr and "hint:" in done.stderr
    assert f"{config.name}:{place}" in done.stderr, done.stderr


def test_the_systemd_unit_is_hardened():
    analyze = need("systemd-analyze", "systemd")
    done = subprocess.run([analyze, "security", "--offline=true", str(UNIT)], capture_output=True, text=True)
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    if found is None:
        pytest.skip(f"MISSING TOOL: this systemd-analyze cannot judge a file: {done.stderr[-300:]}")
    assert float(found[1]) <= 3, done.stdout
