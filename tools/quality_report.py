"""The page docs/quality.md from the documents that tools/quality keeps of its runs."""
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
            "–" if len(models) < 2 else " / ".join(short(m.value(models[1], metric)) for metric in shown) + f" {models[1]}",
            "–" if len(models) < 2 else " / ".join(m.difference(models[1], metric) for metric in shown)])
    return table(("protocol", "metrics", "published best", "Haina", "best single model", "difference to it"), rows, left=2)


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
    if protocol.published:
        out += "\n" + published_table(protocol.published, protocol.metrics)
    if protocol.sampled:
        out += "\nAmong all items, Haina and its best models there:\n\n"
        out += models_table(Measured(protocol, m.documents, False), protocol.metrics, 6)
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


def page(documents_of) -> str | None:
    """docs/quality.md from documents_of(protocol), its seeds' documents in order; None where there is none at all."""
    measured = [Measured(protocol, documents, protocol.sampled) for protocol in PROTOCOLS if (documents := documents_of(protocol))]
    if not measured:
        return None
    text = "# Quality on published protocols\n\n" \
        "`tools/quality` writes this page from the documents of its runs. Numbers are means over the seeds; ± is half the width of the 95 % bootstrap\n" \
        "interval over users, and differences are paired over users, both averaged over the seeds. A published number marked † is quoted, not read at\n" \
        "its source. Each protocol is `bench/quality/NAME.toml`.\n\n" + summary(measured)
    return text + "".join("\n" + section(m) for m in measured)
