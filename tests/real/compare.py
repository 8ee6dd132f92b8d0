# ruff: noqa: T201 - a command line tool prints
"""Compare ours with the original on clones of real configuration repositories.

For each branch, every application and profile found in it is asked for in every format, and
every file as plain text and as bytes.
"""

import argparse
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.conformance.cases import Request
from tests.conformance.compare import show
from tests.conformance.player import OURS
from tests.conformance.repositories import git
from tests.differential.differences import Exchange, judge
from tests.differential.generate import V2
from tests.differential.servers import Servers, started
from tests.real.discover import questions


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.real.compare", description=__doc__)
    parser.add_argument("clones", type=Path, nargs="+", help="clones, bare or with a work tree")
    parser.add_argument("--branch", action="append", default=[], help="only this one (repeatable)")
    parser.add_argument("--command", default=OURS, help="how to start ours")
    options = parser.parse_args()
    differing = 0
    for clone in options.clones:
        with tempfile.TemporaryDirectory(prefix="real-") as root:
            where = copy(clone, Path(root) / "repository")
            differing += compare(where, options.command, options.branch)
    return 1 if differing else 0


def copy(clone: Path, where: Path) -> Path:
    """Make a repository with all branches of a clone, a work tree and no remote."""
    line = ["git", "clone", "-q", "--mirror", str(clone), str(where / ".git")]
    subprocess.run(line, check=True)
    git(where, "config", "core.bare", "false")
    git(where, "remote", "remove", "origin")
    git(where, "reset", "-q", "--hard")
    return where


def compare(where: Path, command: str, only: list[str]) -> int:
    """Print every difference and a line for each branch; return how many answers differ."""
    differing = 0
    with started(command, served=where) as servers:
        for branch in only or branches(where):
            statuses: Counter[int] = Counter()
            problems = 0
            for request in requests(where, branch):
                exchange = servers.exchange(branch.replace("/", "(_)"), request)
                statuses[exchange.theirs.status] += 1
                problem = judge(exchange)
                if problem and hides_errors(servers, exchange, branch):
                    problem = None
                if problem:
                    problems += 1
                    print(f"--- {branch} {request.path} {request.headers}: {problem}")
                    print(show(exchange.theirs, exchange.ours))
            print(f"{branch}: {statuses.total()} answers, {problems} differ, {dict(statuses)}")
            differing += problems
    return differing


def hides_errors(servers: Servers, exchange: Exchange, branch: str) -> bool:
    """Tell whether the original tried `master` because `main` does not parse, where ours says so.

    Under the commit's id, where it tries nothing else, the original must say what ours says.
    """
    if branch != "main" or exchange.ours.status != 500:
        return False
    commit = git(servers.repository, "rev-parse", branch).decode().strip()
    return judge(servers.exchange(commit, exchange.request)) is None


def branches(where: Path) -> list[str]:
    """Return the branches that Git would check out, the current one first."""
    listed = git(where, "for-each-ref", "--format=%(refname:short)", "refs/heads").decode()
    head = git(where, "symbolic-ref", "--short", "HEAD").decode().strip()
    return [head, *(name for name in listed.split() if name != head)]


def requests(where: Path, branch: str) -> Iterator[Request]:
    """Yield every request for a branch; `{label}` stands for it in the paths."""
    listed = git(where, "ls-tree", "-r", "-z", "--name-only", branch).decode()
    paths = [path for path in listed.split("\0") if path]
    contents = (git(where, "cat-file", "blob", f"{branch}:{path}") for path in paths)
    for name, profile in questions(paths, contents):
        yield Request(f"/{name}/{profile}/{{label}}")
        yield Request(f"/{name}/{profile}/{{label}}", headers=V2)
        if "-" not in profile:
            for ending in ("yml", "json", "properties"):
                yield Request(f"/{{label}}/{name}-{profile}.{ending}")
                yield Request(f"/{{label}}/{name}-{profile}.{ending}?resolvePlaceholders=false")
    for path in paths:
        yield Request(f"/application/default/{{label}}/{path}")
        octets = {"Accept": "application/octet-stream"}
        yield Request(f"/application/default/{{label}}/{path}", headers=octets)


if __name__ == "__main__":
    sys.exit(main())
