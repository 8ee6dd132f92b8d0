"""`configserver config`: the settings that hold, and where each came from."""

from collections.abc import Iterable, Mapping

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from configserver.cli.options import OPTIONS, settings_options
from configserver.secret import MASK, mask_uris
from configserver.settings.bind import Bound
from configserver.settings.effective import Effective
from configserver.settings.secret import names_secret


@click.command()
@settings_options(*OPTIONS)
@click.option("--all", "everything", is_flag=True, help="Show the defaults too.")
def config(*, bound: Bound, everything: bool) -> None:
    """Show the effective settings and where each came from, secrets masked."""
    rows = [one for one in bound.effective if everything or one.origin != "default"]
    if not rows:
        click.echo("Everything is at its default; --all shows the defaults.")
        return
    _print(rows)


def shown(value: object) -> str:
    """Return a value as text, on one line and with secrets masked."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case Mapping():
            pairs = (
                (key, MASK if names_secret(key) else shown(text)) for key, text in value.items()
            )
            return ", ".join(f"{key}={text}" for key, text in pairs)
        case tuple():
            return ", ".join(shown(item) for item in value)
        case _:
            return mask_uris(str(value))


def _print(rows: Iterable[Effective]) -> None:
    console = Console()
    if not console.is_terminal:
        for row in rows:
            click.echo(f"{row.name} = {shown(row.value)}  ({row.origin})")
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("setting", "value", "from"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(Text(row.name, "bold"), Text(shown(row.value)), Text(row.origin, "dim"))
    console.print(table)
