"""A repository that is pushed to, whose hook posts a signed webhook."""

import hashlib
import hmac
import json
import os
import subprocess
import time
from collections.abc import Sequence
from math import nan
from pathlib import Path

from aiohttp import ClientSession

from tests.conformance.cases import Entry
from tests.conformance.repositories import create_repository, git, import_branches

APPLICATIONS = 100
SECRET = "benchmark-secret"

KEYS = "".join(f"key{number}: {number}\n" for number in range(50))
"""What each file begins with."""

_SECONDS = 60
"""That a push may take."""

_WHO = ("-c", "user.name=Benchmark", "-c", "user.email=benchmark@example.com")
_HOOK = """#!/bin/sh
[ -z "$HOOK_URL" ] && exit 0
body='{"path":["*"],"at":"'$(date +%s%N)'"}'
signature=$(printf %s "$body" | openssl dgst -sha256 -hmac "$HOOK_SECRET" | sed 's/.*= //')
curl -sS -m 5 "$HOOK_URL" -H 'Content-Type: application/json' \\
  -H "X-Hub-Signature-256: sha256=$signature" -d "$body" > /dev/null
"""


class Repository:
    """A clone from which commits are pushed to a bare repository.

    Args:
        where: for both.
        applications: that have a file.
    """

    def __init__(self, where: Path, *, applications: int = APPLICATIONS) -> None:
        self.bare = where / "config.git"
        self._clone = where / "clone"
        self._number = 0
        create_repository(self._clone)
        names = [f"app{number}.yml" for number in range(applications)]
        tree = {name: Entry(KEYS.encode()) for name in (*names, "application.yml")}
        import_branches(self._clone, {"main": [tree]})
        git(self._clone, "reset", "-q", "--hard", "main")
        subprocess.run(
            ["git", "clone", "-q", "--bare", str(self._clone), str(self.bare)], check=True
        )
        hook = self.bare / "hooks" / "post-receive"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(_HOOK)
        hook.chmod(0o755)

    def commit(self, name: str, besides: str = "") -> None:
        """Commit a change of a file, in which one key changes; it is not pushed yet."""
        self._number += 1
        (self._clone / name).write_text(f"{besides}{Path(name).stem}: {self._number}\n")
        git(self._clone, *_WHO, "commit", "-q", "-a", "-m", name)

    def push(self, url: str = "") -> None:
        """Push; the hook posts to a URL if there is one."""
        environment = {**os.environ, "HOOK_URL": url, "HOOK_SECRET": SECRET}
        line = ["git", "push", "-q", str(self.bare), "main"]
        subprocess.run(
            line,
            cwd=self._clone,
            env=environment,
            check=True,
            capture_output=True,
            timeout=_SECONDS,
        )


async def hook(session: ClientSession, url: str) -> None:
    """Post a signed webhook."""
    body = json.dumps({"path": ["*"], "at": time.time_ns()}).encode()
    signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    headers = {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={signature}"}
    async with session.post(url, data=body, headers=headers) as answer:
        if answer.status != 200:
            raise RuntimeError(f"webhook: {answer.status} {await answer.text()}")


def quantile(times: Sequence[float], share: float) -> float:
    """Return a quantile of seconds in milliseconds; not a number without any."""
    if not times:
        return nan
    return sorted(times)[min(len(times) - 1, int(share * len(times)))] * 1000
