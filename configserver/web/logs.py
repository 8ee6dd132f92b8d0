"""What is said of an answer: names, places and times, never a value."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from configserver.errors import ConfigError
from configserver.logs import get_logger
from configserver.model import Environment
from configserver.web.errors import Unexpected

_MAX_NAME = 200
_MAX_SOURCES = 20

_logger = get_logger("configserver.web")


@dataclass(slots=True)
class Counters:
    """How many answers came from the cache, were made (once for all who waited), or were errors."""

    cached: int = 0
    resolved: int = 0
    errors: int = 0


def log_cached(method: str, target: str) -> None:
    """Log an answer from the cache."""
    _logger.info("cached", method=method, target=quoted(target))


def log_resolved(kind: str, environment: Environment, milliseconds: float) -> None:
    """Log an answer that had to be resolved."""
    names = [quoted(source.name) for source in environment.sources[:_MAX_SOURCES]]
    _logger.info(
        "resolved",
        kind=kind,
        application=quoted(environment.name),
        profile=quoted(environment.profiles),
        label=quoted(environment.label),
        commit=environment.version,
        sources=len(environment.sources),
        source_names=names,
        duration_ms=round(milliseconds, 1),
    )


def log_audit(
    kind: str, application: str, profiles: str, outcome: str, *, client: str | None
) -> None:
    """Log that a client had a text encrypted or decrypted, and how it went."""
    log = _logger.info if outcome == "OK" else _logger.warning
    log(
        kind,
        application=quoted(application),
        profile=quoted(profiles),
        outcome=outcome,
        client=client,
    )


def log_error(
    error: ConfigError,
    *,
    status: int,
    path: str,
    variables: Mapping[str, str],
    milliseconds: float,
) -> None:
    """Log an error: as a warning if it is the client's, else as an error."""
    places: dict[str, Any] = {
        "application": quoted(variables.get("name")),
        "profile": quoted(variables.get("profiles")),
        "label": quoted(variables.get("label")),
        "repository": error.repository,
        "commit": error.version,
        "file": quoted(error.path),
        "line": error.line,
        "column": error.column,
    }
    log = _logger.error if status >= 500 else _logger.warning
    log(
        "failed" if status >= 500 else "refused",
        status=status,
        reason=error.reason,
        path=quoted(path),
        **{name: value for name, value in places.items() if value is not None},
        duration_ms=round(milliseconds, 1),
    )


def log_unexpected(error: Unexpected) -> None:
    """Log the exception being handled, with its traceback, under the id told to the client."""
    _logger.exception("unexpected", id=error.id)  # noqa: LOG004 - an exception is being handled


def quoted(text: str | None) -> str | None:
    """Return a name that can neither break a line nor fill the log."""
    if text is None:
        return None
    short = text if len(text) <= _MAX_NAME else text[:_MAX_NAME] + "…"
    return short if short.isprintable() else ascii(short)
