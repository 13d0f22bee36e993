#!/usr/bin/env python3
"""Tests a built haina from outside, with real clients and servers, and with broken requests.

Usage: tests/live/run.py [--binary build/relassert/haina] [--only NAME | --all] [--report FILE]    (NAME: gorse, abuse, postgres, …)

Creates build/live-venv from requirements.txt, trains a small project in a temporary folder, and runs the tests of this
folder, which start `haina serve` on free ports. Exits with pytest's exit code. Tests whose tools are missing are skipped
with the name of the Debian package. A failed test is repeated once, since the tests share the machine's cores with real
servers; pytest's last line counts the repeated ones. The files of LONG take many minutes: they run with --only or --all.
"""
import argparse
import hashlib
import os
import pathlib
import subprocess
import sys
import tempfile
import venv

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
LONG = ("attacks", "hostile_ids", "hostile_peers", "long_run")
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True
import project  # noqa: E402  (after the path)


def environment() -> pathlib.Path:
    """The virtual environment's interpreter; creates the environment if it is missing or the requirements changed."""
    folder = ROOT / "build" / "live-venv"
    wanted = HERE / "requirements.txt"
    stamp, digest = folder / "requirements.sha256", hashlib.sha256(wanted.read_bytes()).hexdigest()
    python = folder / "bin" / "python"
    if not (stamp.exists() and stamp.read_text() == digest and python.exists()):
        print(f"creating {folder.relative_to(ROOT)}", flush=True)
        folder.parent.mkdir(exist_ok=True)
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "-r", wanted], check=True)
        stamp.write_text(digest)
    return python


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", default=str(ROOT / "build" / "relassert" / "haina"))
    parser.add_argument("--only", help="one file of tests by its name: gorse for test_gorse.py")
    parser.add_argument("--all", action="store_true", help="also the files that take many minutes: " + ", ".join(LONG))
    parser.add_argument("--report", help="a file for the results, JUnit XML")
    arguments = parser.parse_args()
    binary = pathlib.Path(arguments.binary).resolve()
    if not binary.exists():
        print(f"{binary}: not found\n  hint: build it, or name another --binary", file=sys.stderr)
        return 3
    tests = HERE / f"test_{arguments.only}.py" if arguments.only else HERE
    if not tests.exists():
        known = ", ".join(sorted(path.stem.removeprefix("test_") for path in HERE.glob("test_*.py")))
        print(f"there are no tests '{arguments.only}'\n  hint: choose one of {known}", file=sys.stderr)
        return 2
    left_out = [] if arguments.all or arguments.only else [HERE / f"test_{name}.py" for name in LONG]
    if left_out:
        print(f"left out, since they take many minutes: {', '.join(LONG)} (--all runs them)", flush=True)
    python = environment()
    with tempfile.TemporaryDirectory(prefix="haina_live_") as name:
        folder = pathlib.Path(name)
        (folder / "project").mkdir()
        project.write(folder / "project")
        print("training", flush=True)
        project.train(str(binary), folder / "project")
        return subprocess.run(
            [python, "-m", "pytest", tests, "-ra", "--durations=8", "--tb=short", "-p", "no:cacheprovider", "--reruns", "1",
             *(f"--ignore={path}" for path in left_out),
             *(["-rP"] if os.environ.get("HAINA_SHOW") else []),  # also what tests that passed have printed: the numbers measured
             *([f"--junitxml={pathlib.Path(arguments.report).resolve()}"] if arguments.report else []),
             f"--rootdir={HERE}", f"--basetemp={folder / 'pytest'}"],
            cwd=folder,
            env={**os.environ, "HAINA_BINARY": str(binary), "HAINA_PROJECT": str(folder / "project"),
                 "HAINA_WEB": str(ROOT / "web"), "HYPOTHESIS_STORAGE_DIRECTORY": str(folder / "hypothesis"),
                 "PYTHONDONTWRITEBYTECODE": "1", "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"},
        ).returncode


if __name__ == "__main__":
    sys.exit(main())
