"""Makes a preference task of Fashion-MNIST: 200 persons say of pictures whether they like them.

A person likes some kinds of clothing, at least one and not all. Each of the 60,000 training pictures is shown to three persons, each of the 10,000
test pictures to one, and a person likes a picture if its kind is among those liked. The recommender gets the person's liked kinds and the
picture; the picture's kind it never sees."""
import csv
import gzip
import pathlib
import random
import struct
import sys

# The ten labels of Fashion-MNIST, and what a person would call them. Kinds that people confuse in 28 x 28 pixels, such as shirts and coats, are of one family.
LABELS = ("t-shirt", "trousers", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "boot")
FAMILIES = ("tops", "trousers", "tops", "dresses", "tops", "shoes", "tops", "shoes", "bags", "shoes")
PERSONS = 200
SHOWN_TO = 3  # persons who see a training picture
VALIDATION = 0.1


def read(path: pathlib.Path, header: int) -> bytes:
    try:
        with gzip.open(path, "rb") as file:
            return file.read()[header:]
    except OSError as error:
        sys.exit(f"{path}: {error.strerror or error}\n  hint: apt-get install dataset-fashion-mnist, or name a folder with the four files of Fashion-MNIST")


def write_pictures(pixels: bytes, out: pathlib.Path) -> int:
    """A .npy of float32 [pictures, 784], 0 to 1."""
    count = len(pixels) // 784
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({count}, 784), }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    floats = [struct.pack("<f", value / 255) for value in range(256)]
    with open(out, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode())
        for begin in range(0, len(pixels), 784 * 1000):
            file.write(b"".join(map(floats.__getitem__, pixels[begin:begin + 784 * 1000])))
    return count


def write_csv(path: pathlib.Path, header: tuple, rows: list) -> None:
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])


def write_task(data: pathlib.Path, out: pathlib.Path, kinds_of: str) -> None:
    """data: a folder with the four files of Fashion-MNIST. kinds_of: "families" or "ten"."""
    out.mkdir(parents=True, exist_ok=True)
    kinds = FAMILIES if kinds_of == "families" else LABELS
    names = sorted(set(kinds))

    pixels = [read(data / f"{part}-images-idx3-ubyte.gz", 16) for part in ("train", "t10k")]
    labels = [read(data / f"{part}-labels-idx1-ubyte.gz", 8) for part in ("train", "t10k")]
    known = len(labels[0])
    write_pictures(b"".join(pixels), out / "pictures.npy")

    draw = random.Random(7)
    likes: list[list[str]] = []
    while len(likes) < PERSONS:
        liked = [name for name in names if draw.random() < 0.5]
        if 0 < len(liked) < len(names):
            likes.append(liked)
    write_csv(out / "persons.csv", ("person", "likes"), [(f"P{p + 1}", "|".join(liked)) for p, liked in enumerate(likes)])
    answers: dict[str, list[tuple[str, int, int]]] = {"train": [], "validation": [], "test": []}
    for picture, label in enumerate(b"".join(labels)):
        part = "test" if picture >= known else "validation" if draw.random() < VALIDATION else "train"
        for person in draw.sample(range(PERSONS), 1 if part == "test" else SHOWN_TO):
            answers[part].append((f"P{person + 1}", picture, int(kinds[label] in likes[person])))
    for part, rows in answers.items():
        write_csv(out / f"{part}.csv", ("person", "picture", "liked"), rows)
        print(f"{part}: {len(rows)} answers, {sum(row[2] for row in rows) / len(rows):.3f} of them likes", file=sys.stderr)
