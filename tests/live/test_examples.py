"""The examples on the published data that they are about; skipped by name where the data are absent (HAINA_DATA, or shared/data beside the repository).

Each runs in a copy of examples/, so that it leaves nothing in the tree: its sources are read and checked, and the whole way to a list is gone with
a small network and few experts: by default for the examples of QUICK, with HAINA_EXAMPLES=all for all of them, and with HAINA_EXAMPLES=whole with
the settings of the examples themselves, some minutes each."""
import gzip
import os
import pathlib
import re
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
DATA = pathlib.Path(os.environ.get("HAINA_DATA") or ROOT.parent / "shared" / "data").resolve()
# The folder of its data, and what is left out in turn, as the table of sources names it.
EXAMPLES = {
    "ecommerce": ("retailrocket-mb", {"view", "cart", "view, cart"}),
    "ecommerce-titles": ("amazon18-minionerec-partial", {"products"}),
    "social": ("social-lastfm-sociallgn", {"friends", "tagged", "artists", "all content of items"}),
    "news": ("globo-news", {"readers", "articles"}),
    "video": ("tiktok-diffmm", {"picture", "sound", "all content of items"}),
}
QUICK = ("video", "ecommerce-titles")
FASHION = pathlib.Path("/usr/share/datasets/fashion-mnist")  # Debian's package dataset-fashion-mnist
SMALL = "network_params = { width = 16, epochs = 1 }\n\n[train.experts]\npopularity = {}\nitem_knn = {}\n"


def with_data(name: str) -> str:
    if not (DATA / EXAMPLES[name][0]).is_dir():
        pytest.skip(f"{DATA / EXAMPLES[name][0]} is not there: set HAINA_DATA to the folder of the data sets")
    return name


@pytest.fixture(params=EXAMPLES)
def name(request: pytest.FixtureRequest) -> str:
    return with_data(request.param)


@pytest.fixture
def copy(tmp_path: pathlib.Path) -> pathlib.Path:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    return tmp_path / "examples"


def run(folder: pathlib.Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(["python3", folder / "run", *arguments], env={**os.environ, "HAINA_DATA": str(DATA), **environment},
                          capture_output=True, text=True, timeout=3600)


def named_sources(config: str) -> list[str]:
    return re.findall(r'^\[\[source\]\]\nname = "(\w+)"', config, re.M)


def test_sources_are_read_whole(copy: pathlib.Path, name: str) -> None:
    done = run(copy / name, "--prepare")
    assert done.returncode == 0, done.stderr
    rows = re.findall(r"^(\w+) +(?:events|social|items|users|values|vectors) +(\d+) +(\d+) +(\d+) +(\d+)$", done.stdout, re.M)
    assert [row[0] for row in rows] == named_sources((copy / name / "haina.toml").read_text(encoding="utf-8")), done.stdout
    # Last.fm's tags are also given to artists that nobody played: those rows are dropped, and counted.
    for source, read, accepted, rejected, dropped in rows:
        assert int(read) == int(accepted) + int(dropped) and int(accepted) > 0 and rejected == "0", done.stdout
        assert dropped == "0" or source == "tagged", done.stdout
    assert not (copy / name / "prepared").exists(), "an example writes beside its own files"


def test_readme_names_the_sources(name: str) -> None:
    text = (ROOT / "examples" / name / "README.md").read_text(encoding="utf-8")
    for source in named_sources((ROOT / "examples" / name / "haina.toml").read_text(encoding="utf-8")):
        assert f"`{source}`" in text, f"examples/{name}/README.md does not name the source {source}"


@pytest.mark.parametrize("walked", EXAMPLES if "HAINA_EXAMPLES" in os.environ else QUICK)
def test_one_command_leads_to_a_list_with_reasons(copy: pathlib.Path, walked: str) -> None:
    name = with_data(walked)
    config = copy / name / "haina.toml"
    if os.environ.get("HAINA_EXAMPLES") != "whole":
        config.write_text(re.sub(r"^network_params.*", lambda _: SMALL, config.read_text(encoding="utf-8"), flags=re.M | re.S), encoding="utf-8")
    done = run(copy / name)
    assert done.returncode == 0, done.stderr[-4000:]
    table = done.stdout[done.stdout.index("What each source adds:"):]
    assert set(re.findall(r"^(\S.*?) {2,}\w+@\d+ +[-+]0\.\d{4} +\[[-+]0\.\d{4}, [-+]0\.\d{4}\] +(?:[01]|< 0)\.\d{3}$", table, re.M)) == EXAMPLES[name][1], table
    assert len(re.findall(r"^ +[1-5]\. .*\n +\S", table, re.M)) == 5, table
    assert (copy.parent / ".demo" / name / "report.html").stat().st_size > 10_000


@pytest.mark.parametrize("missing", [{"HAINA_DATA": "/nowhere"}, {"HAINA_BINARY": "/nowhere"}])
def test_what_is_missing_is_named(copy: pathlib.Path, missing: dict[str, str]) -> None:
    done = run(copy / "social", "--prepare", **missing)
    assert done.returncode == 3 and "/nowhere" in done.stderr and "hint: " in done.stderr, done.stderr
    assert not done.stdout and not (copy.parent / ".demo").exists()


def test_the_founding_articles_network_tells_likes_apart(copy: pathlib.Path, tmp_path: pathlib.Path) -> None:
    """On a tenth of the pictures; the README has the accuracy of all."""
    if not FASHION.is_dir():
        pytest.skip(f"{FASHION} is not there: apt-get install dataset-fashion-mnist")
    part = tmp_path / "pictures"
    part.mkdir()
    for name, header, size, count in (("train-images-idx3", 16, 784, 6000), ("train-labels-idx1", 8, 1, 6000),
                                      ("t10k-images-idx3", 16, 784, 1000), ("t10k-labels-idx1", 8, 1, 1000)):
        whole = gzip.decompress((FASHION / f"{name}-ubyte.gz").read_bytes())
        (part / f"{name}-ubyte.gz").write_bytes(gzip.compress(whole[:header + size * count]))
    done = run(copy / "founding-article", FASHION_MNIST=str(part))
    assert done.returncode == 0, done.stderr[-4000:]
    assert re.search(r"Epoch \[1/10\], Step \[10/\d+\], Loss: \d+\.\d{4}", done.stderr)
    accuracy = re.search(r"liked or not, \d+ pairs \(observed negatives\), by the network: .* accuracy (0\.\d+)", done.stdout)
    assert accuracy and float(accuracy[1]) > 0.93, done.stdout
    assert len(re.findall(r"^ +[1-5]\. .*\n +\S.*experts: network", done.stdout, re.M)) == 5
