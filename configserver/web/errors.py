"""What a client is told when something goes wrong: Boot's error body, and where and why."""

import html
import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus

from configserver.errors import (
    CircularPlaceholder,
    ConfigError,
    NoSuchFile,
    NoSuchLabel,
    NoSuchRepository,
)
from configserver.push.webhooks import Unverified
from configserver.web.answer import Answer
from configserver.web.negotiation import HTML, Accept, error_type


class NoSuchAddress(ConfigError):
    """A path that nothing answers."""

    status = 404


class MethodNotAllowed(ConfigError):
    """A method that the path does not know; `allow` names those it does."""

    status = 405

    def __init__(self, reason: str, *, allow: str) -> None:
        super().__init__(reason)
        self.allow = allow


class NotAcceptable(ConfigError):
    """A client that takes none of the types that there are."""

    status = 406

    def __init__(self, reason: str, *, types: tuple[str, ...]) -> None:
        super().__init__(reason)
        self.types = types


class TooManyTexts(ConfigError):
    """More texts to encrypt or decrypt than the server takes in a second."""

    status = 429
    retry_after = 1


class Unexpected(ConfigError):
    """A fault of ours; the log says more under `id`."""

    def __init__(self) -> None:
        self.id = secrets.token_hex(8)
        super().__init__(
            "an unexpected error", hint=f"the server's log tells more about error {self.id}"
        )


def error_answer(error: ConfigError, *, path: str, accept: Accept, is_file: bool) -> Answer:
    """Return the answer to a failed request.

    The keys of Boot's `DefaultErrorAttributes` come first, in its order; the type follows Accept,
    and what cannot carry the body has none. Plain files answer 404 without body, as the
    original's `ResourceControllerAdvice` does.

    Args:
        error: what went wrong.
        path: the path as sent.
        accept: what the client takes.
        is_file: whether a plain file was asked for.
    """
    status = status_of(error, is_file=is_file)
    content_type = error_type(accept)
    if content_type is None or (is_file and isinstance(error, (NoSuchLabel, NoSuchFile))):
        return Answer(status, "", b"", headers=_headers(error))
    attributes = _attributes(error, status, path)
    body = _page(attributes) if content_type == HTML else _json(attributes)
    return Answer(status, content_type, body, headers=_headers(error))


def status_of(error: ConfigError, *, is_file: bool) -> int:
    """Return the status: as the error says, but for two that the original lets through on files."""
    if is_file and isinstance(error, (CircularPlaceholder, NoSuchRepository)):
        return 500
    return error.status


def _headers(error: ConfigError) -> dict[str, str]:
    if isinstance(error, MethodNotAllowed):
        return {"Allow": error.allow}
    if isinstance(error, NotAcceptable):
        return {"Accept": ", ".join(error.types)}
    if isinstance(error, Unverified):
        return {"WWW-Authenticate": 'Bearer realm="webhooks", Basic realm="webhooks"'}
    return {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}


def _attributes(error: ConfigError, status: int, path: str) -> dict[str, str | int]:
    moment = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    known: dict[str, str | int | None] = {
        "timestamp": moment,
        "status": status,
        "error": HTTPStatus(status).phrase,
        "path": path,
        "message": error.reason,
        "repository": error.repository,
        "commit": error.version,
        "file": error.path,
        "line": error.line,
        "column": error.column,
        "hint": error.hint or None,
    }
    return {key: value for key, value in known.items() if value is not None}


def _json(attributes: Mapping[str, str | int]) -> bytes:
    text = json.dumps(attributes, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "backslashreplace")


def _page(attributes: Mapping[str, str | int]) -> bytes:
    title = html.escape(f"{attributes['status']} {attributes['error']}")
    rows = "".join(
        f"<dt>{html.escape(key)}</dt><dd>{html.escape(str(value))}</dd>"
        for key, value in attributes.items()
        if key not in {"status", "error"}
    )
    text = (
        f'<!doctype html><html lang="en"><head><title>{title}</title></head>'
        f"<body><h1>{title}</h1><dl>{rows}</dl></body></html>"
    )
    return text.encode("utf-8", "backslashreplace")
