"""Texts and pictures that pretrained networks read: in training, and for items that a running service is given."""
import json
import os
import pathlib
import random
import sqlite3
from contextlib import closing

import pytest
import requests
from serving import haina
from test_media import png

FOLDER = pathlib.Path(os.environ.get("HAINA_ENCODERS") or pathlib.Path(__file__).parents[2] / "build" / "encoders")
pytestmark = pytest.mark.skipif(not (FOLDER / ".stamp").exists(), reason=f"no networks in {FOLDER}: run tools/fetch_encoders build/encoders")

CONFIG = """
[project]
name = "texts"
[[source]]
name = "clicks"
kind = "events"
path = "clicks.csv"
columns = {{ user = "user", item = "item", time = "time" }}
[[source]]
name = "articles"
kind = "items"
path = "articles.csv"
columns = {{ item = "item", body = "text" }}
encode = {{ body = "{folder}/minilm" }}
[[source]]
name = "photos"
kind = "media"
path = "photos/{{item}}.png"
encode = {{ picture = "{folder}/resnet" }}
[train]
network_params = {{ epochs = 8, width = 32 }}
"""
ANIMALS = ["dog", "puppy", "cat", "kitten", "horse", "pony", "rabbit", "sheep", "goat", "hamster"]
MONEY = ["bank", "loan", "mortgage", "interest", "bond", "share", "dividend", "tax", "credit", "inflation"]
# None of these words is in any text of training.
NEW = {"animal": "A duckling and a calf beside their mothers at the farmyard", "money": "Treasury yields climbed as lenders tightened financing"}


@pytest.fixture(scope="module")
def paper(tmp_path_factory):
    """Readers like animals or money; no two articles share a telling word."""
    folder = tmp_path_factory.mktemp("texts")
    (folder / "photos").mkdir()
    draw = random.Random(5)
    rows = ["item,body"]
    for i in range(60):
        words = (ANIMALS, MONEY)[i % 2]
        rows.append(f"i{i},{words[i // 2 % 10]} {words[(i // 2 + i // 20) % 10]} no {draw.randint(0, 10**9)}")
        if i < 30:
            (folder / "photos" / f"i{i}.png").write_bytes(png((200, 60, 60), seed=i))
    (folder / "articles.csv").write_text("\n".join(rows) + "\n")
    rows = ["user,item,time"]
    for u in range(200):
        rows += [f"u{u},i{i},{1700000000 + 1000 * nth + u}" for nth, i in enumerate(draw.sample(range(u % 2, 60, 2), 10))]
    (folder / "clicks.csv").write_text("\n".join(rows) + "\n")
    (folder / "haina.toml").write_text(CONFIG.format(folder=FOLDER))
    done = haina("train", "-c", folder, timeout=300)
    assert done.returncode == 0, done.stderr
    return folder


def test_new_items_are_listed_by_what_their_texts_mean(serve, paper):
    service = serve(project=paper)
    for item, text in NEW.items():
        answer = requests.put(f"{service.url}/v1/items/{item}", json={"body": text}, timeout=30)
        assert answer.status_code == 200, answer.text
    animals_first = money_first = 0
    for u in range(0, 40, 2):
        for user, counts in ((f"u{u}", 0), (f"u{u + 1}", 1)):
            listed = [entry["item"] for entry in service.get(f"/v1/users/{user}/recommendations?k=1000").json()["items"]]
            places = [listed.index(item) for item in ("animal", "money")]
            animals_first += counts == 0 and places[0] < places[1]
            money_first += counts == 1 and places[1] < places[0]
    assert animals_first >= 17 and money_first >= 17, (animals_first, money_first)


def vectors_of(service, item):
    """The vectors among an item's cells, as the store has them."""
    with closing(sqlite3.connect(service.store.removeprefix("sqlite://"))) as store:
        ((document,),) = store.execute("SELECT document FROM entities WHERE kind = 'item' AND id = ?", (item,)).fetchall()
    return {name: cells for name, cells in json.loads(document)["cells"].items() if name.endswith("_vector") and cells}


def test_a_text_that_is_taken_away_takes_its_vector_along(serve, paper):
    service = serve(project=paper)
    assert requests.put(f"{service.url}/v1/items/new", json={"body": NEW["money"]}, timeout=30).status_code == 200
    first = vectors_of(service, "new")
    assert len(first["articles.body_vector"]) == 384
    assert requests.patch(f"{service.url}/v1/items/new", json={"body": NEW["animal"]}, timeout=30).status_code == 200
    second = vectors_of(service, "new")
    assert second and second != first
    assert requests.patch(f"{service.url}/v1/items/new", json={"body": ""}, timeout=30).status_code == 200
    assert not vectors_of(service, "new")


def test_a_network_that_is_another_one_now_is_not_used_in_silence(serve, paper, tmp_path):
    for name in ("minilm", "resnet"):
        (tmp_path / name).mkdir()
        for file in (FOLDER / name).iterdir():
            if file.is_file():
                (tmp_path / name / file.name).symlink_to(file)
    config = (paper / "haina.toml").read_text()
    other = tmp_path / "project"
    other.mkdir()
    for name in ("articles.csv", "clicks.csv"):
        (other / name).write_bytes((paper / name).read_bytes())
    (other / "photos").symlink_to(paper / "photos")
    (other / "haina.toml").write_text(config.replace(str(FOLDER), str(tmp_path)))
    assert haina("train", "-c", other, timeout=300).returncode == 0
    (tmp_path / "minilm" / "encoder.json").write_text('{"max_tokens": 3}')
    service = serve(project=other)
    assert requests.put(f"{service.url}/v1/items/new", json={"body": NEW["money"]}, timeout=30).status_code == 200
    assert not vectors_of(service, "new")
    assert "not the network with which the data were prepared" in service.log()


def test_a_picture_put_live_is_seen_by_the_network_too(serve, paper):
    service = serve(project=paper)
    answer = requests.put(f"{service.url}/v1/items/red/media/photos", data=png((200, 60, 60), seed=77), headers={"Content-Type": "image/png"}, timeout=30)
    assert answer.status_code == 200, answer.text
    assert len(vectors_of(service, "red")["photos.picture_vector"]) == 1024
