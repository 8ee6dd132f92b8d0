"""`configserver config`: the settings that hold, and where each came from."""

from collections.abc import Iterable, Mapping
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from configserver.cli.options import (
    Config,
    DefaultLabel,
    GitUri,
    Host,
    Port,
    SearchPaths,
    Sets,
    StateDir,
    read_settings,
)
from configserver.settings.bind import Effective
from configserver.settings.secret import MASK, mask_uris, names_secret

All = Annotated[bool, typer.Option("--all", help="Show the defaults too.")]


def config(  # noqa: PLR0913 - one argument for each option
    *,
    git_uri: GitUri = None,
    config: Config = None,
    port: Port = None,
    host: Host = None,
    state_dir: StateDir = None,
    label: DefaultLabel = None,
    search_paths: SearchPaths = None,
    sets: Sets = None,
    everything: All = False,
) -> None:
    """Show the effective settings and where each came from, secrets masked."""
    options = {
        "--git-uri": git_uri,
        "--port": port,
        "--host": host,
        "--state-dir": state_dir,
        "--label": label,
        "--search-paths": search_paths,
    }
    effective = read_settings(config, sets, options).effective
    rows = [one for one in effective if everything or one.origin != "default"]
    if not rows:
        typer.echo("Everything is at its default; --all shows the defaults.")
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
            typer.echo(f"{row.known.name} = {shown(row.value)}  ({row.origin})")
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("setting", "value", "from"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(Text(row.known.name, "bold"), Text(shown(row.value)), Text(row.origin, "dim"))
    console.print(table)
