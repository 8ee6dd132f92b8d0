"""Liveness, readiness and what is served; none of it waits for anything."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from configserver.web.answer import Answer
from configserver.web.errors import NotAcceptable
from configserver.web.negotiation import ACTUATOR, JSON, Accept, actuator_type

UP: Final = "UP"
DOWN: Final = "DOWN"
DEGRADED: Final = "DEGRADED"


@dataclass(frozen=True, slots=True)
class Component:
    """A repository, a key or a way out in the health answer.

    Attributes:
        name: the masked URI of a repository, the name of a key.
        ready: whether something of it can be served, or decrypted with it.
        stale: whether the last look at its remote, or the last call of its service, failed.
        details: what an operator wants to know, in JSON's types and without any secret.
    """

    name: str
    ready: bool
    stale: bool
    details: Mapping[str, object]

    @property
    def status(self) -> str:
        """UP, DEGRADED while an older state is served, DOWN if there is nothing to serve."""
        if not self.ready:
            return DOWN
        return DEGRADED if self.stale else UP


class Probe(Protocol):
    """What the composition root knows of the server's state; all of it answers at once."""

    def ready(self) -> bool:
        """Say whether something can be served."""

    def commit(self) -> str | None:
        """Return the commit that the default label stands for, None if unknown."""

    def repositories(self) -> Sequence[Component]:
        """Return what there is to say of each repository."""

    def keys(self) -> Sequence[Component]:
        """Return what there is to say of each key that a service unwraps."""

    def push(self) -> Sequence[Component]:
        """Return what there is to say of each way by which others are told of changes."""


class AlwaysReady:
    """A probe for a server that needs nothing to be ready."""

    def ready(self) -> bool:
        """See Probe."""
        return True

    def commit(self) -> str | None:
        """See Probe."""
        return None

    def repositories(self) -> Sequence[Component]:
        """See Probe."""
        return ()

    def keys(self) -> Sequence[Component]:
        """See Probe."""
        return ()

    def push(self) -> Sequence[Component]:
        """See Probe."""
        return ()


def answer_links(base: str, accept: Accept) -> Answer:
    """Answer `/actuator`: what there is below it, with absolute links.

    Args:
        base: scheme and host as the client sees them.
        accept: what the client takes.

    Raises:
        NotAcceptable: the client takes no JSON.
    """
    places = {
        "self": "",
        "health": "/health",
        "health-path": "/health/{*path}",
        "info": "/info",
    }
    links = {
        name: {"href": f"{base}/actuator{place}", "templated": "{" in place}
        for name, place in places.items()
    }
    return _answer(200, {"_links": links}, accept)


def answer_health(component: str, probe: Probe, accept: Accept) -> Answer:
    """Answer `/actuator/health` and its groups `liveness` and `readiness`.

    `repositories`, `keys` and `push` are ours: what is known of each, 200 also while older states
    are served, so that no orchestrator restarts a server because its Git host is down. Anything
    else below it is a 404 without body, as with Boot's defaults.

    Raises:
        NotAcceptable: the client takes no JSON.
    """
    up = component == "liveness" or probe.ready()
    code = 200 if up else 503
    if component == "":
        status = "UP" if up else "DOWN"
        return _answer(code, {"groups": ["liveness", "readiness"], "status": status}, accept)
    if component == "liveness":
        return _answer(code, {"status": "UP"}, accept)
    if component == "readiness":
        return _answer(code, {"status": "UP" if up else "OUT_OF_SERVICE"}, accept)
    parts = {"repositories": probe.repositories, "keys": probe.keys, "push": probe.push}
    if found := parts.get(component):
        return _components(found(), accept)
    return Answer(404, "", b"")


def _components(found: Sequence[Component], accept: Accept) -> Answer:
    worst = next(
        (word for word in (DOWN, DEGRADED) if any(one.status == word for one in found)), UP
    )
    components = {one.name: {"status": one.status, "details": one.details} for one in found}
    code = 503 if worst == DOWN else 200
    return _answer(code, {"status": worst, "components": components}, accept)


def answer_info(version: str, probe: Probe, answers: Mapping[str, int], accept: Accept) -> Answer:
    """Answer `/actuator/info`: version of the server, the commit that it serves, its counters.

    Args:
        version: of the server.
        probe: what is asked for the commit.
        answers: how many there were so far, by how they came about.
        accept: what the client takes.

    Raises:
        NotAcceptable: the client takes no JSON.
    """
    info: dict[str, object] = {"build": {"name": "configserver", "version": version}}
    if commit := probe.commit():
        info["git"] = {"commit": {"id": commit}}
    info["answers"] = answers
    return _answer(200, info, accept)


def _answer(status: int, body: Mapping[str, object], accept: Accept) -> Answer:
    content_type = actuator_type(accept)
    if content_type is None:
        raise NotAcceptable("the actuator answers JSON only", types=(ACTUATOR, JSON))
    return Answer(status, content_type, json.dumps(body, separators=(",", ":")).encode())
