"""`configserver.watch.*`: those who hold a connection and are told of changes."""

import re
from dataclasses import dataclass
from typing import Annotated, Any, Final

from configserver.settings.own import Size
from configserver.settings.section import Parse, optional, setting, text, whole_number

_DURATION: Final = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)\s*(ms|s|m|h)?", re.IGNORECASE | re.ASCII)
_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def _seconds(minimum: float) -> Parse:
    def parse(value: Any) -> float:
        match = _DURATION.fullmatch(text(value).strip())
        if match is None:
            raise ValueError("should be a time such as 15, 0.5, 500ms, 15s, 5m or 1h")
        seconds = float(match[1]) * _UNITS[(match[2] or "s").lower()]
        if seconds < minimum:
            raise ValueError(f"should be at least {minimum:g} seconds")
        return seconds

    return parse


@dataclass(frozen=True, kw_only=True)
class WatchSettings:
    """Those who hold a connection and are told of changes at once."""

    enabled: bool = setting(True, description="Answer `/watch/{application}/{profile}[/{label}]`.")
    admin: bool = setting(
        False,
        description="Answer `/admin/watchers`, which tells everybody who asks who is connected.",
    )
    config_state: bool = setting(
        False,
        description="Let requests with `X-Config-State` wait for a change, for Spring clients with "
        "`spring.cloud.config.watch.enabled`. It fills `state` of environments.",
    )
    config_state_wait: Annotated[float, _seconds(1)] = setting(
        50.0,
        description="Seconds until such a request is answered although nothing changed, up to a "
        "fifth less; keep it below the read timeout of clients (185) and of proxies (often 60).",
    )
    limit: Annotated[int, whole_number(1)] = setting(
        20_000, description="Watchers at the same time; more get 503 and `Retry-After`."
    )
    limit_per_address: Annotated[int | None, optional(whole_number(1))] = setting(
        None,
        description="Watchers from one address; more get 429. Not set: as many as in all.",
    )
    heartbeat: Annotated[float, _seconds(1)] = setting(
        15.0, description="Seconds between two signs of life on a stream, a fifth more or less."
    )
    lifetime: Annotated[float | None, optional(_seconds(1))] = setting(
        None,
        description="Seconds until a stream is ended, a fifth more or less, so that clients "
        "connect again, perhaps to another replica. Not set: never.",
    )
    retry: Annotated[float, _seconds(0)] = setting(
        2.0,
        description="Seconds that clients of streams are asked to wait before they connect again; "
        "each is told up to twice as many.",
    )
    jitter: Annotated[float, _seconds(0)] = setting(
        0.0,
        description="Seconds over which the watchers of an application are told of a change, in "
        "random order, so that they do not all read at once.",
    )
    buffer: Size = setting(
        64 << 10, description="Bytes that may wait for a slow reader, here and in the kernel."
    )
    slow: Annotated[float, _seconds(1)] = setting(
        60.0, description="Seconds that a slow reader may take for them before it is cut off."
    )
