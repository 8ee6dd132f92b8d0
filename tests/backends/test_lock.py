"""One server per state directory, also when the one before was killed."""

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from configserver.backends.git.lock import acquire, hold
from configserver.errors import SettingsError

HOLDER = """
import subprocess, sys
from pathlib import Path
from configserver.backends.git.lock import hold
lock = hold(Path(sys.argv[1]))
child = [sys.executable, "-c", f"import time; time.sleep({sys.argv[2]})"]
pid = subprocess.Popen(child, pass_fds=[lock.descriptor]).pid if float(sys.argv[2]) else 0
print(pid, flush=True)
sys.stdin.read()
"""
Hold = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[Hold]:
    """Return a starter of a process that holds the lock, with a child that does for a while."""
    started: list[subprocess.Popen[str]] = []

    def start(child_seconds: float = 0) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(tmp_path / "state"), str(child_seconds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline().strip().isdigit()
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_a_directory_is_made_and_held_by_one(tmp_path: Path) -> None:
    state = tmp_path / "deep" / "state"
    with hold(state):
        assert stat.S_IMODE(state.stat().st_mode) == 0o700
        assert stat.S_IMODE((state / "lock").stat().st_mode) == 0o600
        assert (state / "lock").read_text() == f"{os.getpid()}\n"
        assert acquire(state) is None
    again = acquire(state)
    assert again is not None
    again.release()
    again.release()


def test_a_second_server_is_told_who_has_it_and_what_to_do(tmp_path: Path, holder: Hold) -> None:
    process = holder()
    with pytest.raises(SettingsError) as caught:
        hold(tmp_path / "state", wait=0.1)
    assert str(tmp_path / "state") in caught.value.reason
    assert f"process {process.pid}" in caught.value.reason
    assert "configserver.state-dir" in caught.value.hint


def test_a_killed_server_leaves_nothing_to_wait_for(tmp_path: Path, holder: Hold) -> None:
    process = holder()
    process.send_signal(signal.SIGKILL)
    process.wait()
    hold(tmp_path / "state", wait=0).release()


def test_the_children_of_a_killed_server_are_waited_for(tmp_path: Path, holder: Hold) -> None:
    """They may be writing to a mirror."""
    process = holder(1.5)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert acquire(tmp_path / "state") is None
    hold(tmp_path / "state", wait=30).release()


def test_a_link_in_place_of_the_lock_is_refused(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "lock").symlink_to(victim)
    with pytest.raises(SettingsError, match="symbolic link"):
        hold(tmp_path / "state")
    assert victim.read_text() == "precious"


def test_a_removed_lock_locks_out_nobody(tmp_path: Path) -> None:
    with hold(tmp_path):
        (tmp_path / "lock").unlink()
        hold(tmp_path, wait=0).release()


def test_a_directory_that_cannot_be_made_is_a_bad_setting(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match=r"Not a directory|File exists"):
        hold(tmp_path / "file" / "state")
    with pytest.raises(SettingsError):
        acquire(tmp_path / "file")
