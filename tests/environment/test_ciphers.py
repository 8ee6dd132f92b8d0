"""Without a key no cipher is served as if it were a value."""

from configserver.environment.ciphers import mark_undecryptable
from configserver.model import Environment, Position, PropertySource


def test_ciphers_become_invalid_keys_at_the_end() -> None:
    source = PropertySource(
        "foo.yml",
        {"a": "{cipher}76", "b": "plain", "l[0]": "{cipher}x", "l[1]": "y", "n": 1},
        {"a": Position(1, 4), "b": Position(2, 4)},
    )
    marked = mark_undecryptable(Environment("foo", "dev", None, None, "", (source,)))
    assert list(marked.sources[0].properties.items()) == [
        ("b", "plain"),
        ("l[1]", "y"),
        ("n", 1),
        ("invalid.a", "<n/a>"),
        ("invalid.l[0]", "<n/a>"),
    ]
    assert marked.sources[0].origins == {"b": Position(2, 4)}


def test_a_source_without_ciphers_is_left_alone() -> None:
    source = PropertySource("foo.yml", {"a": "text {cipher}", "b": True})
    marked = mark_undecryptable(Environment("foo", "dev", None, None, "", (source,)))
    assert marked.sources[0] is source
