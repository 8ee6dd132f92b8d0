"""An environment as bytes: Spring's JSON in both media types, and the flat formats."""

from collections.abc import Mapping

from configserver.environment.placeholders import Resolver
from configserver.model import Environment, Value
from configserver.render import yaml
from configserver.render.json import flat_json
from configserver.render.merge import merge
from configserver.render.nest import nest
from configserver.render.properties import flat_properties
from configserver.render.spring import environment_json
from configserver.render.yaml_paste import resolved

__all__ = ["content_type", "environment_json", "flat"]


def content_type(suffix: str) -> str:
    """Return the content type of a flat format; YAML is plain text, as in Spring."""
    return "application/json" if suffix == "json" else "text/plain"


def flat(
    environment: Environment, suffix: str, *, resolve: bool = True, strip_document: bool = True
) -> bytes:
    """Return what `GET /[{label}/]{name}-{profiles}.{suffix}` answers, in UTF-8.

    Args:
        environment: what was found.
        suffix: `yml`, `yaml`, `json` or `properties`.
        resolve: replace placeholders by values of the environment itself.
        strip_document: in YAML, show what stands under an only key `document` in its place.

    Raises:
        ConfigError: a key that cannot be nested, lists and values in each other's place, circular
            placeholders, a text that the format cannot hold.
    """
    properties = merge(environment.sources)
    resolver = Resolver(environment) if resolve else None
    if suffix == "properties":
        return flat_properties(properties, resolver).encode("utf-8", "replace")
    if suffix == "json":
        return flat_json(properties, resolver).encode()
    return _flat_yaml(properties, resolver, strip_document=strip_document).encode()


def _flat_yaml(
    properties: Mapping[str, Value], resolver: Resolver | None, *, strip_document: bool
) -> str:
    tree = nest(properties)
    if strip_document and tree.keys() == {yaml.DOCUMENT}:
        return yaml.dump_document(tree[yaml.DOCUMENT])
    text = yaml.dump(tree)
    return text if resolver is None else resolved(text, tree, resolver)
