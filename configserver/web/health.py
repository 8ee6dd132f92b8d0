"""Liveness, readiness and what is served; none of it waits for anything."""

import json
from collections.abc import Mapping
from typing import Protocol

from configserver.web.answer import Answer
from configserver.web.errors import NotAcceptable
from configserver.web.negotiation import ACTUATOR, JSON, Accept, actuator_type


class Probe(Protocol):
    """What the composition root knows of the server's state; both answer at once."""

    def ready(self) -> bool:
        """Say whether something can be served."""

    def commit(self) -> str | None:
        """Return the commit that the default label stands for, None if unknown."""


class AlwaysReady:
    """A probe for a server that needs nothing to be ready."""

    def ready(self) -> bool:
        """See Probe."""
        return True

    def commit(self) -> str | None:
        """See Probe."""
        return None


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

    Anything else below it is a 404 without body, as with Boot's defaults.

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
    return Answer(404, "", b"")


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
