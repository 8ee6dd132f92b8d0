"""YAML to the byte as SnakeYAML writes it in block style with its default options."""

from typing import Protocol, TypeAlias

from configserver.model import Value
from configserver.render.nest import Node
from configserver.render.yaml_quotes import utf16_length
from configserver.render.yaml_scalars import Scalar, is_simple_key, layout, scalar

Tree: TypeAlias = Node[Value]

DOCUMENT = "document"
"""The key under which Spring keeps a document that is no map."""


class Paste(Protocol):
    """What replaces scalars with placeholders, one by one."""

    def fragment(self, written: str, indent: int) -> str | None:
        """Return what to write instead, None where that would not be the same kind of scalar."""

    def value(self, text: str) -> str:
        """Return the text with its placeholders replaced."""


def dump(tree: dict[str, Tree], paste: Paste | None = None) -> str:
    """Write a map.

    Raises:
        Unrenderable: text with half a surrogate pair.
    """
    if not tree:
        return "{}\n"
    writer = _Writer(paste)
    writer.collection(tree, 0)
    return writer.text()


def dump_document(value: Tree) -> str:
    """Write what stands under the only key `document`, as if it were the document.

    As in Spring, a scalar is told to be text, and so is a map.

    Raises:
        Unrenderable: text with half a surrogate pair.
    """
    writer = _Writer(None)
    if isinstance(value, dict | list):
        if isinstance(value, dict):
            writer.write("!!str")
        writer.collection(value, 0)
    else:
        writer.root(scalar(value, tagged=False))
    return writer.text()


class _Writer:
    """A cursor: the text so far, the column, and whether a collection may begin right here."""

    def __init__(self, paste: Paste | None) -> None:
        self._parts: list[str] = []
        self._column = 0
        self._open = True
        self._paste = paste

    def text(self) -> str:
        text = "".join(self._parts)
        return text if self._open else f"{text}\n"

    def write(self, text: str, *, opens: bool = False) -> None:
        self._parts.append(text)
        self._column += utf16_length(text)
        self._open = opens

    def root(self, leaf: Scalar) -> None:
        self._place(leaf, 2)

    def collection(self, tree: Tree, indent: int) -> None:
        """Write a map or a list whose keys or dashes stand at the indent."""
        if isinstance(tree, dict):
            for key, value in tree.items():
                self._start(indent)
                self._key(key, indent)
                self._node(value, indent, below_key=True)
        elif isinstance(tree, list):
            for value in tree:
                self._start(indent)
                self.write("-", opens=True)
                self._node(value, indent, below_key=False)

    def _start(self, indent: int) -> None:
        """Move to the indent, on this line if nothing stands there yet but dashes."""
        if not self._open:
            self.write("\n")
            self._column = 0
        self.write(" " * (indent - self._column), opens=True)

    def _node(self, node: Tree, indent: int, *, below_key: bool) -> None:
        if isinstance(node, dict | list):
            flush = isinstance(node, list) and below_key and not self._open
            self.collection(node, indent if flush else indent + 2)
        else:
            self._leaf(scalar(node), indent + 2)

    def _key(self, key: str, indent: int) -> None:
        leaf = scalar(key)
        if is_simple_key(leaf):
            if leaf.tag:
                self.write(f"{leaf.tag} ")
            self._place(leaf, indent, key=True)
            self.write(":")
            return
        self.write("?", opens=True)
        self._leaf(leaf, indent + 2)
        self._start(indent)
        self.write(":", opens=True)

    def _leaf(self, leaf: Scalar, indent: int) -> None:
        self.write(f" {leaf.tag} " if leaf.tag else " ")
        self._place(leaf, indent)

    def _place(self, leaf: Scalar, indent: int, *, key: bool = False) -> None:
        """Write a scalar; with placeholders replaced, the columns stay as they were before."""
        written = layout(leaf, column=self._column, indent=indent, key=key)
        shown = written
        if self._paste and not leaf.tag and ("${" in written or "$_{" in written):
            pasted = self._paste.fragment(written, indent)
            if pasted is None:
                leaf = scalar(self._paste.value(leaf.text))
                pasted = layout(leaf, column=self._column, indent=indent, key=key)
                pasted = f"{leaf.tag} {pasted}" if leaf.tag else pasted
            shown = pasted
        self._parts.append(shown)
        self._open = leaf.style == "literal" and not key
        start = 0 if "\n" in written else self._column
        self._column = 0 if self._open else start + utf16_length(written.rpartition("\n")[2])
