"""`configserver encrypt-file`: values of files become ciphers where they stand."""

import os
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from pathlib import Path

import click

from configserver.cli.failure import refuse
from configserver.cli.keys import KeySource, key_options
from configserver.cli.replace import replace_file
from configserver.cli.secret_input import read_bytes
from configserver.doctor.text import printable
from configserver.encryption import Unencryptable
from configserver.errors import ConfigError, InvalidFile, InvalidRequest
from configserver.secrets.diff import masked_diff
from configserver.secrets.edit import Edited, encrypt_values
from configserver.secrets.patterns import Pattern, patterns
from configserver.secrets.sites import CIPHER


@click.command("encrypt-file", short_help="Encrypt values of files in place.")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE…")
@click.option(
    "--keys",
    "meant",
    required=True,
    metavar="PATTERNS",
    help="Flat keys with commas; * is any part of a key: 'datasource.password,*.secret'.",
)
@key_options()
@click.option("--dry-run", is_flag=True, help="Show what would change; write nothing.")
@click.option("--check", is_flag=True, help="Write nothing; exit code 1 if a value is plain text.")
def encrypt_file(
    *, files: tuple[Path, ...], meant: str, source: KeySource, dry_run: bool, check: bool
) -> None:
    """Encrypt some values of YAML, .properties and JSON files; all else stays as it is.

    All files are read before the first is written. Values that are ciphers already are left.
    """
    try:
        wanted = patterns(meant)
        encrypt = _nothing if check else source.open(confirm=True).encrypt
        once = {os.path.realpath(path): path for path in reversed(files)}
        edited = {path: _edited(path, wanted, encrypt) for path in reversed(once.values())}
        missing = [one.text for one in wanted if all(one in e.unmatched for e in edited.values())]
        if missing:
            raise _no_such_key(missing[0], edited.values())
        for path, one in edited.items():
            if one.changes and not (check or dry_run):
                replace_file(path, one.data)
            _tell(path, one, "is plain text" if check else "" if dry_run else "encrypted")
    except ConfigError as error:
        refuse(error)
    if check and any(one.changes for one in edited.values()):
        raise click.exceptions.Exit(1)


def _nothing(text: str) -> str:
    """Stand in for a key where nothing is written."""
    del text
    return CIPHER


def _edited(path: Path, wanted: tuple[Pattern, ...], encrypt: Callable[[str], str]) -> Edited:
    """Return a file with its values encrypted, not written yet.

    Raises:
        ConfigError: it cannot be read, or a value not be encrypted.
    """
    if path.exists() and not path.is_file():
        raise InvalidFile("it is no file", hint="name the files within a folder", path=str(path))
    try:
        return encrypt_values(path.name, read_bytes(path), wanted, encrypt)
    except InvalidFile as error:
        raise error.at(path=str(path)) from None
    except Unencryptable as error:
        raise InvalidFile(str(error), path=str(path)) from None


def _tell(file: Path, one: Edited, done: str) -> None:
    """Say of each value what became of it; of what is not done, show what it would become."""
    path = printable(str(file))
    skipped = dict(one.skipped)
    for site in sorted((*one.changes, *skipped), key=lambda site: site.start):
        place = f"{path}:{site.line}:{site.column}: {printable(site.key)}"
        if site in skipped:
            click.echo(f"{place}: left, it {skipped[site]}")
            continue
        also = ", ".join(printable(key) for _, key in site.keys[1:])
        also = f", and so are {also}" if also else ""
        number = "" if isinstance(site.value, str) else ", a number or switch becomes a text"
        click.echo(f"{place}: {done or 'would be encrypted'}{number}{also}")
    if not done and one.changes:
        click.echo(f"--- {path}\n+++ {path}")
        for line in masked_diff(one.source, one.changes):
            click.echo(line)


def _no_such_key(missing: str, edited: Iterable[Edited]) -> InvalidRequest:
    """Return the error for a pattern without a key, with keys that end alike."""
    known = {key for one in edited for site in one.source.sites for _, key in site.keys}
    tails = {tail: key for key in sorted(known) for tail in _tails(key)}
    alike = [tails[tail] for tail in get_close_matches(missing.strip("*."), tails, 3, 0.75)]
    hint = f"there is {', '.join(map(printable, dict.fromkeys(alike)))}" if alike else ""
    return InvalidRequest(f"no key matches '{missing}'", hint=hint)


def _tails(key: str) -> list[str]:
    parts = key.split(".")
    return [".".join(parts[at:]) for at in range(len(parts))]
