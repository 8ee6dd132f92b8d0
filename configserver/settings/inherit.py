"""What a nested repository takes from the one above it."""

from dataclasses import fields, replace
from typing import Final

from configserver.settings.remote import GitHubAppSettings, Proxies, ProxySettings, RemoteSettings
from configserver.settings.repository import NestedGitSettings, RepositorySettings
from configserver.settings.uris import host_of, logs_in

_ALONE: Final = (
    "timeout",
    "refresh_rate",
    "skip_ssl_validation",
    "strict_host_key_checking",
    "ignore_local_ssh_settings",
    "known_hosts_file",
    "preferred_authentications",
)
_OWN_ALONE: Final = ("ca_file", "max_stale")

_LOGIN: Final = (
    ("username", "password"),
    (
        *("token", "bearer", "token_file", "bearer_file", "password_file"),
        *("credential_helper", "github_app"),
    ),
)
_TOGETHER: Final = (
    (("private_key",), ("private_key_files",)),
    (("passphrase",), ("passphrase_file",)),
    ((), ("client_certificate", "client_key")),
)
"""Fields of Spring's and of our own that are taken all at once or not at all."""

_NOTHING: Final = (None, (), GitHubAppSettings())
_DEFAULTS: Final = {one.name: one.default for one in fields(RepositorySettings)}


def inherited(
    top: RepositorySettings, own: RemoteSettings, one: NestedGitSettings
) -> NestedGitSettings:
    """Return a nested repository, filled from the one above it.

    Credentials are one whole: who logs in elsewhere must not send half of them. A host key holds
    for its host only. Search paths, labels, `basedir` and further URIs belong to one repository.

    Args:
        top: the repository above.
        own: what the repository above has of our own.
        one: the nested one, as it was set.
    """
    mine = {name: getattr(top, name) for name in _ALONE if _unset(one, name)}
    ours = {name: getattr(own, name) for name in _OWN_ALONE if getattr(one.own, name) is None}
    groups = _TOGETHER if logs_in(one.uri or "") else (_LOGIN, *_TOGETHER)
    for names, own_names in groups:
        given = (*(getattr(one, n) for n in names), *(getattr(one.own, n) for n in own_names))
        if all(value in _NOTHING for value in given):
            mine |= {name: getattr(top, name) for name in names}
            ours |= {name: getattr(own, name) for name in own_names}
    if not (one.host_key or one.host_key_algorithm) and _same_host(top, one):
        mine |= {"host_key": top.host_key, "host_key_algorithm": top.host_key_algorithm}
    proxy = Proxies(
        http=_proxy(one.proxy.http, top.proxy.http), https=_proxy(one.proxy.https, top.proxy.https)
    )
    return replace(one, **mine, proxy=proxy, own=replace(one.own, **ours))


def _unset(one: NestedGitSettings, name: str) -> bool:
    return name not in one.given and getattr(one, name) == _DEFAULTS[name]


def _same_host(top: RepositorySettings, one: NestedGitSettings) -> bool:
    host = host_of(top.uri or "")
    return bool(host) and host == host_of(one.uri or "")


def _proxy(mine: ProxySettings, above: ProxySettings) -> ProxySettings:
    return above if mine == ProxySettings() else mine
