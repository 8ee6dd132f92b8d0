"""Environments as JSON, and flattened as YAML, JSON and properties."""

import asyncio
from dataclasses import replace

from configserver.model import Environment
from configserver.query import Query
from configserver.render import environment_json, flat
from configserver.service import Visit
from configserver.web.answer import Answer
from configserver.web.negotiation import JSON, V2, Accept, environment_type
from configserver.web.paths import Target
from configserver.web.routes import Variables


def query_of(variables: Variables) -> Query:
    """Return the query that a path's variables stand for.

    Raises:
        InvalidRequest: they are refused.
    """
    return Query.parse(variables["name"], variables["profiles"], variables.get("label"))


async def answer_environment(
    visit: Visit, *, accept: Accept, state: str | None = None
) -> tuple[Answer, Environment]:
    """Answer E1 to E4; `state` stands in the place of the environment's, unless it is None.

    Raises:
        ConfigError: as the service says.
    """
    content_type = environment_type(accept) or JSON
    environment = await visit.environment()
    if state is not None:
        environment = replace(environment, state=state)
    body = await asyncio.to_thread(
        environment_json, environment, origins=content_type.startswith(V2)
    )
    return Answer(200, content_type, body), environment


async def answer_flat(
    visit: Visit, suffix: str, *, target: Target, strip_document: bool
) -> tuple[Answer, Environment]:
    """Answer E5 to E10; `suffix` says in which format.

    Raises:
        ConfigError: as the service and the renderer say.
    """
    resolve = target.flag("resolvePlaceholders", default=True)
    suffix = suffix.replace("yaml", "yml")
    environment = await visit.environment()
    body = await asyncio.to_thread(
        flat, environment, suffix, resolve=resolve, strip_document=strip_document
    )
    return Answer(200, JSON if suffix == "json" else "text/plain", body), environment
