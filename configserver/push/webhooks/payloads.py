"""Payloads, taken apart without trust: anything may stand anywhere in them."""

from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson

from configserver.errors import InvalidRequest
from configserver.push.webhooks import Claim, Paths, Payload

URIS: Final = ("clone_url", "ssh_url", "git_url", "html_url")
"""Where a repository in GitHub's form says where it is."""

MAX_DEPTH: Final = 100
"""Objects and lists within each other; those of Git hosts have about ten."""
MAX_TEXT: Final = 2048
"""Characters of a URI, a ref or an id."""
MAX_REFS: Final = 1000

_COMES_OR_GOES: Final = frozenset({"create", "delete"})
_CHANGES: Final = ("added", "removed", "modified")


def parse(body: bytes) -> Payload:
    """Return the JSON object in a body.

    Raises:
        InvalidRequest: it is no JSON object, no UTF-8, or too deep.
    """
    try:
        payload = orjson.loads(body.removeprefix(BOM_UTF8))
    except orjson.JSONDecodeError:
        raise InvalidRequest("the body is no JSON") from None
    if not isinstance(payload, dict):
        raise InvalidRequest("the body is no JSON object")
    level: list[Any] = [payload]
    for _ in range(MAX_DEPTH):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return payload
    raise InvalidRequest(f"the body is deeper than {MAX_DEPTH} levels")


def commit_paths(payload: Payload) -> Paths | None:
    """Return the files of all commits as the original finds them, None if there are none.

    Raises:
        InvalidRequest: a commit, or the files of one, that are of the wrong type.
    """
    commits = payload.get("commits")
    if not isinstance(commits, list):
        return None
    paths: dict[str, None] = {}
    for commit in commits:
        if not isinstance(commit, dict):
            raise InvalidRequest("a commit in the payload is no object")
        for change in _CHANGES:
            files = commit.get(change)
            paths.update(dict.fromkeys(() if files is None else file_names(files)))
    return tuple(paths) or None


def push_claim(payload: Payload, delivery: str | None) -> Claim:
    """Return what GitHub, and those that took its form, say of a push."""
    return Claim(
        uris=fields(at(payload, "repository"), *URIS),
        refs=refs(at(payload, "ref")),
        paths=well_formed_paths(payload),
        delivery=delivery,
    )


def ref_claim(event: str | None, payload: Payload, delivery: str | None) -> Claim | None:
    """Return what Gitea and Gogs say of a push, or of a ref that came or went; None of all else.

    They tell of a deleted branch with a `delete` alone, which has no full name of it.
    """
    if event == "push":
        return push_claim(payload, delivery)
    if event in _COMES_OR_GOES:
        return Claim(uris=fields(at(payload, "repository"), *URIS), delivery=delivery)
    return None


def file_names(files: object) -> Paths:
    """Return a list of texts.

    Raises:
        InvalidRequest: it is something else.
    """
    if not isinstance(files, list) or not all(isinstance(file, str) for file in files):
        raise InvalidRequest("the files in the payload are no list of texts")
    return tuple(files)


def well_formed_paths(payload: Payload) -> Paths:
    """Return the files of all commits, none if any of it is of the wrong type."""
    try:
        return commit_paths(payload) or ()
    except InvalidRequest:
        return ()


def at(payload: object, *keys: str) -> Any:
    """Return what stands below keys, None if nothing does."""
    for key in keys:
        if not isinstance(payload, Mapping):
            return None
        payload = payload.get(key)
    return payload


def items(payload: object, *keys: str) -> list[Any]:
    """Return the list below keys, an empty one if there is none."""
    found = at(payload, *keys)
    return found if isinstance(found, list) else []


def texts(*values: object) -> tuple[str, ...]:
    """Return those of some values that are texts of a sensible length, each once."""
    found = (one for one in values if isinstance(one, str) and 0 < len(one) <= MAX_TEXT)
    return tuple(dict.fromkeys(found))


def text(value: object) -> str | None:
    """Return a value if it is a text of a sensible length."""
    return next(iter(texts(value)), None)


def refs(*values: object) -> tuple[str, ...]:
    """Return full names of refs; none, for "unknown", if there are very many."""
    found = texts(*values)
    return found if len(found) <= MAX_REFS else ()


def fields(payload: object, *names: str) -> tuple[str, ...]:
    """Return the texts in some fields of an object."""
    return texts(*(at(payload, name) for name in names))


def _inside(outer: Any) -> Iterator[Any]:
    inner = outer.values() if isinstance(outer, dict) else outer
    return (one for one in inner if isinstance(one, dict | list))
