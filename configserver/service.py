"""What the server does, without HTTP: an environment or a file for a query."""

from collections.abc import Mapping
from dataclasses import replace

from configserver.backends import Backend, Router
from configserver.decryption import Decryption
from configserver.environment.overrides import overrides_source
from configserver.errors import NoSuchApplication
from configserver.model import Environment, File
from configserver.query import Query


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
        self._overrides = (overrides_source(overrides),) if overrides else ()
        self._accept_empty = accept_empty
        self._decryption = decryption
        self._decrypts_files = decrypts_files

    @property
    def epoch(self) -> int:
        """What changes with the keys: answers of another epoch do not hold."""
        return self._decryption.epoch if self._decryption else 0

    def place(self, query: Query) -> Backend:
        """Return what answers a query: how fresh it is, and until when its answers hold.

        Raises:
            NoSuchRepository: see Router.
        """
        return self._router.route(query)

    async def environment(self, query: Query) -> Environment:
        """Return the environment with the overrides first.

        Raises:
            NoSuchApplication: nothing was found and that is not accepted.
            ConfigError: as the backend says.
        """
        environment = await self._environment(query)
        if not environment.sources and not self._accept_empty:
            raise NoSuchApplication(
                "no property source was found",
                hint="check the names of application, profile and label, or set accept-empty",
                version=environment.version,
            )
        return environment

    async def file(self, query: Query, path: str) -> tuple[File, Environment]:
        """Return a plain file and the environment that fills its placeholders.

        As in the original, a broken configuration file of the application breaks those of its
        plain files that are there, and `accept-empty` does not matter here.

        Raises:
            NoSuchFile: there is none.
            ConfigError: as the backend says.
        """
        file = await self._router.route(query).file(query, path)
        return file, await self._environment(query)

    async def text(self, file: File, text: str, query: Query) -> str:
        """Return the text of a plain file without ciphers, if they are decrypted in files at all.

        Raises:
            InvalidFile: the file does not parse, or one of them cannot be decrypted.
        """
        if self._decryption is None or not self._decrypts_files:
            return text
        return await self._decryption.text(file.path, text, query)

    async def _environment(self, query: Query) -> Environment:
        found = await self._plain(query)
        return replace(found, sources=(*self._overrides, *found.sources))

    async def _plain(self, query: Query) -> Environment:
        """Return what the backend finds, without ciphers."""
        place = self._router.route(query)
        if self._decryption is None:
            return await place.find(query)
        generation = place.now()
        if known := self._decryption.known(query, place, generation):
            return known
        found = await place.find(query)
        return await self._decryption.environment(found, query, place=place, generation=generation)
