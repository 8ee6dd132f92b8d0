"""The original server: built once by Maven, started with given settings."""

import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).parent
_HEAP = "-Xmx400m"


class Unavailable(RuntimeError):
    """What is needed to run the original is not there."""


def why_unavailable() -> str:
    """Return what is missing to build or run the original, or an empty text."""
    missing = [name for name in ("java", "mvn") if shutil.which(name) is None]
    return f"the original server needs {' and '.join(missing)}" if missing else ""


def jar() -> Path:
    """Build the original where that has not been done yet; return its jar.

    Raises:
        Unavailable: no Java, no Maven, or the build failed (no network, for instance).
    """
    return build_jar(HERE, "original")


def command() -> str:
    """Return the command line that serves `{config}`, a YAML file of settings."""
    return f"java {_HEAP} -jar {jar()} --spring.config.additional-location={{config}}"


def build_jar(project: Path, name: str) -> Path:
    """Build a Maven project into the cache and return `target/NAME.jar` of it.

    Raises:
        Unavailable: no Java, no Maven, or the build failed.
    """
    reason = why_unavailable()
    if reason:
        raise Unavailable(reason)
    cache = _cache() / name
    cache.mkdir(parents=True, exist_ok=True)
    with locked(cache / "lock"):
        built = cache / "target" / f"{name}.jar"
        if not built.exists() or _newest(project) > built.stat().st_mtime:
            _build(project, cache)
        return built


def _build(project: Path, cache: Path) -> None:
    for part in ("pom.xml", "src"):
        source, target = project / part, cache / part
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True)
        else:
            shutil.copy(source, target)
    done = subprocess.run(
        ["mvn", "-q", "-B", "-f", str(cache / "pom.xml"), "package"],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Unavailable(f"Maven failed in {project}:\n{done.stdout[-2000:]}{done.stderr[-500:]}")


def _newest(project: Path) -> float:
    files = [project / "pom.xml", *(project / "src").rglob("*.*")]
    return max(path.stat().st_mtime for path in files)


def _cache() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(home) / "configserver-reference"


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Let one process build while others wait."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
