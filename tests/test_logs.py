"""Log lines: JSON or text, one for each event, without passwords."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from configserver.logs import LogFormat, configure, get_logger


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def lines(stream: io.StringIO) -> list[str]:
    return stream.getvalue().splitlines()


def test_json() -> None:
    configure("json", stream=(stream := io.StringIO()))
    get_logger().info("resolved", application="shop", label=None, sources=3, duration=0.0125)
    line = json.loads(stream.getvalue())
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "info",
        "logger": "configserver",
        "event": "resolved",
        "application": "shop",
        "label": None,
        "sources": 3,
        "duration": 0.0125,
    }


def test_text() -> None:
    configure("text", stream=(stream := io.StringIO()))
    get_logger().warning("refused", application="a b", label="", status=400)
    assert stream.getvalue()[8:] == ' WARNING refused application="a b" label="" status=400\n'


@pytest.mark.parametrize(
    ("log_format", "stream", "is_json"),
    [
        ("auto", io.StringIO(), True),
        ("auto", Terminal(), False),
        ("json", Terminal(), True),
        ("text", io.StringIO(), False),
    ],
)
def test_format(log_format: LogFormat, stream: io.StringIO, is_json: bool) -> None:
    configure(log_format, stream=stream)
    get_logger().error("failed")
    assert stream.getvalue().startswith("{") == is_json


def test_colour_on_a_terminal() -> None:
    configure("auto", stream=(stream := Terminal()))
    get_logger().info("resolved")
    get_logger().error("failed")
    plain, red = lines(stream)
    assert "\x1b" not in plain
    assert red.startswith("\x1b[31m")
    assert red.endswith("\x1b[0m")


@pytest.mark.parametrize("log_format", ["json", "text"])
def test_nobody_forges_a_line(log_format: LogFormat) -> None:
    configure(log_format, stream=(stream := io.StringIO()))
    get_logger().info("refused", application="a\n{} \x1b[31m", path="\x85\u2028")
    logging.getLogger("other").warning("a\nb")
    assert len(lines(stream)) == 2
    assert "\x1b" not in stream.getvalue()


@pytest.mark.parametrize("log_format", ["json", "text"])
def test_passwords_in_uris_are_masked(log_format: LogFormat) -> None:
    configure(log_format, stream=(stream := io.StringIO()))
    uri = "https://me:hunter2@example.com/r.git"
    get_logger().info("fetched", uri=uri, uris=[uri, uri])
    logging.getLogger("other").warning("cannot reach %s", uri)
    try:
        int(uri)
    except ValueError:
        get_logger().exception("failed")
    assert "hunter2" not in stream.getvalue()
    assert stream.getvalue().count("******@example.com") >= 4


@pytest.mark.parametrize("log_format", ["json", "text"])
def test_exception_has_its_stack(log_format: LogFormat) -> None:
    configure(log_format, stream=(stream := io.StringIO()))
    try:
        int("x")
    except ValueError:
        get_logger("configserver.web").exception("unexpected", id="x1")
    assert "test_exception_has_its_stack" in stream.getvalue()
    assert "x1" in stream.getvalue()


def test_quiet() -> None:
    configure("text", stream=(stream := io.StringIO()), quiet=True)
    get_logger().info("resolved")
    assert not stream.getvalue()
    get_logger().warning("refused")
    assert stream.getvalue()


def test_debug_is_off() -> None:
    configure("text", stream=(stream := io.StringIO()))
    get_logger().debug("detail")
    assert not stream.getvalue()
