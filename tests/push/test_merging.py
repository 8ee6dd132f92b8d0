"""Those who fell behind are told less often, and not of less."""

from hypothesis import given
from hypothesis import strategies as st

from configserver.push import Hint, Refresh
from configserver.push.delivery.merging import merge, merge_hints
from tests.push.doors.strategies import change, refresh, refreshes


@given(refreshes, refreshes)
def test_a_merged_refresh_ends_in_the_newest_state_and_begins_in_the_oldest(
    older: Refresh, newer: Refresh
) -> None:
    both = merge(older, newer)
    first = {one.query: one for one in reversed((*older.changes, *newer.changes))}
    last = {one.query: one for one in (*older.changes, *newer.changes)}
    assert both.id == newer.id
    assert {one.query: one.after for one in both.changes} == {
        query: one.after for query, one in last.items()
    }
    oldest = {one.query: one for one in older.changes}
    for one in both.changes:
        assert one.before == (oldest.get(one.query) or first[one.query]).before


@given(refreshes, refreshes)
def test_no_key_no_name_and_no_ref_is_lost(older: Refresh, newer: Refresh) -> None:
    both = merge(older, newer)
    for one in (*older.changes, *newer.changes):
        [merged] = [change for change in both.changes if change.query == one.query]
        assert merged.keys is None or (one.keys is not None and {*one.keys} <= {*merged.keys})
    assert {*both.applications} == {*older.applications, *newer.applications}
    assert {(one.repository, one.ref) for one in both.moved} == {
        (one.repository, one.ref) for one in (*older.moved, *newer.moved)
    }


@given(refreshes, refreshes, refreshes)
def test_it_does_not_matter_which_two_are_merged_first(a: Refresh, b: Refresh, c: Refresh) -> None:
    one, other = merge(merge(a, b), c), merge(a, merge(b, c))
    assert {change.query: change for change in one.changes} == {
        change.query: change for change in other.changes
    }
    assert {*one.moved} == {*other.moved}


def test_queries_of_one_refresh_alone_stay_as_they_are() -> None:
    shop, cart = change("shop"), change("cart")
    assert merge(refresh(shop), refresh(cart, number=2)).changes == (shop, cart)


_texts = st.lists(st.sampled_from("abc"), max_size=2, unique=True).map(tuple)
_hints = st.builds(Hint, origin=st.just("x"), uris=_texts, refs=_texts, paths=_texts)


def places(hint: Hint) -> set[tuple[str, str]]:
    """Return what a hint says to look at, an empty list being all there is."""
    return {(uri, ref) for uri in hint.uris or "abcd" for ref in hint.refs or "abcd"}


@given(_hints, _hints)
def test_a_merged_hint_looks_wherever_either_does(older: Hint, newer: Hint) -> None:
    assert places(merge_hints(older, newer)) >= places(older) | places(newer)
