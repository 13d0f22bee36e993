"""Pictures that a network of Haina's own reads, trained with the fusion network: for items that a running service is given, and in the next training."""
import json
import sqlite3
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
        assert FIELD not in answer.text, "pixels are nothing to read"
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


def test_pictures_put_live_are_in_the_next_training(serve, gallery):
    service = serve(project=gallery)
    assert put(service, "i1", png(COLOURS[0], seed=7)).status_code == 200  # its file is blue
    assert put(service, "new", png(COLOURS[0], seed=8)).status_code == 200
    assert service.post("/v1/events", {"user": "u0", "item": "new", "action": "interaction", "time": 1800000000}).status_code < 300
    service.stop()
    done = haina("train", "-c", gallery, "--from-store", service.store, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "have no photos.picture" not in done.stderr
    again = serve(project=gallery, store=service.store)
    fields = {(field["name"], field["type"]) for field in again.get("/v1/items/new").json()["fields"]}
    assert (FIELD, "image") not in fields
    red = sum(places(again, f"u{u}", ["i1"])[0] < places(again, f"u{u + 1}", ["i1"])[0] for u in range(0, 40, 2))
    print(f"i1, blue by its file and red as put live, is nearer to {red} of 20 lovers of red")
