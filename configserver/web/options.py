"""Settings of the HTTP face."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WebOptions:
    """Settings of the HTTP face.

    Attributes:
        prefix: what stands before every path but the actuator's, such as `/config`.
        strip_document: see `configserver.render.flat`.
        access_log: log cached answers too.
        answer_cache_bytes: what the cached answers may take.
        version: this server's, for `/actuator/info`.
    """

    prefix: str = ""
    strip_document: bool = True
    access_log: bool = False
    answer_cache_bytes: int = 32 * 1024 * 1024
    version: str = ""
