"""Texts for a pair of keys: Spring's to the byte; what is wrong with a text is never told."""

import struct
from base64 import b64decode, b64encode
from concurrent.futures import ThreadPoolExecutor
from secrets import token_bytes

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from hypothesis import given, settings
from hypothesis import strategies as st

from configserver.encryption import BadKey, TooShort, Undecryptable
from configserver.encryption.aes import Aes, aes_of
from configserver.encryption.rsa import RsaAlgorithm, RsaCipher, rsa_salt
from tests.encryption.conftest import KEY_2048

KINDS = [(algorithm, strong) for algorithm in RsaAlgorithm for strong in (False, True)]
CIPHERS = [
    RsaCipher(
        KEY_2048.public_key(), KEY_2048, random=token_bytes, algorithm=algorithm, strong=strong
    )
    for algorithm, strong in KINDS
]
TAGGED = [cipher for cipher in CIPHERS if cipher._gcm]
EACH = pytest.mark.parametrize("cipher", CIPHERS, ids=range(len(CIPHERS)))


@EACH
@settings(max_examples=30)
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_texts_come_back(cipher: RsaCipher, text: str) -> None:
    assert cipher.decrypt(cipher.encrypt(text)) == text


@EACH
@pytest.mark.parametrize("text", ["", "x" * 65536, "ü€😀" * 9000], ids=["empty", "64K", "unicode"])
def test_any_length_comes_back(cipher: RsaCipher, text: str) -> None:
    assert cipher.decrypt(cipher.encrypt(text)) == text


@pytest.mark.parametrize("bits", [1024, 3072])
def test_text_has_the_shape_of_spring(bits: int) -> None:
    """Two bytes of length, as many bytes of RSA, an IV, and blocks under the hex of the key."""
    key = generate_private_key(65537, bits)
    text = RsaCipher(key.public_key(), key, random=token_bytes).encrypt("foo")
    data = b64decode(text, validate=True)
    (length,) = struct.unpack_from(">H", data)
    assert length == bits // 8
    assert len(data) == 2 + length + 16 + 16
    session = key.decrypt(data[2 : 2 + length], PKCS1v15())
    assert len(session) == 16
    salt = bytes.fromhex("deadbeef")
    assert aes_of(session.hex(), salt, gcm=False).open(data[2 + length :]) == "foo"


def test_text_of_2048_bits_begins_as_all_do() -> None:
    assert CIPHERS[0].encrypt("foo").startswith("AQ")


@pytest.mark.parametrize(
    ("salt", "raw"),
    [
        ("deadbeef", b"\xde\xad\xbe\xef"),
        ("DEAD", b"\xde\xad"),
        ("abc", b"abc"),
        ("süß", "süß".encode()),
    ],
)
def test_salt_is_hex_or_else_its_text(salt: str, raw: bytes) -> None:
    assert rsa_salt(salt) == raw


def test_salt_counts() -> None:
    other = RsaCipher(
        KEY_2048.public_key(), KEY_2048, random=token_bytes, salt="other", strong=True
    )
    with pytest.raises(Undecryptable):
        other.decrypt(TAGGED[0].encrypt("foo"))


def test_last_equal_signs_may_be_missing() -> None:
    text = CIPHERS[0].encrypt("x")
    assert text.endswith("=")
    assert CIPHERS[0].decrypt(text.rstrip("=")) == "x"


@EACH
def test_what_is_no_cipher_is_refused_alike(cipher: RsaCipher) -> None:
    good = cipher.encrypt("foo")
    raw = b64decode(good)
    broken = [
        "",
        "AQ",
        "AQ==",
        "not base64!",
        "é" * 400,
        good + "\n",
        " " + good,
        good[:100] + "\n" + good[100:],
        good.replace("AQ", "-_", 1),
        good[:200],
        good[:-8],
        *(b64encode(data).decode() for data in (b"\0\0", b"\0\0" + raw[258:], raw[:200])),
        b64encode(raw[:258] + bytes(32)).decode(),
        b64encode(b"\1\0" + bytes(256) + raw[258:]).decode(),
        b64encode(b"\1\0" + b"\xff" * 256 + raw[258:]).decode(),
        b64encode(b"\0\xff" + raw[2:]).decode(),
        b64encode(b"\1\1" + raw[2:]).decode(),
    ]
    for text in broken:
        with pytest.raises(Undecryptable) as caught:
            cipher.decrypt(text)
        assert str(caught.value) == "the text is no cipher of this key"
        assert caught.value.__cause__ is None


def test_text_without_room_for_an_iv_is_told_apart() -> None:
    raw = b64decode(CIPHERS[0].encrypt("foo"))
    with pytest.raises(TooShort):
        CIPHERS[0].decrypt(b64encode(raw[:260]).decode())


@settings(max_examples=60)
@given(st.data())
def test_tagged_text_with_a_flipped_bit_does_not_open(data: st.DataObject) -> None:
    cipher = data.draw(st.sampled_from(TAGGED))
    sealed = bytearray(b64decode(cipher.encrypt("größe")))
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(Undecryptable):
        cipher.decrypt(b64encode(sealed).decode())


@EACH
def test_text_of_another_key_never_opens(cipher: RsaCipher) -> None:
    """Without a look at the length of what RSA returns, one text in 256 would pass CBC's check."""
    other = generate_private_key(65537, 1024)
    maker = RsaCipher(other.public_key(), other, random=token_bytes)
    wrong = generate_private_key(65537, 1024)
    reader = RsaCipher(wrong.public_key(), wrong, random=token_bytes)
    for number in range(100):
        with pytest.raises(Undecryptable):
            reader.decrypt(maker.encrypt(str(number)))
    with pytest.raises(Undecryptable):
        cipher.decrypt(maker.encrypt("foo"))


@EACH
def test_wrong_key_costs_the_same_steps(cipher: RsaCipher, monkeypatch: pytest.MonkeyPatch) -> None:
    """Key derivation and AES are done whether or not RSA gave 16 bytes."""
    steps: list[str] = []
    open_aes = Aes.open

    def watched(self: Aes, sealed: bytes) -> str:
        steps.append("open")
        return open_aes(self, sealed)

    monkeypatch.setattr(Aes, "open", watched)
    raw = bytearray(b64decode(cipher.encrypt("foo")))
    raw[100] ^= 1
    with pytest.raises(Undecryptable):
        cipher.decrypt(b64encode(raw).decode())
    assert steps == ["open"]


def test_session_key_of_another_length_is_refused() -> None:
    """RSA may have carried something else than 16 bytes: what fits then is not to be trusted."""
    public = KEY_2048.public_key()
    salt = bytes.fromhex("deadbeef")
    for size in (15, 17, 0):
        session = bytes(size)
        body = aes_of(session.hex() or "0", salt, gcm=False).seal("foo", token_bytes)
        data = b"\1\0" + public.encrypt(session, PKCS1v15()) + body
        with pytest.raises(Undecryptable):
            CIPHERS[0].decrypt(b64encode(data).decode())


def test_public_half_alone_encrypts_only() -> None:
    cipher = RsaCipher(KEY_2048.public_key(), None, random=token_bytes)
    assert not cipher.can_decrypt
    assert CIPHERS[0].decrypt(cipher.encrypt("foo")) == "foo"
    with pytest.raises(Undecryptable):
        cipher.decrypt(cipher.encrypt("foo"))


def test_public_key_is_as_openssh_writes_it() -> None:
    kind, _, data = (CIPHERS[0].public_key or "").partition(" ")
    raw = b64decode(data, validate=True)
    fields = []
    while raw:
        (size,) = struct.unpack_from(">I", raw)
        fields.append(raw[4 : 4 + size])
        raw = raw[4 + size :]
    numbers = KEY_2048.public_key().public_numbers()
    assert kind == "ssh-rsa"
    assert fields[0] == b"ssh-rsa"
    assert int.from_bytes(fields[1], "big") == numbers.e
    assert fields[2] == b"\0" + numbers.n.to_bytes(256, "big")


@pytest.mark.parametrize("salt", [""])
def test_empty_salt_is_refused(salt: str) -> None:
    with pytest.raises(BadKey, match=r"encrypt\.rsa\.salt"):
        RsaCipher(KEY_2048.public_key(), None, random=token_bytes, salt=salt)


def test_several_threads_may_share_a_key() -> None:
    texts = [str(number) * number for number in range(60)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(CIPHERS[3].decrypt, map(CIPHERS[3].encrypt, texts))) == texts


def test_key_is_not_in_its_repr(rsa_key: RSAPrivateKey) -> None:
    cipher = RsaCipher(rsa_key.public_key(), rsa_key, random=token_bytes)
    assert str(rsa_key.private_numbers().d) not in repr(cipher)
