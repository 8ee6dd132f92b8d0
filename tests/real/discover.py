"""Which applications and profiles a repository of somebody else's is made for."""

import re
from collections.abc import Iterable, Iterator, Sequence

_CONFIGURATION = re.compile(r"(?:[^/]*/)*(?P<stem>[^/]+)\.(?:ya?ml|properties|xml)")
_CONDITION = re.compile(
    rb"^\s*(?:spring\.config\.activate\.)?(?:on-profile|profiles)\s*[:=]\s*(.+)$", re.MULTILINE
)
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


def stems(paths: Iterable[str]) -> tuple[str, ...]:
    """Return the names of configuration files without folder and ending, each once."""
    found = (_CONFIGURATION.fullmatch(path) for path in paths)
    return tuple(dict.fromkeys(match["stem"] for match in found if match))


def environments(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield application and profile for every way to read a file's name."""
    yield "application", "default"
    for name in names:
        yield name, "default"
        parts = name.split("-")
        for cut in range(1, len(parts)):
            yield "-".join(parts[:cut]), "-".join(parts[cut:])


def conditions(content: bytes) -> tuple[str, ...]:
    """Return the profiles that a file's conditions name."""
    lines = (match[1].decode("utf-8", "replace") for match in _CONDITION.finditer(content))
    return tuple(dict.fromkeys(name for line in lines for name in _NAME.findall(line)))


def questions(paths: Sequence[str], contents: Iterable[bytes]) -> tuple[tuple[str, str], ...]:
    """Return every application with every profile that its files or any condition name."""
    pairs = tuple(dict.fromkeys(environments(stems(paths))))
    profiles = dict.fromkeys(name for content in contents for name in conditions(content))
    shared = [profile for name, profile in pairs if name == "application"]
    everywhere = dict.fromkeys([*profiles, *shared])
    applications = dict.fromkeys(name for name, profile in pairs if profile == "default")
    crossed = ((name, profile) for name in applications for profile in everywhere)
    return tuple(dict.fromkeys([*pairs, *crossed]))
