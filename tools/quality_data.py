#!/usr/bin/env python3
"""Writes what bench/quality/NAME.toml reads from build/quality/NAME/data: published files in a form that a table has.

Usage: HAINA_DATA=… tools/quality_data.py [NAME ...]   (without a name: all of them). The same files each time; one that is there and the same stays.
"""
import csv
import gzip
import io
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


def citeulike_a_cold(data, out):
    """A tenth of the articles is the test part with all their pairs, a tenth of the others the validation part."""
    with gzip.open(data / "citeulike-a" / "users.dat.gz", "rt") as lines:
        libraries = [[int(article) for article in line.split()[1:]] for line in lines]
    articles = sorted({article for library in libraries for article in library})
    random.Random(7).shuffle(articles)
    tenth = len(articles) // 10
    test = set(articles[:tenth])
    validation = set(articles[tenth:tenth + (len(articles) - tenth) // 10])
    pairs = [(user, article) for user, library in enumerate(libraries) for article in library]

    def part_of(article):
        return "test" if article in test else "validation" if article in validation else "train"

    for part in ("train", "validation", "test"):
        write_csv(out / f"{part}.csv", ("user", "item"), [pair for pair in pairs if part_of(pair[1]) == part])
    hidden = " ".join(map(str, sorted(test)))
    users = sorted({user for user, article in pairs if article in test})
    text = "".join(f"{user} {hidden}\n" for user in users)
    write(out / "candidates.txt.gz", gzip.compress(text.encode(), mtime=0))


MADE = {"citeulike-a-cold": citeulike_a_cold, "frappe": frappe, "ml1m-ncf": ml1m_ncf}


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
