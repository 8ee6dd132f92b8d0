"""What `encrypt.key` is taken for: an RSA key, a password, or a mistake."""

from collections.abc import Callable
from secrets import token_bytes

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from configserver.encryption import BadKey
from configserver.encryption.pem import key_of_text
from configserver.encryption.rsa import RsaCipher
from configserver.encryption.symmetric import SymmetricCipher


def pem_of(key: RSAPrivateKey, form: PrivateFormat = PrivateFormat.TraditionalOpenSSL) -> str:
    return key.private_bytes(Encoding.PEM, form, NoEncryption()).decode()


FORMS: dict[str, Callable[[str], str]] = {
    "as it is": lambda pem: pem,
    "on one line": lambda pem: pem.replace("\n", ""),
    "indented": lambda pem: pem.replace("\n", "\n    "),
    "blanks around": lambda pem: f" \n{pem}\n\n ",
    "Windows": lambda pem: pem.replace("\n", "\r\n"),
}


@pytest.mark.parametrize("form", FORMS)
def test_rsa_private_key_is_read_however_it_is_broken_into_lines(
    rsa_key: RSAPrivateKey, form: str
) -> None:
    """The salt of `encrypt.salt` does not count: not even whether it is one."""
    found = key_of_text(FORMS[form](pem_of(rsa_key)), "no hex", token_bytes)
    assert isinstance(found.cipher, RsaCipher)
    assert found.note is None
    other = RsaCipher(rsa_key.public_key(), rsa_key, random=token_bytes)
    assert other.decrypt(found.cipher.encrypt("foo")) == "foo"


@pytest.mark.parametrize("bits", [1024, 3072, 4096])
def test_rsa_keys_have_any_sane_size(bits: int) -> None:
    cipher = key_of_text(pem_of(generate_private_key(65537, bits)), "", token_bytes).cipher
    assert cipher.decrypt(cipher.encrypt("foo")) == "foo"


def test_public_keys_are_refused(rsa_key: RSAPrivateKey) -> None:
    public = rsa_key.public_key()
    pkcs1 = public.public_bytes(Encoding.PEM, PublicFormat.PKCS1).decode()
    ssh = public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    for text in (pkcs1, ssh, ssh + " me@example"):
        with pytest.raises(BadKey, match="public key"):
            key_of_text(text, "deadbeef", token_bytes)


def test_broken_private_keys_are_refused_without_showing_them(rsa_key: RSAPrivateKey) -> None:
    pem = pem_of(rsa_key)
    encrypted = rsa_key.private_bytes(
        Encoding.PEM, PrivateFormat.TraditionalOpenSSL, BestAvailableEncryption(b"x")
    ).decode()
    body = pem.splitlines()[5]
    for text in (
        "RSA PRIVATE KEY",
        pem[:-40],
        pem[40:],
        pem.replace(body, ""),
        pem.replace(body, body[:-1]),
        pem.replace(body, body[:-1] + "*"),
        pem.replace(body, "  " + body + "\t"),
        pem + pem,
        "x" + pem,
        encrypted,
    ):
        with pytest.raises(BadKey, match=r"encrypt\.key") as caught:
            key_of_text(text, "deadbeef", token_bytes)
        assert body not in str(caught.value)
        assert caught.value.__cause__ is None


def test_too_small_a_key_is_refused() -> None:
    small = """-----BEGIN RSA PRIVATE KEY-----
MIIBOgIBAAJBAKj34GkxFhD90vcNLYLInFEX6Ppy1tPf9Cnzj4p4WGeKLs1Pt8Qu
KUpRKfFLfRYC9AIKjbJTWit+CqvjWYzvQwECAwEAAQJAIJLixBy2qpFoS4DSmoEm
o3qGy0t6z09AIJtH+5OeRV1be+N4cDYJKffGzDa88vQENZiRm0GRq6a+HPGQMd2k
TQIhAKMSvzIBnni7ot/OSie2TmJLY4SwTQAevXysE2RbFDYdAiEBCUEaRQnMnbp7
9mxDXDf6AU0cN/RPBjb9qSHDcWZHGzUCIG2Es59z8ugGrDY+pxLQnwfotadxd+Uy
v/Ow5T0q5gIJAiEAyS4RaI9YG8EWx/2w0T67ZUVAw8eOMB6BIUg0Xcu+3okCIBOs
/5OiPgoTdSy7bcF9IGpSE8ZgGKzgYQVZeN97YE00
-----END RSA PRIVATE KEY-----"""
    with pytest.raises(BadKey):
        key_of_text(small, "deadbeef", token_bytes)


@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.OpenSSH])
def test_other_private_keys_are_passwords_with_a_note(
    rsa_key: RSAPrivateKey, form: PrivateFormat
) -> None:
    text = pem_of(rsa_key, form)
    found = key_of_text(text, "deadbeef", token_bytes)
    assert found.note is not None
    assert "password" in found.note
    assert text[60:90] not in found.note
    plain = SymmetricCipher(text, "deadbeef", token_bytes).decrypt(found.cipher.encrypt("foo"))
    assert plain == "foo"


def test_other_texts_are_passwords() -> None:
    found = key_of_text(" foo ssh-rsa\n", "a1B2", token_bytes)
    assert found.note is None
    cipher = SymmetricCipher(" foo ssh-rsa\n", "A1b2", token_bytes)
    assert cipher.decrypt(found.cipher.encrypt("bar")) == "bar"


def test_password_may_make_texts_that_notice_changes() -> None:
    cipher = key_of_text("foo", "deadbeef", token_bytes, gcm=True).cipher
    assert SymmetricCipher("foo", "deadbeef", token_bytes, gcm=True).decrypt(cipher.encrypt("a"))
