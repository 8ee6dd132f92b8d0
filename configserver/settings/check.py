"""What several settings together, or the form of one, rule out."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from configserver.errors import SettingsError
from configserver.settings import PREFIXES, Settings
from configserver.settings.catalogue import named
from configserver.settings.door_problems import door_problems
from configserver.settings.git import GitSettings
from configserver.settings.keys import key_problems
from configserver.settings.remote import GitHubAppSettings, ProxySettings
from configserver.settings.repository import NestedGitSettings
from configserver.settings.schema import KEY, OURS, SPRINGS
from configserver.settings.uris import is_ssh, uri_problem

_ALGORITHMS: Final = (
    *("ssh-ed25519", "ssh-rsa", "ssh-dss", "rsa-sha2-256", "rsa-sha2-512"),
    *("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"),
)
_LOGINS: Final = (
    *("token", "token-file", "bearer", "bearer-file", "password-file", "credential-helper"),
)


class Problem(NamedTuple):
    """A setting that is refused.

    Attributes:
        name: its name.
        reason: what is wrong with it, without its value: `is not set`.
        blame: the name whose place is shown if the setting itself is nowhere, or the beginning
            of such names.
    """

    name: str
    reason: str
    blame: str


class _Place(NamedTuple):
    """A Git repository, as it was set and with what it inherits, and how its names begin."""

    prefix: str
    written: GitSettings | NestedGitSettings
    whole: GitSettings | NestedGitSettings

    def problem(self, name: str, reason: str, blame: str = "") -> Problem:
        """Return a problem of a setting with one of Spring's names."""
        return Problem(f"{self.prefix}.{name}", reason, f"{self.prefix}.{blame}".rstrip("."))

    @property
    def ours(self) -> str:
        return self.prefix.replace(SPRINGS, OURS, 1)


def problems(settings: Settings) -> Iterator[Problem]:
    """Yield everything that is wrong with the keys, and with the backends that are active."""
    for found in key_problems(settings.encrypt, settings.ring):
        yield Problem(*found)
    for found in door_problems(settings.refresh, settings.notify, settings.replicas):
        yield Problem(*found)
    try:
        members = settings.members
    except SettingsError as error:
        name, _, reason = error.reason.partition(" ")
        yield Problem(name, reason, "spring.profiles.active")
        return
    for prefix, git in _active(settings, members):
        alone = len(members) == 1 and git is settings.git
        if not git.uri and (git.repos or not alone):
            yield Problem(f"{prefix}.uri", "is not set", prefix)
        for place in _places(prefix, git):
            yield from _repository(place)


def _active(settings: Settings, members: Iterable[Any]) -> Iterator[tuple[str, GitSettings]]:
    if any(member is settings.git for member in members):
        yield PREFIXES["git"], settings.git
    for number, member in enumerate(settings.composite):
        if isinstance(member, GitSettings):
            yield f"{PREFIXES['composite']}[{number}]", member


def _places(prefix: str, git: GitSettings) -> Iterator[_Place]:
    yield _Place(prefix, git, git)
    for (key, written), whole in zip(git.repos.items(), git.nested, strict=True):
        yield _Place(named(f"{prefix}.repos.{KEY}", (key,)), written, whole)


def _repository(place: _Place) -> Iterator[Problem]:
    git, ours = place.written, place.ours
    if isinstance(git, NestedGitSettings) and not git.uri:
        yield place.problem("uri", "is not set")
    if git.uri and (reason := uri_problem(git.uri)):
        yield place.problem("uri", reason)
    for reason in dict.fromkeys(filter(None, map(uri_problem, git.own.fallback_uris))):
        yield Problem(f"{ours}.fallback-uris", reason, ours)
    if git.known_hosts_file and not Path(git.known_hosts_file).is_file():
        yield place.problem("known-hosts-file", "names a file that is not there")
    for scheme, proxy in (("http", git.proxy.http), ("https", git.proxy.https)):
        if proxy != ProxySettings() and not proxy.host:
            yield place.problem(f"proxy.{scheme}.host", "is not set", f"proxy.{scheme}")
        if proxy.host and not proxy.port:
            yield place.problem(f"proxy.{scheme}.port", "is not set", f"proxy.{scheme}")
    yield from _ssh(place)
    yield from _credentials(place)


def _ssh(place: _Place) -> Iterator[Problem]:
    git = place.whole
    uris = (git.uri or "", *git.own.fallback_uris)
    if not git.ignore_local_ssh_settings or not any(map(is_ssh, uris)):
        return
    if not (git.private_key or git.own.private_key_files):
        reason = "is not set, and ignore-local-ssh-settings leaves no other key"
        yield place.problem("private-key", reason, "ignore-local-ssh-settings")
    if git.host_key and not git.host_key_algorithm:
        yield place.problem("host-key-algorithm", "is not set, but host-key is", "host-key")
    if git.host_key_algorithm and not git.host_key:
        reason = "is not set, but host-key-algorithm is"
        yield place.problem("host-key", reason, "host-key-algorithm")
    if git.host_key_algorithm and git.host_key_algorithm not in _ALGORITHMS:
        *first, last = _ALGORITHMS
        yield place.problem("host-key-algorithm", f"should be {', '.join(first)} or {last}")


def _credentials(place: _Place) -> Iterator[Problem]:
    git, own, ours = place.written, place.written.own, place.ours
    app = own.github_app
    logins: dict[str, object] = {f"{place.prefix}.password": git.password}
    logins |= {f"{ours}.{name}": getattr(own, name.replace("-", "_")) for name in _LOGINS}
    parts = {
        "app-id": app.app_id,
        "installation-id": app.installation_id,
        "private-key": app.private_key or app.private_key_file,
    }
    used = {name: value for name, value in parts.items() if value}
    if used:
        logins[f"{ours}.github-app.{next(iter(used))}"] = app
    yield from _at_most_one(logins)
    yield from _at_most_one(
        {
            f"{place.prefix}.passphrase": git.passphrase,
            f"{ours}.passphrase-file": own.passphrase_file,
        }
    )
    yield from _at_most_one(
        {
            f"{ours}.github-app.private-key": app.private_key,
            f"{ours}.github-app.private-key-file": app.private_key_file,
        }
    )
    if app != GitHubAppSettings():
        for name in parts.keys() - used.keys():
            yield Problem(f"{ours}.github-app.{name}", "is not set", f"{ours}.github-app")
    if own.client_key and not own.client_certificate:
        reason = "is not set, but client-key is"
        yield Problem(f"{ours}.client-certificate", reason, f"{ours}.client-key")


def _at_most_one(values: Mapping[str, object]) -> Iterator[Problem]:
    """Complain of each but the first of those that are set."""
    first, *others = [name for name, value in values.items() if value] or [""]
    for name in others:
        yield Problem(name, f"is set besides {first}; use only one of them", name)
