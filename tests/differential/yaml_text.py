"""Random YAML files, written as text so that every way of writing is reached."""

from collections.abc import Callable

from tests.differential import scalars
from tests.differential.draw import Draw
from tests.differential.keys import list_key, map_key, scalar_key

_DEEPEST = 3
_TAGGED = (
    *("!!str 12", "!!str true", "!!str", "!!int '5'", "!!int 0x1F", "!!float 1", "!!bool 'yes'"),
    *("!!null x", "!!binary aGVsbG8=", "!!timestamp 2001-01-01", "! 12", "! x", "!!str [a]"),
    *("!!set {a, b}", "!!omap [a: 1, b: 2]", "!!seq [a]", "!!map {a: 1}", "!custom x", "!!int abc"),
    "!!timestamp 2001-12-14 21:59:43.10 -5",
)
_TAG_FAILS = 4
"""Every so many repositories with tags get to see the tags that fail, too."""


class YamlWriter:
    """Writes one document; knows the anchors that may be used."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self._scalars: list[str] = []
        self._maps: list[str] = []

    def mapping(self, indent: int, depth: int) -> str:
        """Return the lines of a block mapping."""
        draw = self.draw
        count = draw.number(1, 3) if depth else draw.number(2, 7)
        used: set[str] = set()
        lines: list[str] = []
        if self._maps and draw.has("merges", 0.5):
            lines.append(" " * indent + self._merge())
        for _ in range(count):
            key, value = self._entry(indent, depth)
            if key in used and not draw.chance(0.01):
                continue
            used.add(key)
            lines.append(self._comment(indent) + " " * indent + f"{key}:{value}")
        return "".join(lines)

    def sequence(self, indent: int, depth: int) -> str:
        """Return the lines of a block sequence."""
        return "".join(self._item(indent, depth) for _ in range(self.draw.number(1, 4)))

    def _entry(self, indent: int, depth: int) -> tuple[str, str]:
        draw = self.draw
        roll = draw.source.random()
        if depth < _DEEPEST and roll < 0.22:
            return map_key(draw), self._map_value(indent, depth + 1)
        if depth < _DEEPEST and roll < (0.5 if "lists" in draw.features else 0.34):
            return list_key(draw), self._list_value(indent, depth + 1)
        return scalar_key(draw), self._scalar_value(indent)

    def _map_value(self, indent: int, depth: int) -> str:
        draw = self.draw
        if draw.has("empties"):
            return draw.pick((" {}\n", "\n", " {a: {}}\n", " ~\n"))
        if draw.chance(0.35 if "flow" in draw.features else 0.08):
            return f" {self.flow_mapping(depth)}\n"
        if self._maps and draw.has("anchors", 0.4):
            return f" *{draw.pick(self._maps)}\n"
        body = f"\n{self.mapping(indent + draw.pick((2, 2, 4, 1)), depth)}"
        return self._anchor(self._maps, "m") + body if self._anchors_maps() else body

    def _list_value(self, indent: int, depth: int) -> str:
        draw = self.draw
        if draw.has("empties"):
            return draw.pick((" []\n", " [[], {}, ~]\n", "\n", " [~]\n"))
        if draw.chance(0.4 if "flow" in draw.features else 0.15):
            return f" {self.flow_sequence(depth)}\n"
        return "\n" + self.sequence(indent + draw.pick((0, 2, 2, 3)), depth)

    def _item(self, indent: int, depth: int) -> str:
        draw, dash = self.draw, " " * indent + "-"
        roll = draw.source.random()
        if depth < _DEEPEST and roll < 0.3:
            inner = self.mapping(indent + 2, depth + 1)
            return f"{dash} {inner.lstrip(' ')}" if "#" not in inner else f"{dash}\n{inner}"
        if depth < _DEEPEST and roll < 0.42:
            return f"{dash} {self.sequence(indent + 2, depth + 1).lstrip(' ')}"
        return f"{dash}{self._scalar_value(indent)}"

    def _scalar_value(self, indent: int) -> str:
        """Return what follows the colon or the dash, with the end of the line."""
        draw = self.draw
        if draw.has("empties", 0.2):
            return draw.pick(("\n", " ''\n", ' ""\n', " ~\n", " # nothing\n"))
        if draw.has("blocks", 0.35):
            return block_scalar(draw, indent)
        if draw.has("multiline", 0.3):
            return multi_line(draw, indent)
        if self._scalars and draw.has("anchors"):
            return f" *{draw.pick(self._scalars)}\n"
        anchor = self._anchor(self._scalars, "s") if draw.has("anchors") else ""
        gap = draw.pick((" ", " ", " ", "  ")) if "comments" in draw.features else " "
        comment = draw.pick(("  # note", " #", " # a: b")) if draw.has("comments") else ""
        return f"{anchor}{gap}{self.scalar()}{comment}\n"

    def scalar(self, *, flow: bool = False) -> str:
        draw = self.draw
        if draw.has("tags"):
            rare = draw.number(1, _TAG_FAILS) == 1
            return draw.pick(_TAGGED if rare and not flow else _TAGGED[:9])
        if {"placeholders", "nested-placeholders"} & draw.features and draw.chance(0.4):
            return scalars.spelt(draw, scalars.placeholder(draw), flow=flow)
        if draw.chance(0.45):
            return scalars.typed(draw)
        return scalars.spelt(draw, scalars.text(draw), flow=flow)

    def flow_mapping(self, depth: int) -> str:
        draw = self.draw
        keys = draw.some(("a", "b", "c.d", "'e f'", '"g"', "k"), 3)
        inner = ", ".join(f"{key}: {self._flow(depth)}" for key in keys)
        return "{" + draw.pick((inner, inner, f" {inner} ", f"{inner},")) + "}"

    def flow_sequence(self, depth: int) -> str:
        inner = ", ".join(self._flow(depth) for _ in range(self.draw.number(1, 4)))
        return "[" + self.draw.pick((inner, inner, f" {inner} ", f"{inner},")) + "]"

    def _flow(self, depth: int) -> str:
        roll = self.draw.source.random()
        if depth < _DEEPEST and roll < 0.12:
            return self.flow_mapping(depth + 1)
        if depth < _DEEPEST and roll < 0.24:
            return self.flow_sequence(depth + 1)
        return self.scalar(flow=True)

    def _anchors_maps(self) -> bool:
        return not self.draw.features.isdisjoint({"anchors", "merges"})

    def _anchor(self, known: list[str], prefix: str) -> str:
        if self.draw.chance(0.4):
            return ""
        known.append(f"{prefix}{len(known)}")
        return f" &{known[-1]}"

    def _merge(self) -> str:
        names = [f"*{name}" for name in self.draw.some(self._maps, 3)]
        return f"<<: {names[0]}\n" if len(names) == 1 else f"<<: [{', '.join(names)}]\n"

    def _comment(self, indent: int) -> str:
        if not self.draw.has("comments"):
            return ""
        return self.draw.pick(
            ("# comment\n", " " * indent + "# ünder: it\n", "\n", "\n\n", "   # x\n")
        )


def block_scalar(draw: Draw, indent: int) -> str:
    """Return a literal or folded scalar with any of the header's indicators."""
    step = draw.number(1, 4)
    lead = draw.pick(("", "", " ", "  ")) if draw.chance(0.3) else ""
    explicit = str(step) if lead or draw.chance(0.2) else ""
    chomping = draw.pick(("", "", "-", "+"))
    marks = explicit + chomping if draw.chance(0.5) else chomping + explicit
    pad = " " * (indent + step)
    lines = [
        _block_line(draw, pad + (lead if number == 0 else ""))
        for number in range(draw.number(1, 5))
    ]
    ending = draw.pick(("", "", "", "\n", "\n\n")) if draw.chance(0.4) else ""
    return f" {draw.pick('||>')}{marks}\n" + "".join(lines) + ending


def multi_line(draw: Draw, indent: int) -> str:
    """Return a plain or quoted scalar over several lines."""
    pad = "\n" + " " * (indent + draw.number(1, 4))
    words = [
        draw.pick(("word", "two words", "a-b", "12", "x" * 40)) for _ in range(draw.number(2, 5))
    ]
    joined = (
        "".join(word + draw.pick((pad, pad, "\n" + pad, " ")) for word in words[:-1]) + words[-1]
    )
    quote = draw.pick(("", "", "'", '"'))
    if quote == '"' and draw.chance(0.4):
        joined = joined.replace(pad, "\\" + pad, 1)
    return f" {quote}{joined}{quote}\n"


def _block_line(draw: Draw, pad: str) -> str:
    texts: tuple[Callable[[], str], ...] = (
        lambda: (
            pad + draw.pick(("text", "more text", "- item", "key: value", "# no comment", "'q'"))
        ),
        lambda: (
            pad + draw.pick(("  deeper", "trailing ", "\ttab", "${r1} and ${missing:x}", "é 日本"))
        ),
        lambda: "",
        lambda: pad + " ".join(["word"] * draw.number(10, 40)),
    )
    number = draw.source.choices(range(4), (6, 3, 2, 1))[0]
    return texts[number]() + "\n"
