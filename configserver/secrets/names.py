"""Whether a value looks like a secret by the name of its key."""

import re
from typing import Final

from configserver.javatext import java_text
from configserver.model import Value

_WORDS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_INDEX: Final = re.compile(r"(?:\[[^\]]*\])+$")

_PASSWORDS: Final = frozenset(
    {"password", "passwd", "pwd", "pw", "passphrase", "passcode", "pass", "passwort", "kennwort"}
)
_OTHERS: Final = frozenset({"secret", "secrets", "token", "tokens", "credential", "credentials"})
_KEYS: Final = frozenset(
    {
        *("api", "access", "private", "secret", "encrypt", "encryption", "signing", "sign"),
        *("account", "master", "shared", "auth", "license", "storage", "ssh", "hmac"),
    }
)
"""What makes a `key` a secret when it stands before it."""
_JOINED: Final = re.compile(
    r"(?:password|passwd|passphrase|secret|token|credentials?|(?:api|access|private|secret)key)$"
)

_NO_SECRET: Final = re.compile(
    r"""
      \$\{.*\} | \#\{.*\} | (?-i:\$[A-Z_][A-Z0-9_]*)   # a placeholder, expression or variable
    | @[\w.-]+@ | <[^<>]*> | \{\{.*\}\}        # to be filled in by a build, a person, a template
    | ENC\(.*\) | \{vault\}.*                # what others than this server open
    | (?:(?:file|classpath|optional|vault|arn):|(?:secret|sm)://|ref\+)\S*   # where it is
    | \*+ | x{3,} | \.+ | -+
    | (?:true|false|null|none|n/a)
    | \{(?:bcrypt|scrypt|argon2|pbkdf2|sha256|SHA-256)[^}]*\}.* | \$2[aby]\$.*   # a hash
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_REFERENCE: Final = re.compile(
    r"(?:https?://|~?/|\./|\.\./)\S*"
    r"|[a-z]+(?:\.[a-z]\w*)+"  # a Java class or another key
    r"|[~^v]?[0-9]+(?:\.[0-9]+)+"  # a version
)
_RANDOM: Final = re.compile(r"(?=.*[0-9])(?=.*[A-Za-z])[A-Za-z0-9+/=_.\-]{16,}")


def looks_secret(key: str, value: Value) -> bool:
    """Say whether the last part of a flat key names a secret, and the value is one.

    Placeholders, hashes and what says where a secret is are none, nor are paths, URLs, numbers
    and switches but for passwords. After a bare `key` only what looks random counts: caches have
    keys, too.
    """
    text = java_text(value).strip()
    if not text or isinstance(value, bool) or _NO_SECRET.fullmatch(text):
        return False
    words = _words(key)
    if _names_password(words):
        return True
    if not isinstance(value, str) or _REFERENCE.fullmatch(text):
        return False
    if words[-1] in _OTHERS or _JOINED.search(words[-1]):
        return True
    if words[-1] not in {"key", "keys"}:
        return False
    return words[-2] in _KEYS or _RANDOM.fullmatch(text) is not None


def _words(key: str) -> list[str]:
    """Return the words of the last part of a key in lower case, at least two texts."""
    name = _INDEX.sub("", key).rpartition(".")[2]
    return ["", "", *(word.lower() for word in _WORDS.findall(name))]


def _names_password(words: list[str]) -> bool:
    last = words[-1].removesuffix("s") if words[-1] != "pass" else words[-1]
    return last in _PASSWORDS or last.endswith(("password", "passwd", "passphrase"))
