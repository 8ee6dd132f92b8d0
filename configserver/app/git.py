"""From the settings of Git repositories to what serves them."""

from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from configserver.app.access import access_of
from configserver.app.health import Health
from configserver.app.named import NamedRepositories, OneGit
from configserver.backends.answers import Memory
from configserver.backends.git.address import Address
from configserver.backends.git.freshness import Freshness
from configserver.backends.git.local import LocalSource
from configserver.backends.git.mirrors.folder import mirror_name
from configserver.backends.git.remote import RemoteSource
from configserver.backends.git.source import NAMED, Manner, Means, git_source
from configserver.backends.layouts import Layout, git_layout
from configserver.backends.patterns import NO_PATTERNS, Patterns
from configserver.backends.routing import Fixed, GitRouter, Place, Repository, Templated
from configserver.backends.snapshots import SnapshotBackend
from configserver.backends.sources import SnapshotSource
from configserver.backends.templates import Template, is_template
from configserver.backends.tenancy import SnapshotTenant
from configserver.backends.tenants import Target
from configserver.errors import SettingsError
from configserver.formats.cache import DocumentCache
from configserver.logs import get_logger
from configserver.secret import mask_uris
from configserver.settings import Settings
from configserver.settings.git import GitSettings

WORKDIR = "/config-repo"
"""What the names of sources show in place of the original's temporary clone."""

_log = get_logger(__name__)

GitSource: TypeAlias = LocalSource | RemoteSource


@dataclass(frozen=True, slots=True)
class Shared:
    """What all backends share, and how they are made of it.

    Attributes:
        documents: parsed files.
        memory: environments.
        pool: threads that read and parse.
    """

    documents: DocumentCache
    memory: Memory
    pool: Executor

    def backend(self, source: SnapshotSource, layout: Layout) -> SnapshotBackend:
        """Return a backend that is opened at the start."""
        return SnapshotBackend(
            source, layout=layout, documents=self.documents, memory=self.memory, pool=self.pool
        )

    def tenant(self, source: GitSource, layout: Layout) -> SnapshotTenant:
        """Return a backend that comes and goes."""
        return SnapshotTenant(
            source, layout=layout, documents=self.documents, memory=self.memory, pool=self.pool
        )


class GitRouters:
    """Makes a router of each Git backend in the settings; opens nothing.

    Args:
        settings: everything that is set.
        means: what all sources share.
        shared: what all backends share.
        health: is told of each source.

    Attributes:
        backends: those with a URI of their own, to be opened.
        sources: what they read from.
        named: those that requests name.
    """

    def __init__(self, settings: Settings, means: Means, *, shared: Shared, health: Health) -> None:
        self._settings = settings
        self._means = means
        self._shared = shared
        self._health = health
        self._keys: dict[str, int] = {}
        self.backends: list[SnapshotBackend] = []
        self.sources: list[GitSource] = []
        self.named = NamedRepositories(settings.own, means, self._tenant)

    def router(self, git: GitSettings, owner: str) -> GitRouter:
        """Return the router of a backend.

        Args:
            git: its settings.
            owner: what tells it from others in the settings.

        Raises:
            SettingsError: it has no URI.
        """
        default = self._repository(git, owner)
        nested = [
            self._repository(
                one, f"{owner}.repos.{one.name}", key=one.name, patterns=Patterns.of(one.pattern)
            )
            for one in git.nested
        ]
        return GitRouter(default, nested, fall_through=git.own.fall_through)

    def _repository(
        self, git: OneGit, owner: str, *, key: str = "", patterns: Patterns = NO_PATTERNS
    ) -> Repository:
        if not git.uri:
            raise SettingsError(f"{owner}.uri is not set", hint="set it, or use --git-uri")
        _warn(git)
        return Repository(
            self._place(git, git.uri, owner, main=not key),
            key=key,
            patterns=patterns,
            default_label=self._settings.default_label_of(git),
            workdir=_workdir(Address.parse(git.uri)),
            skip_failing=git.continue_on_multiple_label_failure,
        )

    def _place(self, git: OneGit, uri: str, owner: str, *, main: bool) -> Place:
        label = self._settings.default_label_of(git)
        if is_template(uri):
            self.named.own(owner, git)
            try:
                return Templated(Template.parse(uri, label), self.named.registry, owner)
            except ValueError as error:
                raise SettingsError(f"{owner}.uri: {error}") from None
        addresses = [Address.parse(text) for text in (uri, *git.own.fallback_uris)]
        first = addresses[0]
        number = self._keys[first.shown] = self._keys.get(first.shown, 0) + 1
        source = git_source(
            addresses, self._means, self.manner(git, "" if number == 1 else str(number))
        )
        backend = self._shared.backend(source, self.layout(git, first))
        self.backends.append(backend)
        self.sources.append(source)
        name = first.shown if number == 1 else f"{first.shown} ({number})"
        self._health.all.append((name, source))
        if main:
            self._health.main.append(source)
        return Fixed(backend, first.shown)

    def _tenant(self, target: Target, git: OneGit) -> tuple[SnapshotTenant, str]:
        """Make what serves a URI without placeholders; with the name of its mirror."""
        address = Address.parse(target.uri)
        # Opening must not wait: what is absent and what is down are told apart by the first look.
        manner = replace(
            self.manner(git, f"for {target.owner}"),
            clone_on_start=False,
            basedir=None,
            shelf=NAMED,
        )
        source = git_source([address], self._means, manner)
        tenant = self._shared.tenant(source, self.layout(git, address))
        return tenant, mirror_name(address.shown, manner.key)

    def manner(self, git: OneGit, key: str) -> Manner:
        """Return how a repository is served; `key` tells its mirror from others of its URI."""
        return Manner(
            access=access_of(git),
            freshness=Freshness(git.refresh_rate, timeout=git.timeout, max_stale=git.own.max_stale),
            default_label=self._settings.default_label_of(git),
            try_master=git.try_master_branch,
            clone_timeout=self._settings.own.clone_timeout,
            prune=git.delete_untracked_branches,
            clone_on_start=git.clone_on_start,
            basedir=git.basedir,
            key=key,
        )

    def layout(self, git: OneGit, address: Address) -> Layout:
        """Return how configuration lies in a repository."""
        return git_layout(
            address.shown,
            _workdir(address),
            search_paths=git.search_paths,
            default_label=self._settings.default_label_of(git),
            reverse_files=self._settings.serving.reverse_location_order,
            skip_failing=git.continue_on_multiple_label_failure,
        )


def _workdir(address: Address) -> str:
    return WORKDIR if address.path is None else str(Path(address.path).absolute())


def _warn(git: OneGit) -> None:
    shown = mask_uris(git.uri or "")
    if git.skip_ssl_validation and shown.startswith("https:"):
        _log.warning(
            "TLS certificates are NOT checked: others can read and change what is served",
            repository=shown,
            setting="skip-ssl-validation",
        )
    if not git.strict_host_key_checking:
        _log.warning(
            "SSH host keys are NOT checked: others can read and change what is served",
            repository=shown,
            setting="strict-host-key-checking",
        )
