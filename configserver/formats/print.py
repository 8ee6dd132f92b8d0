"""Keys of a map that are no text, as Java's `toString` prints them."""

from configserver.errors import InvalidFile
from configserver.formats.nodes import Key, Node, Scalar, Sequence, TrackedKey
from configserver.formats.scalars import Special
from configserver.javatext import java_text


class JavaPrinter:
    """Prints nodes that are keys, at most `budget` characters of them in all."""

    def __init__(self, budget: int) -> None:
        self._budget = budget

    def text(self, node: Node) -> str:
        """Return what Java's `toString` gives for the node; null is empty, as in Boot.

        Raises:
            InvalidFile: more text than the budget allows.
        """
        if isinstance(node, Scalar):
            value = node.value
            text = "" if value is None or isinstance(value, Special) else java_text(value)
            self._budget -= len(text) + 1
            if self._budget < 0:
                raise InvalidFile("the keys of a map are too long")
            return text
        if isinstance(node, Sequence):
            return f"[{', '.join(self.text(item) for item in node.items)}]" if node.items else ""
        if node.is_set:
            return f"[{', '.join(self._key(key) for key, _ in node.pairs)}]"
        return f"{{{', '.join(self._pair(key, value) for key, value in node.pairs)}}}"

    def _pair(self, key: Key, value: Node) -> str:
        return f"{self._key(key)}={self.text(value)}"

    def _key(self, key: Key) -> str:
        if isinstance(key, Scalar) and key.value is None:
            return "null"
        return self.text(key.scalar if isinstance(key, TrackedKey) else key)
