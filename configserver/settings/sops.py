"""`configserver.sops.*`: the private keys that files of SOPS are opened with."""

from dataclasses import dataclass

from configserver.settings.secret import Key
from configserver.settings.section import Files, setting


@dataclass(frozen=True, kw_only=True)
class SopsSettings:
    """Private keys for files that SOPS encrypted; without any they are served as they are."""

    age_key: Key = setting(
        None,
        description="Private keys of age (`AGE-SECRET-KEY-1…`), one in a line; the variable "
        "`SOPS_AGE_KEY` sets it too.",
    )
    age_key_file: Files = setting(
        (),
        description="Files of such keys, or of SSH keys without a pass phrase; read anew when they "
        "change. The variable `SOPS_AGE_KEY_FILE` sets it too.",
    )
    pgp_key: Key = setting(
        None, description="Private PGP keys, armored: `gpg --armor --export-secret-keys`."
    )
    pgp_key_file: Files = setting(
        (), description="Files of such keys, armored or not; read anew when they change."
    )
    pgp_passphrase: Key = setting(None, description="Pass phrase of the PGP keys.")

    @property
    def is_set(self) -> bool:
        """Whether there is any key."""
        return bool(self.age_key or self.age_key_file or self.pgp_key or self.pgp_key_file)
