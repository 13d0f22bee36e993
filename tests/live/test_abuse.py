"""Clients without manners. After each, the service lives and answers."""
import json
import socket
import threading
import time
from urllib.parse import unquote

import pytest
import requests
from serving import is_problem, read_all, statuses, wait_for

WELL = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
LAST = b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
PATIENCE = 30  # seconds that the service waits for one request


@pytest.fixture
def service(serve):
    service = serve.kept()
    yield service
    service.is_well()


def post(path: str, body: bytes, *headers: str, last: bool = True) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: a", f"Content-Length: {len(body)}", *headers]
    lines += ["Connection: close"] if last else []
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


# Slow ones. They begin with the first test and are looked at by the last, so that nobody waits for them.


class SlowClients:
    """Each sends one byte a second of a request that never ends."""

    def __init__(self, service, count: int):
        self.begun = time.monotonic()
        self.sockets = [service.connect() for _ in range(count)]
        self.silent = [service.connect() for _ in range(20)]
        for sock in self.sockets:
            sock.sendall(b"POST /v1/events HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\nX-Slow: ")
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.trickle)
        self.thread.start()

    def trickle(self):
        while not self.ended.wait(1):
            for sock in self.sockets:
                try:
                    sock.sendall(b"a")
                except OSError:
                    pass

    def close(self):
        self.ended.set()
        self.thread.join()
        for sock in self.sockets + self.silent:
            sock.close()


@pytest.fixture(scope="module")
def slow_service(serve):
    return serve()


@pytest.fixture(scope="module")
def slow_clients(slow_service):
    clients = SlowClients(slow_service, 100)
    yield clients
    clients.close()


def test_slow_clients_hold_nobody_up(slow_clients, slow_service):
    begun = time.monotonic()
    for _ in range(20):
        assert slow_service.get("/v1/users/u1/recommendations").status_code == 200
    assert time.monotonic() - begun < 10


# Bytes that are no requests.


@pytest.mark.parametrize("words", [
    b"\0" * 1000, b"\xff" * 1000, b"hello\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\r\n" * 1000,
    b"GET /healthz HTTP/1.1\r\nHost a\r\n\r\n", b"GET /healthz HTTP/1.1\r\n: empty\r\n\r\n", b"G" * 100_000,
    b"GET /healthz HTTP/1.1\r\nA: b\rc\r\n\r\n", b"GET /healthz HTTP/1.1\nHost: a\n\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"GET /healthz HTTP/1.1\r\nContent-Length: 1e3\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n", b"GET  /healthz HTTP/1.1\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"], ids=lambda words: repr(words[:30]))
def test_garbage(service, words):
    with service.connect(2) as sock:
        try:
            sock.sendall(words)
            sock.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        answered = statuses(read_all(sock))
    assert all(400 <= status < 500 for status in answered), answered


def test_both_lengths_are_refused(service):
    """Else a proxy before it may read other requests than it does."""
    raw = service.say(b"POST /v1/events HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
                      b"0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n", timeout=3)
    assert statuses(raw) in ([], [400]), raw


@pytest.mark.parametrize("half", [b"", b"G", b"GET /healthz HTTP/1.1\r\nHost: a", b"POST /v1/events HTTP/1.1\r\nHost: a\r\n"
                                  b"Content-Length: 100\r\n\r\n{"], ids=["nothing", "a letter", "a header", "a body"])
@pytest.mark.parametrize("end", ["shut", "close", "reset"])
def test_half_sent_and_gone(service, half, end):
    for _ in range(20):
        sock = service.connect(5)
        sock.sendall(half)
        if end == "shut":
            sock.shutdown(socket.SHUT_WR)
            assert not statuses(read_all(sock)) or b" 400 " in half
        elif end == "reset":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        sock.close()


def test_gone_before_the_answer(service):
    for nth in range(200):
        with service.connect() as sock:
            sock.sendall(f"GET /v1/users/u{nth}/recommendations?k=100&explain=1 HTTP/1.1\r\nHost: a\r\n\r\n".encode())


def test_answers_that_nobody_reads(service):
    """The service does not keep them all in memory."""
    before = service.memory_mb()
    sockets = []
    for _ in range(20):
        sock = service.connect()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.settimeout(0.2)
        sockets.append(sock)
        try:
            for _ in range(2000):
                sock.sendall(b"GET /v1/map HTTP/1.1\r\nHost: a\r\n\r\n")
        except OSError:
            pass
    service.is_well()
    assert service.memory_mb() < before + 200
    for sock in sockets:
        sock.close()


# Sizes.


def test_a_gigabyte_announced(service):
    """Refused before any of it is sent."""
    begun, before = time.monotonic(), service.memory_mb()
    raw = service.say(b"POST /v1/events HTTP/1.1\r\nHost: a\r\nContent-Length: 1073741824\r\n\r\n")
    assert statuses(raw) == [413] and time.monotonic() - begun < 5
    assert service.memory_mb() < before + 50


def test_a_client_that_sends_too_much_hears_why(service):
    answer = service.post("/v1/events", {"events": [], "pad": "x" * (20 << 20)})
    assert answer.status_code == 413
    is_problem(answer)


def test_endless_chunks(service):
    before = service.memory_mb()
    chunk = b"100000\r\n" + b"x" * (1 << 20) + b"\r\n"
    raw = service.say(b"POST /v1/events HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk * 64)
    assert statuses(raw) in ([413], [])
    assert service.memory_mb() < before + 100


@pytest.mark.parametrize("flood", [b"X-A: " + b"b" * 100_000 + b"\r\n", b"X-A: b\r\n" * 20_000,
                                   b"X-Request-Id: " + b"i" * 17_000 + b"\r\n"], ids=["long", "many", "just over"])
def test_header_floods(service, flood):
    with service.connect() as sock:
        try:
            sock.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n" + flood + b"\r\n")
        except OSError:
            pass
        assert statuses(read_all(sock)) in ([431], [])  # lost where it came before all was sent
    with service.connect() as sock:  # no end, and time to read
        sock.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n" + (flood * 3)[:40_000])
        assert statuses(read_all(sock)) == [431]


def test_a_long_target(service):
    assert service.get("/v1/search?q=" + "a" * 8000).status_code == 200
    assert service.get("/v1/search?q=" + "a" * 20_000).status_code in (414, 431)
    assert service.get("/v1/users/" + "u" * 8000).status_code in (200, 404, 422)


def test_many_parameters(service):
    assert service.get("/v1/users/u1/recommendations?" + "&".join(["k=3"] * 2000)).status_code in (200, 400, 422)


# JSON.


@pytest.mark.parametrize("body", [
    b"[" * 100_000, b"[" * 100_000 + b"]" * 100_000, b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    b'{"events":' + b"[" * 4_000_000, b'{"events": [{"user": "a", "item": "b", "context": ' + b'{"a":' * 50_000 + b"1" + b"}" * 50_003,
    b'{"a": "' + b"\\u0000" * 100_000 + b'"}', b'{"a": ' + b"9" * 1_000_000 + b"}", b'{"a": 1e999999}', b'{"a": "\xff\xfe"}',
    b"\xed\xa0\x80", b'{"a": "\\ud800"}', b"", b"null", b"[]", b"0", b'"a"', b'{"events": [null]}',
    b'{"events": [{"user": "a\\u0000b", "item": "i1"}]}', b'{"events": {"user": "a"}}', b"{" + b'"a":1,' * 100_000 + b'"b":1}'],
    ids=lambda body: repr(body[:24]))
@pytest.mark.parametrize("method, path", [("POST", "/v1/events"), ("POST", "/v1/recommendations"), ("POST", "/v1/feedback"),
                                          ("PUT", "/v1/items/odd"), ("PATCH", "/v1/items/i1"), ("POST", "/v1/items"),
                                          ("PUT", "/v1/users/odd"), ("PUT", "/v1/rules/odd"), ("POST", "/v1/models/odd/use")])
def test_odd_json(service, method, path, body):
    answer = requests.request(method, service.url + path, data=body, timeout=20)
    assert 400 <= answer.status_code < 500, answer.text[:300]
    is_problem(answer)


@pytest.mark.parametrize("body", [b"\n" * 1_000_000, b"{}\n" * 100_000, b"[" * 100_000 + b"\n" + b"[" * 100_000, b"\xff\n"])
def test_odd_lines(service, body):
    answer = requests.post(service.url + "/v1/events", data=body, headers={"Content-Type": "application/x-ndjson"}, timeout=20)
    assert answer.status_code < 500


def test_ids_with_nul_are_refused(service):
    """SQLite would cut them, PostgreSQL refuses them."""
    for method, path, body in (("POST", "/v1/items", {"items": [{"item": "a\0b"}]}),
                               ("PUT", "/v1/users/u1", {"friends": ["a\0b"]}), ("POST", "/v1/keys", {"name": "a\0b"})):
        answer = requests.request(method, service.url + path, json=body, timeout=20)
        assert answer.status_code == 422, f"{method} {path} {body} -> {answer.status_code} {answer.text}"


# Paths.


@pytest.mark.parametrize("path", [
    "/v1/users/../../etc/passwd", "/../../../../etc/passwd", "/assets/../../../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd",
    "/assets/%2e%2e/%2e%2e/etc/passwd", "/v1/users/%2e%2e/%2e%2e/etc", "/v1/users/..%2f..%2fetc%2fpasswd", "//etc/passwd",
    "///", "//", "/v1//users", "/v1/users/", "/v1/users//", "/v1/users/%00", "/v1/users/a%00b", "/v1/users/%ff", "/v1/users/%",
    "/v1/users/%2", "/v1/users/%zz", "/v1/users/%-1", "/v1/users/%c0%ae%c0%ae", "/v1/users/%ed%a0%80", "/v1/users?prefix=%ff",
    "/v1/users?prefix=%00", "/v1/users?%ff=1", "/v1/users?limit", "/v1/users?limit=%", "/v1/users?&&&", "/v1/users?=", "/v1/users?limit=5?limit=6",
    "/v1/users/u1;a=b", "/v1/users/u1#a", "/healthz/", "/healthz?x=1", "/.git/config", "/index.html/..", "/\\..\\..\\etc", "/favicon.svg%00.html",
    "/v1/items/%252e%252e", "*", "http://127.0.0.1/etc/passwd", "/v1/users/\u00e9", "/v1/users/ /a"])
def test_tricks_with_paths(service, path):
    raw = service.say(b"GET " + path.encode() + b" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert len(statuses(raw)) == 1 and statuses(raw)[0] < 500, raw[:300]
    assert b"root:" not in raw and b"[core]" not in raw


@pytest.mark.parametrize("version", ["..%2f..%2fmodels%2fx", "..", ".", "%2e%2e%2f%2e%2e%2fetc", "x", "a%2fb"])
def test_versions_are_names_not_paths(service, version):
    answer = service.post(f"/v1/models/{version}/use", {"check": False})
    assert answer.status_code in (404, 422)
    is_problem(answer)
    # Nothing of where the service keeps its models; the name is the caller's own.
    assert "/manifest.json" not in answer.text and "/models/" not in answer.text.replace(unquote(version), "")


def test_another_method(service):
    for method in ("DELETE", "PUT", "TRACE", "BREW", "PATCH"):
        answer = requests.request(method, service.url + "/healthz", timeout=20)
        assert answer.status_code == 405 and answer.headers["Allow"] == "GET"
        is_problem(answer)


def test_what_is_not_there(service):
    answer = service.get("/v1/nothing")
    assert answer.status_code == 404
    is_problem(answer)
    assert "/v1/openapi.json" in answer.json()["mend"] and service.get("/v1/openapi.json").status_code == 200


# HTTP as it may be.


def test_pipelining(service):
    raw = service.say((WELL + post("/v1/events", b'{"events": []}', last=False)) * 50 + LAST)
    assert statuses(raw) == [200] * 101


def test_one_byte_a_packet(service):
    with service.connect() as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for letter in LAST:
            sock.sendall(bytes([letter]))
        assert statuses(read_all(sock)) == [200]


def test_http_1_0(service):
    assert statuses(service.say(b"GET /healthz HTTP/1.0\r\n\r\n")) == [200]
    raw = service.say(b"GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /healthz HTTP/1.0\r\n\r\n")
    assert statuses(raw) == [200, 200]


def test_head_and_options(service):
    raw = service.say(b"HEAD /healthz HTTP/1.1\r\nHost: a\r\n\r\n" + b"HEAD /nothing HTTP/1.1\r\nHost: a\r\n\r\n" +
                      b"OPTIONS /v1/events HTTP/1.1\r\nHost: a\r\n\r\n" + LAST)
    assert statuses(raw) == [200, 404, 204, 200]
    assert raw.count(b"{") == raw[raw.rindex(b"HTTP/1.1"):].count(b"{")  # one body, the last one's


def test_chunked_bodies(service):
    body = json.dumps({"events": [{"user": "chunk", "item": "i1"}] * 20}).encode()
    chunks = b"".join(f"{len(part):x};ext=1\r\n".encode() + part + b"\r\n" for part in (body[:7], body[7:100], body[100:]))
    head = b"POST /v1/events HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    raw = service.say(head + chunks + b"0\r\nX-Trailer: a\r\n\r\n" + LAST)
    assert statuses(raw) == [200, 200] and b'{"accepted":20,"known":0}' in raw


@pytest.mark.parametrize("chunks", [b"zz\r\nabc\r\n", b"-1\r\na\r\n", b"ffffffffffffffffff\r\na\r\n", b"5\r\nabc", b"3\r\nabcde\r\n0\r\n\r\n",
                                    b"3abc\r\n", b"\r\n", b"0\r\n", b"5;" + b"e" * 100_000 + b"\r\n"], ids=lambda c: repr(c[:16]))
def test_broken_chunks(service, chunks):
    with service.connect(3) as sock:
        try:
            sock.sendall(b"POST /v1/events HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks)
            sock.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        assert all(400 <= status < 500 for status in statuses(read_all(sock)))


def test_expect_continue(service):
    """A client that waits for leave before it sends its body gets it, or an answer."""
    with service.connect(5) as sock:
        sock.sendall(b"POST /v1/events HTTP/1.1\r\nHost: a\r\nContent-Length: 14\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n")
        assert statuses(sock.recv(1000)) == [100]
        sock.sendall(b'{"events": []}')
        assert statuses(read_all(sock)) == [200]
    with service.connect(5) as sock:
        sock.sendall(b"POST /v1/events HTTP/1.1\r\nHost: a\r\nContent-Length: 1073741824\r\nExpect: 100-continue\r\n\r\n")
        assert statuses(read_all(sock)) == [413]


# Crowds.


def crowd(service, count: int) -> list[socket.socket]:
    return [service.connect() for _ in range(count)]


def test_idle_connections(serve):
    """1024 are served, further ones are told to come again, beyond 2048 they are closed; all is well when they are gone."""
    service = serve()
    served = crowd(service, 1000)
    service.is_well()
    told = crowd(service, 500)

    def refused():
        raw = service.say(LAST)
        return statuses(raw) == [503] and b"Retry-After: 1" in raw

    wait_for(refused, 10, "503 beyond 1024 connections")
    told += crowd(service, 700)
    wait_for(lambda: service.say(LAST) == b"", 10, "closed beyond 2048 connections")
    for sock in served + told:
        sock.close()
    wait_for(lambda: statuses(service.say(LAST)) == [200], 10, "all is well again")
    service.is_well()


def test_idle_connections_with_few_files(serve):
    """With the usual soft limit of 1024 open files."""
    service = serve(soft_files=1024)
    sockets = crowd(service, 1500)
    raw = service.say(LAST, timeout=5)
    assert statuses(raw) == [503], "no answer where 1500 connections are open"
    for sock in sockets:
        sock.close()
    wait_for(lambda: statuses(service.say(LAST)) == [200], 10, "all is well again")


def test_too_many_requests_are_told_so(serve):
    service = serve("--rate", "20")
    answers = [service.get("/v1/popular") for _ in range(60)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused and {answer.status_code for answer in answers} == {200, 429}
    assert refused[0].headers["Retry-After"] == "1"
    is_problem(refused[0])
    assert refused[0].json()["title"] == "Too Many Requests"


def test_overload(serve):
    """Five times as many senders as it can serve, for ten seconds: bounded memory, honest answers, and as fast as before."""
    service = serve()
    events = json.dumps({"events": [{"user": f"o{i}", "item": f"i{i}", "action": "click"} for i in range(100)]}).encode()
    requests_of = [post("/v1/events", events, last=False), post("/v1/recommendations", b'{"history": ["i1", "i2"], "k": 50}', last=False),
                   b"GET /v1/search?q=stormy&k=100 HTTP/1.1\r\nHost: a\r\n\r\n",
                   b"GET /v1/users/u%d/recommendations?explain=1 HTTP/1.1\r\nHost: a\r\n\r\n"]

    def latency():
        times = []
        for nth in range(20):
            begun = time.monotonic()
            assert service.get(f"/v1/users/u{nth}/recommendations?explain=1").status_code == 200
            times.append(time.monotonic() - begun)
        return sorted(times)[10]

    usual, before, end = latency(), service.memory_mb(), time.monotonic() + 10
    counts, faults = {}, []

    def sender(number: int):
        sock, nth = service.connect(), number
        while time.monotonic() < end:
            nth += 1
            raw = requests_of[nth % 4]
            try:
                sock.sendall(raw % (nth % 300) if nth % 4 == 3 else raw)
                got = b""
                while b"\r\n\r\n" not in got:
                    got += sock.recv(65536) or b"!\r\n\r\n"
                head, _, body = got.partition(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                while len(body) < length:
                    body += sock.recv(65536)
                status = statuses(head)[0]
                counts[status] = counts.get(status, 0) + 1
            except (OSError, IndexError) as error:
                faults.append(repr(error))
                return

    threads = [threading.Thread(target=sender, args=(number,)) for number in range(100)]
    for thread in threads:
        thread.start()
    most = before
    while time.monotonic() < end:
        most = max(most, service.memory_mb())
        time.sleep(0.2)
    for thread in threads:
        thread.join(30)
    assert not faults, faults[:5]
    assert set(counts) <= {200, 429, 503} and counts.get(200, 0) > 100, counts
    assert most < before + 500, f"{before:.0f} MB grew to {most:.0f} MB"
    wait_for(lambda: latency() < 5 * usual + 0.05, 10, f"lists as fast as before ({usual * 1000:.1f} ms)")
    service.is_well()


def test_slow_clients_are_closed(slow_clients, slow_service):
    wait = slow_clients.begun + PATIENCE + 8 - time.monotonic()
    if wait > 0:
        time.sleep(wait)
    for sock in slow_clients.sockets + slow_clients.silent:
        sock.settimeout(0.5)
        try:
            assert not statuses(sock.recv(65536)), "answered, where no request was whole"
        except ConnectionError:
            pass
        except TimeoutError:
            pytest.fail(f"still open after {PATIENCE + 8} s")
    slow_service.is_well()
