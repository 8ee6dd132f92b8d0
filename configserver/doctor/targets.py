"""What is to be examined; plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from configserver.backends.git.access import Access
from configserver.backends.git.address import Address
from configserver.formats.cache import Opener
from configserver.query import Query

_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Sample:
    """What is asked for as a sample; None where the operator said nothing."""

    application: str | None = None
    profile: str | None = None
    label: str | None = None

    def query(self) -> Query:
        """Return it with the defaults filled in.

        Raises:
            InvalidRequest: no client may ask for that.
        """
        return Query.parse(self.application or "application", self.profile or "default", self.label)

    def missing(self, uri: str) -> str | None:
        """Return the option that a URI with placeholders needs and that was not given."""
        if "{application}" in uri and self.application is None:
            return "--application"
        if "{profile}" in uri and self.profile is None:
            return "--profile"
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class GitTarget:
    """One URI of one Git repository.

    Attributes:
        name: as in the settings.
        uri: as configured.
        access: how it is reached.
        search_paths: folders besides the root.
        default_label: what is served if no label is asked for.
        label_setting: the name of the setting that says so.
        try_master: whether `master` stands in for `main`.
        timeout: seconds that each wait for the network may take.
        clone_timeout: seconds that fetching everything may take.
        fetch_memory: bytes that the process which fetches may hold.
        keyless: whether the server is to decrypt ciphers, but has no key.
        opener: opens files that are encrypted as a whole.
        origins: where the fields of `access` were set, such as `application.yml:12`.
    """

    name: str
    uri: str = field(repr=False)
    access: Access = field(default_factory=Access)
    search_paths: tuple[str, ...] = ()
    default_label: str = "main"
    label_setting: str = "git.default-label"
    try_master: bool = True
    timeout: float = 5.0
    clone_timeout: float = 300.0
    fetch_memory: int = 1 << 30
    keyless: bool = True
    opener: Opener | None = None
    origins: Mapping[str, str] = field(default_factory=lambda: _NOTHING)

    @property
    def shown(self) -> str:
        """The URI without secrets."""
        return Address.parse(self.uri).shown

    def at(self, uri: str) -> "GitTarget":
        """Return the same at another URI."""
        return replace(self, uri=uri)


@dataclass(frozen=True, slots=True, kw_only=True)
class NativeTarget:
    """Plain folders.

    Attributes:
        name: as in the settings.
        locations: as configured.
        default_label: the label if none is asked for.
        add_label_locations: whether the folder named like the label is searched too.
        keyless: whether the server is to decrypt ciphers, but has no key.
        opener: opens files that are encrypted as a whole.
    """

    name: str
    locations: tuple[str, ...]
    default_label: str = "master"
    add_label_locations: bool = True
    keyless: bool = True
    opener: Opener | None = None

    @property
    def shown(self) -> str:
        """The locations."""
        return ", ".join(self.locations)


Target = GitTarget | NativeTarget
