"""Whose turn a token names, and what its client holds."""

import pytest

from configserver.push import State
from configserver.push.watching.turns import START, UNKNOWN, Turns
from configserver.query import Query

DEFAULT = Query("shop", "default")
DEV = Query("shop", "dev")
ONE, TWO = State("c1", "one"), State("c2", "two")


def learned(turns: Turns, *queries: Query) -> str:
    """Return the token of a client that has taken turns of its own."""
    token = START
    for _ in range(2):
        given = [turns.answer(token, query, ONE) for query in queries]
        token = given[0]
    return token


def test_a_client_holds_what_it_asked_for_in_its_turn() -> None:
    turns = Turns(10)
    token = learned(turns, DEFAULT, DEV)
    assert turns.held(token, DEFAULT) == {DEFAULT: ONE, DEV: ONE}


def test_the_second_request_of_a_turn_does_not_wait_and_gets_the_same_token() -> None:
    turns = Turns(10)
    token = learned(turns, DEFAULT, DEV)
    following = turns.answer(token, DEFAULT, TWO)
    assert not turns.held(token, DEV)
    assert turns.answer(token, DEV, ONE) == following != token
    assert turns.held(following, DEFAULT) == {DEFAULT: TWO, DEV: ONE}


def test_what_a_client_asks_for_no_more_is_forgotten() -> None:
    turns = Turns(10)
    token = turns.answer(learned(turns, DEFAULT, DEV), DEFAULT, TWO)
    assert turns.held(token, DEFAULT) == {DEFAULT: TWO}


def test_tokens_differ_from_turn_to_turn_although_nothing_changed() -> None:
    turns = Turns(10)
    tokens = [START]
    for _ in range(20):
        tokens.append(turns.answer(tokens[-1], DEFAULT, ONE))
    assert len(set(tokens)) == 21


@pytest.mark.parametrize(
    "token",
    [
        *("", START, "garbage", "configserver:", "configserver:short:1", "s" * 5000),
        *("configserver:0123456789abcdef:", "configserver:0123456789abcdef:x", "ä"),
        *("configserver:0123456789abcdef:1\n", "configserver:0123456789abcdef:٣"),
    ],
)
def test_what_is_no_token_is_answered_with_one_of_its_own(token: str) -> None:
    turns = Turns(10)
    assert not turns.held(token, DEFAULT)
    first, second = (turns.answer(token, DEFAULT, ONE) for _ in range(2))
    assert first != second
    assert not turns.held(first, DEFAULT)


def test_a_token_of_another_server_costs_one_turn() -> None:
    token = learned(Turns(10), DEFAULT, DEV)
    turns = Turns(10)
    assert not turns.held(token, DEFAULT)
    following = turns.answer(token, DEFAULT, ONE)
    assert not turns.held(token, DEV)
    assert turns.answer(token, DEV, ONE) == following
    assert turns.held(following, DEFAULT) == {DEFAULT: ONE, DEV: ONE}


@pytest.mark.parametrize("query", [Query("cart", "default"), DEV, Query("shop", "default", "main")])
def test_a_token_is_of_no_use_for_what_its_client_did_not_ask_for(query: Query) -> None:
    turns = Turns(10)
    assert not turns.held(learned(turns, DEFAULT), query)


def test_two_clients_do_not_share_what_they_hold() -> None:
    turns = Turns(10)
    one, two = learned(turns, DEFAULT), learned(turns, DEFAULT, DEV)
    assert set(turns.held(one, DEFAULT)) == {DEFAULT}
    assert set(turns.held(two, DEFAULT)) == {DEFAULT, DEV}


def test_clients_and_their_queries_are_bounded() -> None:
    turns = Turns(3)
    tokens = [learned(turns, DEFAULT) for _ in range(5)]
    assert [bool(turns.held(token, DEFAULT)) for token in tokens] == [False, False, *[True] * 3]
    token = learned(turns, DEFAULT, *(Query("shop", f"p{number}") for number in range(50)))
    assert len(turns.held(token, DEFAULT)) == 8


def test_a_state_that_is_not_known_differs_from_all() -> None:
    assert UNKNOWN.etag not in {ONE.etag, "absent"}
