"""One line for each event: JSON for machines, text for people; passwords in URIs are masked.

Built on the standard library alone, because a first answer soon after the start of the process
leaves no time to import more.
"""

import json
import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, Literal, TextIO

from configserver.secret import mask_uris

LogFormat = Literal["auto", "json", "text"]

_COLOURS: Final = {logging.WARNING: "33", logging.ERROR: "31", logging.CRITICAL: "31"}


class EventLogger:
    """Writes events: a name and what belongs to it, never a configured value."""

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(name)

    def debug(self, event: str, **fields: object) -> None:
        """Write what only a developer wants to know."""
        self._write(logging.DEBUG, event, fields)

    def info(self, event: str, **fields: object) -> None:
        """Write what went as it should."""
        self._write(logging.INFO, event, fields)

    def warning(self, event: str, **fields: object) -> None:
        """Write what an operator should look at."""
        self._write(logging.WARNING, event, fields)

    def error(self, event: str, **fields: object) -> None:
        """Write what failed."""
        self._write(logging.ERROR, event, fields)

    def exception(self, event: str, **fields: object) -> None:
        """Write what failed for a reason nobody foresaw, with the stack of what is handled."""
        self._logger.exception(event, extra={"fields": fields})  # noqa: LOG004 - see above

    def _write(self, level: int, event: str, fields: Mapping[str, object]) -> None:
        if self._logger.isEnabledFor(level):
            self._logger.log(level, event, extra={"fields": fields})


def get_logger(name: str = "configserver") -> EventLogger:
    """Return the logger of that name.

    The fields of a resolved answer are `application`, `profile`, `label`, `commit`, `sources` (how
    many) and `duration` (seconds).
    """
    return EventLogger(name)


def configure(
    log_format: LogFormat = "auto", *, stream: TextIO | None = None, quiet: bool = False
) -> None:
    """Send all logging of the process to standard error, or to `stream`, in one format.

    Args:
        log_format: `auto` writes text to a terminal, else JSON.
        stream: where to write.
        quiet: leave out what went as it should.
    """
    out = stream or sys.stderr
    as_text = log_format == "text" or (log_format == "auto" and out.isatty())
    handler = logging.StreamHandler(out)
    handler.setFormatter(_Text(colour=out.isatty()) if as_text else _Json())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    # What it says of malformed requests is a stack trace each; scanners would fill the disk.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    root.setLevel(logging.WARNING if quiet else logging.INFO)


class _Json(logging.Formatter):
    """A JSON object on one line."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": _time(record).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            **_fields(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return mask_uris(json.dumps(line, default=str))


class _Text(logging.Formatter):
    """A line for people: time, level, event and fields; a stack follows on lines of its own."""

    def __init__(self, *, colour: bool) -> None:
        super().__init__()
        self._colour = colour

    def format(self, record: logging.LogRecord) -> str:
        fields = "".join(f" {name}={_plain(value)}" for name, value in _fields(record).items())
        event = _printable(record.getMessage())
        line = f"{_time(record):%H:%M:%S} {record.levelname:<7} {event}{fields}"
        if self._colour and (code := _COLOURS.get(record.levelno)):
            line = f"\x1b[{code}m{line}\x1b[0m"
        stack = f"\n{self.formatException(record.exc_info)}" if record.exc_info else ""
        return mask_uris(line + stack)


def _time(record: logging.LogRecord) -> datetime:
    return datetime.fromtimestamp(record.created, UTC)


def _fields(record: logging.LogRecord) -> Mapping[str, object]:
    fields: Mapping[str, object] = getattr(record, "fields", {})
    return fields


def _plain(value: object) -> str:
    """Return a value as one word, in quotes if it is none, so that nobody can forge a line."""
    text = str(value)
    bare = text.isprintable() and not any(char in ' "=' for char in text)
    return text if text and bare else json.dumps(text)


def _printable(text: str) -> str:
    return text if text.isprintable() else json.dumps(text)
