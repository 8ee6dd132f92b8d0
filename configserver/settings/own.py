"""`configserver.*`: what Spring does not have."""

import re
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, Field

from configserver.settings.section import Section

_SIZE: Final = re.compile(r"(\d+)\s*(B|KB|MB|GB)?", re.IGNORECASE)
_UNITS: Final = {"": 1, "B": 1, "KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30}


def _bytes(value: object) -> object:
    if not isinstance(value, str):
        return value
    if not (match := _SIZE.fullmatch(value.strip())):
        raise ValueError("should be a size such as 67108864, 64MB or 1GB")
    return int(match[1]) * _UNITS[(match[2] or "").upper()]


def _expanded(value: object) -> object:
    return Path(value).expanduser() if isinstance(value, str) else value


Size = Annotated[int, BeforeValidator(_bytes)]
"""Bytes, as a number or with one of the units of Spring's `DataSize`: B, KB, MB, GB."""


class OwnSettings(Section):
    """State, logs and limits of this program."""

    state_dir: Annotated[Path, BeforeValidator(_expanded)] = Field(
        Path("~/.local/state/configserver"),
        description="Directory of mirrors. If not set: `$STATE_DIRECTORY`, "
        "`$XDG_STATE_HOME/configserver` or `~/.local/state/configserver`.",
    )
    access_log: bool = Field(
        False, description="Log answers from the cache too, not only those that were resolved."
    )
    log_format: Literal["auto", "json", "text"] = Field(
        "auto", description="`json` or `text`; `auto` writes text to a terminal, else JSON."
    )
    clone_timeout: int = Field(
        300, gt=0, description="Seconds that the first clone of a repository may take in all."
    )
    environment_cache: Size = Field(
        32 << 20, ge=0, description="Bytes of resolved environments to keep in memory."
    )
    answer_cache: Size = Field(
        32 << 20, ge=0, description="Bytes of finished answers to keep in memory."
    )
    document_cache: Size = Field(
        64 << 20, ge=0, description="Bytes of parsed files to keep in memory."
    )
