"""Pictures that a network of Haina's own reads, trained with the fusion network: for items that a running service is given, and in the next training."""
import json
import sqlite3
import struct
from contextlib import closing

import pytest
import requests
from serving import haina
from test_media import COLOURS, CONFIG, places, png, put, shop_files

FIELD = "photos.picture_pixels"


@pytest.fixture(scope="module")
def gallery(tmp_path_factory):
    folder = tmp_path_factory.mktemp("images")
    shop_files(folder)
    (folder / "haina.toml").write_text(CONFIG.replace('"photos/{item}.png"', '"photos/{item}.png"\nencode = { picture = "cnn" }'))
    done = haina("train", "-c", folder, timeout=300)
    assert done.returncode == 0, done.stderr
    return folder


def cells_of(service, item):
    with closing(sqlite3.connect(service.store.removeprefix("sqlite://"))) as store:
        ((document,),) = store.execute("SELECT document FROM entities WHERE kind = 'item' AND id = ?", (item,)).fetchall()
    return json.loads(document)["cells"]


def test_pixels_alone_place_a_new_item(serve, gallery):
    """The picture's other features are left out of the second request: only the network has seen what is in it."""
    service = serve(project=gallery)
    for item, colour, seed in (("red", 0, 101), ("blue", 1, 102)):
        answer = put(service, item + "-file", png(COLOURS[colour], seed=seed))
        assert answer.status_code == 200, answer.text
        assert "3x32x32:" not in answer.text, "pixels are nothing to read"
        cells = cells_of(service, item + "-file")
        assert cells[FIELD][0].startswith("3x32x32:") and len(cells["photos.picture"]) == 296
        answer = requests.put(f"{service.url}/v1/items/{item}", json={FIELD: cells[FIELD][0]}, timeout=30)
        assert answer.status_code == 200, answer.text
    own_first = 0
    for u in range(40):
        red, blue = places(service, f"u{u}", ["red", "blue"])
        own_first += red < blue if u % 2 == 0 else blue < red
    assert own_first >= 36, own_first
    for wrong in ("3x32x32:", "1x1x4:AAECAw==", "no image"):
        answer = requests.put(f"{service.url}/v1/items/odd", json={FIELD: wrong}, timeout=30)
        assert answer.status_code == 422 and "3x32x32" in answer.json()["hint"], answer.text


def images_in(folder):
    """The tensors of images of the newest dataset under the folder: (colours of each image that is there, number of such fields)."""
    newest = max((path for path in folder.rglob("*.safetensors") if b".has_image" in path.read_bytes()[:100000]), key=lambda path: path.stat().st_mtime)
    data = newest.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header, body = json.loads(data[8 : 8 + length]), data[8 + length :]

    def bytes_of(name):
        begin, end = header[name]["data_offsets"]
        return body[begin:end]

    names = [name.removesuffix(".has_image") for name in header if name.endswith(".has_image")]
    pixels, there = bytes_of(names[0] + ".images"), bytes_of(names[0] + ".has_image")
    size = len(pixels) // len(there)
    rows = [pixels[r * size : (r + 1) * size] for r in range(len(there)) if there[r]]
    return ["red" if sum(row[: size // 3]) > sum(row[2 * size // 3 :]) else "blue" for row in rows], len(names)


def test_pictures_put_live_are_in_the_next_training(serve, gallery):
    service = serve(project=gallery)
    assert put(service, "i1", png(COLOURS[0], seed=7)).status_code == 200  # its file is blue
    assert put(service, "new", png(COLOURS[0], seed=8)).status_code == 200
    answer = service.post("/v1/events", {"events": [{"user": "u0", "item": "new", "action": "clicks"}]})
    assert answer.status_code < 300, answer.text
    service.stop()
    done = haina("train", "-c", gallery, "--from-store", service.store, timeout=300)
    assert done.returncode == 0, done.stderr
    colours, fields = images_in(gallery)
    # 30 red files less one that is broken, 30 blue ones less the one that was replaced.
    assert fields == 1 and sorted(colours) == ["blue"] * 29 + ["red"] * 31, (fields, colours)
    again = serve(project=gallery, store=service.store)
    assert "3x32x32:" not in again.get("/v1/items/new").text, "pixels are nothing to read"
