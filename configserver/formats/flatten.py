"""Flatten node trees to dotted keys, as Spring's `YamlProcessor` does."""

from configserver.errors import InvalidFile
from configserver.formats.limits import Limits
from configserver.formats.nodes import (
    Key,
    Mapping,
    Mark,
    Node,
    Scalar,
    Sequence,
    TrackedKey,
    error_at,
)
from configserver.formats.print import JavaPrinter
from configserver.formats.scalars import Special
from configserver.model import Document, Position, Value

_MAX_DEPTH = 200
"""Levels that aliases of aliases may add up to; keeps the recursion off Python's own limit."""

JAVA_BLANKS = "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \u1680\u2028\u2029\u205f\u3000" + "".join(
    chr(code) for code in range(0x2000, 0x200B) if code != 0x2007
)
"""What Java's `Character.isWhitespace` says of; a path of nothing else is no path to Spring."""


class Flattener:
    """Flattens the documents of one file within the limits of that file."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._keys = 0
        self._collections = 0
        self._text = 0
        self._values: dict[str, Value] = {}
        self._origins: dict[str, Position] = {}
        self._open: set[int] = set()
        self._printer = JavaPrinter(limits.max_text)

    def document(self, root: Node) -> Document | None:
        """Return the flattened document, or None if it is empty.

        Raises:
            InvalidFile: a key that Spring cannot flatten, recursion, or more than the limits allow.
        """
        self._values, self._origins = {}, {}
        if isinstance(root, Mapping) and not root.is_set:
            self._mapping("", root, in_list=False)
        elif isinstance(root, Mapping) or (isinstance(root, Sequence) and root.items):
            self._node("document", root, in_list=True)
        elif isinstance(root, Scalar) and root.value is Special.MERGE:
            raise error_at("a merge key is no value", root.mark)
        elif isinstance(root, Scalar) and root.value not in {None, ""}:
            self._node("document", root, in_list=False)
        else:
            return None
        return Document(self._values, self._origins)

    def _node(self, path: str, node: Node, *, in_list: bool) -> None:
        if isinstance(node, Scalar):
            self._put(path, node)
            return
        self._collections += 1
        if self._collections > self._limits.max_nodes:
            raise error_at("aliases stand for too many collections", node.mark)
        if id(node) in self._open:
            raise error_at("a collection contains itself", node.mark)
        if len(self._open) >= _MAX_DEPTH:
            raise error_at(f"aliases nest more than {_MAX_DEPTH} levels deep", node.mark)
        self._open.add(id(node))
        if isinstance(node, Mapping) and not node.is_set:
            self._mapping(path, node, in_list=in_list)
        elif isinstance(node, Mapping):
            self._node(path, _elements(node), in_list=True)
        elif not node.items:
            self._put(path, Scalar(None, node.mark))
        else:
            prefix = path if path.strip(JAVA_BLANKS) else ""
            for index, item in enumerate(node.items):
                self._node(f"{prefix}[{index}]", item, in_list=True)
        self._open.discard(id(node))

    def _mapping(self, path: str, node: Mapping, *, in_list: bool) -> None:
        has_path = path.strip(JAVA_BLANKS) != ""
        for name, value in self._named(node, in_list=in_list).items():
            if not has_path:
                key = name
            elif name.startswith("["):
                key = path + name
            else:
                key = f"{path}.{name}"
            if type(value) is Scalar:
                self._put(key, value)
            else:
                self._node(key, value, in_list=in_list)

    def _named(self, node: Mapping, *, in_list: bool) -> dict[str, Node]:
        """Return the values by their names; of keys that print alike the last value counts."""
        named: dict[str, Node] = {}
        for key, value in node.pairs:
            if type(key) is Scalar and type(key.value) is str:
                named[key.value] = value
            else:
                named[self._name(key, node, in_list=in_list)] = value
        return named

    def _name(self, key: Key, node: Mapping, *, in_list: bool) -> str:
        scalar = key.scalar if isinstance(key, TrackedKey) else key
        if in_list:
            raise error_at("a key that is no text, in a map within a list", _mark(key, node))
        if isinstance(scalar, Scalar):
            if scalar.value is None or isinstance(scalar.value, Special):
                raise error_at("a key is null", _mark(key, node))
            if isinstance(scalar.value, str):
                return scalar.value
        if isinstance(scalar, Sequence) and not scalar.items:
            return ""
        return f"[{self._printer.text(scalar)}]"

    def _put(self, key: str, scalar: Scalar) -> None:
        value = scalar.value
        if value is None or isinstance(value, Special):
            value = ""
        self._keys += 1
        self._text += len(key) + (len(value) if isinstance(value, str | bytes) else 8)
        if self._keys > self._limits.max_keys:
            raise self._too_much(f"more than {self._limits.max_keys} keys", scalar)
        if self._text > self._limits.max_text:
            raise self._too_much(f"more than {self._limits.max_text} characters flat", scalar)
        self._values[key] = value
        mark = scalar.mark
        if mark is not None:
            self._origins[key] = Position(mark.line + 1, mark.column + 1)
        else:
            self._origins.pop(key, None)

    def _too_much(self, what: str, scalar: Scalar) -> InvalidFile:
        return error_at(what, scalar.mark)


def _elements(node: Mapping) -> Sequence:
    """Return the elements of a `!!set`, its keys, of which only merged ones have an origin."""
    items: list[Node] = []
    for key, _ in node.pairs:
        if isinstance(key, TrackedKey):
            items.append(key.scalar)
        else:
            items.append(Scalar(key.value, None) if isinstance(key, Scalar) else key)
    return Sequence(items, None)


def _mark(key: Key, node: Mapping) -> Mark:
    return key.scalar.mark or node.mark if isinstance(key, TrackedKey) else key.mark or node.mark
