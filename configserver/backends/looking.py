"""Whether who asks wants news, or takes what is served at this moment."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_LOOKING: ContextVar[bool] = ContextVar("looking", default=True)


def is_looking() -> bool:
    """Say whether a source should look for news before it answers, as for every request."""
    return _LOOKING.get()


@contextmanager
def without_looking() -> Iterator[None]:
    """Ask sources, within the context, for what they serve: they neither look nor count it as use.

    Comparing thousands of answers after news would else make a remote be asked for each of them.
    """
    token = _LOOKING.set(False)
    try:
        yield
    finally:
        _LOOKING.reset(token)
