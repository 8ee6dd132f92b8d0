"""A private certificate authority: server certificates, expired ones, client certificates."""

import datetime as dt
import ipaddress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate and its key, each in a PEM file."""

    file: Path
    key: Path


class Authority:
    """Signs what tests need; `ca_file` is what a client has to trust.

    Args:
        folder: where all files go; made if it is not there.
        name: of the authority.
    """

    def __init__(self, folder: Path, name: str = "Test CA") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _named(name)
        self.ca_file = folder / "ca.pem"
        builder = _builder(self._name, self._name, self._key.public_key(), _now(), 3650)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        builder = builder.add_extension(
            x509.KeyUsage(
                digital_signature=True,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=True,
                crl_sign=True,
                encipher_only=False,
                decipher_only=False,
            ),
            True,
        )
        identifier = x509.SubjectKeyIdentifier.from_public_key(self._key.public_key())
        builder = builder.add_extension(identifier, False)
        self.ca_file.write_bytes(_pem(builder.sign(self._key, hashes.SHA256())))

    def server(self, *names: str, expired: bool = False) -> Certificate:
        """Return a certificate for host names and addresses; `localhost` without any."""
        hosts = [_host(name) for name in names or ("localhost",)]
        began = _now() - dt.timedelta(days=30 if expired else 1)
        return self._sign(
            names[0] if names else "localhost",
            began,
            days=20 if expired else 60,
            usage=ExtendedKeyUsageOID.SERVER_AUTH,
            hosts=hosts,
        )

    def client(self, name: str = "config server") -> Certificate:
        """Return a certificate with which a client logs in."""
        began = _now() - dt.timedelta(days=1)
        return self._sign(name, began, days=60, usage=ExtendedKeyUsageOID.CLIENT_AUTH, hosts=[])

    def _sign(
        self,
        name: str,
        began: dt.datetime,
        *,
        days: int,
        usage: x509.ObjectIdentifier,
        hosts: list[x509.GeneralName],
    ) -> Certificate:
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(_named(name), self._name, key.public_key(), began, days)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), False)
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        builder = builder.add_extension(identifier, False)
        if hosts:
            builder = builder.add_extension(x509.SubjectAlternativeName(hosts), False)
        signed = builder.sign(self._key, hashes.SHA256())
        stem = f"{signed.serial_number:x}"
        made = Certificate(self._folder / f"{stem}.pem", self._folder / f"{stem}.key")
        made.file.write_bytes(_pem(signed))
        made.key.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return made


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    began: dt.datetime,
    days: int,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(began)
        .not_valid_after(began + dt.timedelta(days=days))
    )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _host(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _pem(signed: x509.Certificate) -> bytes:
    return signed.public_bytes(serialization.Encoding.PEM)
