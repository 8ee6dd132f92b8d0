"""Where an SSH remote is: taken apart, and refused if it could be taken for an option; pure."""

import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote

from configserver.backends.git.faults import Fault, Unreachable
from configserver.secret import Secret

_URL: Final = re.compile(
    r"(?:ssh|git\+ssh|ssh\+git)://(?P<authority>[^/?#]*)(?P<path>/.*)?",
    re.DOTALL | re.IGNORECASE,
)
_SCP: Final = re.compile(
    r"(?:(?P<user>[^/:]*)@)?(?P<host>\[[^\]/]*\]|[^/:@\[]*):(?P<path>.*)", re.DOTALL
)
_USER: Final = re.compile(r"[A-Za-z0-9_.+][A-Za-z0-9_.+@=~-]{0,255}")
_HOST: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,252}")
_IPV6: Final = re.compile(r"[0-9A-Fa-f:.]{2,45}(?:%[A-Za-z0-9_.]{1,20})?")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class SshAddress:
    """An SSH remote.

    Attributes:
        host: name or address, one of IPv6 without brackets.
        port: None for the program's default.
        user: None for the program's default.
        path: of the repository; relative to the home directory unless it begins with `/`.
        password: as written in the URI, if it is.
    """

    host: str
    port: int | None
    user: str | None
    path: str
    password: Secret | None = field(default=None)

    @classmethod
    def parse(cls, uri: str) -> "SshAddress":
        """Take apart `ssh://[user@]host[:port]/path` or `[user@]host:path`.

        Raises:
            Unreachable: a part is missing, or holds what could be taken for an option.
        """
        url = _URL.fullmatch(uri)
        if url is not None:
            return _of_url(url["authority"], unquote(url["path"] or ""))
        scp = _SCP.fullmatch(uri)
        if scp is None or "://" in uri:
            raise _refusal("this is no SSH URI: ssh://user@host/path or user@host:path is wanted")
        return _checked(scp["host"], None, scp["user"], scp["path"])


def _of_url(authority: str, path: str) -> SshAddress:
    login, at, place = authority.rpartition("@")
    user, _, password = login.partition(":")
    bracketed = re.fullmatch(r"(\[[^\]]*\])(?::([^:]*))?", place)
    host, port = bracketed.groups() if bracketed else _split(place)
    path = path[1:] if path.startswith("/~") else path
    return _checked(
        host,
        port or None,
        unquote(user) if at else None,
        path,
        password=Secret(unquote(password)) if password else None,
    )


def _split(place: str) -> tuple[str, str | None]:
    host, colon, port = place.partition(":")
    return host, port if colon else None


def _checked(
    host: str, port: str | None, user: str | None, path: str, *, password: Secret | None = None
) -> SshAddress:
    bare = host.removeprefix("[").removesuffix("]")
    if not (_IPV6 if host.startswith("[") else _HOST).fullmatch(bare):
        raise _refusal("the host in the SSH URI is missing or holds characters that no host has")
    if user is not None and not _USER.fullmatch(user):
        raise _refusal("the user in the SSH URI is empty or holds characters that are not allowed")
    if port is not None and not (re.fullmatch(r"[0-9]{1,5}", port) and 0 < int(port) < 1 << 16):
        raise _refusal("the port in the SSH URI is no number from 1 to 65535")
    if not path.strip("/") or path.startswith("-") or _CONTROL.search(path):
        raise _refusal("the path in the SSH URI is missing, begins with - or holds control codes")
    return SshAddress(bare, int(port) if port else None, user, path, password)


def _refusal(reason: str) -> Unreachable:
    return Unreachable(reason, fault=Fault.CREDENTIALS, hint="correct git.uri; nothing was started")
