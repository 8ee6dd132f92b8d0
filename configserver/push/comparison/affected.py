"""For whom changed files may be of those who never asked, by the names of the files."""

from collections.abc import Collection, Iterable, Sequence

from configserver.errors import InvalidRequest
from configserver.push import EVERYBODY
from configserver.push.webhooks.names import guess_names


def guessed(paths: Iterable[str] | None) -> tuple[str, ...]:
    """Return the applications that files are for, as the original guesses them.

    Everybody, `*`, stands for files that are not known, or that are too many.
    """
    if paths is None:
        return (EVERYBODY,)
    try:
        return guess_names(paths)
    except InvalidRequest:
        return (EVERYBODY,)


def never_asked(names: Sequence[str], known: Collection[str]) -> tuple[str, ...]:
    """Return the names of those whose answers could not be compared.

    Args:
        names: what was guessed.
        known: applications that asked. They are told of what really changed for them; if there
            are any, nobody is called for the sake of files that everybody shares.
    """
    return tuple(name for name in names if name not in known and not (known and name == EVERYBODY))
