"""The old key and the new one of `rekey`, each named by one word."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from configserver.cli.failure import refuse
from configserver.cli.keys import KEY_PASSWORD, STORE_PASSWORD, KeySource, secret_of
from configserver.cli.keysets import KeyRefused, Keys, of_store, of_text
from configserver.cli.secret_input import ask, one_line, read_bytes, warn_of_readers
from configserver.encryption.jks import MAGIC
from configserver.errors import SettingsError

ALIAS: Final = "alias:"
_SETTINGS: Final = (".yml", ".yaml", ".properties")
_DER: Final = b"\x30"


@dataclass(frozen=True, slots=True)
class KeySpec:
    """A word of the command line that names keys.

    Attributes:
        word: a file (key, key store or settings), `-`, `env`, `prompt`, or `alias:NAME`.
        what: `--from` or `--to`, for messages.
        source: what the other options say; `alias:` is a key of it.
        alias: the key in a key store or key ring that `word` names, or None.
        password_file: of a key store that `word` names.
    """

    word: str
    what: str
    source: KeySource
    alias: str | None = None
    password_file: Path | None = None

    def open(self) -> Keys:
        """Return the keys; a failure ends the process with exit code 2.

        An old key that is named by its alias is that key alone.
        """
        try:
            found = self._open()
        except KeyRefused as error:
            refuse(KeyRefused(f"{self.what}: {error.reason}", hint=error.hint), code=2)
        except SettingsError as error:
            refuse(error, code=2)
        named = self.alias is not None or self.word.startswith(ALIAS)
        return found.alone() if named and self.what == "--from" else found

    def _open(self) -> Keys:
        if self.word.startswith(ALIAS):
            return self._of_alias(self.word.removeprefix(ALIAS))
        if self.word == "env":
            found = KeySource(alias=self.alias).find()
            if found is None:
                raise KeyRefused("the environment sets no key", hint="set ENCRYPT_KEY")
            return found
        if self.word == "prompt":
            if not sys.stdin.isatty():
                raise KeyRefused("there is no terminal to ask at")
            twice = self.what == "--to"
            return of_text(ask(f"Key of {self.what}", twice=twice), self._salt(), "the prompt")
        path = Path(self.word)
        if path.suffix.lower() in _SETTINGS:
            return KeySource(config=path, alias=self.alias).open()
        warn_of_readers(path)
        data = read_bytes(path)
        if data.startswith((MAGIC, _DER)):
            return self._of_store(path)
        try:
            return of_text(one_line(data.decode()), self._salt(), self.word)
        except UnicodeDecodeError:
            raise KeyRefused(f"{path} is neither a key nor a key store") from None

    def _of_alias(self, alias: str) -> Keys:
        source = self.source
        if not (source.key_store or source.config):
            raise KeyRefused(f"{ALIAS}{alias} needs --key-store or --config")
        return KeySource(
            key_store=source.key_store,
            config=source.config,
            alias=alias,
            store_password_file=source.store_password_file,
            key_password_file=source.key_password_file,
        ).open()

    def _of_store(self, path: Path) -> Keys:
        label = f"Password of {path.name} ({self.what})"
        password = secret_of(self.password_file, STORE_PASSWORD, label, path)
        return of_store(path, password, os.environ.get(KEY_PASSWORD, password), self.alias)

    def _salt(self) -> str | None:
        return self.source.salt or os.environ.get("ENCRYPT_SALT")
