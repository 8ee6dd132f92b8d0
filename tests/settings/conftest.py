"""Settings from lines, as a `.properties` file would give them."""

from collections.abc import Callable

import pytest

from configserver.settings.bind import Bound, bind
from configserver.settings.collect import Entry
from configserver.settings.environ import environment_entries

Bind = Callable[..., Bound]

SHORT = {
    "git": "spring.cloud.config.server.git",
    "composite": "spring.cloud.config.server.composite",
    "native": "spring.cloud.config.server.native",
    "own": "configserver",
    "active": "spring.profiles.active",
}


def long(text: str) -> str:
    """Write `<git>` and the like in full."""
    for short, name in SHORT.items():
        text = text.replace(f"<{short}>", name)
    return text


def bind_lines(lines: str = "", **environ: str) -> Bound:
    """Return what lines `name = text` make, with environment variables above them.

    In names, `<git>` stands for `spring.cloud.config.server.git`, and so on.
    """
    pairs = [line.partition("=") for line in long(lines).split("\n")]
    file = [
        Entry(name.strip(), text.strip(), "f.yml", number)
        for number, (name, _, text) in enumerate(pairs, 1)
        if name.strip()
    ]
    return bind([file, environment_entries(environ)])


@pytest.fixture
def bound() -> Bind:
    return bind_lines
