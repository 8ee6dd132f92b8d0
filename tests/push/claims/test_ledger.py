"""Claims, one after the other: who is to tell, and what counts as told."""

from collections.abc import Sequence

import pytest

from configserver.push.claims.keys import Key
from configserver.push.claims.ledger import MOST, Ledger
from configserver.push.claims.words import MOST_REPLICAS, Claim, Done, Word

HOLD = 10.0
ONE, NEWER, OTHER = Key("shop", "e1"), Key("shop", "e2"), Key("cart", "e1")


class Book:
    """The ledger of `m`, with a clock to set."""

    def __init__(self) -> None:
        self.now = 100.0
        self.ledger = Ledger("m", hold=HOLD, clock=lambda: self.now)

    def hear(self, *words: Word) -> None:
        for word in words:
            self.ledger.hear(word)

    def waits(self, key: Key) -> float:
        """Return the seconds that `m` waits for others."""
        return max(0.0, self.ledger.free_at(key) - self.now)


@pytest.fixture
def book() -> Book:
    return Book()


def claim(by: str, *keys: Key, count: int = 1, implied: tuple[Key, ...] = ()) -> Claim:
    return Claim(by=by, count=count, keys=keys, implied=implied)


def done(by: str, *keys: Key, **seen: int) -> Done:
    return Done(by=by, keys=keys, seen=seen)


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        ([], 0),
        ([claim("a", ONE)], HOLD),
        ([claim("z", ONE)], 0),
        ([claim("a", OTHER)], 0),
        ([claim("a", NEWER)], 0),
        ([claim("a", ONE), claim("b", ONE), claim("z", ONE)], 2 * HOLD),
        ([claim("z", implied=(ONE,))], HOLD),
        ([claim("z", implied=(ONE,)), claim("a", ONE)], 2 * HOLD),
        ([claim("a", ONE), done("a", ONE, a=1)], 0),
        ([claim("a", ONE), done("a", OTHER, a=1)], HOLD),
        ([claim("a", ONE), done("b", ONE, b=1)], HOLD),
        # A newer claim that came in while an older one was told still stands.
        ([claim("a", ONE), claim("a", ONE, count=2), done("a", ONE, a=1)], HOLD),
        # The same claim comes once more by another relay, and late.
        ([claim("a", ONE), done("a", ONE, a=1), claim("a", ONE)], 0),
        ([claim("m", ONE)], 0),
    ],
)
def test_for_whom_a_replica_waits(book: Book, words: Sequence[Word], seconds: float) -> None:
    book.ledger.claim([ONE])
    book.hear(*words)
    assert book.waits(ONE) == seconds


def test_a_claim_stands_as_long_as_its_replica_says_anything(book: Book) -> None:
    book.hear(claim("a", ONE))
    book.now += 8
    book.hear(done("a", OTHER, a=0))
    book.now += 8
    assert book.waits(ONE) == 2
    book.now += 3
    assert book.waits(ONE) == 0


@pytest.mark.parametrize(
    ("word", "told"),
    [
        (done("a", ONE, a=1, m=1), True),
        (done("a", ONE, OTHER, a=1, m=7), True),
        (done("a", ONE, a=1), False),
        (done("a", ONE, a=1, m=0), False),
        (done("a", OTHER, a=1, m=1), False),
        (done("a", NEWER, a=1, m=1), False),
        (done("m", ONE, m=1), False),
    ],
)
def test_only_what_was_told_after_it_was_claimed_here_is_told(
    book: Book, word: Done, told: bool
) -> None:
    book.ledger.claim([ONE])
    book.hear(word)
    assert book.ledger.is_told(ONE) == told


def test_a_newer_state_that_was_told_stands_for_older_ones(book: Book) -> None:
    book.ledger.claim([ONE])
    book.ledger.claim([NEWER])
    book.hear(done("a", ONE, m=2))
    assert (book.ledger.is_told(ONE, 1), book.ledger.is_told(NEWER, 2)) == (True, False)
    book.hear(done("a", NEWER, m=2))
    assert (book.ledger.is_told(ONE, 1), book.ledger.is_told(NEWER, 2)) == (True, True)


def test_what_is_found_again_while_it_is_told_is_told_again(book: Book) -> None:
    book.ledger.claim([ONE])
    seen = book.ledger.seen()
    book.ledger.claim([ONE])
    book.ledger.done([ONE], seen)
    assert (book.ledger.is_told(ONE, 1), book.ledger.is_told(ONE)) == (True, False)


def test_what_was_seen_goes_along_and_a_failure_has_seen_nobody(book: Book) -> None:
    book.hear(claim("a", ONE, count=4), claim("a", OTHER, count=3))
    book.ledger.claim([ONE])
    assert book.ledger.seen() == {"a": 4, "m": 1}
    assert book.ledger.failed([ONE]) == done("m", ONE, m=1)
    assert not book.ledger.is_told(ONE)


def test_memory_is_bounded_and_what_is_forgotten_is_not_told(book: Book) -> None:
    book.ledger.claim([ONE])
    book.hear(done("a", ONE, m=1))
    for number in range(2 * MOST_REPLICAS):
        book.hear(claim(f"r{number}", ONE))
    assert len(book.ledger.seen()) <= MOST_REPLICAS
    book.ledger.claim(Key(f"{number}", "") for number in range(MOST))
    assert not book.ledger.is_told(ONE)
