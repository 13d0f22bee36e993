#!/usr/bin/env python3
"""Compares what `haina explain --shapley` says of sources with Haina trained anew on every set of them.

Usage: tools/retrain_subsets.py -c PROJECT/haina.toml --sources movies,people,rating [--binary build/relassert/haina]

Each of the 2^n sets is trained with `haina train --exclude` of the others, in a project of its own beside haina.toml
(.retrain/, removed at the end), and measured by NDCG@10 on the test part, which chooses nothing here. Prints both values
of each set, the Shapley values by both, and their rank correlations (Spearman). Experts that haina.toml names must be able to
do without each of the sources."""
import argparse
import itertools
import json
import math
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def run(binary: pathlib.Path, *arguments: str) -> str:
    done = subprocess.run([binary, *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"haina {' '.join(arguments)}\n{done.stderr}")
    return done.stdout


def ranks(values: list[float]) -> list[float]:
    """Mean ranks, so that equal values get equal ones."""
    return [sum(other < value for other in values) + (sum(other == value for other in values) + 1) / 2 for value in values]


def spearman(a: list[float], b: list[float]) -> float:
    x, y = ranks(a), ranks(b)
    mean = (len(x) + 1) / 2
    covariance = sum((i - mean) * (j - mean) for i, j in zip(x, y))
    spread = math.sqrt(sum((i - mean) ** 2 for i in x) * sum((j - mean) ** 2 for j in y))
    return covariance / spread if spread > 0 else math.nan


def shapley(sources: list[str], value: dict[frozenset[str], float]) -> list[float]:
    """The mean over all orders of what each source adds."""
    sums = dict.fromkeys(sources, 0.0)
    orders = list(itertools.permutations(sources))
    for order in orders:
        for i, source in enumerate(order):
            sums[source] += value[frozenset(order[: i + 1])] - value[frozenset(order[:i])]
    return [sums[source] / len(orders) for source in sources]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("-c", "--config", type=pathlib.Path, required=True)
    parser.add_argument("--sources", required=True, help="files or actions, separated by commas; at most 5")
    parser.add_argument("--binary", type=pathlib.Path, default=ROOT / "build" / "relassert" / "haina")
    given = parser.parse_args()
    sources = given.sources.split(",")
    if not 1 <= len(sources) <= 5:
        sys.exit("tools/retrain_subsets.py: 2^n trainings are needed\n  hint: name at most 5 sources")
    binary = given.binary.resolve()
    said = json.loads(run(binary, "explain", "-c", str(given.config), "--shapley", "--sources", given.sources, "--json"))
    linear = {frozenset(one["sources"]): one["value"] for one in said["source_values"]["sets"]}

    text = re.sub(r"(?m)^out\s*=.*\n", "", given.config.read_text(encoding="utf-8"))
    own = given.config.parent / "haina.retrain.toml"
    own.write_text(text.replace("[project]", '[project]\nout = ".retrain"', 1), encoding="utf-8")
    retrained = {}
    try:
        for size in range(len(sources) + 1):
            for chosen in itertools.combinations(sources, size):
                left_out = [source for source in sources if source not in chosen]
                run(binary, "train", "-c", str(own), *(part for source in left_out for part in ("--exclude", source)))
                document = json.loads(run(binary, "evaluate", "-c", str(own), "--no-ablation", "--report", "", "--json"))
                retrained[frozenset(chosen)] = document["models"][0]["metrics"]["ndcg@10"]["value"]
                print(f"{', '.join(chosen) or 'events of the goal':44} linear {linear[frozenset(chosen)]:.4f}  "
                      f"Haina {retrained[frozenset(chosen)]:.4f}", flush=True)
    finally:
        own.unlink()
        shutil.rmtree(given.config.parent / ".retrain", ignore_errors=True)
    ours, theirs = shapley(sources, linear), shapley(sources, retrained)
    for source, a, b in zip(sources, ours, theirs):
        print(f"{source:44} Shapley {a:+.4f}  of Haina {b:+.4f}")
    sets = list(linear)
    print(f"Spearman over sets {spearman([linear[s] for s in sets], [retrained[s] for s in sets]):.2f}, "
          f"over sources {spearman(ours, theirs):.2f}")


if __name__ == "__main__":
    main()
