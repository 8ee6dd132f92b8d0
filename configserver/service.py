"""What the server does, without HTTP: an environment or a file for a query."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from configserver.backends import Backend, Router
from configserver.backends.states import State
from configserver.decryption import Decryption
from configserver.environment.overrides import overrides_source
from configserver.errors import NoSuchApplication
from configserver.model import Environment, File, PropertySource
from configserver.query import Query


@dataclass(frozen=True, slots=True)
class _Manner:
    """How everything is served; see ConfigService."""

    overrides: tuple[PropertySource, ...]
    accept_empty: bool
    decryption: Decryption | None
    decrypts_files: bool


@dataclass(frozen=True, slots=True)
class Visit:
    """A query at the backend that answers it.

    Attributes:
        query: what is asked for.
        state: what answers are made of.
        manner: of the server.
    """

    query: Query
    state: State
    manner: _Manner

    async def environment(self) -> Environment:
        """Return the environment with the overrides first.

        Raises:
            NoSuchApplication: nothing was found and that is not accepted.
            ConfigError: as the backend says.
        """
        environment = await self._environment()
        if not environment.sources and not self.manner.accept_empty:
            raise NoSuchApplication(
                "no property source was found",
                hint="check the names of application, profile and label, or set accept-empty",
                version=environment.version,
            )
        return environment

    async def file(self, path: str) -> tuple[File, Environment]:
        """Return a plain file and the environment that fills its placeholders.

        As in the original, a broken configuration file of the application breaks those of its
        plain files that are there, and `accept-empty` does not matter here.

        Raises:
            NoSuchFile: there is none.
            ConfigError: as the backend says.
        """
        file = await self.state.place.file(self.query, path)
        return file, await self._environment()

    async def text(self, file: File, text: str) -> str:
        """Return the text of a plain file without ciphers, if they are decrypted in files at all.

        Raises:
            InvalidFile: the file does not parse, or one of them cannot be decrypted.
        """
        decryption = self.manner.decryption
        if decryption is None or not self.manner.decrypts_files:
            return text
        return await decryption.text(file.path, text, self.query)

    async def _environment(self) -> Environment:
        found = await self._plain()
        return replace(found, sources=(*self.manner.overrides, *found.sources))

    async def _plain(self) -> Environment:
        """Return what the backend finds, without ciphers."""
        decryption = self.manner.decryption
        if decryption is None:
            return await self.state.place.find(self.query)
        if known := decryption.known(self.query, self.state):
            return known
        found = await self.state.place.find(self.query)
        return await decryption.environment(found, self.query, self.state)


class ConfigService:
    """Backends, the operator's overrides in front of them, and what counts as found.

    Args:
        router: where which configuration lives.
        overrides: keys and values that outrank every file, in the configured order.
        accept_empty: answer with no property sources rather than NoSuchApplication.
        decryption: leaves no cipher in an environment; None leaves them to the clients.
        decrypts_files: decrypt in plain files too.
    """

    def __init__(
        self,
        router: Router,
        *,
        overrides: Mapping[str, str],
        accept_empty: bool = True,
        decryption: Decryption | None = None,
        decrypts_files: bool = False,
    ) -> None:
        self._router = router
        first = (overrides_source(overrides),) if overrides else ()
        self._manner = _Manner(first, accept_empty, decryption, decrypts_files)

    @property
    def epoch(self) -> int:
        """What changes with the keys: answers of another epoch do not hold."""
        decryption = self._manner.decryption
        return decryption.epoch if decryption else 0

    def place(self, query: Query) -> Backend:
        """Return what answers a query: how fresh it is, and until when its answers hold.

        Raises:
            NoSuchRepository: see Router.
        """
        return self._router.route(query)

    async def visit(self, query: Query, place: Backend | None = None) -> Visit:
        """Return a query at the backend that answers it, in the state that it is in now.

        What was decrypted of an older state of the backend is dropped.

        Args:
            query: what is asked for.
            place: what `place` returned for it, if that was asked before.

        Raises:
            NoSuchRepository: see Router.
            ConfigError: the backend has nothing to serve.
        """
        place = self.place(query) if place is None else place
        now = place.now()
        state = State(place, await place.sync() if now is None else now, self.epoch)
        if self._manner.decryption is not None:
            self._manner.decryption.enter(state)
        return Visit(query, state, self._manner)

    async def environment(self, query: Query) -> Environment:
        """Return what a visit finds; see there."""
        visit = await self.visit(query)
        return await visit.environment()
