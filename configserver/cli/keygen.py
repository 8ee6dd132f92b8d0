"""`configserver keygen`: a new key in a file that only its owner can read."""

import os
import shlex
import sys
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_bytes
from typing import Final

import click
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates

from configserver.cli import keygen_kms
from configserver.cli.failure import refuse
from configserver.cli.keys import STORE_PASSWORD
from configserver.cli.replace import CannotReplace, create
from configserver.cli.secret_input import ask, one_line, read_bytes, read_secret
from configserver.errors import SettingsError
from configserver.secrets.texts import is_alias

_KEY_BYTES: Final = 32
_EXPONENT: Final = 65537
_SHORTEST: Final = 6
"""Characters of a password; Java's keytool asks for as many."""


@click.command(short_help="Make a key.")
@click.argument("kind", type=click.Choice(["symmetric", "rsa", "pkcs12"]), default="symmetric")
@click.option("--out", "-o", type=click.Path(path_type=Path), metavar="FILE", help="Where to.")
@click.option("--force", is_flag=True, help="Overwrite the file.")
@click.option("--hex", "as_hex", is_flag=True, help="A symmetric key in hex instead of Base64.")
@click.option(
    "--bits", type=click.Choice(["2048", "3072", "4096"]), default="2048", help="Of an RSA key."
)
@click.option("--alias", default="configserver", metavar="NAME", help="Entry of the key store.")
@click.option("--days", type=click.IntRange(1, 36500), default=3650, help="Of its certificate.")
@click.option(
    "--store-password-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help=f"File of the key store's password; else ${STORE_PASSWORD}, else a prompt.",
)
@click.option("--kms", metavar="NAME", help="Service of the settings to wrap the key with.")
@click.option(
    "--config", type=click.Path(path_type=Path), metavar="FILE", help="Settings, for --kms."
)
@click.option(
    "--wrap",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A key to wrap with --kms instead of a new one; - is standard input.",
)
def keygen(  # noqa: PLR0913 - the options of the command
    *,
    kind: str,
    out: Path | None,
    force: bool,
    as_hex: bool,
    bits: str,
    alias: str,
    days: int,
    store_password_file: Path | None,
    kms: str | None,
    config: Path | None,
    wrap: Path | None,
) -> None:
    """Make a key: a symmetric one of 256 bits, an RSA key in PEM form, or a PKCS#12 key store.

    Without --out it is printed, but not on a terminal and not for a key store. With --kms a key
    management service wraps it: the key itself is printed nowhere, and what is can be shown.
    """
    if kms and kind == "pkcs12":
        raise click.UsageError("a key store has a password; --kms is for symmetric and rsa")
    if not kms and (config or wrap):
        raise click.UsageError("--config and --wrap are for --kms")
    if out is None and not kms and (kind == "pkcs12" or sys.stdout.isatty()):
        raise click.UsageError("give --out FILE, so that the key is on no screen")
    if kind == "pkcs12" and not is_alias(alias):
        raise click.BadParameter("cannot be named in {key:…}", param_hint="--alias")
    try:
        if kind == "pkcs12":
            data = _store(int(bits), alias, days, _password(store_password_file))
        else:
            data = _pem(int(bits)) if kind == "rsa" else _symmetric(as_hex=as_hex)
        if kms:
            data = keygen_kms.wrapped(read_bytes(wrap) if wrap else data, kms, config)
        if out is None:
            sys.stdout.buffer.write(data)
        else:
            create(out, data, force=force)
    except (SettingsError, CannotReplace) as error:
        refuse(error, code=2)
    left = keygen_kms.instructions(data, kms, out) if kms else _instructions(kind, out, alias)
    for line in left:
        click.echo(line, err=True)


def _symmetric(*, as_hex: bool) -> bytes:
    key = token_bytes(_KEY_BYTES)
    text = key.hex() if as_hex else b64encode(key).decode()
    return f"{text}\n".encode()


def _pem(bits: int) -> bytes:
    """Return a key as `encrypt.key` wants it: PKCS#1, which says RSA in its first line."""
    key = rsa.generate_private_key(_EXPONENT, bits)
    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())


def _store(bits: int, alias: str, days: int, password: str) -> bytes:
    key = rsa.generate_private_key(_EXPONENT, bits)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, alias[:64])])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=days))
        .sign(key, SHA256())
    )
    protection = BestAvailableEncryption(password.encode())
    return serialize_key_and_certificates(alias.encode(), key, certificate, None, protection)


def _password(file: Path | None) -> str:
    """Return a password that is long enough, and that Java takes.

    Raises:
        SettingsError: it is not, or there is neither one nor a terminal.
    """
    if file is not None:
        password = one_line(read_secret(file))
    elif STORE_PASSWORD in os.environ:
        password = os.environ[STORE_PASSWORD]
    elif sys.stdin.isatty():
        password = ask("Password of the new key store", twice=True)
    else:
        hint = f"give --store-password-file, or set {STORE_PASSWORD}"
        raise SettingsError("there is no password for the key store", hint=hint)
    if len(password) < _SHORTEST:
        raise SettingsError(f"the password should have at least {_SHORTEST} characters")
    if not (password.isascii() and password.isprintable()):
        raise SettingsError("the password should be of ASCII, as Java opens no other key store")
    return password


def _instructions(kind: str, out: Path | None, alias: str) -> list[str]:
    """Return what is left to do, without the key."""
    if out is None:
        return ["Keep it out of the repository; set it as encrypt.key, or as ENCRYPT_KEY."]
    where, quoted = out.resolve(), shlex.quote(str(out))
    made = f"Made {out}, which only its owner can read. Keep it out of the repository."
    if kind == "pkcs12":
        return [
            made,
            "To serve with it, set",
            f"  encrypt.key-store.location: file:{where}",
            f"  encrypt.key-store.alias: {alias}",
            "  encrypt.key-store.type: pkcs12",
            f"and {STORE_PASSWORD} in the environment of the server.",
            "To encrypt with it",
            f"  configserver encrypt --key-store {quoted}",
        ]
    return [
        made,
        "To serve with it",
        f'  ENCRYPT_KEY="$(cat {quoted})" configserver serve',
        "To encrypt with it",
        f"  configserver encrypt --key-file {quoted}",
    ]
