#!/usr/bin/env python3
"""Writes what bench/quality/NAME.toml reads from build/quality/NAME/data: published files in a form that a table has.

Usage: HAINA_DATA=… tools/quality_data.py [NAME ...]   (without a name: all of them). The same files each time; one that is there and the same stays.
"""
import csv
import gzip
import io
import json
import os
import pathlib
import random
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_bytes() != content:
        path.write_bytes(content)


def write_csv(path, header, rows):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    write(path, text.getvalue().encode())


def ml1m_ncf(data, out):
    """users.dat counts from 1, the split from 0."""
    rows = []
    for line in (data / "ml-1m-multimodal" / "users.dat").read_text(encoding="latin-1").splitlines():
        user, gender, age, occupation, _ = line.split("::")
        rows.append((int(user) - 1, gender, age, occupation))
    write_csv(out / "users.csv", ("user", "gender", "age", "occupation"), rows)


def frappe(data, out):
    """"187-958-967-972-973-977-993-1071,72-4083": a person in a context, and an app with what it costs."""
    users, items = {}, {}
    for part, name, reader in (("train", "train.csv.gz", gzip.open), ("test", "test.csv", open)):
        rows = []
        with reader(data / "frappe-cfm" / name, "rt") as lines:
            for line in lines:
                user, app = line.strip().split(",")
                item, cost = app.split("-")
                users[user] = user.split("-")
                items[item] = cost
                rows.append((user, item))
        write_csv(out / f"{part}.csv", ("user", "item"), rows)
    header = ("user", "person", "daytime", "weekday", "weekend", "homework", "weather", "country", "city")
    write_csv(out / "users.csv", header, [(user, *parts) for user, parts in users.items()])
    write_csv(out / "items.csv", ("item", "cost"), items.items())


def split_by_item(pairs, out):
    """A tenth of the items with all their pairs is the test part, ranked among themselves, a tenth of the others the validation part."""
    items = sorted({item for _, item in pairs})
    random.Random(7).shuffle(items)
    tenth = len(items) // 10
    test = set(items[:tenth])
    validation = set(items[tenth:tenth + (len(items) - tenth) // 10])

    def part_of(item):
        return "test" if item in test else "validation" if item in validation else "train"

    for part in ("train", "validation", "test"):
        write_csv(out / f"{part}.csv", ("user", "item"), [pair for pair in pairs if part_of(pair[1]) == part])
    hidden = " ".join(map(str, sorted(test)))
    users = sorted({user for user, item in pairs if item in test})
    text = "".join(f"{user} {hidden}\n" for user in users)
    write(out / "candidates.txt.gz", gzip.compress(text.encode(), mtime=0))


def citeulike_a_cold(data, out):
    """A tenth of the articles is the test part with all their pairs, a tenth of the others the validation part."""
    with gzip.open(data / "citeulike-a" / "users.dat.gz", "rt") as lines:
        libraries = [[int(article) for article in line.split()[1:]] for line in lines]
    split_by_item([(user, article) for user, library in enumerate(libraries) for article in library], out)


def ml1m_posters_cold(data, out):
    """Of the films with a poster a tenth is the test part with all their ratings, a tenth of the others the validation part."""
    folder = data / "ml-1m-multimodal"
    films = dict(line.split("\t") for line in (folder / "item_map.tsv").read_text().splitlines())
    posters = set((folder / "poster_ids.txt").read_text().split())
    with gzip.open(folder / "ncf.train.tsv.gz", "rt") as lines:
        pairs = [(user, films[film]) for user, film in (line.split() for line in lines)]
    pairs = [pair for pair in pairs if pair[1] in posters]
    split_by_item(pairs, out)


def tiktok_cold(data, out):
    """A tenth of the videos is the test part with all that watched them, a tenth of the others the validation part."""
    lines = [line for part in ("train", "validation", "test") for line in (data / "tiktok-diffmm" / f"{part}.tsv").read_text().splitlines()]
    split_by_item([tuple(map(int, line.split())) for line in lines], out)


def products_cold(data, out, name):
    """Products that customers reviewed, as the published samples of validation and test tell; a tenth is the test part with all its reviews."""
    pairs: set[tuple[str, int]] = set()
    for part in ("valid", "test"):
        with gzip.open(data / "amazon18-minionerec-partial" / f"{name}.{part}.csv.gz", "rt", encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                pairs.update((row["user_id"], item) for item in [*json.loads(row["history_item_id"]), int(row["item_id"])])
    split_by_item(sorted(pairs), out)


def office_cold(data, out):
    products_cold(data, out, "Office_Products")


def industrial_cold(data, out):
    products_cold(data, out, "Industrial_and_Scientific")


MADE = {"citeulike-a-cold": citeulike_a_cold, "frappe": frappe, "industrial-cold": industrial_cold,
        "industrial-cold-minilm": industrial_cold, "ml1m-ncf": ml1m_ncf, "ml1m-posters-cold": ml1m_posters_cold,
        "office-cold": office_cold, "office-cold-minilm": office_cold, "tiktok-cold": tiktok_cold}


def make(name):
    """False where the protocol reads the published files as they are."""
    if name not in MADE:
        return False
    MADE[name](pathlib.Path(os.environ["HAINA_DATA"]), ROOT / "build" / "quality" / name / "data")
    return True


def main():
    if "HAINA_DATA" not in os.environ:
        sys.exit("tools/quality_data.py: HAINA_DATA is not set\n  hint: export HAINA_DATA=FOLDER, the folder of the published data sets")
    for name in sys.argv[1:] or MADE:
        if not make(name):
            sys.exit(f"tools/quality_data.py: nothing to make for '{name}'\n  hint: one of {', '.join(MADE)}")


if __name__ == "__main__":
    main()
