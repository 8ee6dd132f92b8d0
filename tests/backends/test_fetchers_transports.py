"""Fetching over ssh and http: what a process starts ends with it, and 50 at once do well."""

import asyncio
import shutil
import subprocess
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from configserver.backends.git.access import Access
from configserver.backends.git.faults import Fault, Unreachable
from configserver.backends.git.fetching.fetchers import Fetchers
from configserver.backends.git.fetching.jobs import Job
from configserver.secret import Secret
from tests.backends.conftest import GitRepository
from tests.peers.http_git import HttpGit
from tests.peers.ssh_git import SshHost, descendants

MEMORY = 512 << 20


@pytest.fixture
async def fetchers() -> AsyncIterator[Fetchers]:
    async with Fetchers(8, MEMORY) as served:
        yield served


def ssh_job(host: SshHost, repository: GitRepository, path: Path) -> Job:
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    host.allow(public.decode())
    text = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
    access = Access(
        private_key=Secret(text),
        host_key=host.key.base64,
        host_key_algorithm=host.key.algorithm,
        local_ssh=False,
    )
    uri = host.uri(str(repository.path))
    return Job(uri=uri, access=access, path=path, timeout=10, transfer_timeout=20)


def commands(pids: list[int]) -> list[str]:
    line = ["ps", "-o", "stat=,comm=", "-p", ",".join(map(str, pids))]
    found = subprocess.run(line, check=False, capture_output=True, text=True).stdout.splitlines()
    return [name for state, name in map(str.split, found) if not state.startswith("Z")]


def has_ssh(fetchers: Fetchers) -> list[int]:
    """Return the processes that ours started, once one of them is ssh."""
    found = [below for pid in fetchers.pids for below in descendants(pid)]
    return found if found and "ssh" in commands(found) else []


@pytest.mark.parametrize("end", ["cancel", "close"])
async def test_ssh_ends_with_the_process_that_started_it(
    repository: GitRepository, tmp_path: Path, end: str
) -> None:
    repository.commit({"n.txt": "0"})
    with SshHost(repository.path.parent) as host:
        job = ssh_job(host, repository, tmp_path / "mirror")
        async with Fetchers(1, MEMORY) as fetchers:
            assert (await fetchers.fetch(job)).moves
            host.freeze()
            running = asyncio.create_task(fetchers.fetch(job))
            limit = time.monotonic() + 5
            while not (started := await asyncio.to_thread(has_ssh, fetchers)):
                assert time.monotonic() < limit
                await asyncio.sleep(0.02)
            if end == "cancel":
                running.cancel()
            else:
                await fetchers.close()
            with pytest.raises((asyncio.CancelledError, Unreachable)):
                await running
            limit = time.monotonic() + 1
            while commands(started):
                assert time.monotonic() < limit
                await asyncio.sleep(0.02)


async def test_fifty_remotes_at_once_over_http(
    repository: GitRepository, fetchers: Fetchers, tmp_path: Path
) -> None:
    tip = repository.commit({"n.txt": "0"})
    for number in range(50):
        await asyncio.to_thread(
            shutil.copytree, repository.path, tmp_path / "many" / f"config{number}"
        )
    with HttpGit(tmp_path / "many") as host:
        jobs = [
            Job(
                uri=host.uri(f"config{number}"),
                path=tmp_path / "mirrors" / str(number),
                timeout=20,
                transfer_timeout=20,
            )
            for number in range(50)
        ]
        for found in await asyncio.gather(*map(fetchers.fetch, jobs)):
            assert [move.after for move in found.moves] == [tip]
        assert len(fetchers.pids) <= 8


async def test_a_login_that_is_refused_says_so_and_the_process_goes_on(
    repository: GitRepository, fetchers: Fetchers, tmp_path: Path
) -> None:
    repository.commit({"n.txt": "0"})
    with HttpGit(repository.path.parent, users={"u": "p4ss-w0rd"}) as host:
        uri, path = host.uri("config"), tmp_path / "mirror"
        for password, fault in (("wr0ng-0ne", Fault.LOGIN), ("p4ss-w0rd", None)):
            access = Access(username="u", password=Secret(password))
            job = Job(uri=uri, access=access, path=path, timeout=10, transfer_timeout=10)
            if fault is None:
                assert (await fetchers.fetch(job)).moves
                continue
            with pytest.raises(Unreachable) as caught:
                await fetchers.fetch(job)
            assert caught.value.fault is fault
            assert password not in f"{caught.value} {caught.value.hint}"
        assert len(fetchers.pids) == 1
