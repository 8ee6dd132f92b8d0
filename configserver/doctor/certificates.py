"""The few fields of a certificate that an operator wants to see; pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.x509.oid import NameOID

_NAMES: Final = (
    NameOID.COMMON_NAME,
    NameOID.ORGANIZATION_NAME,
    NameOID.ORGANIZATIONAL_UNIT_NAME,
)


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate in part.

    Attributes:
        subject: the common name of its holder, else the organisation.
        issuer: the same of who signed it.
        begins: when it becomes valid.
        ends: until when it is valid.
        hosts: the names and addresses that it is for.
        own_issuer: whether it signed itself.
    """

    subject: str
    issuer: str
    begins: datetime
    ends: datetime
    hosts: tuple[str, ...]
    own_issuer: bool


def certificate_of(der: bytes) -> Certificate:
    """Read a certificate.

    Raises:
        ValueError: it is none.
    """
    found = x509.load_der_x509_certificate(der)
    return Certificate(
        _name(found.subject),
        _name(found.issuer),
        found.not_valid_before_utc,
        found.not_valid_after_utc,
        _hosts(found),
        found.subject == found.issuer,
    )


def _name(name: x509.Name) -> str:
    for kind in _NAMES:
        for attribute in name.get_attributes_for_oid(kind):
            return str(attribute.value)
    return "(no name)"


def _hosts(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return ()
    names = found.get_values_for_type(x509.DNSName)
    return (*names, *(str(one) for one in found.get_values_for_type(x509.IPAddress)))
