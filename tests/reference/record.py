# ruff: noqa: T201 - a command line tool prints
"""Ask the original about cases and append both, cases and answers, to the conformance suite."""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.conformance import cases as recorded
from tests.conformance.cases import Answer, Case, case_of, load_setups, rows
from tests.conformance.player import playing
from tests.reference.reference import command


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.reference.record", description=__doc__)
    parser.add_argument("cases", type=Path, help="JSON lines, one case each")
    parser.add_argument("--into", type=Path, default=recorded.HERE, help="folder of the suite")
    options = parser.parse_args()
    known = {case.id for case in recorded.load_cases(options.into / "cases.jsonl")}
    fresh = [row for row in rows(options.cases) if row["id"] not in known]
    answers = list(record([case_of(row) for row in fresh]))
    _append(options.into / "cases.jsonl", fresh)
    answer_rows = [recorded.answer_row(case, index, answer) for case, index, answer in answers]
    _append(options.into / "answers.jsonl", answer_rows)
    print(f"{len(answers)} answers of {len(fresh)} cases recorded")
    return 0


def record(cases: Sequence[Case]) -> Iterator[tuple[Case, int, Answer]]:
    """Play cases against the original, each on clean work trees."""
    for name, setup in load_setups().items():
        mine = [case for case in cases if case.server == name]
        if not mine:
            continue
        with (
            tempfile.TemporaryDirectory(prefix="record-") as root,
            playing(setup, mine, command(), Path(root)) as server,
        ):
            for case in mine:
                server.clean(setup)
                for index, request in enumerate(case.requests):
                    yield case, index, server.ask(case, request)


def _append(path: Path, lines: Sequence[dict[str, Any]]) -> None:
    with path.open("a", encoding="utf-8") as output:
        output.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


if __name__ == "__main__":
    sys.exit(main())
