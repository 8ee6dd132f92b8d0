"""Each value that holds, and where it was written."""

from collections.abc import Iterable
from typing import NamedTuple

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from configserver.doctor.text import printable
from configserver.environment.placeholders import Resolver
from configserver.javatext import java_text
from configserver.model import Environment, PropertySource
from configserver.render.merge import merge


class Row(NamedTuple):
    """A key with its value and where the value that holds was written."""

    key: str
    value: str
    origin: str


def rows(environment: Environment) -> list[Row]:
    """Return the merged keys in the order of the flat formats, placeholders resolved."""
    resolver = Resolver(environment)
    return [
        Row(key, resolver.resolve(java_text(value)), _origin(key, environment.sources))
        for key, value in merge(environment.sources).items()
    ]


def print_table(found: Iterable[Row]) -> None:
    """Print rows as a table on a terminal, else with tabs between the columns."""
    console = Console()
    if not console.is_terminal:
        for row in found:
            click.echo("\t".join(map(printable, row)))
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("key", "value", "from"):
        table.add_column(heading, overflow="fold")
    for key, value, origin in (map(printable, row) for row in found):
        table.add_row(Text(key, "bold"), Text(value, "green"), Text(origin, "dim"))
    console.print(table)


def _origin(key: str, sources: Iterable[PropertySource]) -> str:
    """Return file, line and column of the strongest source that has the key."""
    source = next(source for source in sources if key in source.properties)
    place = source.path or source.name
    position = source.origins.get(key)
    return f"{place}:{position}" if position else place
