"""A remote is looked at for those who are to be told, though nobody asks and no webhook comes."""

import asyncio
from pathlib import Path

import pytest

from configserver.backends.bell import Bell, News
from tests.backends.conftest import Daemon, GitRepository
from tests.backends.remotes import commit, opened, settled, until

pytestmark = pytest.mark.usefixtures("no_blocking")

_SOON = 0.2
_LINGERS = 4.5
"""Seconds after which looks that requests led to have ended."""


@pytest.mark.parametrize("rate", [None, 0])
async def test_who_is_to_be_told_hears_of_a_push_that_nobody_tells_of(
    rate: int | None, repository: GitRepository, daemon: Daemon, tmp_path: Path
) -> None:
    repository.commit({"n.txt": "0"})
    told: list[News] = []
    bell = Bell()
    bell.listen = told.append
    options = {"rate": rate, "followed": _SOON, "bell": bell}
    async with opened(tmp_path / "state", daemon.uri("config"), **options) as source:
        await settled(source)
        await asyncio.sleep(_LINGERS)
        told.clear()
        bell.wanted = lambda: True
        new = await commit(repository, 1)
        await until(lambda: bool(told))
        assert told[0].moved["refs/heads/main"][1] == new


@pytest.mark.parametrize(("rate", "wanted"), [(None, False), (0, False), (-1, True), (3600, True)])
async def test_nobody_looks_if_nobody_is_to_be_told_or_the_operator_said_when(
    rate: int | None, wanted: bool, repository: GitRepository, daemon: Daemon, tmp_path: Path
) -> None:
    repository.commit({"n.txt": "0"})
    told: list[News] = []
    bell = Bell()
    bell.listen, bell.wanted = told.append, lambda: wanted
    options = {"rate": rate, "followed": _SOON, "bell": bell}
    async with opened(tmp_path / "state", daemon.uri("config"), **options) as source:
        await settled(source)
        await asyncio.sleep(_LINGERS)
        told.clear()
        await commit(repository, 1)
        await asyncio.sleep(4 * _SOON)
        assert not told


async def test_who_is_to_be_told_waits_for_no_minute_when_the_remote_was_away_for_seconds(
    repository: GitRepository, daemon: Daemon, tmp_path: Path
) -> None:
    """Nobody asks; the pauses between tries grow from a second on, as if somebody did."""
    repository.commit({"n.txt": "0"})
    told: list[News] = []
    bell = Bell()
    bell.listen, bell.wanted = told.append, lambda: True
    async with opened(tmp_path / "state", daemon.uri("config"), rate=-1, bell=bell) as source:
        await source.refresh()
        told.clear()
        daemon.stop()
        new = await commit(repository, 1)
        await source.refresh()
        await until(lambda: source.report().failures >= 2)
        daemon.start()
        await until(lambda: bool(told))
        assert told[0].moved["refs/heads/main"][1] == new
