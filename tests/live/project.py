"""A small project with a clear structure: users of three tastes, items of three categories."""
import pathlib
import random
import subprocess

USERS = 300
ITEMS = 120
CATEGORIES = ["drama", "comedy", "war"]
CONFIG = """
[project]
name = "live"
[[source]]
name = "clicks"
kind = "events"
path = "clicks.csv"
action = "click"
columns = { user = "user", item = "item", time = "time" }
[[source]]
name = "items"
kind = "items"
path = "items.csv"
columns = { item = "item", title = "text", category = "category", tags = "tags:|", year = "number" }
[[source]]
name = "people"
kind = "users"
path = "users.csv"
columns = { user = "user", age = "number", city = "category" }
[[source]]
name = "ties"
kind = "social"
path = "friends.csv"
columns = { user = "user", other = "other" }
[train]
network_params = { epochs = 3, width = 16 }
[train.experts.popularity]
[train.experts.ease]
"""


def category_of(item: int) -> str:
    return CATEGORIES[item % len(CATEGORIES)]


def write(folder: pathlib.Path) -> None:
    """Writes the project's files. Item i has category i % 3; user u clicks on items with i % 3 == u % 3."""
    draw = random.Random(7)
    with open(folder / "items.csv", "w") as items:
        items.write("item,title,category,tags,year\n")
        for i in range(ITEMS):
            title = f"The {['quiet', 'stormy', 'distant'][i % 3]} {['harbour', 'bridge', 'garden', 'voyage'][i % 4]} {i}"
            items.write(f"i{i},{title},{category_of(i)},{'old|long' if i % 2 else 'new|short'},{1980 + i % 40}\n")
    with open(folder / "users.csv", "w") as users:
        users.write("user,age,city\n")
        for u in range(USERS):
            users.write(f"u{u},{20 + u % 50},{['Delft', 'Lyon', 'Turku'][u % 3]}\n")
    with open(folder / "friends.csv", "w") as friends:
        friends.write("user,other\n")
        for u in range(USERS):
            for other in {(u + 3) % USERS, (u + 9) % USERS}:
                friends.write(f"u{u},u{other}\n")
    with open(folder / "clicks.csv", "w") as clicks:
        clicks.write("user,item,time\n")
        for u in range(USERS):
            for nth, item in enumerate(draw.sample(range(u % 3, ITEMS, 3), 12)):
                clicks.write(f"u{u},i{item},{1700000000 + 100000 * nth + u}\n")
    (folder / "haina.toml").write_text(CONFIG)


def train(binary: str, folder: pathlib.Path) -> None:
    done = subprocess.run([binary, "train", "-c", str(folder)], capture_output=True, text=True, timeout=300)
    if done.returncode != 0:
        raise SystemExit(f"haina train ended with {done.returncode}:\n{done.stderr[-4000:]}")
