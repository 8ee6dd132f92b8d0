"""A mirror that is damaged is cloned anew, while what can be served goes on being served."""

import asyncio
import logging
import os
import random
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest

from configserver.backends.git.faults import Fault
from configserver.backends.git.remote import RemoteSource
from configserver.errors import BackendFailure, NoSuchRepository
from tests.backends.conftest import Daemon, GitRepository
from tests.backends.remotes import commit, events, eventually, git, opened, settled, text, until

pytestmark = pytest.mark.usefixtures("no_blocking")
Open = Callable[..., AbstractAsyncContextManager[RemoteSource]]
BRANCHES = 12


@pytest.fixture
def remote(
    repository: GitRepository, daemon: Daemon, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> Open:
    """Return a maker of sources for one remote with some branches."""
    caplog.set_level(logging.INFO)
    repository.commit({"n.txt": "0"})
    for number in range(BRANCHES):
        repository.commit({"n.txt": f"b{number}", "pad": os.urandom(1000)}, f"b{number}")
    repository.git("checkout", "-q", "main")

    @asynccontextmanager
    async def make(**options: Any) -> AsyncIterator[RemoteSource]:
        async with opened(tmp_path / "state", daemon.uri("config"), **options) as source:
            yield source

    return make


def place(tmp_path: Path) -> Path:
    (found,) = (tmp_path / "state" / "mirrors").iterdir()
    return found


async def reads(source: RemoteSource) -> bool:
    """Say whether every branch can be read as it is at the remote."""
    await source.sync()
    try:
        for number in range(BRANCHES):
            assert await text(source, f"b{number}") == f"b{number}"
    except BackendFailure:
        return False
    return True


async def healed(source: RemoteSource, tmp_path: Path) -> None:
    for _ in range(500):
        if (place(tmp_path) / "2").exists() and await reads(source):
            return
        await asyncio.sleep(0.02)
    raise AssertionError


async def test_a_mirror_found_damaged_is_cloned_again(
    remote: Open, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with remote() as source:
        await settled(source)
    assert place(tmp_path).name.startswith("config-")
    (place(tmp_path) / "1" / "config").write_text("[core\n")
    async with remote() as source:
        await settled(source)
        assert await text(source) == "0"
    assert {path.name for path in place(tmp_path).iterdir()} == {"2", "seen"}
    assert len(events(caplog, "mirror damaged, cloning anew")) == 1


@pytest.mark.parametrize("what", ["objects/pack", "objects", ".", ".."])
async def test_a_folder_that_vanishes_is_made_anew(remote: Open, tmp_path: Path, what: str) -> None:
    async with remote() as source:
        await settled(source)
        generation = await source.sync()
        await asyncio.to_thread(shutil.rmtree, (place(tmp_path) / "1" / what).resolve())
        await source.sync()
        await until(lambda: bool(list((tmp_path / "state/mirrors").glob("*/2/packed-refs"))))
        await settled(source)
        assert await reads(source)
        assert await source.sync() is generation
    async with remote() as source:
        assert source.ready()


@pytest.mark.parametrize("seed", range(3))
async def test_20_readers_while_random_files_are_deleted(
    repository: GitRepository, remote: Open, tmp_path: Path, seed: int
) -> None:
    """Nobody reads anything wrong; in the end everything can be read, pushes included."""
    going, wrong, good = True, 0, 0

    async def read(source: RemoteSource, label: str) -> None:
        nonlocal wrong, good
        while going:
            try:
                found = await text(source, label)
            except BackendFailure:
                found = label
            wrong += found != label
            good += found == label
            await asyncio.sleep(0.01)

    def delete() -> None:
        files = sorted(path for path in place(tmp_path).glob("1/**/*") if path.is_file())
        for path in random.Random(seed).sample(files, len(files) // 2):
            path.unlink(missing_ok=True)

    async with remote() as source:
        await settled(source)
        readers = [asyncio.create_task(read(source, f"b{turn % BRANCHES}")) for turn in range(20)]
        await asyncio.to_thread(delete)
        await asyncio.sleep(0.5)
        await commit(repository, "pushed", "main")
        await eventually(source, "pushed")
        going = False
        await asyncio.gather(*readers)
        assert wrong == 0
        assert good > 0
        for _ in range(200):
            if await reads(source):
                break
            await asyncio.sleep(0.05)
        assert await reads(source)


async def test_whoever_met_the_damage_can_read_again_when_it_is_healed(
    remote: Open, tmp_path: Path
) -> None:
    def delete() -> None:
        for path in (place(tmp_path) / "1/objects/pack").iterdir():
            path.unlink()

    async with remote(rate=-1) as source:
        await settled(source)
        assert not await source.healed()
        await asyncio.to_thread(delete)
        for number in range(BRANCHES):
            try:
                found = await text(source, f"b{number}")
            except BackendFailure:
                assert await source.healed()
                found = await text(source, f"b{number}")
            assert found == f"b{number}"
        assert not await source.healed()
        await until(lambda: source.report().failures == 0)


async def test_damage_while_the_remote_is_away_heals_when_it_is_back(
    daemon: Daemon, remote: Open, tmp_path: Path
) -> None:
    async with remote() as source:
        await settled(source)
        generation = await source.sync()
        await asyncio.to_thread(daemon.stop)
        await asyncio.to_thread(shutil.rmtree, place(tmp_path) / "1")
        assert await source.sync() is generation
        await until(lambda: source.report().fault is Fault.CONNECT)
        assert await source.sync() is generation
        assert source.ready()
        await asyncio.to_thread(daemon.start)
        await settled(source)
        assert await reads(source)
        assert await source.sync() is generation


async def test_a_clone_that_is_not_whole_is_not_served(
    repository: GitRepository, daemon: Daemon, tmp_path: Path
) -> None:
    """The remote itself lacks a file."""
    await commit(repository, 0)
    blob = await git(repository, "rev-parse", "HEAD:n.txt")
    await asyncio.to_thread((repository.path / ".git/objects" / blob[:2] / blob[2:]).unlink)
    async with opened(tmp_path / "state", daemon.uri("config")) as source:
        with pytest.raises(NoSuchRepository):
            await source.sync()
        await until(lambda: source.report().failures > 0)
        assert not source.ready()


async def test_a_planted_link_is_reported_and_nothing_is_written_through_it(
    remote: Open, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await asyncio.to_thread((tmp_path / "elsewhere").mkdir)
    await asyncio.to_thread((tmp_path / "state").mkdir)
    await asyncio.to_thread((tmp_path / "state/mirrors").symlink_to, tmp_path / "elsewhere")
    async with remote() as source:
        with pytest.raises(NoSuchRepository):
            await source.sync()
    (failed, *_) = events(caplog, "remote failed")
    assert failed["fault"] is Fault.DISK
    assert "symbolic link" in failed["reason"]
    assert not list((tmp_path / "elsewhere").iterdir())


async def test_a_state_directory_that_cannot_be_written_is_logged(
    remote: Open, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await asyncio.to_thread((tmp_path / "state").write_text, "a file")
    async with remote() as source:
        with pytest.raises(NoSuchRepository):
            await source.sync()
    (failed, *_) = events(caplog, "remote failed")
    assert "the mirror cannot be written" in failed["reason"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a file system of 3 MB."""
    path = tmp_path / "small"
    path.mkdir()
    options = ["-t", "tmpfs", "-o", "size=3m", "tmpfs", str(path)]
    if os.geteuid() != 0 or subprocess.run(["mount", *options], check=False).returncode:
        pytest.skip("a small file system can only be made by root")
    yield path
    subprocess.run(["umount", "-l", str(path)], check=True)


async def test_a_full_disk_loses_nothing(
    repository: GitRepository, daemon: Daemon, small_disk: Path
) -> None:
    def fill(name: str, size: int) -> None:
        with closing((small_disk / name).open("wb")) as file:
            file.write(b"\0" * size)

    await commit(repository, 0)
    async with opened(small_disk, daemon.uri("config")) as source:
        await settled(source)
        await asyncio.to_thread(fill, "ballast", 2_500_000)
        pushed: dict[str, str | bytes | Path] = {"n.txt": "1", "big": os.urandom(1_000_000)}
        await asyncio.to_thread(repository.commit, pushed)
        assert await text(source) == "0"
        await until(lambda: source.report().fault is Fault.DISK)
        assert await text(source) == "0"
        assert source.stale
        await asyncio.to_thread((small_disk / "ballast").unlink)
        await eventually(source, "1")
        assert not source.stale
    async with opened(small_disk, daemon.uri("config")) as source:
        assert source.ready()
        assert await text(source) == "1"
