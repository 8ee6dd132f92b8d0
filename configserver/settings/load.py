"""Where settings come from: defaults < file < environment < command line."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from configserver.errors import SettingsError
from configserver.settings.bind import Bound, bind
from configserver.settings.catalogue import recognise
from configserver.settings.collect import Entry
from configserver.settings.environ import environment_entries
from configserver.settings.file import active_documents, is_conditional, read_file
from configserver.settings.placeholders import Lookup, resolve
from configserver.settings.section import split_at_commas

_ACTIVE = "spring.profiles.active"


def load(
    *,
    environ: Mapping[str, str],
    file: Path | None = None,
    options: Iterable[Entry] = (),
) -> Bound:
    """Return the settings that hold, each with its origin.

    Args:
        environ: the environment variables.
        file: a YAML or `.properties` file with Spring's names, nested or flat.
        options: what the command line sets, the strongest of all.

    Raises:
        SettingsError: the file does not parse, or values do not fit; the reason holds all of them.
    """
    variables = environment_entries(environ)
    options = list(options)
    documents = read_file(file) if file else []
    active = _active([*(doc for doc in documents if not is_conditional(doc)), variables, options])
    layers = [*active_documents(documents, active), variables, options]
    return bind([[state_directory(environ)], *_filled(layers, environ)])


def state_directory(environ: Mapping[str, str]) -> Entry:
    """Return where state is kept unless a setting says otherwise; never in `/tmp`.

    systemd gives `$STATE_DIRECTORY`, with colons between several; the rest is as the XDG base
    directory specification says.
    """
    name = "configserver.state-dir"
    if given := environ.get("STATE_DIRECTORY", "").split(":")[0]:
        return Entry(name, given, "environment STATE_DIRECTORY")
    if (xdg := environ.get("XDG_STATE_HOME", "")).startswith("/"):
        return Entry(name, f"{xdg}/configserver", "environment XDG_STATE_HOME")
    home = environ.get("HOME") or str(Path.home())
    return Entry(name, f"{home}/.local/state/configserver", "default")


def assignment(text: str) -> Entry:
    """Return the entry of `--set NAME=VALUE`.

    Raises:
        SettingsError: there is no `=`, or no name before it.
    """
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise SettingsError("should be NAME=VALUE", path="--set")
    return Entry(name.strip(), value, f"--set {name.strip()}")


def _active(layers: Iterable[Iterable[Entry]]) -> tuple[str, ...]:
    """Return the active profiles, which choose the documents of the file."""
    active: tuple[str, ...] = ()
    for layer in layers:
        found = [
            entry for entry in layer if (m := recognise(entry.name)) and m.known.name == _ACTIVE
        ]
        if found:
            active = tuple(name for entry in found for name in split_at_commas(entry.text))
    return active


def _filled(layers: list[list[Entry]], environ: Mapping[str, str]) -> list[list[Entry]]:
    """Fill placeholders from the environment variables, else from what else is set."""
    texts = {entry.name: entry.text for entries in layers for entry in entries}

    def lookup(name: str) -> str | None:
        variable = re.sub("[.-]", "_", name)
        candidates = (environ.get(name), environ.get(variable), environ.get(variable.upper()))
        return next((text for text in candidates if text is not None), texts.get(name))

    return [[_fill(entry, lookup) for entry in entries] for entries in layers]


def _fill(entry: Entry, lookup: Lookup) -> Entry:
    try:
        return entry._replace(text=resolve(entry.text, lookup))
    except SettingsError as error:
        reason = f"{entry.name}: {error.reason}"
        raise SettingsError(reason, path=entry.source, line=entry.line) from None
