"""Whole YAML files: documents, conditions, roots that are no maps, and line ends."""

from tests.differential.conditions import settings
from tests.differential.draw import Draw
from tests.differential.scalars import single
from tests.differential.yaml_text import YamlWriter

_SEPARATORS = ("---\n", "---\n", "---\n", "--- # next\n", "...\n---\n", "---\n---\n", "--- \n")
_ROOTS = ("just text\n", "- a\n- b: 1\n", "5\n", "true\n", "''\n", "[a, {b: c}]\n", "|\n  a\n  b\n")


def yaml_file(draw: Draw, *, variant: bool) -> str:
    """Return a file; `variant` says that it belongs to a profile."""
    count = draw.number(2, 4) if draw.has("documents", 0.7) else 1
    documents = [_document(draw, variant=variant) for _ in range(count)]
    start = (
        draw.pick(("---\n", "%YAML 1.1\n---\n", "# top\n", "\ufeff"))
        if draw.has("documents")
        else ""
    )
    content = start + "".join(
        document if number == 0 else draw.pick(_SEPARATORS) + document
        for number, document in enumerate(documents)
    )
    if draw.has("line-ends"):
        content = content.replace("\n", draw.pick(("\r\n", "\r")))
    return content.rstrip("\n") if draw.has("line-ends") else content


def _document(draw: Draw, *, variant: bool) -> str:
    if draw.has("empties", 0.12):
        return draw.pick(("", "{}\n", "# only a comment\n", "~\n", "[]\n", "a: {}\n"))
    if draw.has("documents", 0.08):
        return draw.pick(_ROOTS)
    rows = settings(draw, variant=variant)
    body = YamlWriter(draw).mapping(0, 0)
    lines = "".join(_setting(draw, key, value) for key, value in rows)
    return lines + body if draw.chance(0.8) else body + lines


def _setting(draw: Draw, key: str, value: str) -> str:
    """Write a setting flat, nested, or as a list."""
    if draw.chance(0.2) and "," in value:
        spelt = "[" + ", ".join(single(part.strip()) for part in value.split(",")) + "]"
    else:
        spelt = single(value)
    if draw.chance(0.6):
        return f"{key}: {spelt}\n"
    *outer, last = key.split(".")
    opening = "".join("  " * depth + f"{part}:\n" for depth, part in enumerate(outer))
    return opening + "  " * len(outer) + f"{last}: {spelt}\n"
