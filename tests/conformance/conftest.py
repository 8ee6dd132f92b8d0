"""One server per set-up, started when the first of its cases is played."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.conformance.cases import load_cases, load_setups
from tests.conformance.player import OURS, Running, playing


@pytest.fixture(scope="session")
def server_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Running]]:
    setups, cases = load_setups(), load_cases()
    running: dict[str, Running] = {}
    with ExitStack() as stack:

        def start(name: str) -> Running:
            if name not in running:
                mine = [case for case in cases if case.server == name]
                root = tmp_path_factory.mktemp(name)
                running[name] = stack.enter_context(playing(setups[name], mine, OURS, root))
            return running[name]

        yield start
