"""A repository that is pushed to, whose hook posts a signed webhook."""

import os
import subprocess
from pathlib import Path

from tests.conformance.cases import Entry
from tests.conformance.repositories import create_repository, git, import_branches

APPLICATIONS = 100
SECRET = "benchmark-secret"

_WHO = ("-c", "user.name=Benchmark", "-c", "user.email=benchmark@example.com")
_HOOK = """#!/bin/sh
[ -z "$HOOK_URL" ] && exit 0
body='{"path":["*"],"at":"'$(date +%s%N)'"}'
signature=$(printf %s "$body" | openssl dgst -sha256 -hmac "$HOOK_SECRET" | sed 's/.*= //')
curl -sS -m 5 "$HOOK_URL" -H 'Content-Type: application/json' \\
  -H "X-Hub-Signature-256: sha256=$signature" -d "$body" > /dev/null
"""


class Repository:
    """A clone from which commits are pushed to a bare repository."""

    def __init__(self, where: Path) -> None:
        self.bare = where / "config.git"
        self._clone = where / "clone"
        self._number = 0
        create_repository(self._clone)
        names = [f"app{number}.yml" for number in range(APPLICATIONS)]
        text = "".join(f"key{number}: {number}\n" for number in range(50)).encode()
        tree = {name: Entry(text) for name in (*names, "application.yml")}
        import_branches(self._clone, {"main": [tree]})
        git(self._clone, "reset", "-q", "--hard", "main")
        subprocess.run(
            ["git", "clone", "-q", "--bare", str(self._clone), str(self.bare)], check=True
        )
        hook = self.bare / "hooks" / "post-receive"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(_HOOK)
        hook.chmod(0o755)

    def commit(self, name: str) -> None:
        """Commit a change of a file; it is not pushed yet."""
        self._number += 1
        (self._clone / name).write_text(f"{Path(name).stem}: {self._number}\n")
        git(self._clone, *_WHO, "commit", "-q", "-a", "-m", name)

    def push(self, url: str = "") -> None:
        """Push; the hook posts to a URL if there is one."""
        environment = {**os.environ, "HOOK_URL": url, "HOOK_SECRET": SECRET}
        line = ["git", "push", "-q", str(self.bare), "main"]
        subprocess.run(line, cwd=self._clone, env=environment, check=True, capture_output=True)
