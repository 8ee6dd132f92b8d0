"""Where settings come from: defaults < file < environment < command line."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from configserver.errors import SettingsError
from configserver.secret import Secret
from configserver.settings import Settings
from configserver.settings.bind import Bound, bind
from configserver.settings.catalogue import Match, recognise
from configserver.settings.collect import Entry
from configserver.settings.environ import environment_entries
from configserver.settings.file import active_documents, is_conditional, read_file
from configserver.settings.fill import CIPHER, filled, holds_cipher
from configserver.settings.schema import Kind
from configserver.settings.section import split_at_commas
from configserver.settings.unlock import Unlock, keys_alone, unlocked

_ACTIVE = "spring.profiles.active"


def load(
    *,
    environ: Mapping[str, str],
    file: Path | None = None,
    options: Iterable[Entry] = (),
    unlock: Unlock | None = None,
) -> Bound:
    """Return the settings that hold, each with its origin.

    Args:
        environ: the environment variables.
        file: a YAML or `.properties` file with Spring's names, nested or flat.
        options: what the command line sets, the strongest of all.
        unlock: makes what decrypts the ciphers among them; None leaves them as they are.

    Raises:
        SettingsError: the file does not parse, a cipher cannot be decrypted, or values do not fit;
            the reason holds all of them.
    """
    options = list(options)
    layers = _layers(environ, file, options)
    warnings = tuple(_overheard(options))
    if unlock is None or not holds_cipher(layers, environ):
        plain = filled(layers, environ)
    else:
        plain, closed = unlocked(layers, environ, unlock)
        warnings += closed
    found = bind([[state_directory(environ)], *plain])
    return replace(found, warnings=(*found.warnings, *warnings))


def load_keys(*, environ: Mapping[str, str], file: Path | None = None) -> Settings:
    """Return the settings of the keys; of all others it does not matter whether they are right.

    Raises:
        SettingsError: the file does not parse, or the settings of the keys do not fit.
    """
    return keys_alone(_layers(environ, file, ()), environ)


def _layers(
    environ: Mapping[str, str], file: Path | None, options: Iterable[Entry]
) -> list[list[Entry]]:
    """Return what is set, the weakest first."""
    variables = environment_entries(environ)
    options = list(options)
    documents = read_file(file) if file else []
    active = _active([*(doc for doc in documents if not is_conditional(doc)), variables, options])
    return [*active_documents(documents, active), variables, options]


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


def _overheard(options: Iterable[Entry]) -> Iterator[str]:
    """Yield a warning for each secret among the arguments of the program."""
    for entry in options:
        match = recognise(entry.name)
        elsewhere = entry.text.startswith(("${", CIPHER)) or not entry.text.strip()
        if (
            match
            and not elsewhere
            and match.known.kind is not Kind.MAP
            and _is_secret(match, entry)
        ):
            yield (
                f"{entry.origin}: everybody on this machine can read the arguments of a program; "
                "give secrets in a variable or a file"
            )


def _is_secret(match: Match, entry: Entry) -> bool:
    try:
        value = match.known.parse(entry.text)
    except ValueError:
        return False
    return any(isinstance(one, Secret) for one in (value if isinstance(value, tuple) else (value,)))


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
