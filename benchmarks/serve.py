"""Ours, the original and a bare handler side by side: `python -m benchmarks.serve`."""

import argparse
import shlex
import sys
import tempfile
import time
from compileall import compile_dir
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import configserver
from benchmarks.load import rate, require_wrk
from benchmarks.parsing import parsed
from benchmarks.process import Server, running
from benchmarks.report import Figures, Local, report
from benchmarks.workload import change, create, daemon
from tests.conformance.player import OURS
from tests.reference.reference import Unavailable, command

PATH = "/app0/dev"
_PYTHON = shlex.quote(sys.executable)
_BARE = shlex.quote(str(Path(__file__).with_name("bare.py")))
_COMMITS = 5
_SETTLE = 1
"""Seconds after the first answer until memory is read."""

BARE = f"{_PYTHON} {_BARE} {{port}} {{work}}/../answer.json"


@dataclass(frozen=True, slots=True)
class Plan:
    """How long to measure."""

    seconds: float
    times: int


def main() -> int:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.serve", description=__doc__)
    parser.add_argument("--seconds", type=float, default=4, help="of load for each figure")
    parser.add_argument("--times", type=int, default=3, help="repetitions, of which the median")
    parser.add_argument("--files", type=int, nargs="+", default=[200, 2000])
    options = parser.parse_args()
    require_wrk()
    # As an installed package is: without it each start would compile all of ours again.
    compile_dir(Path(configserver.__file__).parent, quiet=1)
    plan = Plan(options.seconds, options.times)
    try:
        original = command()
    except Unavailable as reason:
        sys.exit(str(reason))
    with tempfile.TemporaryDirectory(prefix="benchmark-") as root:
        for files in options.files:
            where = Path(root) / str(files)
            print(report(files, measure(where, files, original, plan)), flush=True)
    return 0


def measure(where: Path, files: int, original: str, plan: Plan) -> Figures:
    """Measure everything on repositories with `files` files below `where`."""
    repository = create(where / "config", files)
    with daemon(where) as host:
        uri = f"{host.url}/config"
        with running(OURS, uri, PATH, where / "ours") as server:
            (where / "answer.json").write_bytes(server.get(PATH))
            ours = _load(server, plan, connections=64)
        with running(BARE, "", PATH, where / "bare") as server:
            bare = _load(server, plan, connections=64)
        with running(original, uri, PATH, where / "theirs") as server:
            server.get(PATH)
            theirs = _load(server, plan, connections=4)
    return Figures(
        rate=(ours, theirs, bare),
        ours=_local(OURS, repository, where / "local-ours", plan.times),
        theirs=_local(original, repository, where / "local-theirs", 1),
        parsed=parsed(repository),
    )


def _load(server: Server, plan: Plan, connections: int) -> float:
    url = server.url(PATH)
    rate(url, connections=connections, seconds=min(2.0, plan.seconds), times=1)
    return rate(url, connections=connections, seconds=plan.seconds, times=plan.times)


def _local(line: str, repository: Path, where: Path, times: int) -> Local:
    """Start a server several times on the repository itself; return medians."""
    runs = [_run(line, repository, where / str(number)) for number in range(times)]
    return Local(*(median(column) for column in zip(*runs, strict=True)))


def _run(line: str, repository: Path, where: Path) -> tuple[float, float, float]:
    with running(line, f"file://{repository}", PATH, where) as server:
        time.sleep(_SETTLE)
        memory = server.megabytes()
        return server.first, memory, median(_cold(server, repository, n) for n in range(_COMMITS))


def _cold(server: Server, repository: Path, number: int) -> float:
    """Return the seconds from a commit to an answer with its content."""
    change(repository, number)
    expected = f"app0 change {number}".encode()
    began = time.perf_counter()
    while expected not in server.get(PATH):
        time.sleep(0.001)
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
