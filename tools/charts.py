#!/usr/bin/env python3
"""Draws the two charts of the README from the tables of docs/quality.md and docs/speed.md. Usage: tools/charts.py [--check]

Writes docs/images/quality.svg and docs/images/speed.svg; with --check it writes nothing and fails where a chart is not
what the tables give."""
import html
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
WIDTH, ROW, LABEL, RIGHT = 800, 26, 260, 170
# Long names of docs/speed.md, and what the chart has room for.
SHORT = (("20 items for each of Gowalla's 29,858 users, seen ones left out", "Top 20 of all users, Gowalla"),
         ("Transformer on Beauty, width 128, all items in the softmax", "Transformer, Beauty"),
         ("10 fields, 1 M x 16 rows, MLP 400-400-400, batch 4096", "10 fields + MLP"),
         ("Item neighbours, Gowalla, best 100 by cosine", "Item neighbors, Gowalla"))
FONT = 'font-family="Helvetica, Arial, sans-serif" font-size="13"'


def bars(title: str, note: str, rows: list[tuple[str, float, str]], baseline: float) -> str:
    """Horizontal bars from 0; `baseline` is drawn as a line. rows: label, length, text at the end."""
    top, height = 54, 54 + ROW * len(rows) + 34
    scale = (WIDTH - LABEL - RIGHT) / max(max(value for _, value, _ in rows), baseline)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" {FONT}>',
           f'<title>{html.escape(title)}</title>',
           f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
           f'<text x="12" y="24" font-size="15" font-weight="bold" fill="#111827">{html.escape(title)}</text>',
           f'<text x="12" y="42" font-size="12" fill="#4b5563">{html.escape(note)}</text>']
    for i, (label, value, text) in enumerate(rows):
        y = top + i * ROW
        color = "#0f766e" if value >= baseline else "#b45309"
        out += [f'<text x="{LABEL - 8}" y="{y + 16}" text-anchor="end" fill="#111827">{html.escape(label)}</text>',
                f'<rect x="{LABEL}" y="{y + 4}" width="{value * scale:.1f}" height="{ROW - 9}" fill="{color}"/>',
                f'<text x="{LABEL + value * scale + 6:.1f}" y="{y + 16}" fill="#111827">{html.escape(text)}</text>']
    x = LABEL + baseline * scale
    out += [f'<line x1="{x:.1f}" y1="{top - 2}" x2="{x:.1f}" y2="{top + ROW * len(rows) + 4}" stroke="#111827" stroke-dasharray="3 3"/>',
            f'<text x="{x:.1f}" y="{top + ROW * len(rows) + 20}" text-anchor="middle" font-size="12" fill="#4b5563">{baseline:g}</text>',
            "</svg>"]
    return "\n".join(out) + "\n"


def quality() -> str:
    page, rows, header = ROOT / "docs" / "quality.md", [], []
    for line in page.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if cells[:1] == ["protocol"]:
            header = cells
        if not cells or len(cells) != len(header) or not cells[0].startswith("["):
            continue
        row = dict(zip(header, cells))
        published = re.match(r"(\.\d+) / \.\d+ (.*)", row["published best"])
        if published is None:
            continue
        earlier = " *" if row["protocol"].endswith("*") else ""
        metric = row["metrics"].split(" / ")[0]
        ratio = float(row["Haina"].split()[0]) / float(published[1])
        rows.append((f"{cells[0][1:cells[0].index(']')]}{earlier}, {metric}", ratio, f"{ratio:.2f} x {published[2].removesuffix(' †')}"))
    if not rows:
        raise SystemExit(f"{page}: the table under '| protocol | …' has no row with a published number\n"
                         "  hint: tools/quality --report writes it")
    rows.sort(key=lambda row: -row[1])
    note = "the protocol's first metric, mean of its seeds, divided by the published one (docs/quality.md; * by an earlier release)"
    return bars("Haina beside the best published result", note, rows, 1)


def speed() -> str:
    rows, work = [], ""
    for line in (ROOT / "docs" / "speed.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if len(cells) < 4 or cells[0] in ("work", "---"):
            continue
        work = cells[0] or work
        ratio = re.match(r"\*\*([\d.]+)\*\*", cells[3])
        if ratio and float(ratio[1]) < 30 and "exact" not in cells[1]:
            label = re.sub(r" \(.*?\)|: a .*|: users.*", "", work)
            for long, short in SHORT:
                label = label.replace(long, short)
            rows.append((label[:44], float(ratio[1]), f"{ratio[1]} x {cells[1]}"))
    return bars("Times faster than its peers", "the peer's seconds over Haina's, side by side in one run on 2 cores (docs/speed.md)", rows, 1)


def main() -> int:
    worst = 0
    for name, text in (("quality", quality()), ("speed", speed())):
        path = ROOT / "docs" / "images" / f"{name}.svg"
        if "--check" not in sys.argv:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            print(f"{path.relative_to(ROOT)}: is not what docs/{name}.md gives\n  hint: run tools/charts.py", file=sys.stderr)
            worst = 1
    return worst


if __name__ == "__main__":
    sys.exit(main())
