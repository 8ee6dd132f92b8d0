"""Texts under a password: Spring's to the byte, and never a wrong text where a tag can tell."""

from collections.abc import Callable
from secrets import token_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from configserver.encryption import BadKey, TooShort, Undecryptable, Unencryptable
from configserver.encryption import aes as aes_module
from configserver.encryption.symmetric import SymmetricCipher

VECTOR = "d1b2458ccede07c856ff952bd841638ff4dd12ed1d36812663c3c7262d57bf46"
CBC = SymmetricCipher("foo", "deadbeef", token_bytes)
GCM = SymmetricCipher("foo", "deadbeef", token_bytes, gcm=True)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@pytest.mark.parametrize("text", [VECTOR, VECTOR.upper()])
def test_a_cipher_of_spring_opens(text: str) -> None:
    assert CBC.decrypt(text) == "SUPER SECRET"


def test_salt_is_hex_in_either_case() -> None:
    assert SymmetricCipher("foo", "DEADbeef", token_bytes).decrypt(VECTOR) == "SUPER SECRET"


def test_iv_comes_first_and_the_text_is_lower_case_hex() -> None:
    iv = bytes.fromhex(VECTOR)[:16]
    assert SymmetricCipher("foo", "deadbeef", lambda _: iv).encrypt("SUPER SECRET") == VECTOR


@pytest.mark.parametrize(
    ("text", "cbc", "gcm"), [("", 32, 32), ("a" * 15, 32, 47), ("a" * 16, 48, 48), ("é", 32, 34)]
)
def test_cipher_has_the_length_of_spring(text: str, cbc: int, gcm: int) -> None:
    """CBC: IV and whole blocks. GCM: IV, as many bytes as the text has, and a tag."""
    assert len(CBC.encrypt(text)) == cbc * 2
    assert len(GCM.encrypt(text)) == gcm * 2


@pytest.mark.parametrize("cipher", [CBC, GCM])
@given(TEXTS)
def test_texts_come_back(cipher: SymmetricCipher, text: str) -> None:
    assert cipher.decrypt(cipher.encrypt(text)) == text


@pytest.mark.parametrize("cipher", [CBC, GCM])
@pytest.mark.parametrize("text", ["", "x" * 65536, "ü€😀" * 9000], ids=["empty", "64K", "unicode"])
def test_any_length_comes_back(cipher: SymmetricCipher, text: str) -> None:
    assert cipher.decrypt(cipher.encrypt(text)) == text


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40), st.data())
def test_tagged_text_with_a_flipped_bit_does_not_open(text: str, data: st.DataObject) -> None:
    sealed = bytearray.fromhex(GCM.encrypt(text))
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(Undecryptable):
        GCM.decrypt(sealed.hex())


@given(st.text(max_size=40, alphabet="aé€😀"), st.data())
def test_tagged_text_that_is_cut_does_not_open(text: str, data: st.DataObject) -> None:
    sealed = GCM.encrypt(text)
    with pytest.raises(Undecryptable):
        GCM.decrypt(sealed[: data.draw(st.integers(0, len(sealed) - 1))])


@given(st.text(min_size=1).filter(lambda password: password != "foo"), TEXTS)
def test_tagged_text_does_not_open_with_another_key(password: str, text: str) -> None:
    try:
        other = SymmetricCipher(password, "deadbeef", token_bytes, gcm=True)
    except BadKey:
        return  # half a surrogate pair is no password
    with pytest.raises(Undecryptable):
        other.decrypt(GCM.encrypt(text))


def test_kinds_do_not_open_each_other() -> None:
    with pytest.raises(Undecryptable):
        GCM.decrypt(CBC.encrypt("text of some length, so that there is room for a tag"))


@pytest.mark.parametrize("cipher", [CBC, GCM])
@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", TooShort),
        ("00", TooShort),
        (VECTOR[:30], TooShort),
        (VECTOR[:-2] + VECTOR, Undecryptable),
        (VECTOR[:-1], Undecryptable),
        (VECTOR + "\n", Undecryptable),
        (" " + VECTOR, Undecryptable),
        (VECTOR[:32] + " " + VECTOR[32:], Undecryptable),
        ("{cipher}" + VECTOR, Undecryptable),
        ("x" * 64, Undecryptable),
        ("é" * 64, Undecryptable),
        ("٣" * 64, Undecryptable),
        ("00" * 32, Undecryptable),
    ],
)
def test_what_is_no_cipher_is_refused_alike(
    cipher: SymmetricCipher, text: str, error: type[Undecryptable]
) -> None:
    with pytest.raises(Undecryptable) as caught:
        cipher.decrypt(text)
    assert type(caught.value) is error
    assert str(caught.value) == "the text is no cipher of this key"
    assert caught.value.__cause__ is None


def test_an_iv_alone_is_the_empty_text_as_in_java() -> None:
    """The original serves such a value as empty; with a tag it is refused."""
    assert CBC.decrypt(VECTOR[:32]) == ""
    with pytest.raises(Undecryptable):
        GCM.decrypt(VECTOR[:32])


def test_tagged_text_without_room_for_its_tag_is_too_short() -> None:
    with pytest.raises(TooShort):
        GCM.decrypt("00" * 31)


def test_bad_padding_and_bad_content_are_one_failure_after_the_same_steps(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whichever is wrong, the padding is looked at, then the content is decoded, then it fails."""
    steps: list[str] = []

    def watched(name: str, step: Callable[[bytes], object]) -> Callable[[bytes], object]:
        def call(data: bytes) -> object:
            steps.append(name)
            return step(data)

        return call

    monkeypatch.setattr(aes_module, "_unpadded", watched("padding", aes_module._unpadded))
    monkeypatch.setattr(aes_module, "_decoded", watched("content", aes_module._decoded))
    sealed = bytearray.fromhex(CBC.encrypt("0123456789abcde"))
    bad_padding, bad_content = sealed.copy(), sealed.copy()
    bad_padding[15] ^= 0xFF
    bad_content[0] ^= 0xFF
    seen = []
    for changed in (bad_padding, bad_content):
        steps.clear()
        with pytest.raises(Undecryptable) as caught:
            CBC.decrypt(changed.hex())
        seen.append((tuple(steps), type(caught.value), str(caught.value)))
    assert seen[0] == seen[1]
    assert seen[0][0] == ("padding", "content")


@pytest.mark.parametrize("salt", ["", "abc", "xyzt", "dead beef", "é"])
def test_salt_that_is_no_hex_is_refused(salt: str) -> None:
    with pytest.raises(BadKey, match=r"encrypt\.salt"):
        SymmetricCipher("foo", salt, token_bytes)


@pytest.mark.parametrize("password", ["", "\ud800"])
def test_password_that_cannot_be_used_is_refused(password: str) -> None:
    with pytest.raises(BadKey, match=r"encrypt\.key"):
        SymmetricCipher(password, "deadbeef", token_bytes)


def test_half_a_surrogate_pair_is_no_text_and_stays_out_of_the_error() -> None:
    with pytest.raises(Unencryptable) as caught:
        CBC.encrypt("secret \ud800")
    assert caught.value.__cause__ is None
    assert "secret" not in str(caught.value)


def test_key_is_not_in_its_repr() -> None:
    assert "foo" not in repr(CBC)
    assert CBC._aes.key.hex() not in repr(CBC._aes)
    assert repr(CBC._aes.key) not in repr(CBC._aes)
