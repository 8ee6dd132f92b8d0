"""Every setting with its help, as the tables in `docs/configuration.md`."""

import re
from collections.abc import Iterable
from typing import Final

from configserver.settings import PREFIXES
from configserver.settings.catalogue import BY_NAME, SECTIONS, Kind, Known
from configserver.settings.later import LATER
from configserver.settings.section import LATER as LATER_FIELD

_FIRST: Final = ("git", "native", "serving", "server", "own", "profiles", "ciphers", "health")


def reference() -> str:
    """Return a table for each section, then the names that are known and not read yet."""
    parts = [_section(name) for name in sorted(SECTIONS, key=_FIRST.index)]
    later = [known.name for known in BY_NAME.values() if known.effect == LATER_FIELD]
    names = "\n".join(f"- `{name}`" for name in sorted((*later, *LATER)))
    return "\n\n".join((*parts, "### Not supported yet", _LATER_TEXT, names)) + "\n"


_LATER_TEXT: Final = """\
These names of Spring's are known. Setting one gives a warning and changes nothing."""


def _section(name: str) -> str:
    about = (SECTIONS[name].__doc__ or "").strip()
    rows = [
        known for known in BY_NAME.values() if known.section == name and known.effect != LATER_FIELD
    ]
    heading = f"### `{PREFIXES[name]}.*`\n\n{about}"
    return f"{heading}\n\n{_table(rows)}" if rows else f"{heading} Nothing of it is read yet."


def _table(rows: Iterable[Known]) -> str:
    lines = ["| name | default | meaning |", "|---|---|---|"]
    lines += [f"| `{_written(known)}` | {_default(known)} | {_help(known)} |" for known in rows]
    return "\n".join(lines)


def _written(known: Known) -> str:
    name = known.name.removeprefix(f"{PREFIXES[known.section]}.")
    return f"{name}.*" if known.kind is Kind.MAP else name


def _default(known: Known) -> str:
    value = known.default
    match value:
        case None | "" | () | {}:
            return ""
        case bool():
            return f"`{str(value).lower()}`"
        case tuple():
            return f"`{','.join(value)}`"
        case _:
            return f"`{value}`"


def _help(known: Known) -> str:
    text = re.sub(r"\s+", " ", known.description).replace("|", "\\|")
    return f"{text} It {known.effect}." if known.effect else text
