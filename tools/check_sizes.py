#!/usr/bin/env python3
"""Fails where a source file is longer than 400 lines or a C++ function longer than 80. Usage: tools/check_sizes.py

Functions are found by the layout that clang-format gives: a definition starts at the indentation of its namespace or class
and ends with a lone closing brace at the same indentation. Generated files carry "GENERATED" in their first three lines."""
import pathlib
import re
import subprocess
import sys

LONGEST_FILE, LONGEST_FUNCTION = 400, 80
ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCES = ("*.cpp", "*.h", "*.py", "*.ts", "*.tsx", "*.css", "*.mjs", "tools/*")
NOT_A_FUNCTION = re.compile(r"^\s*(namespace|class|struct|enum|union|public|private|protected|extern|constexpr|const|static const|inline constexpr)\b"
                            r"(?!.*\)\s*(const\s*)?(noexcept\s*)?(override\s*)?\{$)")


def long_functions(lines: list[str]):
    """(first line, length, text) of every function over the limit; lines are numbered from 1."""
    for indent in ("", "  "):
        begin, text = None, ""
        for number, line in enumerate(lines, 1):
            body = line.removeprefix(indent)
            if line == indent + "}" and begin is not None:
                if number - begin + 1 > LONGEST_FUNCTION:
                    yield begin, number - begin + 1, text
                begin = None
            elif line.startswith(indent) and body[:1].isalpha() and not NOT_A_FUNCTION.match(line):
                if "(" in body and not body.endswith(";"):  # a signature, or its first line
                    begin, text = number, body
                elif body.endswith(";"):
                    begin = None


def main() -> int:
    files = subprocess.run(["git", "ls-files", *SOURCES], cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()
    found = []
    for name in files:
        path = ROOT / name
        if not path.is_file() or name.endswith((".lock", ".txt")):
            continue
        lines = path.read_text(encoding="utf-8").splitlines()
        if any("GENERATED" in line for line in lines[:3]):
            continue
        if len(lines) > LONGEST_FILE:
            found.append(f"{name}:{LONGEST_FILE + 1}: {len(lines)} lines\n  hint: split the file by topic; the limit is {LONGEST_FILE}")
        if name.endswith((".cpp", ".h")):
            for begin, length, text in long_functions(lines):
                found.append(f"{name}:{begin}: {length} lines in {text.strip()}\n  hint: split the function into its steps; the limit is {LONGEST_FUNCTION}")
    print("\n".join(found), file=sys.stderr) if found else None
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
