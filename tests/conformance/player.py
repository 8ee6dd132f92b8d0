"""Start a server on the repositories of a set-up and send it requests exactly as written."""

import base64
import json
import os
import re
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from pathlib import Path

from tests.conformance.cases import Answer, Case, Request, Setup
from tests.conformance.repositories import Commits, build, git

HOST = "127.0.0.1"

OURS = os.environ.get(
    "CONFIGSERVER_COMMAND",
    f"{shlex.quote(str(Path(sys.executable).with_name('configserver')))} serve "
    "--config {config} --port {port} --state-dir {work}/state",
)
"""The command that starts the server under test; the variable puts another in its place."""

STORES = Path(__file__).parents[1] / "encryption" / "stores"
"""Where the key stores are that set-ups name as `{file:NAME}`."""

_TIMES = ((re.compile(r'"timestamp":(?:"[^"]*"|\d+)'), '"timestamp":"*"'),)


@dataclass(frozen=True, slots=True)
class Running:
    """A server that has been started, and the names of its places in answers."""

    port: int
    root: Path
    commits: Mapping[str, Commits]
    places: Sequence[tuple[str, str]]

    def ask(self, case: Case, request: Request) -> Answer:
        """Send a request of a case; a broken connection is an answer with status 0."""
        path = spell(request.path, case.branch, self.commits[case.id])
        try:
            status, kind, body = send(self.port, request, path)
        except (OSError, HTTPException) as error:
            return Answer(0, "", repr(error))
        return _masked(status, kind, body, self.places)

    def clean(self, setup: Setup) -> None:
        """Undo what a server that checks branches out in place left behind.

        One dirty file makes the original refuse every later branch.
        """
        for name in setup.repositories:
            where = self.root / "repos" / name
            (where / ".git" / "index.lock").unlink(missing_ok=True)
            git(where, "reset", "-q", "--hard")
            git(where, "clean", "-qffdx")


@contextmanager
def playing(setup: Setup, cases: Sequence[Case], command: str, root: Path) -> Iterator[Running]:
    """Build the repositories of the cases below `root`, start the command, stop it in the end.

    In the command `{config}` becomes a YAML file with the properties of the set-up, `{port}` a
    free port and `{work}` an empty directory.
    """
    commits = build(cases, setup.repositories, root / "repos")
    work = root / "work"
    work.mkdir(parents=True)
    port = free_port()
    config = work / "application.yml"
    config.write_text(_config(setup, root, port), "utf-8")
    line = [part.format(config=config, port=port, work=work) for part in shlex.split(command)]
    with serving(line, port, work):
        yield Running(port, root, commits, places(setup, cases, root, port))


@contextmanager
def serving(line: Sequence[str], port: int, work: Path, seconds: float = 90) -> Iterator[Path]:
    """Run a server until the block ends; yields its log.

    Raises:
        RuntimeError: it ended, or did not answer within `seconds`; with the end of its log.
    """
    log = work / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(line, cwd=work, stdout=output, stderr=subprocess.STDOUT)
    try:
        _wait(process, port, log, seconds)
        yield log
    finally:
        stop(process)


def stop(process: subprocess.Popen[bytes], seconds: float = 15) -> None:
    """Ask a process to end; kill it if it takes longer."""
    process.terminate()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        port: int = listener.getsockname()[1]
        return port


def spell(path: str, branch: str, commits: Commits) -> str:
    """Fill in `{label}`, `{sha}`, `{sha:N}` (its first N digits) and `{sha-N}` (an ancestor)."""
    path = path.replace("{label}", branch).replace("{sha}", commits[-1])
    path = re.sub(r"\{sha:(\d+)\}", lambda match: commits[-1][: int(match[1])], path)
    return re.sub(r"\{sha-(\d+)\}", lambda match: commits[-1 - int(match[1])], path)


def send(port: int, request: Request, path: str, seconds: float = 60) -> tuple[int, str, bytes]:
    """Send a request byte for byte and return status, content type and body."""
    with socket.create_connection((HOST, port), timeout=seconds) as connection:
        connection.sendall(_message(port, request, path))
        with HTTPResponse(connection, method=request.method) as response:
            response.begin()
            return response.status, response.getheader("Content-Type") or "", response.read()


def _message(port: int, request: Request, path: str) -> bytes:
    body = None if request.body is None else request.body.encode()
    headers = {"Host": f"{HOST}:{port}", **request.headers}
    if body is not None or request.method in {"POST", "PUT", "PATCH"}:
        headers["Content-Length"] = str(len(body or b""))
    lines = [f"{request.method} {path} HTTP/1.1", *(f"{k}: {v}" for k, v in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + (body or b"")


def _wait(process: subprocess.Popen[bytes], port: int, log: Path, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}:\n{_tail(log)}")
        with suppress(OSError, HTTPException):
            send(port, Request("/"), "/actuator/health", seconds=5)
            return
        time.sleep(0.05)
    raise RuntimeError(f"the server did not answer within {seconds} s:\n{_tail(log)}")


def _tail(log: Path) -> str:
    return log.read_text("utf-8", errors="replace")[-4000:]


def _config(setup: Setup, root: Path, port: int) -> str:
    """Write settings as YAML, each key and value a JSON string."""
    known = {"server.port": str(port), "server.address": HOST}
    filled = {key: _fill(value, root) for key, value in setup.properties.items()}
    lines = (f"{json.dumps(k)}: {json.dumps(v)}\n" for k, v in {**filled, **known}.items())
    return "".join(lines)


def _fill(value: str, root: Path) -> str:
    value = re.sub(r"\{repo:([^}]+)\}", lambda match: f"file://{root}/repos/{match[1]}", value)
    value = re.sub(r"\{dir:([^}]+)\}", lambda match: f"{root}/repos/{match[1]}", value)
    return re.sub(r"\{file:([^}]+)\}", lambda match: f"{STORES}/{match[1]}", value)


def places(setup: Setup, cases: Sequence[Case], root: Path, port: int) -> Sequence[tuple[str, str]]:
    """Return what stands for what in answers: URIs, directories, the port; longest first."""
    names = {*setup.repositories, *setup.directories, *(case.repository for case in cases)}
    places: list[tuple[str, str]] = []
    for name in sorted(names, key=lambda name: (-len(name), name)):
        where = f"{root}/repos/{name}"
        places += [(f"file://{where}", f"{{repo:{name}}}"), (where, f"{{dir:{name}}}")]
    return [
        *places,
        (f"{root}/work", "{work}"),
        (f"{root}", "{root}"),
        (f"{HOST}:{port}", "{host}"),
    ]


def _masked(status: int, kind: str, body: bytes, places: Sequence[tuple[str, str]]) -> Answer:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return Answer(status, kind, base64=base64.b64encode(body).decode())
    for real, token in places:
        text = text.replace(real, token)
    for pattern, token in _TIMES:
        text = pattern.sub(token, text)
    return Answer(status, kind, text)
