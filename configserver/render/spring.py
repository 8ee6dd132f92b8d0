"""The environment itself as JSON, in both media types."""

from collections.abc import Mapping
from typing import Any

from configserver.environment.overrides import NAME as OVERRIDES
from configserver.model import Environment, PropertySource, Value
from configserver.render.json import dump, wire

OVERRIDES_ORIGIN = "Config server overrides"


def environment_json(environment: Environment, *, origins: bool) -> bytes:
    """Return what `GET /{name}/{profiles}[/{label}]` answers, to the byte.

    Args:
        environment: what was found.
        origins: wrap each value of known origin as the v2 media type does.
    """
    show = _with_origins if origins else _bare
    sources = [{"name": source.name, "source": show(source)} for source in environment.sources]
    return dump(
        {
            "name": environment.name,
            "profiles": [environment.profiles],
            "label": environment.label,
            "version": environment.version,
            "state": environment.state,
            "propertySources": sources,
        }
    ).encode()


def _bare(source: PropertySource) -> Mapping[str, Any]:
    return {key: _wire(value) for key, value in source.properties.items()}


def _with_origins(source: PropertySource) -> Mapping[str, Any]:
    if source.path is None and source.name == OVERRIDES:
        return {
            key: {"value": value, "origin": OVERRIDES_ORIGIN}
            for key, value in source.properties.items()
        }
    places = source.origins
    return {
        key: {"value": _wire(value), "origin": str(places[key])} if key in places else _wire(value)
        for key, value in source.properties.items()
    }


def _wire(value: Value) -> Any:
    """Save the call for text, which most values are."""
    return value if value.__class__ is str else wire(value)
