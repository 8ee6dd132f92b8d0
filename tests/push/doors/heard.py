"""What a replica hears."""

from configserver.push import Hint


class Heard:
    """Takes hints and keeps them."""

    def __init__(self) -> None:
        self.hints: list[Hint] = []

    def hint(self, hint: Hint) -> bool:
        self.hints.append(hint)
        return True

    @property
    def looks(self) -> int:
        """How often it was told to look at everything."""
        return sum(not one.uris for one in self.hints)

    def of(self, uri: str) -> list[Hint]:
        """Return the hints that name a repository."""
        return [one for one in self.hints if uri in one.uris]
