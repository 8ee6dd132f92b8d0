"""Recorded cases: small configuration repositories, requests, and the answers of the original."""

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of a repository, or a symbolic link whose target is the content."""

    content: bytes
    link: bool = False


Tree = Mapping[str, Entry]


@dataclass(frozen=True, slots=True)
class Tag:
    name: str
    annotated: bool
    commit: int


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it goes over the wire; `compare` loosens what must agree."""

    path: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None
    compare: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """A branch of a repository (or a plain directory) with the requests to send.

    Attributes:
        trees: the branch's commits, oldest first.
    """

    id: str
    group: str
    server: str
    repository: str
    branch: str
    about: str
    trees: tuple[Tree, ...]
    tags: tuple[Tag, ...]
    requests: tuple[Request, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said; a body that is no UTF-8 is kept in Base64."""

    status: int
    type: str
    text: str | None = None
    base64: str | None = None


@dataclass(frozen=True, slots=True)
class Setup:
    """The settings that a server is started with, and what it is started on."""

    name: str
    properties: Mapping[str, str]
    repositories: tuple[str, ...]
    directories: tuple[str, ...]


def load_cases(path: Path = HERE / "cases.jsonl") -> tuple[Case, ...]:
    return tuple(case_of(row) for row in rows(path))


def load_answers(path: Path = HERE / "answers.jsonl") -> Mapping[tuple[str, int], Answer]:
    return {
        (row["case"], row["request"]): Answer(
            row["status"], row["type"], row.get("text"), row.get("b64")
        )
        for row in rows(path)
    }


def load_setups(path: Path = HERE / "servers.json") -> Mapping[str, Setup]:
    raw = json.loads(path.read_text("utf-8"))
    return {
        name: Setup(
            name,
            setup["properties"],
            tuple(setup.get("repos", ["cases"])),
            tuple(setup.get("dirs", [])),
        )
        for name, setup in raw.items()
    }


def rows(path: Path) -> Iterator[Any]:
    """Yield the JSON lines of a file; only `\\n` ends a line."""
    for line in path.read_text("utf-8").split("\n"):
        if line:
            yield json.loads(line)


def case_of(row: Mapping[str, Any]) -> Case:
    return Case(
        id=row["id"],
        group=row.get("group", "-"),
        server=row.get("server", "default"),
        repository=row.get("repo", "cases"),
        branch=row.get("branch", row["id"]),
        about=row.get("about", ""),
        trees=tuple(_tree_of(tree) for tree in [*row.get("history", []), row["files"]]),
        tags=tuple(_tags_of(row.get("tags", []))),
        requests=tuple(_request_of(request) for request in row["requests"]),
    )


def answer_row(case: Case, index: int, answer: Answer) -> dict[str, Any]:
    """Return the JSON line of an answer, the inverse of `load_answers`."""
    body = {"text": answer.text} if answer.base64 is None else {"b64": answer.base64}
    head = {"case": case.id, "request": index, "status": answer.status, "type": answer.type}
    return {**head, **body}


def _tree_of(raw: Mapping[str, Any]) -> Tree:
    return {path: _entry_of(value) for path, value in raw.items()}


def _entry_of(value: str | Mapping[str, str]) -> Entry:
    if isinstance(value, str):
        return Entry(value.encode())
    if "symlink" in value:
        return Entry(value["symlink"].encode(), link=True)
    return Entry(base64.b64decode(value["b64"]))


def _tags_of(raw: Iterable[Mapping[str, Any]]) -> Iterator[Tag]:
    for tag in raw:
        yield Tag(tag["name"], tag.get("annotated", False), tag.get("commit", -1))


def _request_of(raw: Mapping[str, Any]) -> Request:
    return Request(
        raw["path"],
        raw.get("method", "GET"),
        raw.get("headers", {}),
        raw.get("body"),
        raw.get("compare", ""),
    )
