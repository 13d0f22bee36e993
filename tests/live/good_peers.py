"""Sixteen good clients on one thread: each asks at a steady rate on its own connection, and the time of every answer is kept."""
import heapq
import json
import selectors
import socket
import time


class GoodPeers:
    def __init__(self, port: int, count: int = 16, rate: float = 20):
        self.port, self.rate = port, rate
        self.sockets = [self.connect() for _ in range(count)]
        self.faults: list[str] = []
        self.nth = 0

    def connect(self) -> socket.socket:
        sock = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock

    def request(self) -> bytes:
        self.nth += 1
        if self.nth % 5 == 0:
            body = json.dumps({"events": [{"user": f"good{self.nth % 50}", "item": f"i{self.nth % 120}"}]})
            head = f"POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            return (head + body).encode()
        return f"GET /v1/users/u{self.nth % 300}/recommendations?k=10 HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()

    def measure(self, seconds: float) -> list[float]:
        """Milliseconds of every answer. An answer that is not a 200, and a connection that is closed, is a fault."""
        selector, begun, taken = selectors.DefaultSelector(), time.monotonic(), []
        count = len(self.sockets)
        due = [(begun + nth / self.rate / count, nth) for nth in range(count)]
        sent: dict[int, float] = {}
        got: dict[int, bytes] = {}
        for nth, sock in enumerate(self.sockets):
            selector.register(sock, selectors.EVENT_READ, nth)
        while (now := time.monotonic()) < begun + seconds or sent:
            if now > begun + seconds + 30:
                self.faults.append(f"{len(sent)} requests have no answer after 30 s")
                break
            while due and due[0][0] <= now < begun + seconds:
                at, nth = heapq.heappop(due)
                sent[nth], got[nth] = max(at, now - 0.002), b""
                self.sockets[nth].sendall(self.request())
            for key, _ in selector.select(min(0.002, max(0, due[0][0] - now)) if due else 0.05):
                nth = key.data
                more = self.sockets[nth].recv(262144)
                if not more:
                    self.faults.append(f"a good connection was closed after {time.monotonic() - begun:.1f} s")
                    selector.unregister(self.sockets[nth])
                    sent.pop(nth, None)
                    self.sockets[nth] = self.connect()
                    selector.register(self.sockets[nth], selectors.EVENT_READ, nth)
                    heapq.heappush(due, (now + 1 / self.rate, nth))
                    continue
                got[nth] = got.get(nth, b"") + more
                head, end, body = got[nth].partition(b"\r\n\r\n")
                if not end or len(body) < int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]):
                    continue
                now = time.monotonic()
                if nth in sent:
                    taken.append((now - sent[nth]) * 1000)
                    heapq.heappush(due, (max(sent.pop(nth) + 1 / self.rate, now), nth))
                if not head.startswith(b"HTTP/1.1 200"):
                    self.faults.append(f"{head[:60]!r} {body[:200]!r}")
        selector.close()
        return taken


def p99(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.99)]
