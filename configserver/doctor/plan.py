"""From the settings to what is examined, named as in the settings."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Final

from configserver.backends.git.access import Access
from configserver.backends.git.address import Address
from configserver.doctor.steps import Todo
from configserver.doctor.surroundings import (
    examine_directory,
    examine_settings,
    examine_ssh,
)
from configserver.doctor.targets import GitTarget, NativeTarget, Target
from configserver.settings import Settings
from configserver.settings.bind import Bound
from configserver.settings.git import GitSettings
from configserver.settings.native import NativeSettings
from configserver.settings.repository import NestedGitSettings
from configserver.settings.uris import is_ssh

_PREFIX: Final = "spring.cloud.config.server"
_QUICK: Final = 10.0
_DEFAULTS: Final = ("default", "the repository above")

AccessOf = Callable[[GitSettings | NestedGitSettings], Access]


def targets_of(settings: Settings, origins: Mapping[str, str], access_of: AccessOf) -> list[Target]:
    """Return everything that is configured, in order: members, their nested repositories, URIs.

    Args:
        settings: all of them.
        origins: where each setting was written.
        access_of: makes what remotes are talked to with.

    Raises:
        SettingsError: a backend that is not supported.
    """
    return list(_targets(settings, origins, access_of))


def origins_of(bound: Bound) -> dict[str, str]:
    """Return where each setting that is not at its default was written."""
    return {row.name: row.origin for row in bound.effective if row.origin not in _DEFAULTS}


def surroundings(bound: Bound, targets: Sequence[Target]) -> list[Todo]:
    """Return the steps on what all repositories need."""
    uris = [target.uri for target in targets if isinstance(target, GitTarget)]
    origins = list(origins_of(bound).values())
    todo = [Todo("settings", lambda: examine_settings(origins, bound.warnings), _QUICK)]
    if any(Address.parse(uri).path is None for uri in uris):
        state_dir = bound.settings.own.state_dir
        todo.append(_directory("state directory", state_dir, "configserver.state-dir"))
    paths = _base_directories(bound.settings)
    todo += (_directory("basedir", path, "git.basedir") for path in paths)
    if any(is_ssh(uri) for uri in uris):
        todo.append(Todo("ssh", lambda: examine_ssh(_QUICK), _QUICK))
    return todo


def _directory(name: str, path: Path, setting: str) -> Todo:
    return Todo(name, lambda: examine_directory(path, setting), _QUICK)


def _base_directories(settings: Settings) -> list[Path]:
    """Return each folder that mirrors of some repositories are kept in, once."""
    members = [member for member in settings.members if isinstance(member, GitSettings)]
    found = (git.basedir for member in members for git in (member, *member.nested))
    return list(dict.fromkeys(path for path in found if path))


def _targets(
    settings: Settings, origins: Mapping[str, str], access_of: AccessOf
) -> Iterator[Target]:
    composite = {id(member): at for at, member in enumerate(settings.composite)}
    for member in settings.members:
        at = composite.get(id(member))
        name = member.type if at is None else f"composite[{at}]"
        if isinstance(member, NativeSettings):
            yield _native(settings, member, name)
            continue
        yield from _git(settings, member, name, origins, access_of)
        for key, nested in zip(member.repos, member.nested, strict=True):
            yield from _git(settings, nested, f"{name}.repos.{key}", origins, access_of)


def _native(settings: Settings, member: NativeSettings, name: str) -> NativeTarget:
    return NativeTarget(
        name=name,
        locations=member.search_locations,
        default_label=settings.default_label_of(member),
        add_label_locations=member.add_label_locations,
        keyless=_keyless(settings),
    )


def _git(
    settings: Settings,
    git: GitSettings | NestedGitSettings,
    name: str,
    origins: Mapping[str, str],
    access_of: AccessOf,
) -> Iterator[GitTarget]:
    """Yield a target for each URI of one repository, also if it has none."""
    for at, uri in enumerate((git.uri or "", *git.own.fallback_uris)):
        yield GitTarget(
            name=name if not at else f"{name}, fallback {at}",
            uri=uri,
            access=access_of(git),
            search_paths=git.search_paths,
            default_label=settings.default_label_of(git),
            label_setting=_label_setting(settings, git, name),
            try_master=git.try_master_branch,
            timeout=float(git.timeout),
            clone_timeout=float(settings.own.clone_timeout),
            fetch_memory=settings.own.fetch_memory,
            keyless=_keyless(settings),
            origins=_origins(name, origins),
        )


def _keyless(settings: Settings) -> bool:
    return settings.ciphers.enabled and not settings.has_keys


def _label_setting(settings: Settings, git: GitSettings | NestedGitSettings, name: str) -> str:
    general = settings.serving.default_label and not isinstance(git, NestedGitSettings)
    return f"{_PREFIX}.default-label" if general else f"{name}.default-label"


def _origins(name: str, origins: Mapping[str, str]) -> dict[str, str]:
    """Return where the fields of a repository's access were written, by their names."""
    found: dict[str, str] = {}
    for field in fields(Access):
        setting = f"{name}.{field.name.replace('_', '-')}"
        for prefix in (_PREFIX, "configserver"):
            if origin := origins.get(f"{prefix}.{setting}"):
                found[field.name] = origin
    return found
