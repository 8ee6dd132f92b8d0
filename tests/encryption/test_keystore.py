"""Key stores as Java reads them: aliases, passwords of keys, certificates, and what is refused."""

import hashlib
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path
from secrets import token_bytes

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from configserver.encryption import BadKey, NoSuchKey, WrongSecret
from configserver.encryption.der import Node
from configserver.encryption.keystore import open_key_store
from configserver.encryption.rsa import RsaCipher
from configserver.encryption.stores import KeyStore
from tests.encryption.conftest import STORES

PASSWORDS = {
    "many.jks": "störe-päss",
    "many.p12": "store-pass",
    "own.p12": "store-pass",
    "old.p12": "store-pass",
    "openssl.p12": "store-pass",
    "recorded.jks": "letmein-store",
    "recorded.p12": "p12-store-pw",
    "spring.jks": "letmein",
}
EACH_STORE = pytest.mark.parametrize("name", PASSWORDS)
KEYS = [
    ("many.jks", "first", "first-pass", 2048),
    ("many.jks", "FIRST", "first-pass", 2048),
    ("many.jks", "Second Key ", "second-pass", 1024),
    ("many.p12", "first", "store-pass", 2048),
    ("many.p12", "second KEY", "store-pass", 3072),
    ("own.p12", "first", "first pass", 2048),
    ("own.p12", "Second Key", "second key pass", 3072),
    ("old.p12", "first", "store-pass", 2048),
    ("old.p12", "second", "store-pass", 2048),
    ("openssl.p12", "openssl", "store-pass", 2048),
    ("recorded.jks", "mainkey", "main-pass-1", 2048),
    ("recorded.jks", "oldkey", "old-pass-2", 2048),
    ("recorded.jks", "teamkey", "letmein-store", 2048),
    ("recorded.p12", "p12key", "p12-store-pw", 3072),
    ("spring.jks", "mytestkey", "changeme", 2048),
    ("spring.jks", "mykey", "letmein", 2048),
]
SPRING_TEXT = (
    "AQCohs2V6P8/UiG6a4TF/CZTCBdt5Q7wvNvcyf6vs2ByK2ZYSM77Nu0sOAduxUpMbVwJ/syecmkIXR+hU3EfT2uqPieA7/"
    "v5n33ppqIQ9JAt5JggdYIGe+wX25zU3DTXOOJdAAMzNX+zjOVyCh0QtmJf/kFslg6NqQq0E+kSg3zBi3AnkKj5BLnLIxkj"
    "xzKA4mnDXpSm7ekLZZP2iQSYSW/82AC7UOLLzTqwInMI3tJLW1e9Ne+LDsjmSxA+nkK9zhidtXPwb/SPaNF74cJCEf9mgz"
    "zKYwJlwqChLzJt8UQ1jHwRc8B6FufmizUHSp27nxdtVB4HMqh3nNsMCy137Ces58T09ZS/y/cYNRxcFbp78MHFHUqAgbC0"
    "B/p5t6h4XbQ="
)


def opened(name: str, kind: str = "jks") -> KeyStore:
    return open_key_store((STORES / name).read_bytes(), PASSWORDS[name], kind)


def test_text_of_springs_own_tests_opens() -> None:
    public, private = opened("spring.jks").pair("mytestkey", "changeme")
    assert RsaCipher(public, private, random=token_bytes).decrypt(SPRING_TEXT) == "foo"


@pytest.mark.parametrize(("name", "alias", "secret", "bits"), KEYS)
def test_keys_open_with_their_own_password(name: str, alias: str, secret: str, bits: int) -> None:
    public, private = opened(name).pair(alias, secret)
    assert private is not None
    assert public.key_size == private.key_size == bits
    assert public.public_numbers() == private.public_key().public_numbers()


@EACH_STORE
@pytest.mark.parametrize("kind", ["jks", "JKS", "pkcs12", "PKCS12"])
def test_format_is_told_by_the_file_not_by_its_type(name: str, kind: str) -> None:
    assert opened(name, kind).entries.keys() == opened(name).entries.keys()


@pytest.mark.parametrize(
    ("name", "alias"),
    [
        ("many.jks", "onlycert"),
        ("many.p12", "OnlyCert"),
        ("old.p12", "onlycert"),
        ("spring.jks", "myencryptionkey"),
        ("recorded.jks", "certonly"),
    ],
)
def test_certificate_alone_has_no_private_half_and_needs_no_password(name: str, alias: str) -> None:
    public, private = opened(name).pair(alias, "whatever")
    assert private is None
    assert public.key_size == 2048


@pytest.mark.parametrize(
    ("name", "aliases"),
    [
        ("many.jks", {"first", "second key ", "curve", "onlycert"}),
        ("many.p12", {"first", "second key", "curve", "onlycert"}),
        ("old.p12", {"first", "second", "onlycert"}),
        ("own.p12", {"first", "second key"}),
        ("openssl.p12", {"openssl"}),
    ],
)
def test_each_entry_is_found(name: str, aliases: set[str]) -> None:
    assert opened(name).entries.keys() == aliases


@EACH_STORE
@pytest.mark.parametrize("alias", ["", "missing", " first", "first ", "second key  "])
def test_unknown_alias_is_named(name: str, alias: str) -> None:
    with pytest.raises(NoSuchKey, match="no entry by the alias") as caught:
        opened(name).pair(alias, "secret-of-key")
    assert not isinstance(caught.value, WrongSecret)


@pytest.mark.parametrize(("name", "alias", "secret", "bits"), KEYS)
@pytest.mark.parametrize("wrong", ["", "guessed-pass", "{}x", "x{}"])
def test_wrong_key_password_is_told_and_not_shown(
    name: str, alias: str, secret: str, bits: int, wrong: str
) -> None:
    guess = wrong.format(secret)
    with pytest.raises(WrongSecret, match=r"password of the key .* is wrong") as caught:
        opened(name).pair(alias, guess)
    assert bits
    assert not guess or guess not in str(caught.value)


@EACH_STORE
@pytest.mark.parametrize("password", ["", "guessed-pass", "letmein-store "])
def test_wrong_store_password_is_told_and_not_shown(name: str, password: str) -> None:
    with pytest.raises(BadKey, match="password of the key store is wrong") as caught:
        open_key_store((STORES / name).read_bytes(), password)
    assert not password or password not in str(caught.value)


@pytest.mark.parametrize("name", ["many.jks", "many.p12"])
def test_key_that_is_not_of_rsa_is_of_no_use(name: str) -> None:
    secret = {"many.jks": "curve-pass", "many.p12": "store-pass"}[name]
    with pytest.raises(NoSuchKey, match="not of RSA"):
        opened(name).pair("curve", secret)


@pytest.mark.parametrize(
    ("data", "kind", "message"),
    [
        ((STORES / "secret.jceks").read_bytes(), "jks", "'jceks' cannot be opened here; convert"),
        ((STORES / "many.jks").read_bytes(), "jceks", "'jceks' cannot be opened here; convert"),
        ((STORES / "many.jks").read_bytes(), "bks", "'bks' cannot be opened here; convert"),
        (b"", "jks", "neither JKS nor PKCS#12"),
        (b"-----BEGIN", "jks", "neither JKS nor PKCS#12"),
        (b"0", "pkcs12", "cut short"),
        (b"0\x80\0\0", "pkcs12", "not in DER form"),
        (b"\xfe\xed\xfe\xed", "jks", "password of the key store is wrong"),
    ],
)
def test_what_is_no_key_store_is_refused(data: bytes, kind: str, message: str) -> None:
    with pytest.raises(BadKey, match=message):
        open_key_store(data, "störe-päss", kind)


@EACH_STORE
@settings(max_examples=25)
@given(st.data())
def test_damaged_file_is_refused_or_holds_the_same_keys(name: str, data: st.DataObject) -> None:
    """Whatever byte is changed or cut: a clear error, no other, or what is not protected at all."""
    content = bytearray((STORES / name).read_bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    if data.draw(st.booleans()):
        del content[at:]
    else:
        content[at] ^= data.draw(st.integers(1, 255))
    try:
        store = open_key_store(bytes(content), PASSWORDS[name])
    except BadKey:
        return
    assert store.entries.keys() == opened(name).entries.keys()


def resealed(name: str, content: bytes) -> bytes:
    """Return a key store as it is where nothing watches over its bytes."""
    if name.endswith("jks"):
        password = PASSWORDS[name].encode("utf-16-be")
        body = content[:-20]
        return body + hashlib.sha1(password + b"Mighty Aphrodite" + body).digest()
    version, safe = Node.of((STORES / name).read_bytes()).parts()[:2]
    whole = version.whole + content[-len(safe.whole) :]
    return b"\x30\x82" + len(whole).to_bytes(2, "big") + whole


@pytest.mark.parametrize("name", ["many.jks", "many.p12"])
@settings(max_examples=20)
@given(st.data())
def test_damage_that_no_seal_shows_leads_to_the_same_errors(name: str, data: st.DataObject) -> None:
    content = (STORES / name).read_bytes()
    if name.endswith("p12"):
        content = Node.of(content).parts()[1].whole
    changed = bytearray(content)
    for at in data.draw(st.lists(st.integers(4, len(content) - 21), min_size=1, max_size=3)):
        changed[at] ^= data.draw(st.integers(1, 255))
    try:
        store = open_key_store(resealed(name, bytes(changed)), PASSWORDS[name])
    except BadKey:
        return
    secret = "first-pass" if name.endswith("jks") else "store-pass"
    for alias in store.entries:
        with suppress(NoSuchKey):
            store.pair(alias, secret)


def test_pkcs12_without_a_seal_opens() -> None:
    content = Node.of((STORES / "many.p12").read_bytes()).parts()[1].whole
    store = open_key_store(resealed("many.p12", content), "store-pass")
    assert store.pair("first", "store-pass").private is not None
    with pytest.raises(BadKey, match="password of the key store is wrong"):
        open_key_store(resealed("many.p12", content), "guessed")


@pytest.mark.skipif(shutil.which("keytool") is None, reason="keytool of a JDK is not there")
@pytest.mark.parametrize("kind", ["jks", "pkcs12"])
def test_store_that_keytool_makes_now_opens(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "fresh"
    options = f"-keystore {path} -storetype {kind} -storepass store-pass -keypass store-pass"
    subprocess.run(
        f"keytool -genkeypair -alias Fresh -keyalg RSA -dname CN=x {options}".split(),
        check=True,
        capture_output=True,
        timeout=60,
    )
    store = open_key_store(path.read_bytes(), "store-pass", kind)
    assert store.pair("fresh", "store-pass").private is not None
