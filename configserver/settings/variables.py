"""Environment variables of settings in sections that an operator names or numbers."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Final, NamedTuple

from configserver.settings.schema import BY_NAME, INDEX, KEY, Kind

_ITEM: Final = re.compile(r"(.+?)_([0-9]{1,9})_?")
_POSSIBLE: Final = ("SPRING_CLOUD_CONFIG_SERVER_", "CONFIGSERVER_")
_NUMBERED: Final = re.compile(r"([0-9]{1,9})_(.+)")


class _Container(NamedTuple):
    """Sections with a key or a number.

    Attributes:
        head: the end of a name before the key: `.repos.`, or before the number: `[`.
        fields: what follows the key or number, by its squeezed form.
        lists: those of them that are lists.
        within: such sections in each of these.
    """

    head: str
    numbered: bool
    fields: dict[str, str]
    lists: frozenset[str]
    within: dict[str, "_Container"]


def squeezed(name: str) -> str:
    """Return a name without what an environment variable cannot tell apart."""
    return re.sub(r"[._-]", "", name).upper()


def name_inside(variable: str) -> str | None:
    """Return the name that a variable in upper case stands for, None if it is in no such section.

    A key is the fewest words that leave a setting: `MY_REPO_URI` is `my-repo.uri`. The short form,
    `REPOS_SIMPLE`, takes one word, so that a misspelt setting makes no repository.
    """
    return _within(_all(), variable) if variable.startswith(_POSSIBLE) else None


def _within(containers: dict[str, _Container], rest: str) -> str | None:
    for prefix, container in containers.items():
        if not rest.startswith(prefix):
            continue
        for opened, following in _opened(container, rest.removeprefix(prefix)):
            found = _field(container, following) or _within(container.within, following)
            if found is not None:
                return f"{container.head}{opened}{found}"
    return None


def _opened(container: _Container, rest: str) -> Iterator[tuple[str, str]]:
    """Yield what may be the number or the key, and what follows it."""
    if container.numbered:
        if numbered := _NUMBERED.fullmatch(rest):
            yield f"{int(numbered[1])}]", numbered[2]
        return
    words = rest.split("_")
    for size in range(1, len(words)):
        if all(words[:size]):
            yield "-".join(words[:size]).lower(), "_".join(words[size:])
    if rest and len(words) == 1:
        yield rest.lower(), ""


def _field(container: _Container, following: str) -> str | None:
    if not following:
        return "" if "URI" in container.fields and not container.numbered else None
    if name := container.fields.get(squeezed(following)):
        return name
    if item := _ITEM.fullmatch(following):
        name = container.fields.get(squeezed(item[1]))
        return f"{name}[{item[2]}]" if name in container.lists else None
    return None


def _containers(parent: str) -> dict[str, _Container]:
    """Return the sections with a key or a number right below a documented prefix."""
    heads: dict[str, str] = {}
    for name in BY_NAME:
        rest = name.removeprefix(parent) if name.startswith(parent) else ""
        found = re.search(f"{re.escape(KEY)}|{re.escape(INDEX)}", rest)
        if found:
            heads[rest[: found.start()]] = found[0]
    return {
        re.sub(r"[.-]+", "_", head.removeprefix(".")).upper().rstrip("_") + "_": _container(
            f"{parent}{head}{place}", head, numbered=place == INDEX
        )
        for head, place in heads.items()
    }


def _container(prefix: str, head: str, *, numbered: bool) -> _Container:
    below = {
        name.removeprefix(prefix): known
        for name, known in BY_NAME.items()
        if name.startswith(prefix + ".")
    }
    plain = {rest: known for rest, known in below.items() if KEY not in rest}
    return _Container(
        head=f"{head}[" if numbered else head,
        numbered=numbered,
        fields={squeezed(rest): rest for rest in plain},
        lists=frozenset(rest for rest, known in plain.items() if known.kind is Kind.LIST),
        within=_containers(prefix),
    )


@cache
def _all() -> dict[str, _Container]:
    return _containers("")
