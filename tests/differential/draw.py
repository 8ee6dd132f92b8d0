"""Seeded choices, biased by features: each repository explores a few corners deeply."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeVar

T = TypeVar("T")

FEATURES = (
    "quoting",
    "folding",
    "multiline",
    "numbers",
    "dates",
    "words",
    "odd-keys",
    "bracket-keys",
    "anchors",
    "merges",
    "tags",
    "documents",
    "conditions",
    "profiles",
    "imports",
    "lists",
    "escapes",
    "placeholders",
    "nested-placeholders",
    "comments",
    "blocks",
    "unicode",
    "control",
    "empties",
    "conflicts",
    "flow",
    "folders",
    "files",
    "line-ends",
)

_BROKEN = 0.06


@dataclass(frozen=True, slots=True)
class Draw:
    """A source of choices and the features that this repository dwells on."""

    source: Random
    features: frozenset[str]

    @classmethod
    def seeded(cls, seed: int) -> "Draw":
        """Return the choices of a seed: the same seed gives the same repository for ever."""
        source = Random(seed)
        features = set(source.sample(FEATURES, source.randint(2, 7)))
        if source.random() < _BROKEN:
            features.add("broken")
        return cls(source, frozenset(features))

    def chance(self, probability: float) -> bool:
        return self.source.random() < probability

    def has(self, feature: str, probability: float = 0.3) -> bool:
        """Tell whether to use a feature here, if this repository dwells on it."""
        return feature in self.features and self.chance(probability)

    def number(self, low: int, high: int) -> int:
        return self.source.randint(low, high)

    def pick(self, options: Sequence[T]) -> T:
        return self.source.choice(options)

    def some(self, options: Sequence[T], most: int) -> list[T]:
        """Return one to `most` different options in any order."""
        return self.source.sample(options, self.source.randint(1, min(most, len(options))))
