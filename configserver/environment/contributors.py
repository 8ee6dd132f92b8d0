"""The tree of documents that a search grows, as Spring Boot's config data contributors.

What a document imports hangs below it, apart for what was imported before the profiles were known
and after. The order of precedence is a walk through the tree: later imports first, then earlier
ones, then the document itself. Nothing else decides the order of property sources.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum

from configserver.environment.activation import Condition
from configserver.environment.imports import Group
from configserver.environment.relaxed import SpringKeys
from configserver.model import Document


class Phase(Enum):
    """When something is imported."""

    BEFORE_PROFILES = 0
    WITH_PROFILES = 1


@dataclass(frozen=True, slots=True)
class Part:
    """A document of a loaded file.

    Attributes:
        path: the file in the snapshot.
        place: where it was looked for, from where its own imports are relative.
        location: the location that led there, as written.
        index: its number among several documents of the file, None if it is the only one.
        document: its content.
        keys: what its `spring.*` keys mean.
        profile_file: whether it was found in a search for files of profiles.
    """

    path: str
    place: str
    location: str
    index: int | None
    document: Document
    keys: SpringKeys
    profile_file: bool


@dataclass(slots=True, eq=False)
class Contributor:
    """A node of the tree.

    Attributes:
        part: the document, None for the root.
        rises: whether it moves up to the files of profiles of its importer's importer.
        bound: whether imports and condition are known yet.
        imports: what it imports.
        condition: when it is active, None for always.
        children: what was imported in each phase, strongest first; no entry before that.
    """

    part: Part | None
    rises: bool = False
    bound: bool = False
    imports: tuple[Group, ...] = ()
    condition: Condition | None = None
    children: dict[Phase, list["Contributor"]] = field(default_factory=dict)

    def below(self) -> list["Contributor"]:
        """Return the children, strongest first."""
        return [
            *self.children.get(Phase.WITH_PROFILES, ()),
            *self.children.get(Phase.BEFORE_PROFILES, ()),
        ]

    def adopt(self, phase: Phase, children: list["Contributor"]) -> None:
        """Hang imports below; files of profiles found two levels below move up to these."""
        self.children[phase] = children
        before = self.children.get(Phase.BEFORE_PROFILES, [])
        if phase is Phase.WITH_PROFILES and any(
            grandchild.rises for child in before for grandchild in child.below()
        ):
            risen = [grandchild for child in before for grandchild in child.release()]
            self.children[phase] = risen + children

    def release(self) -> list["Contributor"]:
        """Cut off and return the children that rise; they rise but once."""
        released: list[Contributor] = []
        for phase in Phase:
            children = self.children.get(phase, [])
            released += (child for child in children if child.rises)
            self.adopt(phase, [child for child in children if not child.rises])
        for child in released:
            child.rises = False
        return released


def walk(root: Contributor) -> Iterator[Contributor]:
    """Yield all contributors, strongest first, children before their parents."""
    stack = [(root, False)]
    while stack:
        contributor, open_ = stack.pop()
        if open_ or not contributor.children:
            yield contributor
            continue
        stack.append((contributor, True))
        stack.extend((child, False) for child in reversed(contributor.below()))
