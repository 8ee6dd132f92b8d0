"""Placeholders and ciphers in the texts of entries."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final, TypeAlias

from configserver.errors import SettingsError
from configserver.settings.catalogue import recognise
from configserver.settings.collect import Entry
from configserver.settings.placeholders import resolve

CIPHER: Final = "{cipher}"
"""What a text that has to be decrypted begins with."""

Decrypt: TypeAlias = Callable[[str], str]
"""Returns the plain text of what begins with CIPHER; raises ValueError if it cannot."""


def filled(
    layers: Iterable[Iterable[Entry]],
    environ: Mapping[str, str],
    *,
    decrypt: Decrypt | None = None,
    failed: list[str] | None = None,
) -> list[list[Entry]]:
    """Fill placeholders from the environment variables, else from what else is set.

    Args:
        layers: the entries.
        environ: the environment variables.
        decrypt: for texts that are ciphers, those behind placeholders too; None leaves them.
        failed: takes the places of ciphers that cannot be decrypted, which then are empty; without
            it they are an error.

    Raises:
        SettingsError: a placeholder needs itself, or a cipher cannot be decrypted.
    """
    layers = [list(entries) for entries in layers]
    texts = {entry.name: entry.text for entries in layers for entry in entries}
    filler = _Filler(texts, environ, decrypt, failed)
    return [[filler.fill(entry) for entry in entries] for entries in layers]


def holds_cipher(layers: Iterable[Iterable[Entry]], environ: Mapping[str, str]) -> bool:
    """Say whether there may be something to decrypt."""
    texts = [entry.text for entries in layers for entry in entries]
    return any(text.startswith(CIPHER) for text in (*texts, *environ.values()))


class _Filler:
    def __init__(
        self,
        texts: Mapping[str, str],
        environ: Mapping[str, str],
        decrypt: Decrypt | None,
        failed: list[str] | None,
    ) -> None:
        self._texts = texts
        self._environ = environ
        self._decrypt = decrypt
        self._failed = failed
        self._place = ""
        self._secret = False

    def fill(self, entry: Entry) -> Entry:
        """Return an entry with its placeholders filled, marked if something was decrypted."""
        self._secret, self._place = False, f"{entry.origin}: {entry.name}"
        try:
            text = self._plain(entry.text) if recognise(entry.name) else entry.text
            return entry._replace(text=resolve(text, self._lookup), secret=self._secret)
        except SettingsError as error:
            reason = f"{entry.name}: {error.reason}"
            raise SettingsError(
                reason, hint=error.hint, path=entry.source, line=entry.line
            ) from None
        except ValueError as error:
            raise SettingsError(
                f"{entry.name} is a cipher that cannot be decrypted: {error}",
                hint="encrypt it anew with this server's key, or set encrypt.fail-on-error: false",
                path=entry.source,
                line=entry.line,
            ) from None

    def _plain(self, text: str) -> str:
        if self._decrypt is None or not text.startswith(CIPHER):
            return text
        self._secret = True
        try:
            return self._decrypt(text)
        except ValueError:
            if self._failed is None:
                raise
            self._failed.append(self._place)
            return ""

    def _lookup(self, name: str) -> str | None:
        variable = re.sub("[.-]", "_", name)
        candidates = (name, variable, variable.upper())
        found = next((self._environ[one] for one in candidates if one in self._environ), None)
        found = self._texts.get(name) if found is None else found
        return None if found is None else self._plain(found)
