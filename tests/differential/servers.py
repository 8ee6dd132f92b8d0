"""Ours and the original, both serving one repository that grows by branches."""

import json
import shlex
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

from tests.conformance.cases import Answer, Entry, Request, load_setups
from tests.conformance.player import OURS, free_port, send, serving, spell
from tests.conformance.repositories import Commits, create_repository, git, import_branches
from tests.differential.differences import Exchange
from tests.differential.generate import SERVER, Repository
from tests.reference.reference import command

_CONNECTIONS = 3


@dataclass(frozen=True, slots=True)
class Servers:
    """Two servers by their loopback ports, and the repository that both serve."""

    ours: int
    theirs: int
    repository: Path

    def ask(self, batch: Mapping[str, Repository]) -> Mapping[str, list[Exchange]]:
        """Serve each repository as a branch for a while and send its requests to both."""
        trees = {
            name: [{path: Entry(content) for path, content in one.files.items()}]
            for name, one in batch.items()
        }
        self._clean()
        commits = import_branches(self.repository, trees)
        jobs = [(name, one, commits[name]) for name, one in batch.items()]
        with ThreadPoolExecutor(_CONNECTIONS) as pool:
            answers = list(pool.map(lambda job: self._exchanges(*job), jobs))
        self._clean()
        deletions = "".join(f"delete refs/heads/{name}\n" for name in batch)
        git(self.repository, "update-ref", "--stdin", stdin=deletions.encode())
        return dict(zip(batch, answers, strict=True))

    def _exchanges(self, name: str, one: Repository, commits: Commits) -> list[Exchange]:
        return [self.exchange(name, request, commits) for request in one.requests]

    def exchange(self, name: str, request: Request, commits: Commits = ("",)) -> Exchange:
        """Send a request about the branch `name` to both."""
        path = spell(request.path, name, commits)
        theirs = _answer(self.theirs, request, path)
        ours = self._our_answer(request, path)
        unresolved = None
        if theirs != ours and "?" not in path:
            unresolved = _answer(self.theirs, request, f"{path}?resolvePlaceholders=false")
        return Exchange(request, theirs, ours, unresolved)

    def _our_answer(self, request: Request, path: str) -> Answer:
        """Ask ours; a broken connection is an answer with status 0, which agrees with none."""
        try:
            return _answer(self.ours, request, path)
        except (OSError, HTTPException) as error:
            return Answer(0, "", repr(error))

    def _clean(self) -> None:
        """Bring the work tree, which the original uses, back to an unharmed `main`."""
        (self.repository / ".git" / "index.lock").unlink(missing_ok=True)
        git(self.repository, "checkout", "-q", "-f", "main")
        git(self.repository, "clean", "-qffdx")


@contextmanager
def started(ours: str = OURS, served: Path | None = None) -> Iterator[Servers]:
    """Start both on a repository, an empty one if none is given.

    `ours` is the command line of the server under test.
    """
    with tempfile.TemporaryDirectory(prefix="differential-") as root, ExitStack() as stack:
        repository = served or new_repository(Path(root) / "repository")
        ports = [
            stack.enter_context(_start(line, repository, Path(root) / name))
            for name, line in (("theirs", command()), ("ours", ours))
        ]
        yield Servers(theirs=ports[0], ours=ports[1], repository=repository)


def new_repository(where: Path) -> Path:
    """Make a repository whose `main` holds a file that is no configuration."""
    create_repository(where)
    import_branches(where, {"main": [{"README.md": Entry(b"differential\n")}]})
    git(where, "reset", "-q", "--hard", "main")
    return where


@contextmanager
def _start(line: str, repository: Path, work: Path) -> Iterator[int]:
    work.mkdir()
    port = free_port()
    properties = {
        **load_setups()[SERVER].properties,
        "spring.cloud.config.server.git.uri": f"file://{repository}",
        "server.port": str(port),
    }
    config = work / "application.yml"
    config.write_text(json.dumps(properties), "utf-8")
    filled = [part.format(config=config, port=port, work=work) for part in shlex.split(line)]
    with serving(filled, port, work):
        yield port


def _answer(port: int, request: Request, path: str) -> Answer:
    status, kind, body = send(port, request, path)
    return Answer(status, kind, body.decode("utf-8", "backslashreplace"))
