"""How much one configuration file may ask for."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one file, so that a hostile one fails early instead of filling the memory.

    Attributes:
        max_bytes: size of the file.
        max_nesting: collections within collections, as SnakeYAML's nesting depth limit.
        max_nodes: scalars and collections written down in the file, and merged pairs.
        max_documents: documents in the file, empty ones too.
        max_keys: flattened keys of all its documents.
        max_text: characters of the flattened keys and values, each alias counted as a copy.
    """

    max_bytes: int = 16 * 1024 * 1024
    max_nesting: int = 50
    max_nodes: int = 1_000_000
    max_documents: int = 10_000
    max_keys: int = 500_000
    max_text: int = 64 * 1024 * 1024


DEFAULT = Limits()
