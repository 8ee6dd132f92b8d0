"""The examples run as their README says."""

import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from examples.bus.applications import build, is_built
from examples.bus.processes import Missing
from tests.peers.processes import program
from tests.reference.reference import locked

ROOT = Path(__file__).parent.parent
RUN = ROOT / "examples" / "bus" / "run"
WHO = ("-c", "user.name=A", "-c", "user.email=a@example.org")

pytestmark = [pytest.mark.java, pytest.mark.timeout(600), pytest.mark.xdist_group("bus")]


@pytest.fixture(scope="module", autouse=True)
def _tools() -> None:
    for name in ("java", "mvn", "git"):
        program(name)
    with locked(RUN.parent / ".lock"):
        try:
            if not is_built():
                build()
        except Missing as reason:
            pytest.skip(str(reason))
    if not Path("/usr/lib/rabbitmq/bin/rabbitmq-server").exists():
        pytest.skip("rabbitmq-server is not installed")


@contextmanager
def started(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Start the example; its temporary files are below a folder."""
    first = str(Path(sys.executable).parent)
    environment = {
        **os.environ,
        "PATH": os.pathsep.join([first, os.environ["PATH"]]),
        "TMPDIR": str(folder),
    }
    with subprocess.Popen(
        [RUN, *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.wait(60)


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return a folder that RabbitMQ's own user can reach; the example leaves nothing in it."""
    with tempfile.TemporaryDirectory(prefix="examples-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
        assert not list(folder.glob("bus-example-*"))
        assert not running(folder)


def running(folder: Path) -> Sequence[str]:
    """Return the processes whose command lines name a folder."""
    found = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = place.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(folder) in line:
            found.append(line)
    return found


def git(clone: str, *arguments: str) -> str:
    """Return what Git says, and with it what the remote says."""
    line = ["git", "-C", clone, *WHO, *arguments]
    return subprocess.run(line, check=True, capture_output=True, text=True).stderr


def parts(output: str) -> Mapping[str, Sequence[str]]:
    """Return what followed each push, without the times."""
    found: dict[str, list[str]] = {}
    for block in output.split("git push: ")[1:]:
        first, *lines = block.split("\n\n")[0].splitlines()
        found[first] = [re.sub(r"^\S+ +|, [0-9.]+ s later$", "", line) for line in lines if line]
    return found


def test_a_commit_refreshes_the_application_that_it_concerns(folder: Path) -> None:
    with started(folder, "--once") as process:
        output, _ = process.communicate(timeout=400)
    assert process.returncode == 0, output
    shop, cart = "Welcome to the new shop", "Your cart"
    assert parts(output) == {
        "shop.yml: greeting: Welcome to the new shop": [
            f'shop    refreshed: "{shop}, open from 9 to 5"',
            "cart    did not refresh",
        ],
        "application.yml: opening: open all night": [
            f'shop    refreshed: "{shop}, open all night"',
            f'cart    refreshed: "{cart}, open all night"',
        ],
        "application.yml: # Always. | opening: open all night": [
            "shop    did not refresh",
            "cart    did not refresh",
        ],
    }, output


def test_commits_of_ones_own_and_the_end(folder: Path) -> None:
    with started(folder) as process:
        assert process.stdout is not None
        lines, said = iter(process.stdout), ""
        while not (match := re.search(r"edit a file in (\S+),", said)):
            line = next(lines, None)
            assert line is not None, said
            said += line
        clone = match[1]
        assert running(folder)
        Path(clone, "cart.yml").write_text("greeting: My cart\n")
        git(clone, "commit", "-qam", "mine")
        assert 'answered 200 ["cart"]' in git(clone, "push", "-q")
        assert 'cart    refreshed: "My cart, open all night"' in next(lines)
        process.send_signal(signal.SIGINT)
        assert [line.split("  ", 1)[1].strip() for line in lines] == ["ending"]
        assert process.wait(60) == 0
