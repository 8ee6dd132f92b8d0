"""Who a file is encrypted for, and the port to the private keys that are there."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

KINDS: Final[Mapping[str, tuple[str, str]]] = {
    "age": ("age", "recipient"),
    "pgp": ("PGP", "fp"),
    "kms": ("AWS KMS", "arn"),
    "gcp_kms": ("GCP KMS", "resource_id"),
    "hckms": ("Huawei Cloud KMS", "key_id"),
    "azure_kv": ("Azure Key Vault", "name"),
    "hc_vault": ("Vault transit", "key_name"),
}
"""Kinds of recipients, the first two of which are opened: what to call them, what names one."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody for whom the key of a file is wrapped.

    Attributes:
        kind: as the metadata names it: `age`, `pgp`, `kms`.
        name: a public key, fingerprint or other name.
        wrapped: the key, encrypted for them.
    """

    kind: str
    name: str
    wrapped: str

    @property
    def shown(self) -> str:
        """Its kind and name."""
        return self.name if self.kind == "age" else f"{KINDS[self.kind][0]} {self.name}"


class Identities(Protocol):
    """Private keys, of age and PGP; safe to ask from threads."""

    @property
    def names(self) -> Collection[str]:
        """Their public names in lower case, as far as they are known."""

    def unwrap(self, recipient: Recipient) -> bytes | None:
        """Return the key that is wrapped for a recipient, None if it is none of ours."""
