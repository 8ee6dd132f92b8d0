# ruff: noqa: T201 - a command line tool prints
"""Play every recorded case and print a table by group; exit code 1 where an answer differs."""

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.conformance.cases import Answer, Case, load_answers, load_cases, load_setups
from tests.conformance.compare import difference, show
from tests.conformance.player import OURS, playing

Row = tuple[Case, int, Answer]


def main() -> int:
    options = _options()
    cases = [case for case in load_cases() if all(part in case.id for part in options.case)]
    expected = load_answers()
    total: Counter[str] = Counter()
    good: Counter[str] = Counter()
    for case, index, answer in _answers(cases, options):
        request, recorded = case.requests[index], expected[case.id, index]
        total[case.group] += 1
        problem = difference(recorded, answer, request)
        good[case.group] += problem is None
        if problem and sum((total - good).values()) <= options.show:
            print(f"--- {case.server} {case.id} #{index} {request.path}: {problem} ({case.about})")
            print(show(recorded, answer) if problem == "body" else (answer.text or "")[:300])
    for group in sorted(total):
        print(f"{group:14} {good[group]:5} of {total[group]}")
    print(f"{good.total()} of {total.total()} answers as recorded")
    return 0 if good == total else 1


def _answers(cases: Sequence[Case], options: argparse.Namespace) -> Iterator[Row]:
    for name, setup in load_setups().items():
        mine = [case for case in cases if case.server == name]
        if not mine or (options.only and name not in options.only):
            continue
        with (
            tempfile.TemporaryDirectory(prefix="conformance-") as root,
            playing(setup, mine, options.command, Path(root)) as server,
        ):
            for case in mine:
                if options.clean:
                    server.clean(setup)
                for index, request in enumerate(case.requests):
                    yield case, index, server.ask(case, request)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    parser.add_argument("--command", default=OURS, help="{config}, {port}, {work} are filled in")
    parser.add_argument("--only", action="append", default=[], help="only this set-up (repeatable)")
    parser.add_argument("--case", action="append", default=[], help="part of the case's id")
    parser.add_argument("--clean", action="store_true", help="clean work trees before each case")
    parser.add_argument("--show", type=int, default=20, help="differences to print in full")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
