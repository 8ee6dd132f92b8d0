"""Placeholders in finished YAML, pasted so that the document keeps its structure.

The original resolves the finished text: a value is pasted without quotes, so `port: ${p}` becomes
`port: 5`. That is kept wherever the document then holds the pasted values where their
placeholders stood. Where one would end a quote, begin a list or break a line, it is quoted.
"""

import re
from itertools import count
from typing import TypeAlias

import yaml

from configserver.environment.placeholders import Resolver
from configserver.render.yaml import Tree, dump

MAX_DEPTH = 1000
"""Nested collections in a text that is compared; no document of ours has as many."""

Step: TypeAlias = tuple[type[yaml.Event], str | None, str | None, str]


def resolved(text: str, tree: dict[str, Tree], resolver: Resolver) -> str:
    """Return the text of a tree with its placeholders replaced.

    Raises:
        ConfigError: see `Resolver.resolve`.
    """
    if "${" not in text and "$_{" not in text:
        return text
    pasted = resolver.resolve(text)
    if pasted == text or _same_structure(text, pasted, resolver):
        return pasted
    mended = dump(tree, _Paste(resolver))
    if _events(mended) is not None:
        return mended
    return dump(tree, _Paste(resolver, quotes_all=True))


class _Paste:
    """Replaces placeholders scalar by scalar, by default as unquoted as the original."""

    def __init__(self, resolver: Resolver, *, quotes_all: bool = False) -> None:
        self._resolver = resolver
        self._quotes_all = quotes_all

    def fragment(self, written: str, indent: int) -> str | None:
        pasted = self._resolver.resolve(written)
        if self._quotes_all and pasted != written:
            return None
        before = " " * max(indent - 2, 0) + "- "
        same = _same_structure(before + written, before + pasted, self._resolver)
        return pasted if same else None

    def value(self, text: str) -> str:
        return self._resolver.resolve(text)


def _same_structure(text: str, pasted: str, resolver: Resolver) -> bool:
    """Say whether pasted values stand in a document exactly where harmless words would stand."""
    values: list[str] = []
    mark = next(mark for n in count() if (mark := f"value{n}x") not in text)

    def word(value: str) -> str:
        values.append(value)
        return f"{mark}{len(values) - 1}x"

    neutral = resolver.resolve(text, word)
    wanted, found = _events(neutral), _events(pasted)
    if wanted is None or found is None:
        return False
    words = re.compile(f"{mark}([0-9]+)x")
    return found == [
        (kind, tag, anchor, words.sub(lambda match: values[int(match[1])], content).strip(" "))
        for kind, tag, anchor, content in wanted
    ]


def _events(text: str) -> list[Step] | None:
    """Return what a parser sees in a text but for outer blanks, None where it does not parse."""
    steps: list[Step] = []
    depth = 0
    try:
        for event in yaml.parse(text, yaml.CSafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH:
                return None
            steps.append(
                (
                    type(event),
                    getattr(event, "tag", None),
                    getattr(event, "anchor", None),
                    getattr(event, "value", "").strip(" "),
                )
            )
    except (yaml.YAMLError, UnicodeEncodeError):
        return None
    return steps
