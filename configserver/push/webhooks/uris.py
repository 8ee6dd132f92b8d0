"""Whether two URIs mean the same repository, over whatever protocol.

A webhook names a repository by the URIs that its host knows, a server by the one that it fetches
from. Where it is not sure, the answer is yes: a needless look at a repository costs little, a
missed push is found late.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Final
from urllib.parse import unquote

_MAX: Final = 2048
_URL: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)([^?#]*)", re.DOTALL)
_SCP: Final = re.compile(r"(?:([^/:@]*)@)?(\[[^\]/]+\]|[^/:@\[\]]{2,}):(?!//)(.*)", re.DOTALL)
"""`user@host:path`; one letter before the colon is a drive of Windows."""
_HOST: Final = re.compile(r"(\[[^\]]*\]|[^:]*)(?::([0-9]*))?")
_PLACEHOLDER: Final = re.compile(r"\{[^{}]*\}")
_SPECIAL: Final = re.compile(r"[*?\[]")

_FAMILIES: Final = {
    **dict.fromkeys(("http", "https"), "http"),
    **dict.fromkeys(("ssh", "git+ssh", "ssh+git"), "ssh"),
}
_PORTS: Final = {"http": "80", "https": "443", "ssh": "22", "git": "9418"}
_ALIASES: Final = {
    "www.github.com": "github.com",
    "ssh.github.com": "github.com",
    "altssh.gitlab.com": "gitlab.com",
    "altssh.bitbucket.org": "bitbucket.org",
    "ssh.dev.azure.com": "dev.azure.com",
    "vs-ssh.visualstudio.com": "dev.azure.com",
}
_AZURE: Final = "dev.azure.com"
_AZURE_OLD: Final = ".visualstudio.com"
_BITBUCKET_SERVER: Final = (
    re.compile(r"(?:.*/)?scm/([^/]+/[^/]+)"),
    re.compile(r"(?:.*/)?projects/([^/]+)/repos/([^/]+)(?:/browse)?"),
    re.compile(r"(?:.*/)?users/([^/]+)/repos/([^/]+)(?:/browse)?"),
)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a repository is.

    Attributes:
        family: `http`, `ssh`, `git` or `file`.
        host: in lower case, empty for a folder.
        port: None for the default one, or if the host is known by several.
        paths: the names that it has there.
    """

    family: str
    host: str
    port: str | None
    paths: frozenset[str]


def same_repository(claimed: str, ours: str) -> bool:
    """Say whether a URI that somebody names means a repository that is served.

    Case does not count on hosts, and neither do users and passwords, `.git`, and default ports.
    Other ports count only where both are reached in the same way, because no host has SSH and
    HTTP on one port.

    Args:
        claimed: as somebody writes it.
        ours: as configured; a placeholder such as `{application}` stands for any text.
    """
    theirs, mine = _claimed(claimed), _ours(ours)
    if theirs is None or mine is None or theirs.host != mine.host:
        return False
    if theirs.family == mine.family and theirs.port != mine.port:
        return False
    return any(_fits(path, ours_path) for path in theirs.paths for ours_path in mine.paths)


def renamed(uri: str, aliases: Mapping[str, str]) -> str | None:
    """Return a URI with the host replaced by what it is called elsewhere, None if it has no alias.

    Args:
        uri: of a remote.
        aliases: hosts, or hosts with a port, and what stands for each of them, by lower case.
    """
    url, scp = _URL.match(uri), _SCP.fullmatch(uri)
    if url is not None:
        address = url[2].rpartition("@")[2].lower()
        alias = aliases.get(address) or aliases.get(_host_of(address))
        return f"{url[1]}://{alias}{url[3]}" if alias else None
    alias = aliases.get(scp[2].lower()) if scp else None
    return f"ssh://{alias}/{scp[3]}" if scp and alias else None


def _host_of(address: str) -> str:
    found = _HOST.fullmatch(address)
    return found[1] if found else address


def _place(uri: str) -> _Place | None:
    if not uri or len(uri) > _MAX:
        return None
    if uri[:5].lower() == "file:":
        rest = uri[5:]
        return _folder("/" + rest[2:].partition("/")[2] if rest.startswith("//") else rest)
    if url := _URL.match(uri):
        scheme = url[1].lower()
        return _remote(_FAMILIES.get(scheme, scheme), url[2], url[3], _PORTS.get(scheme))
    if scp := _SCP.fullmatch(uri):
        return _remote("ssh", f"{scp[1] or ''}@{scp[2]}", scp[3], None)
    return _folder(uri)


def _folder(path: str) -> _Place:
    return _Place("file", "", None, frozenset({_bare(unquote(path))}))


def _remote(family: str, authority: str, path: str, default_port: str | None) -> _Place | None:
    address = authority.rpartition("@")[2]
    found = _HOST.fullmatch(address)
    if found is None or not found[1]:
        return None
    host = found[1].lower().rstrip(".")
    port = found[2] if found[2] != default_port else None
    name = _bare(unquote(path).lower())
    if host.endswith(_AZURE_OLD) and host not in _ALIASES:
        host, name = _AZURE, f"{host.removesuffix(_AZURE_OLD)}/{name}"
    if host in _ALIASES:
        host, port = _ALIASES[host], None
    names = {_azure(name)} if host == _AZURE else {name, *_bitbucket(name)}
    return _Place(family, host, port or None, frozenset(names))


def _bare(path: str) -> str:
    """Return a path without slashes at its ends, doubled ones, and `.git`."""
    parts = [part for part in path.replace("\\", "/").split("/") if part not in {"", "."}]
    return "/".join(parts).removesuffix(".git").rstrip("/")


def _azure(name: str) -> str:
    """Return `organisation/project/repository`; the repository may be named as the project is.

    It is `organisation/project/_git/repository` over HTTP, after `v3/` or `_ssh/` over SSH.
    """
    parts = [part for part in name.split("/") if part != "defaultcollection"]
    if parts[0] == "v3":
        parts = parts[1:]
    if "_git" in parts:
        at = parts.index("_git")
        before, repository = parts[:at], parts[at + 1 : at + 2]
        parts = [*(before if len(before) > 1 else [*before, *repository]), *repository]
    return "/".join(parts)


def _bitbucket(name: str) -> list[str]:
    """Return what SSH calls a repository of Bitbucket Server: `project/repository`."""
    scm, projects, users = (form.fullmatch(name) for form in _BITBUCKET_SERVER)
    found = [scm[1]] if scm else []
    found += [f"{projects[1]}/{projects[2]}"] if projects else []
    return found + ([f"~{users[1]}/{users[2]}"] if users else [])


def _fits(path: str, ours: str) -> bool:
    if "{" not in ours:
        return path == ours
    fixed = _PLACEHOLDER.split(ours)
    glob = "*".join(_SPECIAL.sub(lambda special: f"[{special[0]}]", part) for part in fixed)
    return fnmatchcase(path, glob)


_ours: Final = lru_cache(maxsize=4096)(_place)
"""Of each payload, all that is served is compared with the same few URIs."""
_claimed: Final = lru_cache(maxsize=64)(_place)
"""Apart, so that strangers take little memory and push nothing else out."""
