"""Who is let in: keys before bodies, foreign pages and names, what stays closed, and what other users of the machine can read."""
import pathlib
import signal
import time

import pytest
import requests
from serving import haina, statuses, wait_for

LAST_REQUEST = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def test_without_a_key_bodies_are_not_read(serve):
    """The key is checked when the header is there."""
    service = serve()
    assert haina("keys", "add", "boss", "--scope", "admin", "--store", service.store).returncode == 0
    wait_for(lambda: service.get("/v1/popular").status_code == 401, 10, "the key is noticed")
    head = b"POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 8000000\r\n\r\n"
    with service.connect(5) as sock:
        sock.sendall(head)
        assert statuses(sock.recv(4000)) == [401]


@pytest.mark.parametrize("encoding", [b"chunked, identity", b"identity", b"gzip", b"chunked\r\nTransfer-Encoding: chunked"])
def test_unclear_transfer_encodings(serve, encoding):
    service = serve.kept()
    raw = service.send(b"POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: " + encoding +
                      b"\r\n\r\ne\r\n{\"events\": []}\r\n0\r\n\r\n" + LAST_REQUEST, timeout=5)
    assert statuses(raw) == [400]


# Pages of other sites, and names of other machines.


def test_foreign_pages(serve):
    service = serve()
    own = f"http://127.0.0.1:{service.port}"
    key = '{"name": "mine", "scope": "admin"}'

    def post(path, body, **headers):
        return requests.post(service.url + path, data=body, headers={k.replace("_", "-"): v for k, v in headers.items()}, timeout=20).status_code

    assert post("/v1/keys", key, Content_Type="text/plain", Origin="https://evil.example") == 403
    assert post("/v1/keys", key, Content_Type="text/plain") == 415
    assert post("/v1/keys", key, Content_Type="application/json") == 403
    assert post("/v1/events", '{"events": []}', Content_Type="application/json", Origin="https://evil.example") == 403
    assert post("/v1/events", '{"events": []}', Content_Type="application/json", Host="evil.example") == 403
    assert post("/v1/events", '{"events": []}', Content_Type="application/json", Origin=own) == 200
    assert service.get("/", headers={"Host": "evil.example"}).status_code == 403
    assert service.get("/").status_code == 200


def test_hangup_reads_keys_again_and_does_not_end(serve):
    service = serve()
    service.process.send_signal(signal.SIGHUP)
    time.sleep(0.3)
    service.is_well()


def test_closed_after_the_last_key(serve, project):
    service = serve()
    store = service.store
    assert haina("keys", "add", "boss", "--scope", "admin", "--store", store).returncode == 0
    assert haina("keys", "revoke", "boss", "--store", store).returncode == 0
    service.stop()
    again = serve(store=store)
    assert again.get("/v1/popular").status_code == 401
    again.stop()
    assert haina("keys", "open", "--store", store).returncode == 0
    assert serve(store=store).get("/v1/popular").status_code == 200


def test_files_are_for_their_owner_alone(serve):
    service = serve()
    service.post("/v1/events", {"events": [{"user": "u", "item": "i1"}]})
    path = pathlib.Path(service.store.removeprefix("sqlite://"))
    for file in path.parent.glob(path.name + "*"):
        assert file.stat().st_mode & 0o077 == 0, file
    assert service.get("/readyz").status_code == 200
