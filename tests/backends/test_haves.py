"""A fetch names the newest commits to the remote, however long the history is."""

from pathlib import Path

from dulwich.object_store import ObjectStoreGraphWalker
from dulwich.objects import ObjectID

from configserver.backends.git.fetching.haves import ANCESTORS, Newest
from tests.backends.conftest import Daemon, GitRepository
from tests.backends.remotes import commit, git, opened, settled, text
from tests.peers.relay import Relay


def _id(name: str) -> ObjectID:
    return ObjectID(name.encode().rjust(40, b"0"))


def _all(walker: ObjectStoreGraphWalker) -> list[ObjectID]:
    return list(iter(walker.next, None))


def _line(length: int) -> dict[ObjectID, list[ObjectID]]:
    return {_id(str(one)): [_id(str(one - 1))] if one else [] for one in range(length)}


def test_all_tips_come_first_and_few_of_their_ancestors() -> None:
    parents = {**_line(1000), _id("b"): [_id("5")], _id("c"): [_id("b")]}
    named = _all(Newest(ObjectStoreGraphWalker([_id("999"), _id("c")], parents.__getitem__)))
    assert set(named[:2]) == {_id("999"), _id("c")}
    assert len(named) == len(set(named)) == 2 + ANCESTORS


def test_a_short_history_is_named_whole() -> None:
    parents = _line(3)
    assert _all(Newest(ObjectStoreGraphWalker([_id("2")], parents.__getitem__))) == [
        _id("2"),
        _id("1"),
        _id("0"),
    ]


def test_what_the_remote_knows_is_not_followed() -> None:
    parents = _line(100)
    walker = Newest(ObjectStoreGraphWalker([_id("99")], parents.__getitem__))
    found = walker.next()
    assert found is not None
    walker.ack(found)
    assert _all(walker) == []


async def test_a_fetch_costs_as_much_however_long_the_history_is(
    repository: GitRepository, daemon: Daemon, tmp_path: Path
) -> None:
    await commit(repository, 0)
    sent: list[int] = []
    with Relay(daemon.port) as relay:
        uri = f"git://127.0.0.1:{relay.port}/config"
        async with opened(tmp_path / "state", uri) as source:
            await settled(source)
            for number in range(1, 61):
                await git(repository, "commit", "-q", "--allow-empty", "-m", str(number))
                if number >= 50:
                    relay.sent.clear()
                    await commit(repository, number)
                    assert await text(source) == str(number)
                    sent.append(relay.sent.count(b"have "))
    assert max(sent) <= 1 + ANCESTORS


async def test_a_history_that_was_rewritten_from_the_start_is_followed(
    repository: GitRepository, daemon: Daemon, tmp_path: Path
) -> None:
    for number in range(ANCESTORS + 5):
        await commit(repository, number)
    async with opened(tmp_path / "state", daemon.uri("config")) as source:
        await settled(source)
        await git(repository, "checkout", "-q", "--orphan", "fresh")
        await git(repository, "branch", "-q", "-D", "main")
        await git(repository, "branch", "-m", "main")
        await commit(repository, "other")
        await git(repository, "reflog", "expire", "--expire=now", "--all")
        await git(repository, "gc", "-q", "--prune=now")
        assert await text(source) == "other"
