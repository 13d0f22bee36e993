"""A real Prometheus reads /metrics."""
import subprocess

import pytest
import requests
from serving import free_port, need, wait_for


@pytest.fixture(scope="module")
def prometheus(serve, tmp_path_factory):
    """The URL of a Prometheus server, and the service that it scrapes every second."""
    tool = need("prometheus", "prometheus")
    service, folder, port = serve(), tmp_path_factory.mktemp("prometheus"), free_port()
    (folder / "prometheus.yml").write_text(f"""
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
  - job_name: haina
    static_configs: [{{targets: ["127.0.0.1:{service.port}"]}}]
""")
    with open(folder / "log", "w") as log:
        process = subprocess.Popen([tool, f"--config.file={folder / 'prometheus.yml'}", f"--storage.tsdb.path={folder / 'data'}",
                                    f"--web.listen-address=127.0.0.1:{port}"], stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"

    def ready():
        assert process.poll() is None, (folder / "log").read_text()[-2000:]
        try:
            return requests.get(url + "/-/ready", timeout=5).status_code == 200
        except requests.ConnectionError:
            return False

    wait_for(ready, 30, "prometheus is ready")
    yield url, service
    process.terminate()
    process.wait(20)


def ask(url, query):
    answer = requests.get(url + "/api/v1/query", params={"query": query}, timeout=20).json()
    assert answer["status"] == "success", answer
    return [(one["metric"], float(one["value"][1])) for one in answer["data"]["result"]]


def test_it_scrapes_the_service(prometheus):
    url, service = prometheus
    for _ in range(5):
        service.get("/v1/users/u1/recommendations")
    service.get("/v1/items/nothing")
    service.post("/v1/events", {"events": [{"user": "ann", "item": "i1", "id": "one"}] * 2})
    wait_for(lambda: [value for _, value in ask(url, 'up{job="haina"}')] == [1.0], 20, "up is 1")
    lists = 'haina_requests_total{route="/v1/users/{id}/recommendations",status="200",method="GET"}'
    wait_for(lambda: [value for _, value in ask(url, lists)] == [5.0], 20, "five lists are counted")
    assert [value for _, value in ask(url, 'haina_requests_total{route="/v1/items/{id}",status="404"}')] == [1.0]
    wait_for(lambda: {m["was"]: v for m, v in ask(url, "haina_events_total")} == {"accepted": 1.0, "known": 1.0}, 20, "events")
    assert sum(value for _, value in ask(url, "haina_lists_total")) == 5
    quantile = ask(url, "histogram_quantile(0.99, sum by (le) (haina_request_seconds_bucket))")
    assert len(quantile) == 1 and 0 < quantile[0][1] <= 5
    target = requests.get(url + "/api/v1/targets", timeout=20).json()["data"]["activeTargets"][0]
    assert target["health"] == "up" and target["lastError"] == ""


def test_names_have_types_and_help(prometheus):
    url, _ = prometheus
    wait_for(lambda: ask(url, 'up{job="haina"}'), 20, "a scrape")
    known = requests.get(url + "/api/v1/metadata", timeout=20).json()["data"]
    for name, kind in {"haina_requests_total": "counter", "haina_request_seconds": "histogram",
                       "haina_events_total": "counter", "haina_lists_total": "counter"}.items():
        assert known[name][0]["type"] == kind and known[name][0]["help"]


def test_unknown_paths_make_no_series(prometheus):
    """Otherwise any client could create series without end."""
    url, service = prometheus
    for nth in range(20):
        service.get(f"/nowhere/{nth}")
        service.get(f"/v1/users/someone{nth}/recommendations")
    assert "someone" not in service.get("/metrics").text and "nowhere/1" not in service.get("/metrics").text
