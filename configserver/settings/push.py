"""`configserver.push.*`: who is remembered, so that they are told of changes."""

from dataclasses import dataclass
from typing import Annotated

from configserver.settings.own import Size
from configserver.settings.section import Switch, setting, whole_number


@dataclass(frozen=True, kw_only=True)
class PushSettings:
    """How much is known of those who asked."""

    enabled: Switch = setting(
        None,
        description="Remember who asked for what, and compare their answers when something moves. "
        "If not set: as soon as there is a door through which they are told.",
    )
    max_queries: Annotated[int, whole_number(1)] = setting(
        20_000,
        description="Combinations of application, profiles and label to remember; those that led "
        "to nothing of their own go first, then those not asked for the longest time.",
    )
    memory: Size = setting(
        64 << 20,
        description="Bytes for the names and hashes of keys that are remembered; beyond, clients "
        "are told that something changed but not what.",
    )
    concurrency: Annotated[int, whole_number(1)] = setting(
        2, description="Answers that are compared at the same time, beside requests."
    )
