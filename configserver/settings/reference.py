"""Every setting with its help, as the tables in `docs/configuration.md`."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from configserver.settings import PREFIXES
from configserver.settings.composite import MemberSettings
from configserver.settings.doors import InstanceSettings, OutgoingSettings
from configserver.settings.encryption import RingKeySettings
from configserver.settings.kms import KmsSettings
from configserver.settings.later import LATER
from configserver.settings.remote import TopRemoteSettings
from configserver.settings.repository import NestedGitSettings
from configserver.settings.schema import BY_NAME, INDEX, KEY, OURS, SECTIONS, SPRINGS, Kind, Known
from configserver.settings.section import LATER as LATER_FIELD

_FIRST: Final = (
    *("git", "native", "serving", "server", "own", "profiles"),
    *("encrypt", "ciphers", "ring", "sops", "health"),
    *("endpoint", "monitor", "webhooks", "watch", "push"),
    *("bus", "own_bus", "rabbit", "kafka", "application", "exposure"),
    *("refresh", "notify", "delivery", "spread", "replicas"),
)

_GIT: Final = f"{SPRINGS}.git"
_OWN_GIT: Final = f"{OURS}.git"
_REPOS: Final = f"{_GIT}.repos.{KEY}"
_BELOW: Final[Mapping[str, Mapping[str, Any]]] = {
    "ring": {"keys": RingKeySettings, "kms": KmsSettings},
    "refresh": {"instances": InstanceSettings},
    "notify": {"webhooks": OutgoingSettings},
}
"""Maps of sections within a section, and the model of each."""

_MEMBER: Final = f"{PREFIXES['composite']}{INDEX}"
_NOT_FIELDS: Final = (f".{KEY}", INDEX)


def reference() -> str:
    """Return a table for each section, then the names that are known and not read yet."""
    first, *others = [
        part
        for name in sorted(SECTIONS, key=_FIRST.index)
        for part in (*_whole(name), *_below(name))
    ]
    later = [known.name for known in BY_NAME.values() if known.effect == LATER_FIELD]
    names = "\n".join(f"- `{name}`" for name in sorted((*later, *LATER)))
    parts = (first, _repos(), _own_git(), _composite(), *others)
    return "\n\n".join((*parts, "### Not supported yet", _LATER_TEXT, names)) + "\n"


_LATER_TEXT: Final = """\
These names of Spring's are known. Setting one gives a warning and changes nothing."""


def _whole(name: str) -> Iterator[str]:
    """Yield the table of a section, unless there is nothing in it but other sections."""
    prefix = PREFIXES[name]
    rows = [
        known
        for known in BY_NAME.values()
        if known.path[0] == name
        and known.name.startswith(prefix)
        and known.effect != LATER_FIELD
        and not any(part in known.name for part in _NOT_FIELDS)
    ]
    if rows or name not in _BELOW:
        yield _part(f"{prefix}.*", SECTIONS[name], rows, prefix)


def _repos() -> str:
    names = [f"{_REPOS}.{name}" for name in ("pattern", "name")]
    return _part(f"{_REPOS}.*", NestedGitSettings, [BY_NAME[name] for name in names], _REPOS)


def _below(section: str) -> Iterator[str]:
    for field, model in _BELOW.get(section, {}).items():
        prefix = f"{PREFIXES[section]}.{field}.{KEY}"
        rows = [known for known in BY_NAME.values() if known.name.startswith(f"{prefix}.")]
        yield _part(f"{prefix}.*", model, rows, prefix)


def _own_git() -> str:
    rows = [
        known
        for known in BY_NAME.values()
        if known.name.startswith(f"{_OWN_GIT}.") and KEY not in known.name
    ]
    return _part(f"{_OWN_GIT}.*", TopRemoteSettings, rows, _OWN_GIT)


def _composite() -> str:
    return _part(f"{_MEMBER}.*", MemberSettings, [BY_NAME[f"{_MEMBER}.type"]], _MEMBER)


def _part(heading: str, model: Any, rows: Iterable[Known], prefix: str) -> str:
    about = (model.__doc__ or "").strip().split("\n\n")[0]
    text = f"### `{heading}`\n\n{about}"
    return f"{text}\n\n{_table(rows, prefix)}" if rows else f"{text} Nothing of it is read yet."


def _table(rows: Iterable[Known], prefix: str) -> str:
    lines = ["| name | default | meaning |", "|---|---|---|"]
    lines += [
        f"| `{_written(known, prefix)}` | {_default(known)} | {_help(known)} |" for known in rows
    ]
    return "\n".join(lines)


def _written(known: Known, prefix: str) -> str:
    name = known.name.removeprefix(f"{prefix}.")
    return f"{name}.*" if known.kind is Kind.MAP else name


def _default(known: Known) -> str:
    value = known.default
    match value:
        case None | "" | () | {}:
            return ""
        case bool():
            return f"`{str(value).lower()}`"
        case 0:
            return ""
        case tuple():
            return f"`{','.join(value)}`"
        case _:
            return f"`{value}`"


def _help(known: Known) -> str:
    text = re.sub(r"\s+", " ", known.description).replace("|", "\\|")
    return f"{text} It {known.effect}." if known.effect else text
