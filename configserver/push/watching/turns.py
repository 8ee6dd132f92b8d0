"""What clients that send `X-Config-State` were answered last; nothing of it is kept for ever.

The watch of Spring's client refreshes as soon as the `state` of an answer is not the one before.
Its refresh is one turn: a request with the profile `default`, then one with the profiles that are
active, if there are any, both with the token of the turn before. It keeps the token of its first
request. So a token names a client and a turn, and which queries belong to that client is learned
from the turns that it takes.
"""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from cachetools import LRUCache

from configserver.push import State
from configserver.query import Query

START: Final = "configserver:start"
"""What all get who send no token: it stands in answers that many share."""

UNKNOWN: Final = State(None, "")
"""Of a query whose state could not be found out; no other state is equal to it."""

_TOKEN: Final = re.compile(r"configserver:([A-Za-z0-9_-]{16}):([0-9]{1,12})")
_MAX_QUERIES: Final = 8


@dataclass(slots=True)
class _Turn:
    """The newest turn of a client.

    Attributes:
        number: in the token that the client gets in this turn.
        answered: what it was answered in this turn.
    """

    number: int
    answered: dict[Query, State] = field(default_factory=dict)


class Turns:
    """Knows what each client holds, by its token.

    A token that is not known, because it is another replica's or from before a restart, costs a
    turn without a wait.

    Args:
        most: clients; beyond, those are forgotten that did not ask for the longest time.
    """

    def __init__(self, most: int) -> None:
        self._turns: LRUCache[str, _Turn] = LRUCache(most)

    def held(self, token: str, query: Query) -> Mapping[Query, State]:
        """Return what a client holds that begins a turn, so that it may wait for a change of it.

        It is empty for a request that has to be answered at once: the second one of a turn, one
        with a token that is not known, and one that was not part of the turn before.
        """
        client, number = _parsed(token)
        turn = self._turns.get(client)
        if turn is None or turn.number != number or query not in turn.answered:
            return {}
        return turn.answered

    def answer(self, token: str, query: Query, state: State) -> str:
        """Note what a client is answered with, and return the token that it gets.

        Args:
            token: as sent.
            query: as asked.
            state: of the answer, or an older one: then the client is told at once in its next turn.
        """
        client, number = _parsed(token)
        if not client:
            return _written(secrets.token_urlsafe(12), 0)
        turn = self._turns.get(client)
        if turn is None or turn.number != number + 1:
            turn = self._turns[client] = _Turn(number + 1)
        if len(turn.answered) < _MAX_QUERIES:
            turn.answered[query] = state
        return _written(client, turn.number)


def _parsed(token: str) -> tuple[str, int]:
    """Return client and number of a token; an empty name if it is none."""
    match = _TOKEN.fullmatch(token)
    return (match[1], int(match[2])) if match else ("", 0)


def _written(client: str, number: int) -> str:
    return f"configserver:{client}:{number}"
