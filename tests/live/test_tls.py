"""HTTPS with a self-signed certificate."""
import contextlib
import socket
import ssl
import subprocess

import pytest
import requests
from serving import haina, need, read_all


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run([need("openssl", "openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
                    "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-keyout", folder / "key.pem",
                    "-out", folder / "cert.pem"], check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def service(serve, certificate):
    return serve("--tls-cert", certificate / "cert.pem", "--tls-key", certificate / "key.pem")


def healthy(service, certificate):
    return requests.get(service.url + "/healthz", verify=str(certificate / "cert.pem"), timeout=20).status_code == 200


def test_requests_verify_it(service, certificate):
    assert service.url.startswith("https://")
    assert healthy(service, certificate)
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(service.url + "/healthz", timeout=20)
    with requests.Session() as session:  # many over one connection, with bodies
        session.trust_env = False  # otherwise the environment's certificates replace ours
        session.verify = str(certificate / "cert.pem")
        for _ in range(20):
            sent = session.post(service.url + "/v1/events", timeout=20,
                                json={"events": [{"user": "ann", "item": "i1", "context": {"pad": "x" * 10_000}}] * 3})
            assert sent.status_code == 200 and sent.json()["accepted"] == 3
        assert len(session.get(service.url + "/v1/users/ann/events?limit=100", timeout=20).json()["events"]) == 60


@pytest.mark.parametrize("version, accepted", [(ssl.TLSVersion.TLSv1, False), (ssl.TLSVersion.TLSv1_1, False),
                                               (ssl.TLSVersion.TLSv1_2, True), (ssl.TLSVersion.TLSv1_3, True)])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_versions_of_tls(service, certificate, version, accepted):
    context = ssl.create_default_context(cafile=certificate / "cert.pem")
    context.set_ciphers("DEFAULT:@SECLEVEL=0")  # so that the client offers old versions
    context.minimum_version = context.maximum_version = version
    with socket.create_connection(("127.0.0.1", service.port), timeout=20) as plain:
        if accepted:
            with context.wrap_socket(plain, server_hostname="localhost") as secure:
                assert str(secure.version()).replace(".", "_") == version.name
        else:
            with pytest.raises(OSError):
                context.wrap_socket(plain, server_hostname="localhost")
    assert healthy(service, certificate)


@pytest.mark.parametrize("words", [b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", b"\x16\x03\x01\xff\xff" + b"\0" * 5000,
                                   b"\0" * 100_000, b"\x16\x03\x01"])
def test_bytes_that_are_not_tls(service, certificate, words):
    with socket.create_connection(("127.0.0.1", service.port), timeout=2) as sock:
        with contextlib.suppress(OSError):
            sock.sendall(words)
        assert b"200 OK" not in read_all(sock)
    assert healthy(service, certificate)


def test_unfinished_handshakes_do_not_delay_others(service, certificate):
    waiting = [socket.create_connection(("127.0.0.1", service.port)) for _ in range(200)]
    assert healthy(service, certificate)
    for sock in waiting:
        sock.close()


def test_connections_closed_without_tls_shutdown(service, certificate):
    context = ssl.create_default_context(cafile=certificate / "cert.pem")
    for _ in range(50):
        secure = context.wrap_socket(socket.create_connection(("127.0.0.1", service.port), timeout=20), server_hostname="localhost")
        secure.sendall(b"GET /v1/users/u1/recommendations HTTP/1.1\r\nHost: localhost\r\n\r\n")
        secure.close()
    assert healthy(service, certificate)


@pytest.mark.parametrize("wrong", ["missing", "no pem", "another's", "no key", "no certificate"])
def test_a_wrong_file_is_a_clear_error(project, certificate, tmp_path, wrong):
    cert, key = certificate / "cert.pem", tmp_path / "key.pem"
    if wrong == "no pem":
        key.write_text("hello\n")
    elif wrong == "another's":
        subprocess.run(["openssl", "genrsa", "-out", key, "2048"], check=True, capture_output=True)
    files = {"no key": ["--tls-cert", cert], "no certificate": ["--tls-key", certificate / "key.pem"]}.get(
        wrong, ["--tls-cert", cert, "--tls-key", key])
    done = haina("serve", "-c", project, "--port", 0, "--store", f"sqlite://{tmp_path / 'live.db'}", *files, timeout=30)
    assert done.returncode == 2, done.stderr
    assert "hint:" in done.stderr and "--tls-" in done.stderr
    assert "listening on" not in done.stdout
