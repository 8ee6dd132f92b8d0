"""Encrypts the cases with sops and records them: `python -m tests.sops.record`."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.sops.cases import CASES, LOCKED_PGP_KEY, PASSPHRASE, PGP_KEY, Case


def sops() -> str | None:
    """Return the program, None where it is not installed."""
    return shutil.which("sops")


def keyring(folder: Path) -> Path:
    """Make a home of GnuPG with the keys of the tests."""
    home = folder / "gnupg"
    home.mkdir(mode=0o700)
    for key in (PGP_KEY, LOCKED_PGP_KEY):
        _gpg(home, "--import", str(key))
    return home


def end(home: Path) -> None:
    """End the agent that GnuPG started for a home."""
    subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=False)


def encrypted(program: str, case: Case, folder: Path, home: Path | None = None) -> bytes:
    """Return what sops makes of a case."""
    file = folder / case.file
    file.write_bytes(case.content)
    recipients = case.recipients
    if case.rules:
        (folder / ".sops.yaml").write_text(case.rules)
        recipients = ()
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    environment |= {"GNUPGHOME": str(home)} if home else {}
    words = [program, "-e", *recipients, *case.options, file.name]
    done = subprocess.run(
        words, cwd=folder, env=environment, capture_output=True, check=True, timeout=30
    )
    return done.stdout


def _gpg(home: Path, *words: str) -> None:
    command = ["gpg", "--batch", "--quiet", "--homedir", str(home), "--pinentry-mode", "loopback"]
    subprocess.run(
        [*command, "--passphrase", PASSPHRASE, *words], check=True, capture_output=True, timeout=30
    )


def main() -> None:
    """Record all cases anew."""
    program = sops()
    assert program, "sops is not installed"
    with tempfile.TemporaryDirectory() as root:
        home = keyring(Path(root))
        for case in CASES:
            folder = Path(root) / case.name
            folder.mkdir()
            case.recorded.write_bytes(encrypted(program, case, folder, home))
        end(home)


if __name__ == "__main__":
    main()
