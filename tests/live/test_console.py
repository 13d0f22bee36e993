"""The console's own tests, in a real browser against a real service."""
import os
import pathlib
import subprocess

import pytest
from serving import need

WEB = pathlib.Path(os.environ.get("HAINA_WEB", "web"))


@pytest.fixture(scope="module")
def service(serve):
    return serve()


def test_every_page_in_a_browser(service):
    npm = need("npm", "npm")
    chromium = need("chromium", "chromium")
    if not (WEB / "node_modules").is_dir():
        pytest.skip("MISSING: web/node_modules is not here; run npm ci in web/")
    for nth in range(40):  # data for the pages
        service.get(f"/v1/users/u{nth}/recommendations")
    service.post("/v1/events", {"events": [{"user": f"u{u}", "item": f"i{u}", "action": "click"} for u in range(40)]})
    try:
        done = subprocess.run([npm, "test"], cwd=WEB, capture_output=True, text=True, timeout=600,
                              env={**os.environ, "HAINA_URL": service.url, "CHROMIUM": chromium})
    except subprocess.TimeoutExpired as late:
        pytest.fail("npm test did not end in 600 s:\n" + (late.stdout or b"").decode()[-4000:])
    service.is_well()
    assert done.returncode == 0, (done.stdout + done.stderr)[-12_000:]
    assert "# pass 0\n" not in done.stdout and "pass 0\n" not in done.stdout
