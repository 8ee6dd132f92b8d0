"""How long a change of keys takes: a repository of 2,000 files with 5,000 ciphers.

    python -m benchmarks.rekey [FILES [CIPHERS]]

Prints the seconds of `configserver rekey`, start of the process included, with a dry run first,
from one pass phrase to another and from one RSA key to another, and sees that `git diff` shows
nothing but lines with ciphers, as many as there are.
"""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from secrets import token_bytes

from configserver.encryption.pem import key_of_text

KINDS = ("symmetric", "rsa")


def main() -> None:
    """Build repositories, change their keys, and print how long that took."""
    numbers = [int(word) for word in sys.argv[1:3]]
    files, ciphers = [*numbers, *(2000, 5000)[len(numbers) :]]
    for kind in KINDS:
        with tempfile.TemporaryDirectory() as folder:
            _measure(kind, Path(folder), files, ciphers)


def _measure(kind: str, folder: Path, files: int, ciphers: int) -> None:
    root = folder / "repository"
    old, new = folder / "old", folder / "new"
    for path in (old, new):
        _run(sys.executable, "-m", "configserver", "keygen", kind, "-o", str(path))
    _build(root, files, ciphers, old.read_text())
    words = ["--from", str(old), "--to", str(new), "--quiet", str(root)]
    for extra in (["--dry-run"], []):
        begun, before = time.perf_counter(), _used()
        _run(sys.executable, "-m", "configserver", "rekey", *extra, *words)
        took, used = time.perf_counter() - begun, _used() - before
        done = " ".join(extra) or "rekey"
        print(f"{kind} {done}: {took:.2f} s, {used:.2f} s of them computing")
    _see(root, files, ciphers)


def _used() -> float:
    """Return the seconds of a core that ended processes took; others do not change it much."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _build(root: Path, files: int, ciphers: int, old: str) -> None:
    """Write YAML and .properties by turns, with comments and other values in between."""
    key = key_of_text(old.removesuffix("\n"), "deadbeef", token_bytes).cipher
    made = [key.encrypt(f"secret number {number}") for number in range(ciphers)]
    for number in range(files):
        folder = root / f"team-{number % 20}"
        folder.mkdir(parents=True, exist_ok=True)
        mine = made[number::files]
        others = range(30)
        if number % 2:
            lines = [f"other.key{n}=value {n}" for n in others]
            lines += [f"secret{n}={{cipher}}{text}" for n, text in enumerate(mine)]
            name = f"service-{number}.properties"
        else:
            lines = ["# of the team", "other:", *(f"  key{n}: value {n} # {n}" for n in others)]
            lines += [f"secret{n}: '{{cipher}}{text}'" for n, text in enumerate(mine)]
            name = f"service-{number}.yml"
        (folder / name).write_text("\n".join(lines) + "\n")
    _run("git", "-C", str(root), "init", "-q")
    _run("git", "-C", str(root), "add", ".")
    names = ["-c", "user.name=bench", "-c", "user.email=bench@localhost"]
    _run("git", "-C", str(root), *names, "commit", "-q", "-m", "secrets")


def _see(root: Path, files: int, ciphers: int) -> None:
    diff = _run("git", "-C", str(root), "diff", "-U0").splitlines()
    changed = [line for line in diff if line[:1] in "+-" and line[:3] not in {"+++", "---"}]
    assert len(changed) == 2 * ciphers, len(changed)
    assert all("{cipher}" in line for line in changed)
    assert sum(line.startswith("+++") for line in diff) == min(files, ciphers)
    print(f"git diff: {ciphers} lines, each with a cipher")


def _run(*words: str) -> str:
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    main()
