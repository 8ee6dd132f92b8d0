"""Refreshes for tests."""

from hypothesis import strategies as st

from configserver.push import Change, Moved, Refresh, State
from configserver.query import Query

QUERIES = tuple(Query(name, profile) for name in ("shop", "cart") for profile in ("dev", "prod"))


def change(
    name: str = "shop", profiles: str = "dev", label: str | None = None, *, to: str = "2"
) -> Change:
    """Return a change from state 1 to another one."""
    query = Query(name, profiles, label)
    return Change(query, State("c1", "e1"), State(f"c{to}", f"e{to}"), ("a.b",))


def refresh(*changes: Change, number: int = 1, applications: tuple[str, ...] = ()) -> Refresh:
    """Return a refresh with changes."""
    moved = (Moved("https://git.example.org/config.git", "refs/heads/main", "c1", "c2"),)
    return Refresh(
        id=f"00000000-0000-4000-8000-{number:012}",
        changes=changes,
        applications=applications,
        moved=moved,
        origin="github",
    )


_states = st.builds(State, st.none() | st.sampled_from("abc"), st.sampled_from("xyz"))
_changes = st.lists(
    st.builds(
        Change,
        query=st.sampled_from(QUERIES),
        before=st.none() | _states,
        after=_states,
        keys=st.none() | st.lists(st.sampled_from("pqr"), unique=True).map(sorted).map(tuple),
    ),
    max_size=3,
    unique_by=lambda change: change.query,
)
_moved = st.lists(
    st.builds(
        Moved,
        st.sampled_from(["r1", "r2"]),
        st.sampled_from(["refs/heads/a", ""]),
        st.none() | st.sampled_from("123"),
        st.none() | st.sampled_from("456"),
    ),
    max_size=3,
    unique_by=lambda moved: (moved.repository, moved.ref),
)
refreshes = st.builds(
    Refresh,
    id=st.uuids().map(str),
    changes=_changes.map(tuple),
    applications=st.lists(st.sampled_from(["a", "b", "*"]), unique=True).map(tuple),
    moved=_moved.map(tuple),
)
