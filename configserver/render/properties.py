"""`.properties` as Spring prints it: for people, not for a parser."""

from collections.abc import Mapping

from configserver.environment.placeholders import Resolver
from configserver.javatext import java_text
from configserver.model import Value


def flat_properties(properties: Mapping[str, Value], resolver: Resolver | None) -> str:
    """Return lines `key: value` without any escape, with placeholders resolved by `resolver`.

    Raises:
        ConfigError: see `Resolver.resolve`.
    """
    text = "\n".join(f"{key}: {java_text(value)}" for key, value in properties.items())
    return text if resolver is None else resolver.resolve(text)
