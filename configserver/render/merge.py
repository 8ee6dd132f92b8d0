"""Sources to one flat mapping, as the formats without sources show them."""

from collections.abc import Iterable

from configserver.model import PropertySource, Value

HIDDEN = "spring.profiles"
"""A key that Spring leaves out of the flat formats."""


def merge(sources: Iterable[PropertySource]) -> dict[str, Value]:
    """Merge sources, given highest precedence first, as Spring's EnvironmentController does.

    A plain key has the value of the strongest source and the place of the weakest. Keys with
    brackets go by the text before the first `[`: the strongest source with any key of such a
    group has all of it, and the groups follow the plain keys.
    """
    plain: dict[str, Value] = {}
    groups: dict[str, dict[str, Value]] = {}
    for source in reversed(tuple(sources)):
        own: dict[str, dict[str, Value]] = {}
        for key, value in source.properties.items():
            if "[" in key:
                own.setdefault(key.partition("[")[0], {})[key] = value
            else:
                plain[key] = value
        groups.update(own)
    plain.pop(HIDDEN, None)
    for group in groups.values():
        plain.update(group)
    return plain
