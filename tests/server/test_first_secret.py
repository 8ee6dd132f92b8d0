"""The first commands of docs/encryption.md, as they stand there."""

import os
import re
import subprocess
import sys
from pathlib import Path
from shutil import which

import pytest

from tests.peers.processes import free_port

DOCS = Path(__file__).parents[2] / "docs" / "encryption.md"
NAMES = "[user]\nname = x\nemail = x@y\n[init]\ndefaultBranch = main\n"


def test_from_nothing_to_a_served_secret(tmp_path: Path) -> None:
    """In an empty folder, with another port than the one that tests have to share."""
    for program in ("bash", "curl", "git"):
        if which(program) is None:
            pytest.skip(f"{program} is not installed")
    (block,) = re.findall(
        r"## From nothing to a served secret\n\n((?:    .*\n)+)", DOCS.read_text()
    )
    commands = [line.strip() for line in block.splitlines()]
    assert len(commands) == 5
    port = str(free_port())
    script = "\n".join(("set -em; trap 'kill %1' EXIT", *commands)).replace("8888", port)
    first = str(Path(sys.executable).parent)
    (tmp_path / ".gitconfig").write_text(NAMES)
    environ = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=tmp_path,
        env={
            **environ,
            "PATH": f"{first}:{os.environ['PATH']}",
            "HOME": str(tmp_path),
            "SERVER_PORT": port,
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "password: s3cret\n" in done.stdout, done.stderr
    assert "password: '{cipher}" in (tmp_path / "config-repo" / "shop.yml").read_text()
