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
        state: what `state` of each environment is; None for what its backend says.
    """

    prefix: str = ""
    strip_document: bool = True
    access_log: bool = False
    answer_cache_bytes: int = 32 * 1024 * 1024
    version: str = ""
    state: str | None = None


@dataclass(frozen=True, slots=True)
class EncryptionOptions:
    """Settings of the encryption endpoints.

    Attributes:
        decrypts: whether `/decrypt` answers.
        rate: texts per second that are encrypted or decrypted.
        application: who a text is for if the path does not say so.
        profile: see `application`.
    """

    decrypts: bool = True
    rate: int = 50
    application: str = "application"
    profile: str = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchOptions:
    """Settings of the addresses for watchers.

    Attributes:
        limit: watchers in all.
        per_address: watchers from one address, None for any number.
        heartbeat: seconds between two signs of life, about.
        lifetime: seconds until a stream is ended, about; None for never.
        retry: seconds that a client should wait before it connects again, at least.
        buffer: bytes that may wait for a slow reader.
        slow: seconds that a reader may take for them.
        config_state_wait: seconds until a request with `X-Config-State` is answered, at most.
    """

    limit: int = 20_000
    per_address: int | None = None
    heartbeat: float = 15.0
    lifetime: float | None = None
    retry: float = 2.0
    buffer: int = 64 * 1024
    slow: float = 60.0
    config_state_wait: float = 50.0
