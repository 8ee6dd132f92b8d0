"""Answers per second, by wrk."""

import re
import shutil
import subprocess
import sys
from statistics import median

_RATE = re.compile(r"^Requests/sec:\s+([0-9.]+)", re.MULTILINE)


def require_wrk() -> None:
    """End with a message if wrk is not installed."""
    if shutil.which("wrk") is None:
        sys.exit("wrk is missing: apt-get install wrk, or see https://github.com/wg/wrk")


def rate(url: str, *, connections: int, seconds: float, times: int) -> float:
    """Return the median of answers per second over several runs.

    Raises:
        RuntimeError: an answer was not a 2xx, or a connection broke.
    """
    return median(_once(url, connections, seconds) for _ in range(times))


def _once(url: str, connections: int, seconds: float) -> float:
    line = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", "--timeout=20s", url]
    output = subprocess.run(line, capture_output=True, text=True, check=True).stdout
    found = _RATE.search(output)
    if found is None or "Non-2xx" in output or "Socket errors" in output:
        raise RuntimeError(f"{url}:\n{output}")
    return float(found[1])
