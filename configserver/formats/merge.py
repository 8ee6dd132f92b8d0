"""Merge keys, `<<`, resolved in the order in which SnakeYAML constructs mappings.

That order matters: a map that is merged before it is constructed itself (one written behind the
`<<`, or inside of the map it is merged into) gives keys that Boot has not made plain yet, and
loses its own merge keys to the map it is merged into.
"""

from collections.abc import Hashable

from configserver.formats.limits import Limits
from configserver.formats.nodes import (
    Key,
    Mapping,
    Node,
    Scalar,
    Sequence,
    TrackedKey,
    children,
    error_at,
    identity,
)
from configserver.formats.scalars import Special


def resolve_merges(root: Node, limits: Limits) -> None:
    """Replace the merge keys below `root` by the pairs they stand for.

    Raises:
        InvalidFile: a merge of what is no map, or more merged pairs than nodes are allowed.
    """
    _Merger(limits.max_nodes).visit(root)


class _Merger:
    def __init__(self, budget: int) -> None:
        self._budget = budget
        self._visited: set[int] = set()

    def visit(self, node: Node) -> None:
        if isinstance(node, Scalar) or id(node) in self._visited:
            return
        self._visited.add(id(node))
        if isinstance(node, Mapping):
            node.constructed = True
            if node.merges:
                merged: dict[Hashable, tuple[Key, Node]] = {}
                self._merge(node, merged, preferred=True)
                node.pairs = list(merged.values())
                node.merges = False
        for child in children(node):
            self.visit(child)

    def _merge(
        self, node: Mapping, merged: dict[Hashable, tuple[Key, Node]], *, preferred: bool
    ) -> None:
        pairs = node.pairs
        node.pairs = [pair for pair in pairs if not _is_merge(pair[0])]
        for key, value in pairs:
            self._budget -= 1
            if self._budget < 0:
                raise error_at("too many merged keys", node.mark)
            if _is_merge(key):
                for source in _sources(value, key):
                    self._merge(source, merged, preferred=False)
                continue
            known = TrackedKey(key) if isinstance(key, Scalar) and not node.constructed else key
            name = identity(known)
            if preferred or name not in merged:
                merged[name] = (known, value)


def _is_merge(key: Key) -> bool:
    return isinstance(key, Scalar) and key.value is Special.MERGE


def _sources(value: Node, key: Key) -> list[Mapping]:
    sources = value.items if isinstance(value, Sequence) else [value]
    maps = [source for source in sources if isinstance(source, Mapping)]
    if len(maps) < len(sources):
        mark = key.mark if isinstance(key, Scalar) else None
        raise error_at("a merge needs a map or a list of maps", mark)
    return maps
