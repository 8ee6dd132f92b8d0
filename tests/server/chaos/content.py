"""What is in a configuration repository, and what a client gets: without any of the server."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

Values = Mapping[str, str]

_BROKEN: Final = "key: [unclosed\nother: }\n"


@dataclass(frozen=True, slots=True)
class File:
    """A file of plain keys.

    Attributes:
        values: of the keys.
        comment: that stands above them.
        broken: whether it does not parse.
    """

    values: Values = field(default_factory=dict)
    comment: int = 0
    broken: bool = False

    @property
    def text(self) -> str:
        if self.broken:
            return _BROKEN
        lines = [f"# comment {self.comment}", *(f"{key}: {v}" for key, v in self.values.items())]
        return "\n".join(lines) + "\n"


Tree = Mapping[str, File]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a watcher asks for; no label is the default branch."""

    application: str
    profile: str
    label: str | None = None

    @property
    def path(self) -> str:
        label = "" if self.label is None else f"/{self.label}"
        return f"/{self.application}/{self.profile}{label}"

    def of(self, tree: Tree | None) -> Values | None:
        """Return the values that win in a tree, none if there is no tree; None if it is broken."""
        if tree is None:
            return {}
        found: dict[str, str] = {}
        for name in ("application", self.application):
            found.update(tree[f"{name}.yml"].values if f"{name}.yml" in tree else {})
        files = [f"{name}.yml" for name in ("application", self.application)]
        files += [f"{name}-{self.profile}.yml" for name in ("application", self.application)]
        for file in files:
            if file in tree:
                if tree[file].broken:
                    return None
                found.update(tree[file].values)
        return found
