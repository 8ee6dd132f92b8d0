"""How much one configuration file may ask for."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one file, so that a hostile one fails early instead of filling the memory.

    The defaults let a file of 5 MB with a quarter of a million keys through, parsed in about two
    seconds and 100 MB; what is refused takes hardly more than that.

    Attributes:
        max_bytes: size of the file; its text may take four times as much memory.
        max_nesting: collections within collections, as SnakeYAML's nesting depth limit.
        max_nodes: scalars and aliases written down in a YAML file, each collection counted twice.
        max_tree_nodes: the same in a file with anchors, tags or keys that are no text, which takes
            several times as much time and memory; also the pairs that its merges may copy and the
            collections that its aliases may stand for.
        max_documents: documents in the file, empty ones too.
        max_keys: flattened keys of all its documents.
        max_steps: escapes, continued lines, blanks and other places of a properties file that need
            a closer look than a plain `key=value`, several in one line at times.
        max_text: characters of the flattened keys and values, each alias counted as a copy.
    """

    max_bytes: int = 8 * 1024 * 1024
    max_nesting: int = 50
    max_nodes: int = 750_000
    max_tree_nodes: int = 200_000
    max_documents: int = 10_000
    max_keys: int = 300_000
    max_steps: int = 400_000
    max_text: int = 24 * 1024 * 1024


DEFAULT = Limits()
