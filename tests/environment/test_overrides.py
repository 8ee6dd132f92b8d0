"""The operator's own property source."""

import pytest

from configserver.environment.overrides import overrides_source


def test_the_source_keeps_the_configured_order() -> None:
    source = overrides_source({"z": "1", "a": "2"})
    assert (source.name, source.path, list(source.properties)) == ("overrides", None, ["z", "a"])


@pytest.mark.parametrize(
    ("configured", "served"),
    [("$\\{x}", "${x}"), ("\\${x}", "${x}"), ("${x}", "${x}"), ("a\\b", "a\\b"), ("true", "true")],
)
def test_placeholders_for_clients_are_unescaped(configured: str, served: str) -> None:
    assert overrides_source({"k": configured}).properties == {"k": served}
