"""What the four examples have in common: `examples/NAME/run` calls walk(), which prepares, trains, evaluates and lists with
examples/NAME/haina.toml and keeps everything that it writes in .demo/NAME."""
import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from typing import NoReturn

ROOT = pathlib.Path(__file__).resolve().parent.parent


def fail(what: str, hint: str) -> NoReturn:
    print(f"{what}\n  hint: {hint}", file=sys.stderr)
    sys.exit(3)  # as haina does where something is not found


def program() -> pathlib.Path:
    """$HAINA_BINARY, or the one that was built here, or the one of the path."""
    named, built, found = os.environ.get("HAINA_BINARY"), ROOT / "build" / "relassert" / "haina", shutil.which("haina")
    path = pathlib.Path(named) if named else built if built.exists() else pathlib.Path(found or built)
    if not os.access(path, os.X_OK):
        fail(f"no program at {path}", "build it with tools/demo or tools/test, or set HAINA_BINARY to a finished one")
    return path.resolve()


def data_folder(wanted: list[str]) -> pathlib.Path:
    """$HAINA_DATA, or shared/data beside the repository; it holds the wanted files."""
    folder = pathlib.Path(os.environ.get("HAINA_DATA") or ROOT.parent / "shared" / "data").resolve()
    missing = [name for name in wanted if not (folder / name).exists()]
    if missing:
        fail(f"{folder / missing[0]}: not found", "set HAINA_DATA to the folder of the data sets; the README beside this program says where they are from")
    return folder


def document(report: pathlib.Path) -> dict:
    """What `haina evaluate --json` prints; the report has it too."""
    found = re.search(r'<script type="application/json"[^>]*>(.*?)</script>', report.read_text(encoding="utf-8"), re.S)
    assert found, report
    return json.loads(found[1])


def sources_table(evaluated: dict) -> str:
    """What the whole loses when it is trained again without a source, with the p-values that the short screen leaves out."""
    rows = [("trained without", "metric", "change", "95 % interval", "p (Holm)")]
    for row in sorted(evaluated.get("ablation", []), key=lambda row: row["delta"]):
        p = f"{row['p_holm']:.3f}" if row["p_holm"] >= 0.001 else "< 0.001"
        rows.append((row["without"], row["metric"], f"{row['delta']:+.4f}", f"[{row['low']:+.4f}, {row['high']:+.4f}]", p))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows)


def walk(name: str, wanted: list[str], user: str, lists: str = "5,10,20", make: Callable[[pathlib.Path, pathlib.Path], None] | None = None) -> None:
    """make(data, folder) writes the files that haina.toml reads from .demo/NAME/data; without it, it reads the published files."""
    parser = argparse.ArgumentParser(description=f"Prepares, trains, evaluates and lists: see examples/{name}/README.md")
    parser.add_argument("--user", default=user, help="whose list is printed (default: %(default)s)")
    parser.add_argument("--prepare", action="store_true", help="only read and check the sources")
    options = parser.parse_args()
    haina, data, folder = program(), data_folder(wanted), ROOT / ".demo" / name
    began = time.monotonic()

    def step(command: str, *arguments: object) -> None:
        words = [command, "-c", str(ROOT / "examples" / name), *map(str, arguments)]
        print(f"== haina {' '.join(words)}", file=sys.stderr, flush=True)
        done = subprocess.run([haina, *words], env={**os.environ, "HAINA_DATA": str(data)}, check=False)
        if done.returncode != 0:
            sys.exit(done.returncode)  # haina has said why

    folder.mkdir(parents=True, exist_ok=True)
    if make:
        make(data, folder / "data")
    step("prepare")
    if options.prepare:
        return
    step("train")
    trained = time.monotonic()
    report = folder / "report.html"
    step("evaluate", "-k", lists, "--report", report)
    evaluated = time.monotonic()
    print("What each source adds:\n" + sources_table(document(report)) + "\n", flush=True)
    step("recommend", "--user", options.user, "-k", 5)
    print(f"== trained in {trained - began:.0f} s, evaluated in {evaluated - trained:.0f} s; the report: {report}", file=sys.stderr)
