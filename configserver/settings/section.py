"""What all sections of the settings have in common: how a text becomes a value.

Sections are plain dataclasses: a server answers its first request sooner than a library for such
models is imported.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal, TypeAlias, get_args, get_origin

Parse: TypeAlias = Callable[[Any], Any]
"""Makes a value of a text, a list or a map of texts; raises ValueError saying what it should be."""

LATER: Final = "is not supported yet and has no effect"
"""The effect of a field whose name is known but which nothing reads; setting it gives a warning."""

_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,18}")
_WORDS: Final = {
    **dict.fromkeys(("true", "on", "yes", "1"), True),
    **dict.fromkeys(("false", "off", "no", "0"), False),
}


def setting(default: Any, *, description: str, effect: str = "", shown: bool = True) -> Any:
    """Declare a field of a section.

    Args:
        default: its value if nothing sets it.
        description: the help text.
        effect: why setting it changes nothing; an empty text if it does.
        shown: whether `repr` of the section shows it.
    """
    about = {"description": description, "effect": effect}
    if isinstance(default, Mapping):
        return field(default_factory=lambda: default, metadata=about, repr=shown)
    return field(default=default, metadata=about, repr=shown)


def section(model: Callable[[], Any], *, ours: bool = False) -> Any:
    """Declare a field that is a section itself.

    Args:
        model: its class, which needs no arguments.
        ours: Spring has no such names; they stand at the same place below `configserver`.
    """
    return field(default=model(), metadata={"section": model, "ours": ours})


def sections(model: Callable[[], Any]) -> Any:
    """Declare a field that maps the names an operator gives to sections."""
    return field(default_factory=lambda: MappingProxyType({}), metadata={"sections": model})


def without_effect(why: str) -> str:
    """Return the effect of a field that a Spring file may hold although we have no use for it."""
    return f"has no effect: {why}"


def parser_of(hint: Any) -> Parse:
    """Return what makes a value of the type that a field is annotated with."""
    if get_origin(hint) is Annotated:
        parse: Parse = hint.__metadata__[0]
        return parse
    if get_origin(hint) is Literal:
        return one_of(*get_args(hint))
    return {bool: boolean, int: whole_number()}.get(hint, text)


def text(value: Any) -> str:
    """Return a text as it is."""
    if not isinstance(value, str):
        raise ValueError("should be a single text")  # noqa: TRY004 - as Parse says
    return value


def boolean(value: Any) -> bool:
    """Return what one of Spring's words for true and false means, in any case."""
    found = _WORDS.get(text(value).strip().lower())
    if found is None:
        raise ValueError("should be a valid boolean: true or false")
    return found


def whole_number(minimum: int | None = None, maximum: int | None = None) -> Parse:
    """Return a parser of decimal integers within bounds, both included."""

    def parse(value: Any) -> int:
        written = text(value).strip()
        if not _INTEGER.fullmatch(written):
            raise ValueError("should be a valid integer")
        number = int(written)
        if minimum is not None and number < minimum:
            raise ValueError(f"should be greater than or equal to {minimum}")
        if maximum is not None and number > maximum:
            raise ValueError(f"should be less than or equal to {maximum}")
        return number

    return parse


def one_of(*words: str) -> Parse:
    """Return a parser that takes one of some words."""

    def parse(value: Any) -> str:
        if value not in words:
            *first, last = (f"'{word}'" for word in words)
            raise ValueError(f"should be {', '.join(first)} or {last}")
        return text(value)

    return parse


def expanded(value: Any) -> Path:
    """Return a path, `~` being the home of the user who runs the server."""
    return Path(text(value)).expanduser()


def optional(parse: Parse) -> Parse:
    """Return a parser for a value that may be missing: a blank text says the same as no text."""
    return lambda value: None if isinstance(value, str) and not value.strip() else parse(value)


def split_at_commas(value: str | Sequence[str]) -> tuple[str, ...]:
    """Return the items of a list, which one text may hold with commas between them."""
    if not isinstance(value, str):
        return tuple(value)
    return tuple(item for item in (part.strip() for part in value.split(",")) if item)


Texts = Annotated[tuple[str, ...], split_at_commas]
"""A list: items `name[0]`, `name[1]`, or one text with commas."""

Files = Annotated[
    tuple[str, ...], lambda value: tuple(str(expanded(one)) for one in split_at_commas(value))
]
"""A list of paths, written as `Texts`."""

Text = Annotated[str | None, optional(text)]
Number = Annotated[int | None, optional(whole_number())]
Switch = Annotated[bool | None, optional(boolean)]
Folder = Annotated[Path | None, optional(expanded)]
File = Annotated[str | None, optional(lambda value: str(expanded(value)))]
"""The path of a file as a text, for those that hand it on."""
