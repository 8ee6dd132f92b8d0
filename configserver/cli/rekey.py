"""`configserver rekey`: every cipher of a repository under another key, or none."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from configserver.cli.failure import refuse
from configserver.cli.keychange import planned, prove, unread
from configserver.cli.keys import STORE_PASSWORD, KeySource, key_options
from configserver.cli.keysets import Keys
from configserver.cli.keyspecs import KeySpec
from configserver.cli.replace import CannotReplace
from configserver.cli.transaction import Replacement, alone, is_unfinished, recover, replace_all
from configserver.cli.trees import Tree, tree_of
from configserver.cli.wording import counted
from configserver.doctor.text import printable
from configserver.errors import ConfigError
from configserver.secrets.rekey import Place, Rekeyed

_SOPS: Final = (
    "encrypted with SOPS and left as is; sops updatekeys and sops rotate change their keys"
)
_UNREAD: Final = "left as is with {cipher}, of a kind in which no server decrypts anything"
_NAMED: Final = 5
"""Files that a note names."""

_FILE: Final = click.Path(path_type=Path)
_PASSWORD: Final = f"File of its password, if it is a key store; else ${STORE_PASSWORD}."


@click.command(short_help="Change the key of every cipher.")
@click.argument("paths", nargs=-1, metavar="[PATH…]")
@click.option("--from", "old", metavar="OLD", help="Key that the ciphers are under.")
@click.option("--to", "new", metavar="NEW", help="Key that they shall be under.")
@click.option("--from-alias", metavar="NAME", help="Its name, if OLD is a key store or a ring.")
@click.option("--to-alias", metavar="NAME", help="The same of NEW.")
@click.option(
    "--from-password-file", type=click.Path(path_type=Path), metavar="FILE", help=_PASSWORD
)
@click.option("--to-password-file", type=click.Path(path_type=Path), metavar="FILE", help=_PASSWORD)
@key_options("--key-store", "--store-password-file", "--key-password-file", "--config", "--salt")
@click.option("--dry-run", is_flag=True, help="Decrypt everything, say what would be done.")
@click.option("--resume", is_flag=True, help="Only finish or undo what was interrupted.")
@click.option("--quiet", "-q", is_flag=True, help="Leave out the line for each cipher.")
def rekey(  # noqa: PLR0913 - the options of the command
    *,
    paths: tuple[str, ...],
    old: str | None,
    new: str | None,
    from_alias: str | None,
    to_alias: str | None,
    from_password_file: Path | None,
    to_password_file: Path | None,
    source: KeySource,
    dry_run: bool,
    resume: bool,
    quiet: bool,
) -> None:
    """Encrypt each cipher below PATH (or here) with the key NEW instead of OLD.

    OLD and NEW are files (a key, a key store, settings of a server), `alias:NAME` in --key-store or
    --config, `env`, `prompt`, or - for standard input. If one cipher cannot be decrypted, nothing
    is written. Of a Git work tree the files that Git does not ignore are taken.
    """
    try:
        tree = tree_of(paths or (".",))
        if dry_run:
            if is_unfinished(tree.folder):
                hint = "run configserver rekey --resume first"
                raise CannotReplace("an earlier change of keys did not finish", hint=hint)
        else:
            with alone(tree.folder):
                _recover(tree.folder)
        if resume:
            return
        if old is None or new is None:
            raise click.UsageError("give --from and --to")
        if old == new == "-":
            raise click.UsageError("standard input cannot be both keys")
        keys = (
            KeySpec(old, "--from", source, from_alias, from_password_file).open(),
            KeySpec(new, "--to", source, to_alias, to_password_file).open(),
        )
        _rekey(tree, *keys, dry_run=dry_run, quiet=quiet)
    except ConfigError as error:
        refuse(error)


def _recover(folder: Path) -> None:
    """Finish or undo what was interrupted, and say so."""
    found = recover(folder)
    if found is None:
        return
    if found.undone:
        click.echo("note: an earlier change of keys was interrupted; it is undone", err=True)
    else:
        count = found.finished
        click.echo(f"note: an earlier change of keys is finished, {count} files late", err=True)
    for path in found.conflicts:
        click.echo(
            f"warning: {printable(str(path))} was changed since, and left as it is", err=True
        )


def _rekey(tree: Tree, old: Keys, new: Keys, *, dry_run: bool, quiet: bool) -> None:
    with alone(tree.folder):
        prove(new)
        done = planned(tree, old, new)
        results = [one.result for one in done]
        for result in results:
            for place in result.left:
                about = f"a cipher {place.about} is left as it is"
                click.echo(f"warning: {_at(result, place)}: {about}", err=True)
        _say_others([(result, place) for result in results for place in result.others])
        _say_left([result.path for result in results if result.sops], _SOPS)
        _say_left(list(unread(tree)), _UNREAD)
        if failed := [(result, place) for result in results for place in result.failed]:
            for result, place in failed:
                click.echo(f"{_at(result, place)}: {place.about}", err=True)
            reason = f"{counted(len(failed), 'cipher')} cannot be decrypted; nothing was written"
            hint = f"the old key came from {old.origin}; correct these values or leave them out"
            raise ConfigError(reason, hint=hint)
        changes = {
            one.result.path: Replacement(one.path, one.old, one.result.data)
            for one in done
            if one.result.data is not None
        }
        if changes and not dry_run:
            replace_all(tree.folder, changes)
    _report(results, old, new, dry_run=dry_run, quiet=quiet)


def _say_left(paths: Sequence[str], about: str) -> None:
    """Say which files are left as they are, and why."""
    if not paths:
        return
    names = ", ".join(map(printable, paths[:_NAMED])) + (", …" if paths[_NAMED:] else "")
    click.echo(f"note: {counted(len(paths), 'file')} {about}: {names}", err=True)


def _say_others(places: Sequence[tuple[Rekeyed, Place]]) -> None:
    """Say which ciphers are under a key that is neither the old one nor the new one."""
    for result, place in places[:_NAMED]:
        click.echo(f"note: {_at(result, place)}: {place.about}; left as it is", err=True)
    if more := len(places[_NAMED:]):
        click.echo(f"note: {counted(more, 'more cipher')} under other keys, left as is", err=True)


def _report(
    results: Sequence[Rekeyed], old: Keys, new: Keys, *, dry_run: bool, quiet: bool
) -> None:
    changed = [(result, place) for result in results for place in result.changed]
    kept = [place for result in results for place in result.kept]
    if not quiet:
        for result, place in changed:
            click.echo(_at(result, place))
    verb = "is" if len(kept) == 1 else "are"
    already = f"; {counted(len(kept), 'cipher')} {verb} under the new one already" if kept else ""
    if not changed:
        click.echo(f"Nothing to do: there is no cipher under the key of {_name(old)}{already}")
        return
    files = counted(len({result.path for result, _ in changed}), "file")
    done = "would be" if dry_run else "are now"
    click.echo(
        f"{counted(len(changed), 'cipher')} in {files} {done} under the key of {_name(new)}"
        f" instead of {_name(old)}{already}"
    )


def _name(keys: Keys) -> str:
    return keys.origin if keys.alias is None else f"{keys.origin} ({keys.alias})"


def _at(result: Rekeyed, place: Place) -> str:
    key = f": {printable(place.key)}" if place.key else ""
    return f"{printable(result.path)}:{place.line}:{place.column}{key}"
