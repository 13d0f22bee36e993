"""Clients that break the rules of HTTP or open too many connections. After each, the service is up and answers."""
import contextlib
import json
import socket
import threading
import time

import pytest
from serving import is_problem, read_all, statuses, wait_for

REQUEST = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
LAST_REQUEST = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
POST = b"POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
PATIENCE = 30  # seconds that the service waits for one request


@pytest.fixture
def service(serve):
    service = serve.kept()
    yield service
    service.is_well()


def post(path: str, body: bytes, *headers: str, last: bool = True) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", "Content-Type: application/json", f"Content-Length: {len(body)}", *headers]
    lines += ["Connection: close"] if last else []
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


# Slow clients. They start with the first test and the last test checks them, so that no test waits for them.


class SlowClients:
    """Each sends one byte a second of a request that never ends."""

    def __init__(self, service, count: int):
        self.begun = time.monotonic()
        self.sockets = [service.connect() for _ in range(count)]
        self.silent = [service.connect() for _ in range(20)]
        for sock in self.sockets:
            sock.sendall(POST + b"Content-Length: 1000\r\nX-Slow: ")
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.trickle)
        self.thread.start()

    def trickle(self):
        while not self.ended.wait(1):
            for sock in self.sockets:
                with contextlib.suppress(OSError):
                    sock.sendall(b"a")

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


def test_slow_clients_do_not_delay_others(slow_clients, slow_service):
    begun = time.monotonic()
    for _ in range(20):
        assert slow_service.get("/v1/users/u1/recommendations").status_code == 200
    assert time.monotonic() - begun < 10


# Bytes that are not requests.


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
    raw = service.send(POST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
                      b"0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n", timeout=3)
    assert statuses(raw) in ([], [400]), raw


@pytest.mark.parametrize("half", [b"", b"G", b"GET /healthz HTTP/1.1\r\nHost: a", POST + b"Content-Length: 100\r\n\r\n{"],
                         ids=["nothing", "a letter", "a header", "a body"])
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


def test_clients_that_leave_before_the_answer(service):
    for nth in range(200):
        with service.connect() as sock:
            sock.sendall(f"GET /v1/users/u{nth}/recommendations?k=100&explain=1 HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())


def test_clients_that_do_not_read_answers(service):
    """Unread answers do not pile up in memory."""
    before = service.memory_mb()
    sockets = []
    for _ in range(20):
        sock = service.connect()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.settimeout(0.2)
        sockets.append(sock)
        try:
            for _ in range(2000):
                sock.sendall(b"GET /v1/map HTTP/1.1\r\nHost: localhost\r\n\r\n")
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
    raw = service.send(POST + b"Content-Length: 1073741824\r\n\r\n")
    assert statuses(raw) == [413] and time.monotonic() - begun < 5
    assert service.memory_mb() < before + 50


def test_a_body_that_is_too_large_gets_413(service):
    answer = service.post("/v1/events", {"events": [], "pad": "x" * (20 << 20)})
    assert answer.status_code == 413
    is_problem(answer)


def test_endless_chunks(service):
    before = service.memory_mb()
    chunk = b"100000\r\n" + b"x" * (1 << 20) + b"\r\n"
    raw = service.send(POST + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 64)
    assert statuses(raw) in ([413], [])
    assert service.memory_mb() < before + 100


@pytest.mark.parametrize("flood", [b"X-A: " + b"b" * 100_000 + b"\r\n", b"X-A: b\r\n" * 20_000,
                                   b"X-Request-Id: " + b"i" * 17_000 + b"\r\n"], ids=["long", "many", "just over"])
def test_header_floods(service, flood):
    with service.connect() as sock:
        with contextlib.suppress(OSError):
            sock.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n" + flood + b"\r\n")
        assert statuses(read_all(sock)) in ([431], [])  # the answer is lost if it came before all was sent
    with service.connect() as sock:  # no end of the header, and time to read
        sock.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n" + (flood * 3)[:40_000])
        assert statuses(read_all(sock)) == [431]


def test_a_long_target(service):
    assert service.get("/v1/search?q=" + "a" * 8000).status_code == 200
    assert service.get("/v1/search?q=" + "a" * 20_000).status_code in (414, 431)
    assert service.get("/v1/users/" + "u" * 8000).status_code in (200, 404, 422)


def test_many_parameters(service):
    assert service.get("/v1/users/u1/recommendations?" + "&".join(["k=3"] * 2000)).status_code in (200, 400, 422)


# Unusual but valid HTTP, and invalid chunks.


def test_pipelining(service):
    raw = service.send((REQUEST + post("/v1/events", b'{"events": []}', last=False)) * 50 + LAST_REQUEST)
    assert statuses(raw) == [200] * 101


def test_one_byte_a_packet(service):
    with service.connect() as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for letter in LAST_REQUEST:
            sock.sendall(bytes([letter]))
        assert statuses(read_all(sock)) == [200]


def test_http_1_0(service):
    assert statuses(service.send(b"GET /healthz HTTP/1.0\r\n\r\n")) == [200]
    raw = service.send(b"GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /healthz HTTP/1.0\r\n\r\n")
    assert statuses(raw) == [200, 200]


def test_head_and_options(service):
    raw = service.send(b"HEAD /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" + b"HEAD /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n" +
                      b"OPTIONS /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n" + LAST_REQUEST)
    assert statuses(raw) == [200, 404, 204, 200]
    assert raw.count(b"{") == raw[raw.rindex(b"HTTP/1.1"):].count(b"{")  # one body, the last one's


def test_chunked_bodies(service):
    body = json.dumps({"events": [{"user": "chunk", "item": "i1"}] * 20}).encode()
    chunks = b"".join(f"{len(part):x};ext=1\r\n".encode() + part + b"\r\n" for part in (body[:7], body[7:100], body[100:]))
    head = POST + b"Transfer-Encoding: chunked\r\n\r\n"
    raw = service.send(head + chunks + b"0\r\nX-Trailer: a\r\n\r\n" + LAST_REQUEST)
    assert statuses(raw) == [200, 200] and b'{"accepted":20,"forgotten":0,"known":0,' in raw


@pytest.mark.parametrize("chunks", [b"zz\r\nabc\r\n", b"-1\r\na\r\n", b"ffffffffffffffffff\r\na\r\n", b"5\r\nabc", b"3\r\nabcde\r\n0\r\n\r\n",
                                    b"3abc\r\n", b"\r\n", b"0\r\n", b"5;" + b"e" * 100_000 + b"\r\n"], ids=lambda c: repr(c[:16]))
def test_broken_chunks(service, chunks):
    with service.connect(3) as sock:
        try:
            sock.sendall(POST + b"Transfer-Encoding: chunked\r\n\r\n" + chunks)
            sock.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        assert all(400 <= status < 500 for status in statuses(read_all(sock)))


def test_expect_continue(service):
    """A client that waits for 100 Continue gets it, or a final answer."""
    with service.connect(5) as sock:
        sock.sendall(POST + b"Content-Length: 14\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n")
        assert statuses(sock.recv(1000)) == [100]
        sock.sendall(b'{"events": []}')
        assert statuses(read_all(sock)) == [200]
    with service.connect(5) as sock:
        sock.sendall(POST + b"Content-Length: 1073741824\r\nExpect: 100-continue\r\n\r\n")
        assert statuses(read_all(sock)) == [413]


# Crowds.


def crowd(service, count: int) -> list[socket.socket]:
    return [service.connect() for _ in range(count)]


def test_idle_connections(serve):
    """However many are open and silent, who asks is answered; of one address 512 stay."""
    service = serve()
    idle = crowd(service, 1030)
    begun = time.monotonic()
    service.is_well()
    assert service.get("/v1/users/u1/recommendations").status_code == 200
    idle += crowd(service, 1200)
    service.is_well()
    assert service.get("/v1/users/u1/recommendations").status_code == 200
    assert time.monotonic() - begun < 20
    for sock in idle:
        sock.close()
    service.is_well()


def test_idle_connections_with_few_files(serve):
    """With the usual soft limit of 1024 open files."""
    service = serve(soft_files=1024)
    sockets = crowd(service, 1500)
    assert statuses(service.send(LAST_REQUEST, timeout=5)) == [200], "no answer where 1500 connections are open"
    for sock in sockets:
        sock.close()
    service.is_well()


def test_bodies_do_not_fill_the_memory(serve):
    """Many clients that send most of a large body and then wait: others are answered, and memory stays bounded."""
    service = serve()
    service.is_well()
    before = service.memory_mb()
    head = POST + b"Content-Length: 8000000\r\n\r\n"
    sockets = crowd(service, 150)
    for sock in sockets:
        sock.settimeout(0.2)
        with contextlib.suppress(OSError):
            sock.sendall(head + b"x" * 7_000_000)
    assert service.memory_mb() < before + 256, f"{before:.0f} MB grew to {service.memory_mb():.0f} MB"
    service.is_well()
    for sock in sockets:
        sock.close()


def test_rate_limit(serve):
    service = serve("--rate", "20")
    answers = [service.get("/v1/popular") for _ in range(60)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused and {answer.status_code for answer in answers} == {200, 429}
    assert refused[0].headers["Retry-After"] == "1"
    is_problem(refused[0])
    assert refused[0].json()["title"] == "Too Many Requests"


def test_overload(serve):
    """Five times as many senders as it can serve, for ten seconds: memory stays bounded, all answers are 200, 429 or
    503, and afterwards lists are as fast as before."""
    service = serve()
    events = json.dumps({"events": [{"user": f"o{i}", "item": f"i{i}", "action": "click"} for i in range(100)]}).encode()
    requests_of = [post("/v1/events", events, last=False), post("/v1/recommendations", b'{"history": ["i1", "i2"], "k": 50}', last=False),
                   b"GET /v1/search?q=stormy&k=100 HTTP/1.1\r\nHost: localhost\r\n\r\n",
                   b"GET /v1/users/u%d/recommendations?explain=1 HTTP/1.1\r\nHost: localhost\r\n\r\n"]

    def latency():
        times = []
        for nth in range(20):
            begun = time.monotonic()
            assert service.get(f"/v1/users/u{nth}/recommendations?explain=1").status_code == 200
            times.append(time.monotonic() - begun)
        return sorted(times)[10]

    usual, before, end = latency(), service.memory_mb(), time.monotonic() + 10
    counts: dict[int, int] = {}
    faults: list[str] = []

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
