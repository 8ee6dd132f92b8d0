"""Bringing a mirror up to date with its remote, in the process that fetches."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

from dulwich.client import FetchPackResult, GitClient
from dulwich.object_store import ObjectStoreGraphWalker
from dulwich.objects import ObjectID, valid_hexsha
from dulwich.refs import Ref
from dulwich.repo import Repo

from configserver.backends.git.faults import Fault, Unreachable
from configserver.backends.git.fetching import bare, packs
from configserver.backends.git.fetching.haves import Newest
from configserver.backends.git.fetching.incoming import BadPack
from configserver.backends.git.fetching.jobs import Job, Move
from configserver.backends.git.fetching.mirror_faults import is_out_of_memory, reading, writing
from configserver.backends.git.fetching.moves import (
    HEADS,
    TAGS,
    Refs,
    merge,
    moves_of,
    served,
    text_of,
)
from configserver.backends.git.transport import talk

_HEAD: Final = Ref(b"HEAD")
_PREFIXES: Final = (_HEAD, HEADS, TAGS)


def update(job: Job, receiving: Callable[[], None]) -> tuple[str | None, tuple[Move, ...]]:
    """Fetch all branches and tags, into a mirror that is made if it is not there.

    Nothing is written before the remote has sent its refs: asking for what is not there is cheap.

    Args:
        job: what to do.
        receiving: called once the remote has sent its refs.

    Returns:
        The remote's default branch, if it says; and the refs that moved.

    Raises:
        Unreachable: with the kind of failure: the remote's, the disk's or the mirror's.
        MemoryError: there was too little.
    """
    with writing(), reading():
        if job.path.exists():
            if bare.is_begun(job.path):
                bare.make(job.path)
            bare.clean(job.path)
        before = bare.refs_of(job.path)
        with _Pack(job.path) as pack:
            result = _asked(job, pack, before, receiving)
            _put_in(job.path, pack, result)
        return _followed(job, before, result)


class _Pack:
    """The file that a pack is written to as it comes; there is none before its first bytes."""

    def __init__(self, mirror: Path) -> None:
        self._folder = mirror / "objects" / "pack"
        self.file: BinaryIO | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.drop()

    def write(self, data: bytes) -> int:
        """Take what came."""
        if self.file is None:
            self.file = packs.unplaced(self._folder)
        return self.file.write(data)

    def drop(self) -> None:
        """Forget what came, if it is not in its place."""
        if self.file is not None:
            with suppress(OSError):
                self.file.close()
            Path(self.file.name).unlink(missing_ok=True)
            self.file = None


class _Own:
    """Failures of ours amid the talk with a remote, kept from being taken for the remote's."""

    def __init__(self) -> None:
        self._error: Unreachable | MemoryError | None = None

    @contextmanager
    def work(self) -> Iterator[None]:
        """Keep what happens inside."""
        try:
            with writing(), reading():
                yield
        except (Unreachable, MemoryError) as error:
            self._error = error
            raise

    @contextmanager
    def blame(self) -> Iterator[None]:
        """Raise what was kept, whatever was made of it on the way."""
        try:
            yield
        except Exception as error:
            if self._error is not None:
                raise self._error from None
            if is_out_of_memory(error):
                raise MemoryError from None
            raise


def _asked(job: Job, pack: _Pack, before: Refs, receiving: Callable[[], None]) -> FetchPackResult:
    """Ask for the remote's refs and for the objects that are missing."""
    own = _Own()

    def take(data: bytes) -> int:
        with own.work():
            return pack.write(data)

    with ExitStack() as stack:
        mirror = stack.enter_context(Repo(str(job.path))) if job.path.exists() else None
        if mirror is not None:
            _require(mirror, before.values())

        def wanted(refs: Mapping[Ref, ObjectID], depth: int | None = None) -> list[ObjectID]:  # noqa: ARG001 - dulwich passes both
            receiving()
            ids = set(served(refs).values())
            with own.work():
                if not all(map(valid_hexsha, ids)):
                    raise Unreachable("the remote sent no object ids", fault=Fault.PROTOCOL)
                if mirror is None:
                    bare.make(job.path)
                    return list(ids)
                return [found for found in ids if found not in mirror.object_store]

        def work(client: GitClient, path: str) -> FetchPackResult:
            pack.drop()
            heads = [found for name, found in before.items() if name.startswith(HEADS)]
            walker = Newest(mirror.get_graph_walker(heads)) if mirror else _nothing()
            return client.fetch_pack(path, wanted, walker, take, ref_prefix=_PREFIXES)

        with own.blame():
            result = talk(job.uri, job.access, work, timeout=job.timeout)
    if not job.path.exists():
        bare.make(job.path)
    return result


def _put_in(path: Path, pack: _Pack, result: FetchPackResult) -> None:
    """Put the pack that came, if one did, into the mirror, which has all that refs name then."""
    form = result.object_format or "sha1"
    with Repo(str(path)) as mirror:
        other = form != mirror.object_format.name
    if other and not bare.is_begun(path):
        raise Unreachable("the remote has changed its object format", fault=Fault.MIRROR)
    if other:
        bare.make(path, form)
    with Repo(str(path)) as mirror:
        if pack.file is not None:
            try:
                packs.add(mirror.object_store, pack.file)
            except BadPack as error:
                raise Unreachable(f"the pack is damaged: {error}", fault=Fault.PROTOCOL) from None
            except KeyError:
                if not bare.is_begun(path):
                    raise
                raise Unreachable("the pack lacks objects", fault=Fault.PROTOCOL) from None
        for found in served(result.refs).values():
            if found not in mirror.object_store:
                raise Unreachable("objects are missing in the pack", fault=Fault.PROTOCOL)


def _followed(
    job: Job, before: Refs, result: FetchPackResult
) -> tuple[str | None, tuple[Move, ...]]:
    """Let the refs be what they are at the remote; say how, and what moved."""
    after = merge(before, served(result.refs), prune=job.prune)
    head = result.symrefs.get(_HEAD)
    moves: tuple[Move, ...] = ()
    if after != before:
        with Repo(str(job.path)) as mirror:
            moves = moves_of(mirror, before, after)
        if head is not None and job.prune:
            # HEAD and the refs are two files: the old default branch stays until HEAD is away.
            bare.write_refs(job.path, merge(before, served(result.refs), prune=False))
            bare.write_head(job.path, text_of(head))
    if after != before or bare.is_begun(job.path):
        bare.write_refs(job.path, after)
    if head is not None:
        bare.write_head(job.path, text_of(head))
    if moves:
        # What moved has to be told whatever comes of this, and it is tried again next time.
        with (
            suppress(Unreachable, MemoryError),
            writing(),
            reading(),
            Repo(str(job.path)) as mirror,
        ):
            packs.consolidate(mirror.object_store)
    return None if head is None else text_of(head), moves


def _nothing() -> ObjectStoreGraphWalker:
    """Return what tells a remote that there are no commits here."""
    return ObjectStoreGraphWalker([], lambda _: [])


def _require(mirror: Repo, ids: Iterable[ObjectID]) -> None:
    for found in set(ids):
        if found not in mirror.object_store:
            raise Unreachable("the mirror lacks objects that it had", fault=Fault.MIRROR)
