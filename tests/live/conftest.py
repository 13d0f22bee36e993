import os
import pathlib

import pytest
from serving import Service


@pytest.fixture(scope="session")
def project() -> pathlib.Path:
    """Trained; not to be written to."""
    return pathlib.Path(os.environ["HAINA_PROJECT"])


class Services:
    """Starts services, each with a store of its own where none is named."""

    def __init__(self, project: pathlib.Path, folders: pytest.TempPathFactory):
        self.project, self.folders = project, folders
        self.started: list[Service] = []
        self.lasting: dict[tuple, Service] = {}

    def __call__(self, *arguments, store: str = "", project: pathlib.Path | None = None, **more) -> Service:
        folder = self.folders.mktemp("service")
        service = Service(project or self.project, store or f"sqlite://{folder / 'live.db'}", folder, *arguments, **more)
        self.started.append(service)
        return service

    def kept(self, *arguments) -> Service:
        """The one that was started so before; a new one where it died, so that one death fails one test."""
        service = self.lasting.get(arguments)
        if service is None or service.process.poll() is not None:
            service = self.lasting[arguments] = self(*arguments)
        return service

    def end(self) -> None:
        """All of them, alive; killed by us is alive enough."""
        died = [f"{s.process.returncode}: {s.log()[-600:]}" for s in self.started if s.process.poll() not in (None, 0) and not s.killed]
        for service in self.started:
            service.stop()
        assert not died, f"{len(died)} services died\n" + "\n".join(died)


@pytest.fixture(scope="module")
def serve(project, tmp_path_factory):
    services = Services(project, tmp_path_factory)
    yield services
    services.end()
