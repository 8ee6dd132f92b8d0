"""The operator's own property source, which outranks every file."""

from collections.abc import Mapping
from types import MappingProxyType

from configserver.model import PropertySource

NAME = "overrides"


def overrides_source(overrides: Mapping[str, str]) -> PropertySource:
    r"""Return the source named `overrides`, its keys in the configured order.

    A placeholder that is meant for the clients is written `$\{x}` or `\${x}` in the settings, so
    that nobody resolves it there; both become `${x}`.
    """
    properties = {
        key: value.replace("$\\{", "${").replace("\\${", "${") for key, value in overrides.items()
    }
    return PropertySource(NAME, MappingProxyType(properties))
