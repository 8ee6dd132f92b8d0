"""`configserver.*`: what Spring does not have."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from configserver.settings.section import expanded, setting, text, whole_number

_SIZE: Final = re.compile(r"(\d+)\s*(B|KB|MB|GB)?", re.IGNORECASE)
_UNITS: Final = {"": 1, "B": 1, "KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30}


def _bytes(value: Any) -> int:
    if not (match := _SIZE.fullmatch(text(value).strip())):
        raise ValueError("should be a size such as 67108864, 64MB or 1GB")
    return int(match[1]) * _UNITS[(match[2] or "").upper()]


Size = Annotated[int, _bytes]
"""Bytes, as a number or with one of the units of Spring's `DataSize`: B, KB, MB, GB."""


@dataclass(frozen=True, kw_only=True)
class OwnSettings:
    """State, logs and limits of this program."""

    state_dir: Annotated[Path, expanded] = setting(
        Path("~/.local/state/configserver"),
        description="Directory of mirrors. If not set: `$STATE_DIRECTORY`, "
        "`$XDG_STATE_HOME/configserver` or `~/.local/state/configserver`.",
    )
    access_log: bool = setting(
        False, description="Log answers from the cache too, not only those that were resolved."
    )
    log_format: Literal["auto", "json", "text"] = setting(
        "auto", description="`json` or `text`; `auto` writes text to a terminal, else JSON."
    )
    clone_timeout: Annotated[int, whole_number(1)] = setting(
        300,
        description="Seconds that a clone or fetch may take in all once the remote has answered.",
    )
    fetch_limit: Annotated[int, whole_number(1)] = setting(
        8, description="Remotes that are fetched from at the same time."
    )
    fetch_memory: Size = setting(
        1 << 30, description="Bytes of memory that a process that fetches may take."
    )
    max_mirrors: Annotated[int, whole_number(1)] = setting(
        100, description="Mirrors to keep for URIs with placeholders; the least used go."
    )
    mirror_bytes: Size = setting(
        2 << 30, description="Bytes on disk that the mirrors for URIs with placeholders may take."
    )
    absent_seconds: Annotated[int, whole_number(0)] = setting(
        60, description="Seconds for which it is remembered that a repository does not exist."
    )
    environment_cache: Size = setting(
        32 << 20, description="Bytes of resolved environments to keep in memory."
    )
    answer_cache: Size = setting(
        32 << 20, description="Bytes of finished answers to keep in memory."
    )
    document_cache: Size = setting(64 << 20, description="Bytes of parsed files to keep in memory.")
