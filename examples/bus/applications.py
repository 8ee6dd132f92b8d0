"""The Boot application, which runs once for each name."""

import json
import subprocess
import time
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from examples.bus.processes import HOST, Child, Missing, free_port, needed

_PROJECT = Path(__file__).with_name("application")
_JAR = _PROJECT / "target" / "application.jar"
_JAVA = ("-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")


@dataclass(frozen=True, slots=True)
class Greeting:
    """What an application says, and how often it was refreshed."""

    text: str
    refreshes: int


def is_built() -> bool:
    """Say whether there is a jar that is no older than its sources."""
    sources = [_PROJECT / "pom.xml", *(_PROJECT / "src").rglob("*.*")]
    return _JAR.exists() and max(file.stat().st_mtime for file in sources) < _JAR.stat().st_mtime


def build() -> None:
    """Build the jar.

    Raises:
        Missing: no Maven, or the build failed.
    """
    line = [needed("mvn", "apt install maven"), "-q", "-B", "-f", str(_PROJECT / "pom.xml")]
    done = subprocess.run([*line, "package"], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Missing(f"Maven failed:\n{done.stdout[-2000:]}{done.stderr[-500:]}")


class Application:
    """An instance, from its start until the block ends.

    Args:
        name: of the application, which says what it is configured with.
        work: where its log is.
        environment: variables that say where server and broker are.
    """

    def __init__(self, name: str, work: Path, environment: Mapping[str, str]) -> None:
        self.name, self.port = name, free_port()
        own = {"SPRING_APPLICATION_NAME": name, "SERVER_PORT": str(self.port)}
        java = needed("java", "apt install openjdk-17-jre-headless")
        line = [java, *_JAVA, "-jar", str(_JAR)]
        self._child = Child(line, work / f"{name}.log", {**environment, **own})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._child.__exit__()

    def started(self) -> Greeting:
        """Wait until it greets.

        Raises:
            Missing: it did not start.
        """
        self._child.until(lambda: self.greeting() is not None, 120)
        return self.greeting() or Greeting("", 0)

    def greeting(self) -> Greeting | None:
        """Return what it says; None while it does not answer."""
        with suppress(OSError):
            url = f"http://{HOST}:{self.port}/greeting"
            with urllib.request.urlopen(url, timeout=5) as answer:
                return Greeting(**json.load(answer))
        return None

    def refreshed(self, before: int, seconds: float) -> Greeting | None:
        """Return what it says as soon as it was refreshed more often; None if it never is."""
        limit = time.monotonic() + seconds
        while time.monotonic() < limit:
            if (greeting := self.greeting()) is not None and greeting.refreshes > before:
                return greeting
            time.sleep(0.02)
        return None
