"""A server that takes webhooks, over real HTTP."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web import Application, Request

from configserver.backends import Everything
from configserver.push import Hint
from configserver.push.webhooks.receiver import Receiver, WebhookOptions
from configserver.service import ConfigService
from configserver.web import MAX_LINE, WebOptions, create_app
from configserver.web.push.monitor import Monitor
from tests.push.webhooks.samples import NOW, SECRET
from tests.web.conftest import Memory

GUARDED = WebhookOptions(secrets=(SECRET.encode(),))
OPEN = WebhookOptions()


@dataclass
class Ear:
    """Keeps the hints that it is given."""

    serves: bool = True
    heard: list[Hint] = field(default_factory=list)

    def hint(self, hint: Hint) -> bool:
        self.heard.append(hint)
        return self.serves


@dataclass
class Clock:
    """Time that passes when it is told to."""

    seconds: float = 0.0

    def __call__(self) -> float:
        return NOW + self.seconds


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Site:
    client: TestClient[Request, Application]
    ear: Ear
    clock: Clock

    async def post(
        self, body: object, headers: Mapping[str, str], target: str = "/monitor"
    ) -> Reply:
        wanted = {"Accept": "*/*", **headers}
        skipped = [] if "Content-Type" in headers else ["Content-Type"]
        async with self.client.session.post(
            f"http://{self.client.host}:{self.client.port}{target}",
            data=body,
            headers=wanted,
            skip_auto_headers=skipped,
        ) as response:
            return Reply(response.status, dict(response.headers), await response.read())


async def site_of(
    options: WebhookOptions,
    *,
    serves: bool = True,
    rate: int = 500,
    path: str = "",
    prefix: str = "",
) -> Site:
    """Start a server; its client has to be closed."""
    ear, clock = Ear(serves), Clock()
    monitor = Monitor(Receiver(options, ear, clock), rate, clock=clock, now=clock)
    application = create_app(
        ConfigService(Everything(Memory()), overrides={}),
        options=WebOptions(prefix=prefix),
        extensions=(monitor.extension(path),),
    )
    server = TestServer(application)
    await server.start_server(max_line_size=MAX_LINE, max_field_size=MAX_LINE)
    client: TestClient[Request, Application] = TestClient(server)
    await client.start_server()
    return Site(client, ear, clock)
