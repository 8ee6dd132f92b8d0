# ruff: noqa: T201 - a command line tool prints
"""Ask ours and the original about random repositories; shrink each difference and print it."""

import argparse
import base64
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.conformance.compare import show
from tests.conformance.player import OURS
from tests.differential.differences import Exchange, judge
from tests.differential.generate import SERVER, Repository, repository
from tests.differential.servers import Servers, new_repository, started
from tests.differential.shrink import shrink

FOUND = Path(__file__).with_name("found.jsonl")
_SPREAD = 1_000_003
"""Distance between the seeds of two runs, so that runs do not share repositories."""


def main() -> int:
    options = _options()
    numbers = range(options.first, options.first + options.count)
    statuses: Counter[int] = Counter()
    streak = differing = 0
    with _servers(options) as servers:
        for start in range(0, len(numbers), options.batch):
            batch = numbers[start : start + options.batch]
            for number, problems, answers in explore(servers, options.seed, batch):
                statuses.update(answers)
                streak = 0 if problems else streak + 1
                differing += bool(problems)
                if problems and differing <= options.most:
                    _report(servers, number, problems[0], options)
            done = f"{start + len(batch)} of {len(numbers)}"
            print(
                f"{done}: {differing} differ, {streak} agree in a row, statuses {_sorted(statuses)}"
            )
            if differing >= options.most:
                break
    return 1 if differing else 0


def explore(
    servers: Servers, seed: int, numbers: Sequence[int]
) -> Iterator[tuple[int, list[tuple[Repository, str]], list[int]]]:
    """Yield for each number its differences, each with the one request that shows it.

    The last member of a row are the statuses that the original answered with.
    """
    batch = {f"f{number}": repository(seed * _SPREAD + number) for number in numbers}
    answers = servers.ask(batch)
    for number, (name, one) in zip(numbers, batch.items(), strict=True):
        problems = [
            (Repository(one.files, (exchange.request,)), problem)
            for exchange in answers[name]
            if (problem := judge(exchange))
        ]
        yield number, problems, [exchange.theirs.status for exchange in answers[name]]


def smallest(servers: Servers, one: Repository, problem: str) -> Repository:
    """Shrink a repository as long as it shows the same kind of difference."""

    def differs(candidates: Sequence[Repository]) -> list[bool]:
        batch = {f"s{index}": candidate for index, candidate in enumerate(candidates)}
        answers = servers.ask(batch)
        return [any(judge(e) == problem for e in answers[name]) for name in batch]

    return shrink(one, differs)


def case_row(name: str, one: Repository, about: str) -> dict[str, Any]:
    """Return a repository as a case of the conformance suite."""
    requests = [
        {"path": request.path, **({"headers": request.headers} if request.headers else {})}
        for request in one.requests
    ]
    files = {path: _content(content) for path, content in one.files.items()}
    head = {"id": name, "group": "found", "server": SERVER, "about": about}
    return {**head, "files": files, "requests": requests}


def _report(
    servers: Servers, number: int, found: tuple[Repository, str], options: argparse.Namespace
) -> None:
    one, problem = found
    small = smallest(servers, one, problem) if options.shrink else one
    exchange: Exchange = servers.ask({"report": small})["report"][0]
    row = case_row(f"found-{options.seed}-{number}", small, problem)
    line = json.dumps(row, ensure_ascii=False)
    print(f"--- {line}\n{show(exchange.theirs, exchange.ours)}")
    if options.keep:
        with FOUND.open("a", encoding="utf-8") as output:
            output.write(f"{line}\n")


@contextmanager
def _servers(options: argparse.Namespace) -> Iterator[Servers]:
    if not options.theirs:
        with started(options.command) as servers:
            yield servers
        return
    where = options.repository
    if not where.exists():
        new_repository(where)
    yield Servers(_port(options.ours), _port(options.theirs), where)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.differential.fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=200, help="repositories to try")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first repository")
    parser.add_argument("--batch", type=int, default=50, help="repositories asked about at once")
    parser.add_argument("--most", type=int, default=20, help="differences after which to stop")
    parser.add_argument("--keep", action="store_true", help=f"append cases to {FOUND.name}")
    parser.add_argument("--no-shrink", dest="shrink", action="store_false")
    parser.add_argument("--command", default=OURS, help="how to start ours")
    parser.add_argument("--ours", help="URL of a running server instead (with --theirs)")
    parser.add_argument("--theirs", help="URL of the original, running on --repository")
    parser.add_argument("--repository", type=Path, help="git repository that both serve")
    return parser.parse_args()


def _port(url: str) -> int:
    return urlsplit(url).port or 8888


def _content(content: bytes) -> str | dict[str, str]:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return {"b64": base64.b64encode(content).decode()}


def _sorted(statuses: Counter[int]) -> dict[int, int]:
    return dict(sorted(statuses.items()))


if __name__ == "__main__":
    sys.exit(main())
