#!/usr/bin/env python3
"""Runs clang-tidy on files of a GCC build. Usage: tools/clang_tidy.py BUILD_FOLDER FILE...

The compile command of each file comes from compile_commands.json, without what only GCC knows; in place of GCC's precompiled
header its text is included. Exit code 1 where clang-tidy finds anything."""
import json
import pathlib
import re
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
ONLY_GCC = {"-fpch-preprocess", "-Winvalid-pch", "-Werror"}


def flags(command: str) -> list[str]:
    """The compiler's arguments without output, input, and options that Clang refuses."""
    words = shlex.split(command)
    kept, skip = [], False
    begin = next(i for i, word in enumerate(words) if word.endswith(("c++", "g++", "clang++")) or "g++-" in word) + 1
    for word in words[begin:]:
        if skip:
            skip = False
        elif word in ("-o", "-c", "-MT", "-MF", "-include"):
            skip = True
        elif word not in ONLY_GCC and word not in ("-MD", "-MMD"):
            kept.append(word)
    used = re.search(r"haina_pch_(\w+)\.dir", command)
    header = f"pch_{used.group(1)}.h" if used else "pch_light.h"
    return [*kept, "-include", str(ROOT / "cmake" / header), "-Wno-unknown-warning-option", "-Wno-everything"]


def main() -> int:
    folder, *names = sys.argv[1:]
    commands = {entry["file"]: entry["command"] for entry in json.loads((pathlib.Path(folder) / "compile_commands.json").read_text())}
    worst = 0
    for name in names:
        path = str((ROOT / name).resolve())
        if path not in commands:
            print(f"{name}: is no part of the build in {folder}", file=sys.stderr)
            worst = 1
            continue
        done = subprocess.run(["clang-tidy-19", "--quiet", path, "--", *flags(commands[path])], check=False)
        worst = max(worst, done.returncode)
    return 1 if worst else 0


if __name__ == "__main__":
    sys.exit(main())
