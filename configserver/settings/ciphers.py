"""`spring.cloud.config.server.encrypt.*`: what becomes of ciphers in served files."""

from dataclasses import dataclass

from configserver.settings.section import setting


@dataclass(frozen=True, kw_only=True)
class CipherSettings:
    """Ciphers in served files."""

    enabled: bool = setting(
        True,
        description="Leave no `{cipher}` value in an environment; if off, clients get it to "
        "decrypt it themselves.",
    )
