"""A server in process, with settings as an operator writes them, and what it answers."""

import asyncio
import base64
import json
import logging
import os
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web import Application, Request

from configserver.app.backends import opened
from configserver.logs import configure
from configserver.service import ConfigService
from configserver.settings import Settings
from configserver.settings.load import load
from configserver.web import MAX_LINE, WebOptions, create_app
from tests.peers.ssh_git import descendants

Client: TypeAlias = TestClient[Request, Application]

_PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client got, and how long it waited for it."""

    status: int
    headers: Mapping[str, str]
    text: str
    seconds: float

    @property
    def body(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.text)
        return found

    @property
    def stale(self) -> str | None:
        return self.headers.get("X-Config-Stale")

    @property
    def commit(self) -> str | None:
        return self.body.get("version") if self.status == 200 else None

    def is_fresh(self, commit: str) -> bool:
        return self.status == 200 and self.stale == "false" and self.commit == commit


class Site:
    """A running server; all that it ever said is in `said`."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.said: list[str] = []

    async def get(self, path: str = "/shop/dev") -> Answer:
        began = time.monotonic()
        async with self._client.get(path) as response:
            text = await response.text()
            seconds = time.monotonic() - began
            self.said += [text, str(response.headers)]
            return Answer(response.status, response.headers, text, seconds)

    async def until(self, wanted: Callable[[Answer], bool], path: str = "/shop/dev") -> Answer:
        """Ask until the answer is as wanted."""
        limit = time.monotonic() + _PATIENCE
        while not wanted(answer := await self.get(path)):
            if time.monotonic() > limit:
                health = await self.get("/actuator/health/repositories")
                raise AssertionError(f"{answer} {health}")
            await asyncio.sleep(0.03)
        return answer

    async def health(self, uri: str) -> dict[str, Any]:
        """Return the status of a repository and its details, with the status of the answer."""
        answer = await self.get("/actuator/health/repositories")
        found = answer.body["components"][uri]
        return {"code": answer.status, "status": found["status"], **found["details"]}

    async def failing(self, uri: str) -> dict[str, Any]:
        """Return the health of a repository as soon as it shows a fault."""
        limit = time.monotonic() + _PATIENCE
        while "fault" not in (found := await self.health(uri)):
            assert time.monotonic() < limit
            await asyncio.sleep(0.02)
        return found


@asynccontextmanager
async def site(where: Path, settings: Mapping[str, object] | str) -> AsyncIterator[Site]:
    """Serve what settings say: the text of a YAML file, or names and values."""
    found = await asyncio.to_thread(settings_of, where, settings)
    async with opened(found, alone=True) as place:
        service = ConfigService(place.router, overrides=found.serving.overrides)
        server = TestServer(create_app(service, options=WebOptions(), probe=place.health))
        await server.start_server(max_line_size=MAX_LINE, max_field_size=MAX_LINE)
        async with TestClient(server) as client:
            yield Site(client)


def settings_of(where: Path, settings: Mapping[str, object] | str) -> Settings:
    """Load settings from a file in a folder, below which the state is kept."""
    file = write_settings(where, settings)
    return load(
        environ={"HOME": str(where), "STATE_DIRECTORY": str(where / "state")}, file=file
    ).settings


def write_settings(where: Path, settings: Mapping[str, object] | str) -> Path:
    where.mkdir(exist_ok=True)
    file = where / "application.yml"
    file.write_text(settings if isinstance(settings, str) else as_yaml(settings))
    return file


def as_yaml(settings: Mapping[str, object]) -> str:
    return "".join(f"{name}: {json.dumps(value)}\n" for name, value in settings.items())


class Log:
    """The lines of a server's log as they are written, parsed."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def events(self, name: str) -> list[dict[str, Any]]:
        lines = [json.loads(line) for line in self.file.read_text().splitlines()]
        return [line for line in lines if line["event"] == name]


@contextmanager
def logging_to(file: Path) -> Iterator[Log]:
    """Log all of the process, at DEBUG, into a file, in the format of a server."""
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    aiohttp = logging.getLogger("aiohttp.server").level
    logging.getLogger("aiohttp.access").setLevel(logging.WARNING)  # the test client's own server
    with file.open("w") as stream:
        configure("json", stream=stream)
        root.setLevel(logging.DEBUG)
        try:
            yield Log(file)
        finally:
            root.handlers[:] = handlers
            root.setLevel(level)
            logging.getLogger("aiohttp.server").setLevel(aiohttp)


def seen_from_outside() -> str:
    """Return the command lines of all processes that this one started."""
    found = []
    for pid in descendants(os.getpid()):
        try:
            found.append(Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace"))
        except OSError:
            continue
    return "\n".join(found)


def assert_clean(secrets: Iterable[str], *texts: str) -> None:
    """Fail if a text holds a secret or a line of one, as it is or in base64."""
    lines = [line for secret in secrets for line in secret.splitlines() if len(line) > 8]
    forms = [form for line in lines if not line.startswith("-----") for form in _forms(line)]
    for text in texts:
        for form in forms:
            assert form not in text


def _forms(secret: str) -> list[str]:
    """Return a text, and what base64 makes of it at each of three places."""
    shifted = (base64.b64encode(b"x" * shift + secret.encode()).decode() for shift in range(3))
    return [secret, *(text[4 if shift else 0 : -4] for shift, text in enumerate(shifted))]
