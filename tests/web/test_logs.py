import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from configserver.web import WebOptions
from configserver.web.logs import quoted


@contextmanager
def capture_logs() -> Iterator[list[dict[str, Any]]]:
    """Collect what the web layer logs: event, level and fields of each line."""
    lines: list[dict[str, Any]] = []

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            fields: dict[str, Any] = getattr(record, "fields", {})
            level = record.levelname.lower()
            lines.append({"event": record.getMessage(), "log_level": level, **fields})

    logger = logging.getLogger("configserver.web")
    collector = Collector()
    level = logger.level
    logger.addHandler(collector)
    logger.setLevel(logging.INFO)
    try:
        yield lines
    finally:
        logger.removeHandler(collector)
        logger.setLevel(level)


async def test_a_resolved_answer_is_one_line(ask: Any) -> None:
    with capture_logs() as lines:
        await ask("/foo/dev,eu/main")
        await ask("/foo/dev,eu/main")
    (line,) = lines
    assert line.pop("duration_ms") >= 0
    assert line == {
        "event": "resolved",
        "log_level": "info",
        "kind": "environment",
        "application": "foo",
        "profile": "dev,eu",
        "label": "main",
        "commit": "c0ffee",
        "sources": 1,
        "source_names": ["file:/r/application.yml"],
    }


async def test_cached_answers_are_logged_on_demand(start: Any) -> None:
    ask = await start(WebOptions(access_log=True))
    with capture_logs() as lines:
        await ask("/foo/dev")
        await ask("/foo/dev", "HEAD")
        await ask("/foo/dev?x=%0a")
        await ask("/foo/dev")
    events = [(line["event"], line.get("target")) for line in lines]
    assert events[-1] == ("cached", "/foo/dev")


@pytest.mark.parametrize(
    ("target", "event", "expected"),
    [
        ("/broken/dev", "failed", {"file": "broken.yml", "line": 3, "column": 7, "status": 500}),
        ("/foo/dev/nope", "refused", {"label": "nope", "repository": "file:/r", "status": 404}),
        ("/foo/dev/%0A", "refused", {"label": "'\\n'", "path": "/foo/dev/%0A"}),
    ],
)
async def test_an_error_is_one_line_with_its_place(
    ask: Any, target: str, event: str, expected: dict[str, object]
) -> None:
    with capture_logs() as lines:
        await ask(target)
    (line,) = lines
    assert line["event"] == event
    assert {key: line[key] for key in expected} == expected


async def test_no_value_is_ever_logged(ask: Any) -> None:
    ask.memory.value = "canary"
    with capture_logs() as lines:
        for target in ("/foo/dev", "/foo-dev.yml", "/foo/dev/main/t.txt", "/crash/dev"):
            await ask(target)
    assert "canary" not in str(lines)


@pytest.mark.parametrize(
    ("name", "safe"),
    [("foo", "foo"), ("größe x", "größe x"), ("a\nb", "'a\\nb'"), ("x" * 300, "x" * 200 + "…")],
)
def test_names_are_made_safe(name: str, safe: str) -> None:
    assert quoted(name) == safe
