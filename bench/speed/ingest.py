"""Times four readers on one CSV of interactions (user, item, value, time), each in a process of its own, in turn and in changing order; prints seconds
and ratios, then what `haina prepare` takes for the same file."""
import os
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import time

megabytes, rounds, ours, haina = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]

# Ids as text and value and time as numbers everywhere: the types that prepare wants.
READERS = {
    "pyarrow": "import pyarrow as pa, pyarrow.csv as c\n"
               "f = lambda p: c.read_csv(p, convert_options=c.ConvertOptions(column_types={'user': pa.large_string(), 'item': pa.large_string(),"
               " 'value': pa.float64(), 'time': pa.int64()})).num_rows",
    "polars": "import polars as pl\n"
              "f = lambda p: pl.read_csv(p, schema_overrides={'user': pl.String, 'item': pl.String, 'value': pl.Float64, 'time': pl.Int64}).height",
    "pandas": "import pandas as pd\nf = lambda p: len(pd.read_csv(p, dtype={'user': str, 'item': str, 'value': float, 'time': int}))",
}
TIMER = "\nimport time, sys\nb = time.perf_counter()\nn = f(sys.argv[1])\nprint(f'{time.perf_counter() - b:.3f} {n}')"

with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR", "/tmp")) as folder:
    path = pathlib.Path(folder) / "events.csv"
    draw = random.Random(7)
    block = "".join(f"{draw.randrange(1_000_000)},{draw.randrange(200_000)},{draw.randrange(1, 11) / 2},{1_600_000_000 + draw.randrange(100_000_000)}\n"
                    for _ in range(200_000))
    with open(path, "w") as out:
        out.write("user,item,value,time\n")
        while out.tell() < megabytes * 1_000_000:
            out.write(block)
    path.read_bytes()  # in the page cache for all
    commands = {"haina": [ours, str(path)]} | {name: [sys.executable, "-c", code + TIMER, str(path)] for name, code in READERS.items()}
    seconds = {name: [] for name in commands}
    counts = {}
    for _ in range(rounds):
        for name in draw.sample(list(commands), len(commands)):
            # Twice each, the second counts: a virtual machine's memory is slow to touch for whoever comes first after it lay idle.
            for _ in range(2):
                taken, count = subprocess.run(commands[name], check=True, capture_output=True, text=True).stdout.split()
            seconds[name].append(float(taken))
            counts[name] = int(count)
    assert len(set(counts.values())) == 1, counts
    size = path.stat().st_size / 1e6
    print(f"{size:.0f} MB, {counts['haina']} rows, {os.cpu_count()} cores, median of {rounds} rounds in turn")
    best = statistics.median(seconds["haina"])
    for name, times in seconds.items():
        middle = statistics.median(times)
        print(f"{name:8} {middle:7.2f} s  {size / middle:6.0f} MB/s  [{min(times):.2f}, {max(times):.2f}]  haina is {middle / best:.2f} x as fast")
    (pathlib.Path(folder) / "haina.toml").write_text(
        '[project]\nname = "ingest"\n[[source]]\nname = "events"\nkind = "events"\npath = "events.csv"\n'
        'columns = { user = "user", item = "item", value = "value", time = "time" }\n[clean]\ndrop_duplicates = false\n')
    start = time.perf_counter()
    process = subprocess.Popen([haina, "prepare", "-c", str(pathlib.Path(folder) / "haina.toml")], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    assert status == 0, status
    columns = (pathlib.Path(folder) / "prepared" / "events.arrow").stat().st_size
    peak = used.ru_maxrss * 1024
    print(f"haina prepare {time.perf_counter() - start:.2f} s, columns {columns / 1e6:.0f} MB, peak {peak / 1e6:.0f} MB, "
          f"{(peak - 500e6) / columns:.2f} x columns + 500 MB")
