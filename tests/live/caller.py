"""A client on one connection, which says when the service is gone; and plain SQL on a service's store."""
import http.client
import json
import pathlib
import sqlite3
import subprocess
import time
from typing import Any

IDLE = 10  # seconds; the service closes a connection that was silent for 30


class Gone(Exception):
    """The service ended before it answered: the request may have been carried out or not."""


class Caller:
    def __init__(self, port: int, key: str = "", timeout: float = 60):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
        self.headers = {"X-API-Key": key} if key else {}
        self.used = 0.0  # when

    def call(self, method: str, path: str, body: Any = None, kind: str = "application/json", **headers: str) -> tuple[int, Any]:
        """The status and the answer, parsed if it is JSON. `body` is sent as JSON unless it is bytes."""
        content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        sent = {**self.headers, **headers, **({"Content-Type": kind} if content is not None else {})}
        if time.monotonic() - self.used > IDLE:
            self.connection.close()  # the next request opens it again
        try:
            self.connection.request(method, path, content, sent)
            answer = self.connection.getresponse()
            text = answer.read()
            self.used = time.monotonic()
        except (OSError, http.client.HTTPException) as error:
            self.connection.close()
            raise Gone(f"{method} {path}: {error!r}") from error
        is_json = "json" in answer.headers.get("Content-Type", "")
        return answer.status, json.loads(text) if is_json and text else text.decode()

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """The answer, which must be a 200."""
        status, answer = self.call(method, path, body)
        assert status == 200, f"{method} {path} {json.dumps(body)[:300]} -> {status} {str(answer)[:300]}"
        return answer

    def close(self) -> None:
        self.connection.close()


def rows(store: str, sql: str) -> list[tuple]:
    """What a query gives, asked beside the running service. PostgreSQL's values are texts."""
    if store.startswith("sqlite://"):
        path = pathlib.Path(store.removeprefix("sqlite://"))
        database = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=20)
        try:
            return database.execute(sql).fetchall()
        finally:
            database.close()
    done = subprocess.run(["psql", store, "-X", "-tA", "-F", "\t", "-c", sql], capture_output=True, text=True, timeout=60, check=True)
    return [tuple(line.split("\t")) for line in done.stdout.splitlines()]
