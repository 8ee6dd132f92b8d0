"""What an answer depends on, told at once: equal marks, equal answers."""

from configserver.backends import Backend
from configserver.backends.chain import Chain
from configserver.backends.chosen import Candidates, Chosen
from configserver.backends.composite import Composite
from configserver.backends.resident import Resident
from configserver.backends.snapshots import SnapshotBackend
from configserver.query import Query
from configserver.secret import mask_uris


def mark_of(backend: Backend, query: Query) -> object | None:  # noqa: PLR0911 - one for each kind
    """Return what changes whenever a backend's answer to a query may, without any I/O.

    It changes less often than the generation: only if the labels of the query moved. None if
    one of those that are asked serves nothing at the moment, or is not open.
    """
    match backend:
        case SnapshotBackend():
            return backend.mark(query)
        case Chosen():
            return mark_of(backend.backend, query)
        case Resident():
            tenant = backend.registry.peek(backend.target)
            return None if tenant is None else tenant.mark(query)
        case Candidates():
            return _all([(member, query) for member in backend.members])
        case Composite():
            return _all([(member, query) for _, member in backend.members])
        case Chain():
            steps = [*backend.steps, backend.last]
            return _all([(step.backend, step.query) for step in steps])
        case _:
            return backend.now()


def named_by(backend: Backend) -> tuple[str, ...]:
    """Return the masked URIs of the repositories behind a backend that come and go."""
    match backend:
        case Resident():
            return (mask_uris(backend.target.uri),)
        case Chosen():
            return named_by(backend.backend)
        case Candidates():
            parts: list[Backend] = list(backend.members)
        case Composite():
            parts = [member for _, member in backend.members]
        case Chain():
            parts = [step.backend for step in (*backend.steps, backend.last)]
        case _:
            return ()
    return tuple(uri for part in parts for uri in named_by(part))


def _all(parts: list[tuple[Backend, Query]]) -> tuple[object, ...] | None:
    """Return the marks of all parts; None if none of them has any."""
    marks = tuple(mark_of(backend, query) for backend, query in parts)
    return None if all(mark is None for mark in marks) else marks
