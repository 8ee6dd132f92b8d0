"""What all sections of the settings have in common."""

from collections.abc import Sequence
from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict
from pydantic.config import JsonDict

LATER: Final[JsonDict] = {"effect": "is not supported yet and has no effect"}
"""Marks a field whose name is known but which nothing reads; setting it gives a warning."""


def without_effect(why: str) -> JsonDict:
    """Mark a field that a Spring file may hold although we have no use for it."""
    return {"effect": f"has no effect: {why}"}


class Section(BaseModel):
    """A group of settings under one prefix; frozen, and every field says what it is for."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", arbitrary_types_allowed=True, hide_input_in_errors=True
    )


def split_at_commas(value: str | Sequence[str]) -> tuple[str, ...]:
    """Return the items of a list, which one text may hold with commas between them."""
    if not isinstance(value, str):
        return tuple(value)
    return tuple(item for item in (part.strip() for part in value.split(",")) if item)


Texts = Annotated[tuple[str, ...], BeforeValidator(split_at_commas)]
"""A list: items `name[0]`, `name[1]`, or one text with commas."""


def _blank_is_none(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


Optional = BeforeValidator(_blank_is_none)
"""For a value that may be missing: a blank text says the same as no text."""
