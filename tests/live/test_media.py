"""Pictures as a source: learned from files, and given to a running service as the body of a request."""
import random
import statistics
import struct
import time
import zlib

import pytest
import requests
from serving import haina

CONFIG = """
[project]
name = "pictures"
[[source]]
name = "clicks"
kind = "events"
path = "clicks.csv"
columns = { user = "user", item = "item", time = "time" }
[[source]]
name = "photos"
kind = "media"
path = "photos/{item}.png"
[train]
network_params = { epochs = 8, width = 16 }
"""
COLOURS = [(200, 40, 40), (40, 60, 200)]


def png(colour: tuple[int, int, int], side: int = 40, seed: int = 0) -> bytes:
    """A picture of that colour with some noise."""
    draw = random.Random(seed)
    rows = b"".join(b"\0" + bytes(min(255, max(0, part + draw.randint(-25, 25))) for _ in range(side) for part in colour) for _ in range(side))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def shop_files(folder):
    """Users like red items or blue ones, and nothing but the pictures tells which are which."""
    (folder / "photos").mkdir()
    draw = random.Random(3)
    for i in range(60):
        (folder / "photos" / f"i{i}.png").write_bytes(png(COLOURS[i % 2], seed=i))
    (folder / "photos" / "i58.png").write_bytes(b"broken")
    rows = ["user,item,time"]
    for u in range(200):
        rows += [f"u{u},i{i},{1700000000 + 1000 * nth + u}" for nth, i in enumerate(draw.sample(range(u % 2, 60, 2), 10))]
    (folder / "clicks.csv").write_text("\n".join(rows) + "\n")


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("media")
    shop_files(folder)
    (folder / "haina.toml").write_text(CONFIG)
    done = haina("train", "-c", folder, timeout=300)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def service(serve, shop):
    return serve(project=shop)


def put(service, item, body, kind="image/png", source="photos"):
    return requests.put(f"{service.url}/v1/items/{item}/media/{source}", data=body, headers={"Content-Type": kind}, timeout=30)


def places(service, user, items):
    answer = service.get(f"/v1/users/{user}/recommendations?k=1000")
    assert answer.status_code == 200, answer.text
    listed = [entry["item"] for entry in answer.json()["items"]]
    return [listed.index(item) if item in listed else len(listed) for item in items]


def test_what_cannot_be_decoded_is_a_reject(shop):
    rejects = (shop / "rejects" / "photos.csv").read_text()
    assert "i58.png" in rejects and "no picture" in rejects


def test_a_new_item_with_nothing_but_a_picture_is_listed_for_those_who_like_such(service):
    for item, colour, seed in (("red", 0, 101), ("blue", 1, 102)):
        answer = put(service, item, png(COLOURS[colour], seed=seed))
        assert answer.status_code == 200, answer.text
        assert answer.json()["item"] == item
    red_first = blue_first = 0
    for u in range(0, 40, 2):
        red, blue = places(service, f"u{u}", ["red", "blue"])
        red_first += red < blue
        red, blue = places(service, f"u{u + 1}", ["red", "blue"])
        blue_first += blue < red
    assert red_first >= 18 and blue_first >= 18, (red_first, blue_first)


def test_it_lasts_over_a_restart(serve, shop):
    first = serve(project=shop)
    assert put(first, "green", png((30, 200, 30), seed=5)).status_code == 200
    cells = first.get("/v1/items/green").json()
    first.stop()
    again = serve(project=shop, store=first.store)
    assert again.get("/v1/items/green").json() == cells


def test_a_picture_is_in_the_next_list_soon(service):
    """A photograph of about 200 kB: what a shop uploads."""
    body = png(COLOURS[0], side=260, seed=9)
    assert 150_000 < len(body) < 250_000
    times = []
    for i in range(40):
        begin = time.perf_counter()
        assert put(service, f"new{i}", body).status_code == 200
        assert f"new{i}" in service.get("/v1/users/u0/recommendations?k=1000").text
        times.append(1000 * (time.perf_counter() - begin))
    times.sort()
    print(f"put and list: median {statistics.median(times):.0f} ms, slowest {times[-1]:.0f} ms")
    assert times[-2] < 1000


@pytest.mark.parametrize(
    ("body", "kind", "source", "status", "says"),
    [
        (b"no picture", "image/png", "photos", 400, "no picture"),
        (b"", "image/png", "photos", 400, "empty"),
        (b"{}", "application/json", "photos", 415, "image/jpeg"),
        (b"hello", "text/plain", "photos", 415, "image/jpeg"),
        ("png", "image/png", "elsewhere", 404, "elsewhere"),
    ],
)
def test_what_is_wrong_is_said(service, body, kind, source, status, says):
    answer = put(service, "odd", png(COLOURS[0]) if body == "png" else body, kind, source)
    assert answer.status_code == status, answer.text
    assert says in answer.text
    assert service.get("/v1/items/odd").status_code == 404
