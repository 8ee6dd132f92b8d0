"""How fresh an answer is, and what it comes from: headers that Spring does not have."""

from urllib.parse import quote

from configserver.backends import Seen
from configserver.model import Provenance

AGE = "X-Config-Age"
"""Seconds since the remotes behind the answer were last seen; missing if they never were."""

STALE = "X-Config-Stale"
"""`true` if the last attempt to see one of them failed."""


def freshness_headers(seen: Seen) -> dict[str, str]:
    """Return the headers of an answer that goes out now."""
    stale = {STALE: "true" if seen.stale else "false"}
    seconds = seen.seconds
    return stale if seconds is None else {AGE: str(seconds), **stale}


def provenance_headers(provenance: Provenance) -> dict[str, str]:
    """Return a header for each thing that is not as it was asked for."""
    found = {
        "X-Config-Label": provenance.label,
        "X-Config-Repository": provenance.repository,
        "X-Config-Skipped": ", ".join(provenance.skipped),
    }
    return {
        name: quote(value, safe="/:@?&=+$,;#[]!'()*% ") for name, value in found.items() if value
    }
