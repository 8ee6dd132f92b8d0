"""Secrets that are known by their shape, wherever they stand."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple


class Shape(NamedTuple):
    """A kind of secret and what it looks like."""

    name: str
    expression: re.Pattern[str]


SHAPES: Final = (
    Shape(
        "a private key",
        re.compile(
            r"-----BEGIN (?:RSA |EC |DSA |OPENSSH |ENCRYPTED )?PRIVATE KEY-----"
            r"|-----BEGIN PGP PRIVATE KEY BLOCK-----"
        ),
    ),
    Shape("an AWS access key id", re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b")),
    Shape(
        "a GitHub token",
        re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{22,255})\b"),
    ),
    Shape("a GitLab token", re.compile(r"\bgl(?:pat|dt|rt)-[A-Za-z0-9_-]{20,64}")),
    Shape("a Slack token", re.compile(r"\bxox[abposr]-[A-Za-z0-9-]{10,250}")),
    Shape(
        "a Slack webhook",
        re.compile(r"\bhooks\.slack\.com/services/T\w{1,20}/B\w{1,20}/[A-Za-z0-9]{16,64}"),
    ),
    Shape("an Azure key", re.compile(r"\b(?:Account|SharedAccess)Key=[A-Za-z0-9+/]{40,256}={0,2}")),
    Shape("a Stripe key", re.compile(r"\b[sr]k_live_[A-Za-z0-9]{16,250}\b")),
    Shape("a Google API key", re.compile(r"\bAIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])")),
    Shape("a Vault token", re.compile(r"\bhv[sbr]\.[A-Za-z0-9_-]{24,250}")),
    Shape("an age key", re.compile(r"\bAGE-SECRET-KEY-1[A-Z0-9]{58}\b")),
    Shape(
        "a JSON web token",
        re.compile(
            # None begins within another, so that no part of a long one is looked at twice.
            r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{10,}+\.eyJ[A-Za-z0-9_-]{10,}+\.[A-Za-z0-9_-]{16,}"
        ),
    ),
    Shape(
        "a password in a URL",
        re.compile(
            r"\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@?#'\"<>$*{]*:(?![$<*{%])[^\s/@?#'\"]{1,256}@"
            r"|[?&;](?i:password|passwd|pwd)=(?![$<*{%\[])[^\s&;#'\"<>]{1,256}"
        ),
    ),
    Shape(
        "a password for a login module",
        re.compile(
            r"LoginModule\s[^;]{0,500}?\bpassword\s*=\s*\\?[\"'](?![$<*{%\\\"'])[^\"'\r\n]{1,256}"
        ),
    ),
)
"""Each expression takes time in proportion to the text."""


def shapes(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield start, end and name of each secret in a text."""
    for name, expression in SHAPES:
        for match in expression.finditer(text):
            yield match.start(), match.end(), name
