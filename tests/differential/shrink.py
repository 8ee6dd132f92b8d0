"""Make a repository that shows a difference as small as it can be."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import TypeVar

from tests.differential.generate import Repository

T = TypeVar("T")

Differs = Callable[[Sequence[Repository]], Sequence[bool]]
"""Tells for each repository whether the difference still shows; asked for many at once."""

_AT_ONCE = 12


def shrink(repository: Repository, differs: Differs) -> Repository:
    """Return a part of the repository that still differs, of which no smaller part does.

    Delta debugging over requests, files, lines and characters, until nothing more can go.
    """
    while True:
        smaller = _one_request(repository, differs)
        smaller = _fewer_files(smaller, differs)
        smaller = _shorter_files(smaller, differs, _lines)
        smaller = _shorter_files(smaller, differs, list)
        if smaller == repository:
            return repository
        repository = smaller


def minimal(units: Sequence[T], differs: Callable[[Sequence[list[T]]], Sequence[bool]]) -> list[T]:
    """Drop chunks of units, large ones first, as long as `differs` says yes to the rest."""
    kept, size = list(units), max(1, len(units) // 2)
    while kept:
        found = _first(_without(kept, size), differs)
        if found is not None:
            kept = found
        elif size == 1:
            break
        size = size if found is not None else size // 2
        size = max(1, min(size, len(kept)))
    return kept


def _one_request(repository: Repository, differs: Differs) -> Repository:
    if len(repository.requests) == 1:
        return repository
    alone = [replace(repository, requests=(request,)) for request in repository.requests]
    return _first(iter(alone), differs) or repository


def _fewer_files(repository: Repository, differs: Differs) -> Repository:
    def with_files(paths: Sequence[str]) -> Repository:
        return replace(repository, files={path: repository.files[path] for path in paths})

    paths = minimal(list(repository.files), lambda many: differs([with_files(p) for p in many]))
    return with_files(paths)


def _shorter_files(
    repository: Repository, differs: Differs, split: Callable[[str], list[str]]
) -> Repository:
    for path in repository.files:
        shorter = _shorter_file(repository, path, differs, split)
        repository = replace(repository, files={**repository.files, path: shorter})
    return repository


def _shorter_file(
    repository: Repository, path: str, differs: Differs, split: Callable[[str], list[str]]
) -> bytes:
    def with_units(units: Sequence[str]) -> Repository:
        return replace(repository, files={**repository.files, path: _joined(units)})

    text = repository.files[path].decode("utf-8", "surrogateescape")
    return _joined(minimal(split(text), lambda many: differs([with_units(u) for u in many])))


def _first(candidates: Iterator[T], differs: Callable[[Sequence[T]], Sequence[bool]]) -> T | None:
    while group := list(islice(candidates, _AT_ONCE)):
        for candidate, shows in zip(group, differs(group), strict=True):
            if shows:
                return candidate
    return None


def _without(units: list[T], size: int) -> Iterator[list[T]]:
    for start in range(0, len(units), size):
        yield units[:start] + units[start + size :]


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def _joined(units: Sequence[str]) -> bytes:
    return "".join(units).encode("utf-8", "surrogateescape")
