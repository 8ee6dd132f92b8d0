"""`configserver secrets check`: what is wrong with the secrets of a repository."""

import json
import os
from collections.abc import Iterator, Sequence

import click

from configserver.cli.failure import refuse
from configserver.cli.keys import KeySource, key_options
from configserver.cli.keysets import Keys
from configserver.cli.trees import tree_of
from configserver.cli.wording import counted
from configserver.doctor.text import printable
from configserver.encryption.markers import encryptor_keys
from configserver.errors import ConfigError, SettingsError
from configserver.secrets.files import is_known
from configserver.secrets.findings import Finding
from configserver.secrets.patterns import patterns
from configserver.secrets.rules import Open, Rules, Try
from configserver.secrets.scan import scan
from configserver.secrets.sites import CIPHER
from configserver.secrets.texts import Refused
from configserver.settings.load import load_keys

MAX_OTHER = 1024 * 1024
"""Bytes of a file that is no configuration beyond which it is not looked at."""


@click.group()
def secrets() -> None:
    """Look after the secrets of a repository."""


@secrets.command()
@click.argument("paths", nargs=-1, metavar="[PATH…]")
@key_options()
@click.option(
    "--allow",
    metavar="PATTERNS",
    multiple=True,
    help="Flat keys with commas whose values may be plain text; * is any part.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def check(
    *, paths: tuple[str, ...], source: KeySource, allow: tuple[str, ...], as_json: bool
) -> None:
    """Find ciphers that no server decrypts, and secrets in plain text, below PATH (or here).

    With keys (see the options, or ENCRYPT_KEY) each cipher is tried, and with configserver.sops.*
    in --config each file of SOPS. A comment with
    configserver:allow-secret lets the value of its line or of the next one pass.
    Exit code 1: an error was found.
    """
    keys = source.find()
    if keys is not None and keys.note:
        click.echo(f"warning: {printable(keys.note)}", err=True)
    try:
        allowed = patterns(",".join(allow)) if allow else ()
        rules = Rules(None if keys is None else _attempt(keys), allowed, _opener(source))
        found = list(_findings(paths or (".",), rules))
    except ConfigError as error:
        refuse(error)
    if as_json:
        click.echo(json.dumps([one.json() for one in found], indent=2))
    else:
        _print(found, tried=keys is not None)
    if any(one.kind.is_error for one in found):
        raise click.exceptions.Exit(1)


def _opener(source: KeySource) -> Open | None:
    """Return what opens files of SOPS, None without keys for it."""
    try:
        settings = load_keys(environ=os.environ, file=source.config).sops
        if not settings.is_set:
            return None
        # What a server is made of takes longer to import than most commands take.
        from configserver.app.keys.sops import SopsFiles  # noqa: PLC0415

        return SopsFiles(settings).open
    except SettingsError as error:
        refuse(error, code=2)


def _attempt(keys: Keys) -> Try:
    """Return what decrypts a value and tells the name of its key if that is retired."""

    def attempt(value: str) -> str | None:
        keys.decrypt(value)
        named = encryptor_keys("", "", value.removeprefix(CIPHER)).get("key")
        if named is not None:
            return named if named in keys.retired else None
        return next((name for name in sorted(keys.retired) if _opens(keys, name, value)), None)

    return attempt


def _opens(keys: Keys, name: str, value: str) -> bool:
    """Say whether a retired key is the one that a value without a name needs."""
    try:
        keys.decrypt(f"{CIPHER}{{key:{name}}}{value.removeprefix(CIPHER)}")
    except Refused:
        return False
    return True


def _findings(paths: Sequence[str], rules: Rules) -> Iterator[Finding]:
    for shown, path in tree_of(paths).files.items():
        try:
            if not is_known(shown) and path.stat().st_size > MAX_OTHER:
                continue
            data = path.read_bytes()
        except OSError as error:
            raise ConfigError(error.strerror or "cannot be read", path=shown) from None
        yield from scan(shown, data, rules)


def _print(found: Sequence[Finding], *, tried: bool) -> None:
    for one in found:
        severity = "error" if one.kind.is_error else "warning"
        colour = "red" if one.kind.is_error else "yellow"
        key = f"{printable(one.key)}: " if one.key else ""
        place = f"{printable(one.path)}:{one.line}:{one.column}"
        click.echo(f"{place}: {click.style(severity, colour)} {one.kind}: {key}{one.why}")
        click.echo(f"  do: {printable(one.do)}")
    if not tried:
        click.echo("note: no key was given, so no cipher was tried", err=True)
    errors = sum(one.kind.is_error for one in found)
    warnings = len(found) - errors
    click.echo(
        f"{counted(errors, 'error')}, {counted(warnings, 'warning')}"
        if found
        else "Nothing was found."
    )
