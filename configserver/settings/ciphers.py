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
    plain_text_encrypt: bool = setting(
        False,
        description="Decrypt the ciphers in plain files too, if they end in `.yml`, `.yaml`, "
        "`.json` or `.properties`.",
    )
    prefix_invalid_properties: bool = setting(
        True,
        description="Serve what cannot be decrypted as `invalid.<key>: <n/a>`; if off, as its key "
        "with the text after `{cipher}`.",
    )
