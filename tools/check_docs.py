#!/usr/bin/env python3
"""Fails where a document links to a file or heading that is not there, or shows a `haina` command that the program refuses.

Usage: tools/check_docs.py [--binary build/relassert/haina]
Links between documents are checked always. Commands are checked where the binary is there: every `haina COMMAND --option` in
a fenced block must be a command and an option that `haina COMMAND --help` lists."""
import argparse
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)|<img[^>]+src=\"([^\"]+)\"")
FENCE = re.compile(r"^```(\w*)\s*$(.*?)^```\s*$", re.M | re.S)


def anchors(text: str) -> set[str]:
    """Names of headings as GitHub makes them."""
    names = set()
    for line in FENCE.sub("", text).splitlines():
        if line.startswith("#"):
            title = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", line.lstrip("#").strip()).lower()
            names.add(re.sub(r"[^\w\- ]", "", title).replace(" ", "-"))
    return names


def broken_links(path: pathlib.Path):
    text = path.read_text(encoding="utf-8")
    for number, line in enumerate(text.splitlines(), 1):
        for match in LINK.finditer(line):
            target = next(group for group in match.groups() if group)
            if re.match(r"[a-z]+:", target):
                continue
            file, _, anchor = target.partition("#")
            where = (path.parent / file).resolve() if file else path
            if not where.exists():
                yield f"{path.relative_to(ROOT)}:{number}: no file '{file}'\n  hint: correct the link"
            elif anchor and where.suffix == ".md" and anchor not in anchors(where.read_text(encoding="utf-8")):
                yield f"{path.relative_to(ROOT)}:{number}: '{file or path.name}' has no heading '#{anchor}'\n  hint: correct the link"


def commands(text: str):
    """(offset, command, words after it, options) of every line of a fenced block that starts haina."""
    for block in FENCE.finditer(text):
        if block[1] not in ("", "text", "sh", "bash", "console"):
            continue
        for line in re.finditer(r"^(?:\$ )?haina ([a-z][a-z-]*)(.*)$", block[2], re.M):
            shown = re.split(r"\s{2,}|\s#|\s[|&;>]", line[2])[0]  # what follows two blanks explains the command
            yield block.start(2) + line.start(), line[1], line[2].split(), re.findall(r"(?<=\s)(--[a-z][a-z-]*|-[a-z])\b", " " + shown)


def refused_commands(path: pathlib.Path, binary: pathlib.Path):
    text = path.read_text(encoding="utf-8")
    helps: dict[str, str | None] = {}

    def help_of(command: str) -> str | None:
        if command not in helps:
            shown = subprocess.run([binary, *command.split(), "--help"], capture_output=True, text=True, check=False)
            helps[command] = shown.stdout if shown.returncode == 0 else None
        return helps[command]

    for offset, command, words, options in commands(text):
        if "SUBCOMMAND" in (help_of(command) or "") and words:
            command = f"{command} {words[0]}"
        where = f"{path.relative_to(ROOT)}:{text.count(chr(10), 0, offset) + 1}"
        if (known := help_of(command)) is None:
            yield f"{where}: 'haina {command}' is no command\n  hint: see haina --help"
            continue
        for option in options:  # some belong to all commands
            if not re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])", known + (help_of("") or "")):
                yield f"{where}: 'haina {command}' has no {option}\n  hint: see haina {command} --help"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--binary", type=pathlib.Path, default=ROOT / "build" / "relassert" / "haina")
    binary = parser.parse_args().binary.resolve()
    listed = subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()
    found = []
    for name in listed:
        found += broken_links(ROOT / name)
        if binary.exists():
            found += refused_commands(ROOT / name, binary)
    if not binary.exists():
        print(f"tools/check_docs.py: {binary} is not built: commands in documents were not checked", file=sys.stderr)
    print("\n".join(found), file=sys.stderr) if found else None
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
