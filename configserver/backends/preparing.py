"""Letting backends make answers that will be asked for soon."""

from collections.abc import Iterable, Iterator

from configserver.backends import Backend
from configserver.backends.chain import Chain
from configserver.backends.chosen import Chosen
from configserver.backends.composite import Composite
from configserver.backends.resident import Resident
from configserver.backends.snapshots import SnapshotBackend
from configserver.query import Query


async def prepare(asked: Iterable[tuple[Backend, Query]]) -> None:
    """Let each backend make what it will be asked for, in one go.

    Backends of which it is not certain that they will be asked do nothing, nor do those that are
    not open. What fails is left to who asks.
    """
    wanted: dict[SnapshotBackend, list[Query]] = {}
    for backend, query in asked:
        for one, of_it in _certain(backend, query):
            wanted.setdefault(one, []).append(of_it)
    for backend, queries in wanted.items():
        await backend.prepare(queries)


def _certain(backend: Backend, query: Query) -> Iterator[tuple[SnapshotBackend, Query]]:
    """Yield what a backend will ask which others for a query."""
    match backend:
        case SnapshotBackend():
            yield backend, query
        case Chosen():
            yield from _certain(backend.backend, query)
        case Resident():
            tenant = backend.registry.peek(backend.target)
            if tenant is not None:
                yield from _certain(tenant, query)
        case Composite():
            for _, member in backend.members:
                yield from _certain(member, query)
        case Chain():
            step = backend.steps[0] if backend.steps else backend.last
            yield from _certain(step.backend, step.query)
