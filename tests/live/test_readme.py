"""The README's quick start, run from its own text; and that both languages of the README show the same commands."""
import os
import pathlib
import re
import socket
import subprocess
import time

import pytest
import requests

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BINARY = pathlib.Path(os.environ["HAINA_BINARY"])


def quick_start(name: str) -> list[str]:
    """The commands of the README's first block of shell, without their comments."""
    block = re.search(r"^```sh\n(.*?)^```$", (ROOT / name).read_text(encoding="utf-8"), re.M | re.S)
    assert block, f"{name} has no quick start"
    return [re.sub(r"\s{2,}#.*$", "", line) for line in block[1].splitlines() if line.strip()]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    return tmp_path_factory.mktemp("readme")


def shell(home: pathlib.Path, lines: list[str], **how) -> subprocess.CompletedProcess:
    script = "\n".join(["set -e", *lines])
    path = f"{BINARY.parent}:{os.environ['PATH']}"
    return subprocess.run(["bash", "-c", script], cwd=ROOT, env={**os.environ, "HOME": str(home), "PATH": path}, capture_output=True, text=True, **how)


def test_quick_start_leads_from_files_to_a_served_list(home: pathlib.Path) -> None:
    lines = [line for line in quick_start("README.md") if not line.startswith("export PATH")]
    serve = lines.pop()
    assert serve.startswith("haina serve --port ")
    lines = [line + " --no-ablation" if line == "haina evaluate" else line for line in lines]  # each source again takes minutes
    done = shell(home, lines, timeout=300)
    assert done.returncode == 0, done.stderr
    assert re.search(r"^ +3\. .+ +\[P\d+\]", done.stdout, re.M), done.stdout
    assert (home / "shop" / "report.html").stat().st_size > 10_000
    port = free_port()
    server = subprocess.Popen([BINARY, "serve", "--port", str(port)], cwd=home / "shop", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            time.sleep(0.2)
            try:
                answer = requests.get(f"http://127.0.0.1:{port}/v1/users/C001/recommendations?k=3", timeout=5)
                break
            except requests.ConnectionError:
                assert server.poll() is None
        assert [item["item"] for item in answer.json()["items"]] and "html" in requests.get(f"http://127.0.0.1:{port}/", timeout=5).text
    finally:
        server.terminate()
        server.wait(20)


def test_both_languages_show_the_same_commands() -> None:
    assert quick_start("README.md") == quick_start("README.zh-CN.md")


def test_the_readme_is_one_page() -> None:
    for name in ("README.md", "README.zh-CN.md"):
        assert len((ROOT / name).read_text(encoding="utf-8").splitlines()) <= 80, name


def test_documents_name_commands_and_options_that_exist() -> None:
    done = subprocess.run(["python3", ROOT / "tools" / "check_docs.py", "--binary", BINARY], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
