"""Several backends as one, the first strongest."""

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from configserver.backends import Backend, Router, Seen
from configserver.backends.members import Failing, generation_of, look, oldest
from configserver.errors import (
    BackendFailure,
    ConfigError,
    NoSuchFile,
    NoSuchLabel,
    NoSuchRepository,
)
from configserver.logs import get_logger
from configserver.model import AS_ASKED, Environment, File, Provenance
from configserver.query import Query

_log = get_logger(__name__)
T = TypeVar("T", Environment, File)


@dataclass(frozen=True, slots=True)
class Member:
    """A part of a composite.

    Attributes:
        name: its masked URI, or `native`.
        router: which of its backends answers.
    """

    name: str
    router: Router


class CompositeRouter:
    """Asks the same of all members, in their order.

    Args:
        members: at least one; one alone answers as if there were no composite.
        fail_on_error: whether a member that fails fails the request; else it is left out, unless
            nothing but failures would be left.
        reverse_files: look for plain files in the last member first.
    """

    def __init__(
        self,
        members: Sequence[Member],
        *,
        fail_on_error: bool = True,
        reverse_files: bool = False,
    ) -> None:
        self._members = tuple(members)
        self._lenient = not fail_on_error
        self._reverse_files = reverse_files
        self._trouble = Trouble()

    def route(self, query: Query) -> Backend:
        """See Router."""
        if len(self._members) == 1:
            return self._members[0].router.route(query)
        return Composite(
            tuple((member.name, self._routed(member, query)) for member in self._members),
            lenient=self._lenient,
            reverse_files=self._reverse_files,
            trouble=self._trouble,
        )

    def _routed(self, member: Member, query: Query) -> Backend:
        try:
            return member.router.route(query)
        except ConfigError as error:
            if not self._lenient:
                raise
            return Failing(error)


class Trouble:
    """What members cannot be reached for at the moment, so that the log says it once."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def note(self, name: str, answer: object) -> None:
        """Log that a member is left out, or not any more, if that is news.

        A label or a file that one does not have, or a file that does not parse, is no trouble of
        the member: the next query may go well.
        """
        known = self._known.get(name)
        if isinstance(answer, (BackendFailure, NoSuchRepository)):
            if answer.reason != known:
                self._known[name] = answer.reason
                _log.warning(
                    "composite member left out", member=name, reason=answer.reason, hint=answer.hint
                )
        elif known is not None and not isinstance(answer, ConfigError):
            del self._known[name]
            _log.info("composite member is back", member=name)


@dataclass(frozen=True, slots=True)
class Composite:
    """The members' backends for one query.

    Attributes:
        members: two or more backends with their names, the strongest first.
        lenient: leave out those that fail.
        reverse_files: look for plain files in the last one first.
        trouble: what was logged.
    """

    members: Sequence[tuple[str, Backend]]
    lenient: bool = False
    reverse_files: bool = False
    trouble: Trouble = field(default_factory=Trouble)

    def now(self) -> object | None:
        """See Backend."""
        return generation_of(self._backends())

    async def sync(self) -> object:
        """See Backend."""
        return await look(self._backends(), lenient=self.lenient)

    def seen(self) -> Seen:
        """See Backend."""
        return oldest(self._backends())

    async def find(self, query: Query) -> Environment:
        """See Backend; members that fail are left out if that is wanted and others are left.

        As in the original nothing is found, rather than an error, if no member has the label.
        """
        found = await self._all([backend.find(query) for _, backend in self.members])
        good = [one for one in found.values() if isinstance(one, Environment)]
        errors = {name: one for name, one in found.items() if isinstance(one, ConfigError)}
        telling = [one for one in errors.values() if not isinstance(one, NoSuchLabel)]
        if errors and not self.lenient:
            raise next(iter(errors.values()))
        if telling and not good:
            raise telling[0]
        return Environment(
            name=query.name,
            profiles=query.profiles,
            label=query.label,
            version=None,
            state=None,
            sources=tuple(source for one in good for source in one.sources),
            provenance=_merged(
                [one.provenance for one in good],
                [error.repository or self.members[place][0] for place, error in errors.items()],
            ),
        )

    async def file(self, query: Query, path: str) -> File:
        """See Backend; a label that one member lacks is one that all lack, as in the original."""
        found = await self._all([backend.file(query, path) for _, backend in self.members])
        places = reversed(found) if self.reverse_files else found
        missing: ConfigError | None = None
        first: File | None = None
        for place in places:
            one = found[place]
            if isinstance(one, File):
                first = first or one
            elif isinstance(one, NoSuchFile):
                missing = missing or one
            elif not self.lenient or isinstance(one, NoSuchLabel):
                raise one
        if first is not None:
            return first
        raise missing or next(one for one in found.values() if isinstance(one, ConfigError))

    def _backends(self) -> list[Backend]:
        return [backend for _, backend in self.members]

    async def _all(self, asked: Sequence[Coroutine[Any, Any, T]]) -> dict[int, T | ConfigError]:
        """Return the answer or the error of each member by its place."""
        answers = await asyncio.gather(*asked, return_exceptions=True)
        found: dict[int, T | ConfigError] = {}
        for place, answer in enumerate(answers):
            if isinstance(answer, BaseException) and not isinstance(answer, ConfigError):
                raise answer
            found[place] = answer
            if self.lenient:
                self.trouble.note(self.members[place][0], answer)
        return found


def _merged(parts: Sequence[Provenance], skipped: Sequence[str]) -> Provenance:
    """Name everything that is not as asked for once, with commas between several."""
    labels = dict.fromkeys(part.label for part in parts if part.label)
    repositories = dict.fromkeys(part.repository for part in parts if part.repository)
    left_out = [*(name for part in parts for name in part.skipped), *skipped]
    if not (labels or repositories or left_out):
        return AS_ASKED
    return Provenance(
        label=",".join(labels) or None,
        repository=",".join(repositories) or None,
        skipped=tuple(dict.fromkeys(left_out)),
    )
