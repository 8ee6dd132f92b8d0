"""Words as they are written, and what is taken for one."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configserver.push.claims.keys import Key
from configserver.push.claims.words import MOST_KEYS, Claim, Done, Word, parts_of, read, write

_ids = st.text("0123456789abcdef-", min_size=1, max_size=36)
_keys = st.lists(st.builds(Key, _ids, st.text("0123456789abcdef", max_size=18)), max_size=3).map(
    tuple
)
_counts = st.integers(0, 1 << 50)
_words = st.one_of(
    st.builds(Claim, by=_ids, count=_counts, keys=_keys, implied=_keys),
    st.builds(Done, by=_ids, keys=_keys, seen=st.dictionaries(_ids, _counts, max_size=3)),
)


@given(_words)
def test_a_word_arrives_as_it_was_said(word: Word) -> None:
    assert read(json.loads(json.dumps(write(word)))) == word


@pytest.mark.parametrize(
    "written",
    [
        None,
        [],
        {},
        {"by": "a"},
        {"by": "a", "later": ["k."]},
        {"by": "", "claim": [], "count": 1, "implied": []},
        {"by": "a" * 101, "claim": [], "count": 1, "implied": []},
        {"by": "a", "claim": "k.", "count": 1, "implied": []},
        {"by": "a", "claim": [1], "count": 1, "implied": []},
        {"by": "a", "claim": ["k" * 101], "count": 1, "implied": []},
        {"by": "a", "claim": ["k."] * (MOST_KEYS + 1), "count": 1, "implied": []},
        {"by": "a", "claim": [], "count": -1, "implied": []},
        {"by": "a", "claim": [], "count": True, "implied": []},
        {"by": "a", "claim": [], "count": 1 << 60, "implied": []},
        {"by": "a", "claim": [], "count": 1, "implied": None},
        {"by": "a", "done": ["k."], "seen": None},
        {"by": "a", "done": ["k."], "seen": {"b": "1"}},
        {"by": "a", "done": ["k."], "seen": dict.fromkeys(map(str, range(101)), 1)},
    ],
)
def test_what_is_no_word_is_passed_over(written: Any) -> None:
    assert read(written) is None


def test_long_words_are_said_in_parts() -> None:
    keys = tuple(Key(f"{number}", "") for number in range(2 * MOST_KEYS + 1))
    claims = list(parts_of(Claim(by="a", count=1, keys=keys, implied=keys)))
    assert [len(one.keys) for one in claims] == [MOST_KEYS, MOST_KEYS, 1, 0, 0, 0]
    assert sum((one.keys for one in claims), ()) == keys
    dones = list(parts_of(Done(by="a", keys=keys, seen={"b": 1})))
    assert sum((one.keys for one in dones), ()) == keys
    assert all(isinstance(one, Done) and one.seen == {"b": 1} for one in dones)
