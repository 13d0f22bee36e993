"""Fixtures of all live tests: the trained project, and services that run on it."""
import os
import pathlib
import uuid

import pytest
from serving import Service


@pytest.fixture(scope="session")
def project() -> pathlib.Path:
    """The trained project; tests must not change it."""
    return pathlib.Path(os.environ["HAINA_PROJECT"])


@pytest.fixture
def name() -> str:
    """An id that no other test uses."""
    return "n" + uuid.uuid4().hex[:12]


class Services:
    """Starts services, each with its own store unless one is given."""

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
        """The service started before with the same arguments; a new one if it died, so that a crash fails one test only."""
        service = self.lasting.get(arguments)
        if service is None or service.process.poll() is not None:
            service = self.lasting[arguments] = self(*arguments)
        return service

    def end(self) -> None:
        """Stops all services; fails if one of them had ended by itself."""
        died = [f"{s.process.returncode}: {s.log()[-600:]}" for s in self.started if s.process.poll() not in (None, 0) and not s.killed]
        for service in self.started:
            service.stop()
        assert not died, f"{len(died)} services died\n" + "\n".join(died)


@pytest.fixture(scope="module")
def serve(project, tmp_path_factory):
    services = Services(project, tmp_path_factory)
    yield services
    services.end()
