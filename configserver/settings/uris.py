"""What the URI of a repository says before its path, and what may not stand there."""

import re
from typing import Final, NamedTuple

_URL: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)")
_SCP: Final = re.compile(r"((?:[^/:@]*@)?(?:\[[^\]/]+\]|[^/:]+)):(?!//)")
_HOST: Final = re.compile(r"(\[[^\]]*\]|[^:]*)(?::(.*))?", re.DOTALL)
_PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")
_ALLOWED: Final = frozenset({"application", "profile", "label"})
_SSH: Final = frozenset({"ssh", "git+ssh", "ssh+git"})


class Authority(NamedTuple):
    """What stands before the path; the scheme is `ssh` for `user@host:path` too.

    `port` is None if there is none.
    """

    scheme: str
    user: str
    host: str
    port: str | None


def authority(uri: str) -> Authority | None:
    """Return what stands before the path of a remote, or None for a place on this machine."""
    if uri.lower().startswith("file:"):
        return None
    if url := _URL.match(uri):
        user, at, rest = url[2].rpartition("@")
        host = _HOST.fullmatch(rest)
        name, port = (host[1], host[2]) if host else (rest, None)
        scheme = url[1].lower()
        return Authority("ssh" if scheme in _SSH else scheme, user + at, name, port or None)
    if scp := _SCP.match(uri):
        user, at, host_name = scp[1].rpartition("@")
        return Authority("ssh", user + at, host_name, None)
    return None


def is_ssh(uri: str) -> bool:
    """Say whether a URI is reached over SSH."""
    place = authority(uri)
    return place is not None and place.scheme == "ssh"


def host_of(uri: str) -> str | None:
    """Return the host of a remote in lower case, or None for a place on this machine."""
    place = authority(uri)
    return place.host.lower() if place else None


def logs_in(uri: str) -> bool:
    """Say whether a URI holds credentials for HTTP itself."""
    place = authority(uri)
    return place is not None and place.scheme in {"http", "https"} and bool(place.user)


def uri_problem(uri: str) -> str | None:
    """Return what is wrong with a URI, without any part of it, or None.

    A placeholder is filled by whoever asks: it must not choose the host that is talked to.
    """
    place = authority(uri)
    if place and "{" in f"{place.user}{place.host}{place.port or ''}":
        return "may not hold placeholders in its host or port, only in its path"
    if any(name not in _ALLOWED for name in _PLACEHOLDER.findall(uri)):
        return (
            "holds a placeholder that nothing fills; "
            "there are {application}, {profile} and {label}, and ${NAME} of the environment"
        )
    if place is None:
        return None
    if place.scheme == "ssh" and (place.host.startswith("-") or place.user.startswith("-")):
        return "may not have a host or user that begins with '-'"
    if place.port is not None and not _is_port(place.port):
        return "should have a port between 1 and 65535"
    return None


def _is_port(text: str) -> bool:
    return re.fullmatch("[0-9]{1,5}", text) is not None and 1 <= int(text) <= 65535
