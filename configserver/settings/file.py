"""A settings file → entries, document by document."""

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Final

from configserver.errors import ConfigError, SettingsError
from configserver.formats import parse
from configserver.javatext import java_text
from configserver.model import Document
from configserver.settings.collect import Entry
from configserver.settings.names import relaxed

CONDITIONS: Final = ("spring.config.activate.on-profile", "spring.profiles")
"""Where a document says for which profiles it holds; the second is the older form."""

_SUFFIXES: Final = (".yml", ".yaml", ".properties")


def read_file(path: Path) -> list[list[Entry]]:
    """Return the entries of each document in the file, later documents being stronger.

    Raises:
        SettingsError: the file is not there, or does not parse.
    """
    shown = str(path)
    if path.suffix.lower() not in _SUFFIXES:
        raise SettingsError("a settings file ends in .yml, .yaml or .properties", path=shown)
    try:
        documents = parse(path.name, path.read_bytes())
        return [_entries(document, shown) for document in documents]
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise SettingsError(f"the file cannot be read: {reason}", path=shown) from None
    except ConfigError as error:
        raise SettingsError(
            error.reason, hint=error.hint, path=shown, line=error.line, column=error.column
        ) from None


def active_documents(
    documents: Iterable[list[Entry]], active: Collection[str]
) -> list[list[Entry]]:
    """Return the documents without a condition, and those whose condition an active profile meets.

    Raises:
        SettingsError: a condition that is more than a list of names.
    """
    return [entries for entries in documents if _holds(entries, active)]


def is_conditional(entries: Iterable[Entry]) -> bool:
    """Say whether a document holds for some profiles only."""
    return any(relaxed(entry.name) in _CONDITIONS for entry in entries)


def _holds(entries: Iterable[Entry], active: Collection[str]) -> bool:
    for entry in entries:
        if relaxed(entry.name) not in _CONDITIONS:
            continue
        names = [name.strip() for name in entry.text.split(",")]
        if any(char in name for name in names for char in "&|() "):
            raise SettingsError(
                f"{entry.name} should be a list of names here, `!` in front of one negates it",
                path=entry.source,
                line=entry.line,
            )
        if not any((name.removeprefix("!") in active) != name.startswith("!") for name in names):
            return False
    return True


def _entries(document: Document, shown: str) -> list[Entry]:
    entries = []
    for name, value in document.properties.items():
        position = document.origins.get(name)
        entries.append(Entry(name, java_text(value), shown, position.line if position else None))
    return entries


_CONDITIONS: Final = frozenset(map(relaxed, CONDITIONS))
