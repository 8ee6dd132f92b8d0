"""Work in several processes: the same results in the same order, and nothing left behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from configserver.cli.processes import in_processes
from configserver.errors import ConfigError, InvalidFile

_MANY = list(range(100))


@pytest.mark.parametrize("most", [1, 2, 3, 7])
@pytest.mark.parametrize("count", [0, 1, 15, 16, 33, 100])
def test_results_come_in_the_order_of_the_items(most: int, count: int) -> None:
    items = _MANY[:count]
    assert in_processes(lambda item: item * item, items, most) == [each * each for each in items]


def test_several_processes_take_part() -> None:
    assert len(set(in_processes(lambda _: os.getpid(), _MANY, 3))) == 3


def test_few_items_are_not_worth_a_process() -> None:
    assert set(in_processes(lambda _: os.getpid(), _MANY[:10], 3)) == {os.getpid()}


@pytest.mark.parametrize("bad", [0, 1, 2])
def test_an_error_comes_from_whichever_process_it_was_in(bad: int) -> None:
    def work(item: int) -> int:
        if item == bad:
            raise InvalidFile("does not parse", hint="mend it", path="a.yml", line=3)
        return item

    with pytest.raises(InvalidFile, match=r"^a\.yml:3: does not parse$") as raised:
        in_processes(work, _MANY, 3)
    assert raised.value.hint == "mend it"


def test_a_process_that_is_killed_is_an_error() -> None:
    here = os.getpid()

    def work(item: int) -> int:
        if os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)
        return item

    with pytest.raises(ConfigError, match="ended too early"):
        in_processes(work, _MANY, 2)


_LONG = """
import os, time
from configserver.cli.processes import in_processes

def work(item):
    if item < 3:
        os.write(1, f"{{os.getpid()}}\\n".encode())
        time.sleep({seconds})
    return b"x" * 100_000

in_processes(work, list(range(100)), 3)
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_all_processes_end_with_the_one_that_started_them(number: int, tmp_path: Path) -> None:
    script = tmp_path / "long.py"
    script.write_text(_LONG.format(seconds=0.5))
    with subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        pids = [int(process.stdout.readline()) for _ in range(3)]
        process.send_signal(number)
        process.wait(10)
    assert process.pid in pids
    ends = time.monotonic() + 10
    while any(map(_is_alive, pids)) and time.monotonic() < ends:
        time.sleep(0.05)
    assert not any(map(_is_alive, pids))


def _is_alive(pid: int) -> bool:
    """Say whether a process runs; one that ended and was not waited for does not."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"
