"""Who asked is known after a restart, and told of what changed meanwhile."""

import asyncio
import stat
from pathlib import Path

import pytest

from configserver.push.comparison.effective import ABSENT, WIDTH, Effective
from configserver.push.interest.queries import Known
from configserver.push.interest.remembered import recall, remember
from configserver.query import Query
from tests.backends.conftest import GitRepository
from tests.push.core.world import git_settings, keys_of, until, world

SHOP = Query("shop", "dev")
MAIL = Query("mail", "dev,eu", "feature/x")
LINES = [
    Known(SHOP, "c1", Effective("t1", ("secret.key",), bytes(WIDTH)), own=True),
    Known(MAIL, None, ABSENT, own=False),
]


def test_what_is_written_is_read_in_the_same_order(tmp_path: Path) -> None:
    """Names, commits and tags come back; keys and hashes of values never left."""
    path = tmp_path / "state" / "asked.jsonl"
    remember(path, reversed(LINES), tags=True)
    found = recall(path, 10)
    assert [(one.query, one.version, one.effective.etag, one.own) for one in found] == [
        (one.query, one.version, one.effective.etag, one.own) for one in LINES
    ]
    assert all(one.effective.keys is None and not one.effective.hashes for one in found)
    assert "secret" not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.query for one in recall(path, 1)] == [MAIL]
    assert [one.name for one in path.parent.iterdir()] == ["asked.jsonl"]


def test_where_ciphers_are_opened_no_tag_is_written(tmp_path: Path) -> None:
    """Nobody can try values against the file; commits have to do."""
    remember(tmp_path / "asked", LINES, tags=False)
    assert "t1" not in (tmp_path / "asked").read_text()
    assert {one.effective.etag for one in recall(tmp_path / "asked", 10)} == {""}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"{}\n",
        b'{"version": 1}\nnonsense\n',
        b'{"version": 1}\n[]\n',
        b'{"version": 1}\n["..", "dev", null, null, "", true]\n',
        b'{"version": 1}\n[1, "dev", null, null, "", true]\n',
        b'{"version": 1}\n' + b"[" * 100_000,
        b'{"version": 2}\n',
    ],
)
def test_a_damaged_file_is_ignored_with_a_warning(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """The server starts all the same, and replaces it."""
    path = tmp_path / "asked"
    path.write_bytes(content)
    assert recall(path, 10) == []
    assert "the file is ignored" in caplog.text
    assert recall(tmp_path / "missing", 10) == []
    assert len(caplog.records) == 1


async def test_a_change_while_the_server_was_down_is_told(
    repository: GitRepository, tmp_path: Path
) -> None:
    """To those whose answer is another one now, and to nobody else."""
    repository.commit({"shop.yml": "a: 1\n", "mail.yml": "a: 1\n"})
    file = tmp_path / "state" / "asked"
    mail = Query("mail", "dev")
    async with world(git_settings(repository.path), file=file) as served:
        await served.asks(SHOP, mail)
        before = served.interest.get(SHOP)
        assert before is not None
    await asyncio.to_thread(repository.commit, {"shop.yml": "a: 2\n", "mail.yml": "a: 1 # note\n"})
    async with world(git_settings(repository.path), file=file) as served:
        await until(lambda: served.published)
        await served.settled()
        ((change,),) = [refresh.changes for refresh in served.published]
        assert (change.query, change.before, change.keys) == (SHOP, before.state, None)
        await asyncio.to_thread(repository.commit, {"mail.yml": "a: 2\n"})
        assert keys_of(await served.look()) == {mail: ("a",)}
    async with world(git_settings(repository.path), file=file) as served:
        assert await served.look(quiet=0.05) == []
        assert len(served.interest) == 2


async def test_who_asked_is_written_while_the_server_runs(
    repository: GitRepository, tmp_path: Path
) -> None:
    """A server that is killed has written what it knew a few seconds before."""
    repository.commit({"shop.yml": "a: 1\n"})
    async with world(git_settings(repository.path), file=tmp_path / "asked") as served:
        await served.asks(SHOP)
        await until((tmp_path / "asked").exists)
        await asyncio.sleep(0)
    assert [one.query for one in recall(tmp_path / "asked", 10)] == [SHOP]


async def test_a_folder_that_cannot_be_written_is_no_reason_not_to_serve(
    repository: GitRepository, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It is said once."""
    repository.commit({"shop.yml": "a: 1\n"})
    (tmp_path / "file").write_text("")
    async with world(git_settings(repository.path), file=tmp_path / "file" / "asked") as served:
        await served.asks(SHOP)
        await until(lambda: "cannot be written down" in caplog.text)
        await served.asks(Query("mail", "dev"))
        await asyncio.sleep(0.2)
    assert caplog.text.count("cannot be written down") == 1
