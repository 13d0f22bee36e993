"""The page docs/quality.md from the documents that tools/quality keeps of its runs."""
import re

from quality_protocols import HR_NDCG, PROTOCOLS


def mean(values):
    values = [value for value in values if value is not None]
    return sum(values) / len(values) if values else None


def short(value, sign=False):
    if value is None:
        return "–"
    text = f"{abs(value):.4f}"
    text = text[1:] if text.startswith("0.") else text
    return ("−" if value < 0 else "+" if sign else "") + text


def title_of(metric):
    name, k = metric.split("@")
    return {"hr": "HR", "ndcg": "NDCG", "recall": "Recall", "precision": "Precision"}[name] + "@" + k


class Measured:
    """The documents of one protocol's seeds, of which every number is a mean."""

    def __init__(self, protocol, documents, sampled):
        self.train_only = self.shuffled = None  # the same measured on other fits
        self.protocol = protocol
        self.documents = documents
        self.blocks = [document["sampled"] if sampled else document for document in documents]

    def models(self):
        """Those that every seed has; the whole first, then by the first metric."""
        names = [model["name"] for model in self.blocks[0]["models"]]
        names = [name for name in names if all(self.model(block, name) for block in self.blocks)]
        first = self.protocol.metrics[0]
        return names[:1] + sorted(names[1:], key=lambda name: -(self.value(name, first) or 0))

    @staticmethod
    def model(block, name):
        return next((model for model in block["models"] if model["name"] == name), None)

    def metric(self, name, metric):
        return [self.model(block, name)["metrics"].get(metric) for block in self.blocks]

    def value(self, name, metric):
        return mean([found["value"] for found in self.metric(name, metric) if found])

    def half_width(self, name, metric):
        return mean([(found["high"] - found["low"]) / 2 for found in self.metric(name, metric) if found and "low" in found])

    def shown(self, name, metric):
        half = self.half_width(name, metric)
        return short(self.value(name, metric)) + (f" ± {short(half)}" if half is not None else "")

    def spread(self, name, metric):
        values = [found["value"] for found in self.metric(name, metric) if found]
        return max(values) - min(values) if len(values) > 1 else None

    def difference(self, than, metric):
        rows = [row for block in self.blocks for row in block["differences"] if row["than"] == than and row["metric"] == metric]
        if not rows:
            return "–"
        low, high = (mean([row.get(bound) for row in rows]) for bound in ("low", "high"))
        bounds = f" [{short(low, True)}, {short(high, True)}]" if low is not None and high is not None else ""
        return short(mean([row["delta"] for row in rows]), True) + bounds

    def ablation(self):
        rows = [row for document in self.documents for row in document.get("ablation", [])]
        for source in dict.fromkeys(row["without"] for row in rows):
            of_source = [row for row in rows if row["without"] == source]
            low, high = (mean([row.get(bound) for row in of_source]) for bound in ("low", "high"))
            yield source, title_of(of_source[0]["metric"]), short(mean([row["delta"] for row in of_source]), True), \
                f"[{short(low, True)}, {short(high, True)}]" if low is not None else "", len(of_source)

    def wall(self):
        """A phrase for each machine that seeds were run on."""
        machines = {}
        for document in self.documents:
            run = document["run"]
            gpu = f"{run['gpu']} and " if run.get("gpu") else ""
            where = f"{gpu}{run['cpus']} CPU{'' if run['cpus'] == 1 else 's'} ({run['cpu']})"
            machines.setdefault(where, []).append(run["wall"])
        return "; ".join(f"{mean([wall['train'] for wall in walls]):.0f} s to train and "
                         f"{mean([wall['evaluate'] for wall in walls]):.0f} s to evaluate on {where}"
                         for where, walls in machines.items())


def best_published(protocol):
    rows = [row for row in protocol.published if row.values[0] is not None]
    return max(rows, key=lambda row: row.values[0], default=None)


COLUMNS = 7  # of the summary
EARLIER = " *"
OF_EARLIER = "Measured by an earlier release, and not again."
BEYOND = ("coverage@10", "gini@10", "novelty@10", "diversity@10", "miscalibration@10", "cold_exposure@10", "new_exposure@10")


def table(head, rows, left=1):
    lines = ["| " + " | ".join(head) + " |", "|" + "|".join("---" if i < left else "---:" for i in range(len(head))) + "|"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def named(row):
    return f"{row.model} ({row.source}){'' if row.read else ' †'}"


def models_table(m, metrics, most=None):
    models = m.models()[:most]
    rows = [[model, *(m.shown(model, metric) for metric in metrics), "" if model == models[0] else m.difference(model, metrics[0])]
            for model in models]
    return table(("model", *map(title_of, metrics), f"Haina's gain in {title_of(metrics[0])}"), rows)


def published_table(published, metrics):
    return table(("published", *map(title_of, metrics)), [[named(row), *map(short, row.values)] for row in published])


def fits_table(m, metrics):
    """The whole fitted on train alone, and with ids renamed and rows shuffled, beside the best single model of that run."""
    rows = []
    for label, other in (("trained on train", m.train_only), ("ids renamed, rows shuffled", m.shuffled)):
        if other is not None:
            models, seeds = other.models(), ", ".join(str(document["run"]["seed"]) for document in other.documents)
            rows.append([f"{label} (seed{'s' if len(other.documents) > 1 else ''} {seeds})", *(other.shown("haina", metric) for metric in metrics),
                         f"{other.difference(models[1], metrics[0])} to {models[1]}" if len(models) > 1 else "–"])
    return "\n" + table(("haina", *map(title_of, metrics), f"gain in {title_of(metrics[0])}"), rows) if rows else ""


def beyond_table(m):
    """Coverage, novelty, exposure and the like of the whole, its best model and popularity; among all items."""
    full = Measured(m.protocol, m.documents, False)
    names = full.models()
    names = list(dict.fromkeys([*names[:2], *[name for name in names if name == "popularity"]]))
    metrics = [metric for metric in BEYOND if all(found is not None for found in full.metric("haina", metric))]
    if not metrics:
        return ""
    field = full.documents[0]["protocol"].get("categories", "")
    by = f" (categories: `{field}`)" if field and any(metric.startswith("miscalibration") for metric in metrics) else ""
    rows = [[name, *(short(full.value(name, metric)) for metric in metrics)] for name in names]
    return f"\nBeyond accuracy{by}:\n\n" + table(("model", *(metric.replace("@10", "").replace("_", " ") for metric in metrics)), rows)


def summary(measured):
    rows = []
    for m in measured:
        protocol, models = m.protocol, m.models()
        shown = protocol.metrics[:2]
        best = best_published(protocol)
        rows.append([
            f"[{protocol.name}](#{protocol.name})", " / ".join(map(title_of, shown)),
            "–" if best is None else " / ".join(short(v) for v in best.values[:2]) + f" {best.model}{'' if best.read else ' †'}",
            " / ".join(m.shown(models[0], metric) for metric in shown),
            "–" if m.train_only is None else " / ".join(short(m.train_only.value("haina", metric)) for metric in shown),
            "–" if len(models) < 2 else " / ".join(short(m.value(models[1], metric)) for metric in shown) + f" {models[1]}",
            "–" if len(models) < 2 else " / ".join(m.difference(models[1], metric) for metric in shown)])
    return rows


def section(m):
    protocol, models = m.protocol, m.models()
    first = m.documents[0]
    seeds = [str(document["run"]["seed"]) for document in m.documents]
    block = m.blocks[0]
    users = block["users"] if protocol.sampled else first["protocol"]["users"]
    out = f"## {protocol.name}\n\n{protocol.title}. {users:,} users, {first['protocol']['items']:,} items; "
    if protocol.sampled:
        out += f"ranked among {block['candidates']:,} published candidates and what is held out; "
    out += f"seed{'s' if len(seeds) > 1 else ''} {', '.join(seeds)}.{' ' + protocol.note if protocol.note else ''}\n\n"
    out += models_table(m, protocol.metrics)
    spread = m.spread(models[0], protocol.metrics[0])
    if spread is not None:
        out += f"\nBetween the seeds, Haina's {title_of(protocol.metrics[0])} differs by {short(spread)} at most.\n"
    out += fits_table(m, protocol.metrics)
    out += f"\n{protocol.like}\n" if protocol.like else ""
    if protocol.published:
        out += "\n" + published_table(protocol.published, protocol.metrics)
    if protocol.sampled:
        out += "\nAmong all items, Haina and its best models there:\n\n"
        out += models_table(Measured(protocol, m.documents, False), protocol.metrics, 6)
    out += beyond_table(m)
    if protocol.among and all("sampled" in document for document in m.documents):
        out += f"\nAmong the {first['sampled']['candidates']} published candidates alone:\n\n"
        out += models_table(Measured(protocol, m.documents, True), HR_NDCG) + "\n" + published_table(protocol.among, HR_NDCG)
    ablation = list(m.ablation())
    if ablation:
        of_seeds = [seed for seed, document in zip(seeds, m.documents, strict=True) if document.get("ablation")]
        out += f"\nTrained again without a source (seed{'s' if len(of_seeds) > 1 else ''} {', '.join(of_seeds)}):\n\n"
        out += table(("without", "metric", "change", "95 % interval"), [row[:4] for row in ablation])
    budget = first["run"]["budget"]
    run_by = f"tools/quality --only {protocol.name} --seeds {','.join(seeds)}" + (f" --budget {budget}" if budget else "") + \
        (" --ablation" if ablation else "")
    out += f"\nA seed took {m.wall()}: `{run_by}`\n"
    return out


def sections_of(page):
    """Of an earlier page: {protocol: (its row of the summary, its section)}."""
    rows = dict(re.findall(r"^(?=\| \[([\w-]+)\]\(#)(.*)$", page, re.MULTILINE))
    parts = re.split(r"^## ([\w-]+)$", page, flags=re.MULTILINE)
    return {name: (rows[name], f"## {name}{text.rstrip()}\n") for name, text in zip(parts[1::2], parts[2::2], strict=True) if name in rows}


def page(documents_of, before="") -> str | None:
    """docs/quality.md; None where there is no document at all.

    documents_of(protocol, kind) gives the documents of its seeds in order; kinds: "", "train-only", "shuffled". What the page had before of
    protocols without a document stays, marked as of an earlier release.
    """
    kept, rows, sections = sections_of(before), [], []
    for protocol in PROTOCOLS:
        if documents := documents_of(protocol, ""):
            m = Measured(protocol, documents, protocol.sampled)
            m.train_only, m.shuffled = (Measured(protocol, found, protocol.sampled) if (found := documents_of(protocol, kind)) else None
                                        for kind in ("train-only", "shuffled"))
            rows += summary([m])
            sections.append(section(m))
        elif protocol.name in kept:
            row, text = kept[protocol.name]
            cells = [cell.strip() for cell in row.strip().strip("|").split("|")]
            cells = cells if len(cells) == COLUMNS else [*cells[:4], "–", *cells[4:]]
            rows.append([cells[0].removesuffix(EARLIER) + EARLIER, *cells[1:]])
            said = f"## {protocol.name}\n\n{OF_EARLIER}\n"
            sections.append(text if text.startswith(said) else text.replace(f"## {protocol.name}\n", said, 1))
    if not sections or all(section.split("\n\n")[1].startswith(OF_EARLIER) for section in sections):
        return None
    return "# Quality on published protocols\n\n" \
        "`tools/quality` writes this page from the documents of its runs. Numbers are means over the seeds; ± is half the width of the 95 % bootstrap\n" \
        "interval over users, and differences are paired over users, both averaged over the seeds. A published number marked † is quoted, not read at\n" \
        "its source. Each protocol is `bench/quality/NAME.toml`.\n\n" \
        "**Haina** is fitted on the training part, chooses on validation, and is then fitted on both; **trained on train** leaves the last fit out\n" \
        "(`--no-refit`). Each section says which of the two the published models compare with, where their code was read. Rows marked * were measured\n" \
        "by an earlier release and not again; most of them read rows without times in the order of their file.\n\n" + \
        table(("protocol", "metrics", "published best", "Haina", "trained on train", "best single model", "difference to it"), rows, left=2) + \
        "".join("\n" + section for section in sections)
