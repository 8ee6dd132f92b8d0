"""The child process that talks to remotes: clones and fetches, and may be killed at any moment.

`python -m configserver.backends.git.worker` reads a request per line from its standard input and
answers it in a line on its standard output, both in JSON:

    {"uri": …, "path": a bare repository or where to make one, "prune": bool, "limit": seconds}
    {"receiving": true}                   the remote has answered, objects are being transferred
    {"moved": whether any ref moved}  or  {"failed": why, without any secret}

URIs hold secrets, so they are never an argument, which anyone on the machine can see.
"""

import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from dulwich.client import get_transport_and_path
from dulwich.objects import ObjectID
from dulwich.refs import Ref, write_packed_refs
from dulwich.repo import Repo

from configserver.backends.git.packs import consolidate

_HEADS = b"refs/heads/"
_TAGS = b"refs/tags/"
_HEAD = Ref(b"HEAD")
_LEFT_OVER = 3600
_REASON = 300
_TELLING = 4
MASK = "******"

Refs = dict[Ref, ObjectID]


def main() -> None:
    """Answer requests until the parent closes the pipe or the time for one is over."""
    output = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def say(message: Mapping[str, Any]) -> None:
        output.write(json.dumps(message) + "\n")
        output.flush()

    for line in sys.stdin:
        request = json.loads(line)
        signal.setitimer(signal.ITIMER_REAL, request["limit"])
        say(answer(request, lambda: say({"receiving": True})))
        signal.setitimer(signal.ITIMER_REAL, 0)


def answer(request: Mapping[str, Any], receiving: Callable[[], None]) -> dict[str, Any]:
    """Bring a mirror up to date, making it first if it is not there."""
    try:
        path = Path(request["path"])
        if not path.exists():
            path.mkdir(parents=True)
            Repo.init_bare(str(path)).close()
        with Repo(str(path)) as mirror:
            return {"moved": update(mirror, request["uri"], request["prune"], receiving)}
    except Exception as error:  # noqa: BLE001 - whatever a remote provokes is an answer
        return {"failed": scrub(f"{type(error).__name__}: {error}", request["uri"])[:_REASON]}


def update(mirror: Repo, uri: str, prune: bool, receiving: Callable[[], None]) -> bool:  # noqa: FBT001
    """Fetch all branches and tags; return whether any ref moved."""
    _remove_left_overs(Path(mirror.controldir()))
    client, path = get_transport_and_path(uri, config=mirror.get_config_stack(), operation="pull")

    def wanted(refs: Mapping[Ref, ObjectID], depth: int | None = None) -> list[ObjectID]:  # noqa: ARG001 - dulwich passes both
        missing = {found for found in _served(refs).values() if found not in mirror.object_store}
        if missing:
            receiving()
        return sorted(missing)

    try:
        result = client.fetch(path, mirror, wanted, ref_prefix=[_HEAD, _HEADS, _TAGS])
    finally:
        client.close()
    before = dict(mirror.refs.get_packed_refs())
    after = merge(before, _served(result.refs), prune=prune)
    if after != before:
        _write(Path(mirror.controldir()) / "packed-refs", after)
        consolidate(mirror.object_store)
    head = result.symrefs.get(_HEAD)
    if head is not None and mirror.refs.read_ref(_HEAD) != b"ref: " + head:
        mirror.refs.set_symbolic_ref(_HEAD, head)
    return after != before


def merge(before: Refs, remote: Refs, *, prune: bool) -> Refs:
    """Return the refs after a fetch.

    As in the original, what the remote deleted stays, unless branches are pruned; but a name that
    is a folder of new names, or in one, has to go.
    """
    folders = {
        name[:end] for name in remote for end in range(len(name)) if name[end : end + 1] == b"/"
    }
    kept = {
        name: found
        for name, found in before.items()
        if not (prune and name.startswith(_HEADS))
        and name not in folders
        and not any(name[:end] in remote for end in range(len(name)) if name[end : end + 1] == b"/")
    }
    return {**kept, **remote}


def scrub(text: str, uri: str) -> str:
    """Remove the URI's password, or its lone user, which may be a token, from a message."""
    if "://" not in uri:
        return text
    parts = urlsplit(uri)
    secret = parts.password or parts.username or ""
    for form in {secret, unquote(secret), quote(unquote(secret), safe="")}:
        if len(form) >= _TELLING or f":{form}@" in text:
            text = text.replace(form, MASK)
    return text


def _served(refs: Mapping[Ref, ObjectID | None]) -> Refs:
    return {
        name: found
        for name, found in refs.items()
        if found and name.startswith((_HEADS, _TAGS)) and not name.endswith(b"^{}")
    }


def _write(path: Path, refs: Refs) -> None:
    """Replace all refs at once; a lock file would outlive this process when it is killed."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix="tmp_refs_", delete=False) as file:
        write_packed_refs(file, refs, {})
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).replace(path)


def _remove_left_overs(mirror: Path) -> None:
    """Remove what killed workers left behind, if nobody can be writing to it any more."""
    for pattern in ("tmp_refs_*", "objects/tmp_pack_*", "objects/pack/tmp*.pack"):
        for path in mirror.glob(pattern):
            if path.stat().st_mtime < time.time() - _LEFT_OVER:
                path.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
