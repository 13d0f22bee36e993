"""A running `haina serve`, and plain sockets to send it anything."""
import contextlib
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import time

import pytest
import requests

BINARY = os.environ.get("HAINA_BINARY", "haina")


def wait_for(what, seconds: float, why, pause: float = 0.05):
    """The first true result of `what`; fails after `seconds` with `why`, a text or a function that gives one then."""
    end = time.monotonic() + seconds
    while True:
        got = what()
        if got:
            return got
        if time.monotonic() > end:
            pytest.fail(f"not within {seconds} s: {why() if callable(why) else why}")
        time.sleep(pause)


def need(tool: str, package: str) -> str:
    """The tool's path; skips the test with the package to install if the tool is missing."""
    path = shutil.which(tool) or (tool if os.access(tool, os.X_OK) else None)
    if path is None:
        pytest.skip(f"MISSING TOOL: {tool} is not installed; apt-get install {package}")
    return path


def free_port() -> int:
    with socket.socket() as any_port:
        any_port.bind(("127.0.0.1", 0))
        return any_port.getsockname()[1]


def haina(*arguments, timeout: float = 120) -> subprocess.CompletedProcess:
    return subprocess.run([BINARY, *map(str, arguments)], capture_output=True, text=True, timeout=timeout)


class Service:
    """`haina serve` on a free port; its output goes to files in `folder`."""

    def __init__(self, project: pathlib.Path, store: str, folder: pathlib.Path, *arguments, soft_files: int = 0):
        self.out, self.err = folder / "stdout", folder / "stderr"
        self.store, self.killed = store, False
        command = ["prlimit", f"--nofile={soft_files}:"] if soft_files else []
        port = [] if "--port" in arguments else ["--port", "0"]
        command += [BINARY, "serve", "-c", str(project), *port, "--store", store, *map(str, arguments)]
        with open(self.out, "w") as out, open(self.err, "a") as err:
            self.process = subprocess.Popen(command, stdout=out, stderr=err)
        said = wait_for(self._listening, 60, lambda: f"'listening on'; stderr: {self.log()}")
        self.url, self.port, self.pid = said[1], int(said[2]), self.process.pid

    def _listening(self):
        if self.process.poll() is not None:
            pytest.fail(f"haina serve ended with {self.process.returncode}: {self.log()}")
        return re.search(r"listening on (https?://127\.0\.0\.1:(\d+))\n", self.out.read_text())

    def log(self) -> str:
        return self.err.read_text()[-4000:]

    def warnings(self) -> list[str]:
        return [line for line in self.err.read_text().splitlines() if '"level":"info"' not in line]

    def get(self, path: str, **more) -> requests.Response:
        return requests.get(self.url + path, timeout=20, **more)

    def post(self, path: str, json, **more) -> requests.Response:
        return requests.post(self.url + path, json=json, timeout=20, **more)

    def is_well(self) -> None:
        """Asserts that it is alive and answers /healthz."""
        assert self.process.poll() is None, f"the service died with {self.process.returncode}: {self.log()}"
        answer = self.get("/healthz")
        assert answer.status_code == 200 and answer.json()["status"] == "ok", answer.text

    def memory_mb(self) -> float:
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024

    def connect(self, timeout: float = 20) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=timeout)

    def send(self, raw: bytes, timeout: float = 20) -> bytes:
        """Sends bytes; returns what comes back until the service closes or is silent for `timeout` seconds."""
        with self.connect(timeout) as sock:
            with contextlib.suppress(OSError):  # it may close before all was sent; there may be an answer
                sock.sendall(raw)
            return read_all(sock)

    def stop(self) -> None:
        """Ends it with SIGTERM; asserts that it exits with 0."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                assert self.process.wait(20) == 0, self.log()
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                pytest.fail(f"SIGTERM did not end the service in 20 s: {self.log()}")

    def kill(self) -> None:
        self.killed = True
        self.process.kill()
        self.process.wait()


def read_all(sock: socket.socket) -> bytes:
    """What comes until the other side closes or times out."""
    got = b""
    while True:
        try:
            more = sock.recv(65536)
        except OSError:
            return got
        if not more:
            return got
        got += more


def statuses(raw: bytes) -> list[int]:
    """The status codes of all answers in `raw`."""
    return [int(status) for status in re.findall(rb"HTTP/1\.[01] (\d{3}) ", raw)]


def is_problem(answer: requests.Response) -> None:
    """Asserts that an error under /v1 has a hint, also under its deprecated name."""
    said = f"{answer.request.method} {answer.request.url} -> {answer.status_code} {answer.text[:300]}"
    assert answer.headers.get("Content-Type") == "application/problem+json", said
    body = answer.json()
    assert body["status"] == answer.status_code, said
    assert all(isinstance(body[name], str) and body[name] for name in ("title", "detail", "hint")), said
    assert body["mend"] == body["hint"], said
    assert answer.status_code == 500 or body["title"] != "Internal Server Error", said
