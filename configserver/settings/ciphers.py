"""`spring.cloud.config.server.encrypt.*`: what becomes of ciphers in served files."""

from pydantic import Field

from configserver.settings.section import Section


class CipherSettings(Section):
    """Ciphers in served files."""

    enabled: bool = Field(
        True,
        description="Leave no `{cipher}` value in an environment; if off, clients get it to "
        "decrypt it themselves.",
    )
