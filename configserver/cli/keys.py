"""Where the keys of a command come from: options, settings, the environment, or a prompt.

Never from the text of an argument: every user of the machine may read those.
"""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, TypeVar

import click

from configserver.cli.failure import refuse
from configserver.cli.keysets import KeyRefused, Keys, of_settings, of_store, of_text
from configserver.cli.secret_input import ask, one_line, read_secret, warn_of_readers
from configserver.errors import ConfigError, SettingsError
from configserver.settings.load import load_keys

STORE_PASSWORD: Final = "ENCRYPT_KEY_STORE_PASSWORD"  # noqa: S105 - the name of a variable
KEY_PASSWORD: Final = "ENCRYPT_KEY_STORE_SECRET"  # noqa: S105 - the name of a variable

_Found = TypeVar("_Found")

_HELP: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "--key-file": ("FILE", "File of the key, a text or a PEM; - is standard input."),
        "--salt": ("HEX", "Salt of a text key, as encrypt.salt."),
        "--key-store": ("FILE", "Key store instead, JKS or PKCS#12."),
        "--alias": ("NAME", "Key in the key store or key ring; named in what is encrypted."),
        "--store-password-file": ("FILE", f"File of its password; else ${STORE_PASSWORD}."),
        "--key-password-file": ("FILE", "File of the alias's own password, if it has one."),
        "--config": ("FILE", "Settings of a server, whose keys to take."),
    }
)


@dataclass(frozen=True, slots=True)
class KeySource:
    """What the options of a command say about its keys; nothing is read yet."""

    key_file: Path | None = None
    salt: str | None = None
    key_store: Path | None = None
    alias: str | None = None
    store_password_file: Path | None = None
    key_password_file: Path | None = None
    config: Path | None = None

    @property
    def reads_stdin(self) -> bool:
        """Whether standard input is the key."""
        return self.key_file == Path("-")

    def open(self, *, confirm: bool = False) -> Keys:
        """Return the keys; a failure ends the process with exit code 2.

        Args:
            confirm: ask twice at a prompt, because what a mistyped key encrypts is lost.
        """
        found = self.find()
        if found is not None:
            return found
        if not sys.stdin.isatty():
            hint = "give --key-file, --key-store or --config, or set ENCRYPT_KEY"
            refuse(SettingsError("there is no key", hint=hint), code=2)
        text = ask("Key", twice=confirm)
        return _or_fail(lambda: of_text(text, self._salt(), "the prompt"))

    def find(self) -> Keys | None:
        """Return the keys without asking for one, or None if nothing says where they are.

        A failure ends the process with exit code 2.
        """
        if len([one for one in (self.key_file, self.key_store, self.config) if one]) > 1:
            raise click.UsageError("give one of --key-file, --key-store and --config")
        if self.key_file and self.alias:
            raise click.UsageError(
                "--alias is for --key-store and --config: a key file has one key"
            )
        return _or_fail(self._find)

    def _find(self) -> Keys | None:
        if self.key_file:
            text = one_line(read_secret(self.key_file))
            return of_text(text, self._salt(), str(self.key_file))
        if self.key_store:
            return self._store(self.key_store)
        if self.config:
            settings = load_keys(environ=os.environ, file=self.config)
            # Settings may hold the keys of SOPS only, which are none to encrypt with.
            needed = not settings.sops.is_set
            return of_settings(settings, str(self.config), self.alias, required=needed)
        settings = load_keys(environ=os.environ)
        return of_settings(settings, "the environment", self.alias, required=False)

    def _store(self, path: Path) -> Keys:
        warn_of_readers(path)
        password = secret_of(
            self.store_password_file, STORE_PASSWORD, f"Password of {path.name}", path
        )
        key_password = password
        if self.key_password_file:
            key_password = one_line(read_secret(self.key_password_file))
        elif KEY_PASSWORD in os.environ:
            key_password = os.environ[KEY_PASSWORD]
        return of_store(path, password, key_password, self.alias)

    def _salt(self) -> str | None:
        return self.salt or os.environ.get("ENCRYPT_SALT")


def key_options(*names: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the options of KeySource, or some; it gets `source: KeySource` for them."""
    wanted = names or tuple(_HELP)

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @wraps(command)
        def wrapped(**values: Any) -> None:
            given = {_field(name): values.pop(_field(name)) for name in wanted}
            command(source=KeySource(**given), **values)

        decorated: Callable[..., None] = wrapped
        for name in reversed(wanted):
            metavar, about = _HELP[name]
            kind: Any = click.Path(path_type=Path) if metavar == "FILE" else str
            decorated = click.option(name, type=kind, metavar=metavar, help=about)(decorated)
        return decorated

    return decorate


def secret_of(file: Path | None, variable: str, prompt: str, what: Path) -> str:
    """Return a password from a file, else a variable, else a prompt.

    Raises:
        KeyRefused: there is neither, nor a terminal.
    """
    if file is not None:
        return one_line(read_secret(file))
    if (text := os.environ.get(variable)) is not None:
        return text
    if not sys.stdin.isatty():
        raise KeyRefused(f"there is no password for {what}", hint=f"set {variable}, or give a file")
    return ask(prompt)


def _or_fail(find: Callable[[], _Found]) -> _Found:
    try:
        return find()
    except ConfigError as error:
        refuse(error, code=2)


def _field(option: str) -> str:
    return option.removeprefix("--").replace("-", "_")
