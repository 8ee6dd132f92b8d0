"""`configserver watch`: changes of an application's configuration as they come."""

import gc
import json
import os
import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

import click

from configserver.cli.differences import Difference, differences, values_of
from configserver.cli.failure import fail, refuse
from configserver.cli.server import NoAnswer, Server
from configserver.cli.sse import Event, TooLong
from configserver.cli.wording import counted
from configserver.doctor.text import printable
from configserver.errors import ConfigError
from configserver.query import Query

URL: Final = "http://localhost:8888"
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 30.0
_MAX_VALUE: Final = 200
_COMMIT: Final = 10


@click.command()
@click.argument("application", metavar="APP")
@click.argument("profile", default="default")
@click.option(
    "--url",
    default=URL,
    envvar="SPRING_CLOUD_CONFIG_URI",
    show_default=True,
    help="Server to ask, with its prefix; or SPRING_CLOUD_CONFIG_URI.",
)
@click.option("--label", "-l", metavar="LABEL", help="Branch, tag or commit.")
@click.option("--values", is_flag=True, help="Show old and new values, secrets masked.")
@click.option("--json", "as_json", is_flag=True, help="Print a line of JSON for each change.")
def watch(  # noqa: PLR0913 - an argument for each option
    application: str, profile: str, *, url: str, label: str | None, values: bool, as_json: bool
) -> None:
    """Show changes of an application's configuration as they come, until Ctrl-C.

    Credentials come from ~/.netrc, from SPRING_CLOUD_CONFIG_USERNAME and …_PASSWORD, or from
    SPRING_CLOUD_CONFIG_HEADERS_AUTHORIZATION. Exit code 1: the server refuses, or could not be
    reached at all.
    """
    gc.enable()  # unlike other commands it runs for days
    try:
        query = Query.parse(application, profile, label)
        server = Server(url)
        reader = _Reader(server, query) if values else None
        for event in _events(server, query):
            found = None if reader is None else reader.changed()
            told = json.loads(event.data)
            _print(_line(event, told, found) if as_json else _text(event, told, found))
    except NoAnswer as error:
        refuse(error) if error.answered is None else fail(error)
    except ConfigError as error:
        refuse(error, code=2)
    except KeyboardInterrupt:
        return


def _events(server: Server, query: Query) -> Iterator[Event]:
    """Yield events for ever; connect again whenever a connection ends that was once open.

    Raises:
        NoAnswer: the first connection failed, or the server refuses.
    """
    last, retry, failures, opened = None, 0.0, 0, False
    while True:
        reason = "the server ended the stream"
        try:
            for event in server.stream(query, last):
                opened, failures = True, 0
                last = event.id or last
                retry = retry if event.retry is None else event.retry / 1000
                if event.name:
                    yield event
        except NoAnswer as error:
            if not opened or not error.passing:
                raise
            reason = error.reason
        except TooLong:
            raise NoAnswer("the server sends an event without end", passing=False) from None
        pause = min(max(retry, _FIRST_PAUSE * 2**failures), _LONGEST_PAUSE)
        pause *= random.uniform(0.5, 1)  # noqa: S311 - no secret
        failures += 1
        click.echo(f"note: {printable(reason)}; connecting again in {pause:.0f} s", err=True)
        time.sleep(pause)


class _Reader:
    """Reads the environment, and remembers what it was.

    Args:
        server: who is asked.
        query: for what.
    """

    def __init__(self, server: Server, query: Query) -> None:
        self._server = server
        self._query = query
        self._values: dict[str, Any] | None = None

    def changed(self) -> list[Difference] | None:
        """Return what is another value than before; None if it cannot be read, or is the first."""
        try:
            new = values_of(self._server.environment(self._query))
        except NoAnswer as error:
            click.echo(f"warning: no values: {printable(error.reason)}", err=True)
            return None
        old, self._values = self._values, new
        return None if old is None else list(differences(old, new))


def _print(text: str) -> None:
    """Print a text, with its colours on a terminal unless NO_COLOR is set."""
    click.echo(text, color=False if os.environ.get("NO_COLOR") else None)


def _line(event: Event, told: dict[str, Any], found: list[Difference] | None) -> str:
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    line = {"time": now, "event": event.name, **told}
    if found is not None:
        line["values"] = {one.key: {"old": one.old, "new": one.new} for one in found}
    return json.dumps(line)


def _text(event: Event, told: dict[str, Any], found: list[Difference] | None) -> str:
    moment = click.style(datetime.now().astimezone().strftime("%Y-%m-%d %H:%M:%S"), dim=True)
    commit = click.style(_short(told.get("commit")), "yellow")
    if event.name == "state":
        names = "/".join((told["application"], ",".join(told["profiles"])))
        label = f" {printable(told['label'])}" if told.get("label") else ""
        return f"{moment} watching {printable(names)}{label} at {commit}"
    keys: list[str] | None = told.get("keys")
    if found is not None:
        lines = [_difference(one) for one in found]
    else:
        lines = [click.style(printable(key), "cyan") for key in keys or ()]
    about = counted(len(lines), "key") if lines else "everything may have changed"
    if found is not None and not lines:
        about = "no value changed"
    head = f"{moment} {_short(told.get('previousCommit'))} → {commit} {about}"
    return "\n".join((head, *(f"  {line}" for line in lines)))


def _difference(one: Difference) -> str:
    key = click.style(printable(one.key), "cyan")
    if one.old is None:
        return f"{click.style('+', 'green')} {key}: {_value(one.new)}"
    if one.new is None:
        return f"{click.style('-', 'red')} {key}: {_value(one.old)}"
    return f"{click.style('~', 'yellow')} {key}: {_value(one.old)} → {_value(one.new)}"


def _value(text: str | None) -> str:
    shown = printable(text or "")
    return shown if len(shown) <= _MAX_VALUE else f"{shown[:_MAX_VALUE]}…"


def _short(version: str | None) -> str:
    """Return the beginnings of commit ids."""
    parts = (printable(part)[:_COMMIT] for part in (version or "?").split(","))
    return ",".join(parts)
