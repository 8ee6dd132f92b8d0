"""Which key is taken for which text."""

from collections.abc import Mapping
from secrets import token_bytes

import pytest

from configserver.encryption import BadKey, NoSuchKey, Undecryptable, WrongSecret
from configserver.encryption.keystore import open_key_store
from configserver.encryption.locators import KeyStoreLocator, RsaKind, SingleLocator
from configserver.encryption.ring import KeyRing, RingKey, simple_match
from configserver.encryption.rsa import RsaAlgorithm
from configserver.encryption.symmetric import SymmetricCipher
from tests.encryption.conftest import STORES

STORE = open_key_store((STORES / "recorded.jks").read_bytes(), "letmein-store")
OLD, NEW, TEAM = (
    SymmetricCipher(name, "deadbeef", token_bytes, gcm=True) for name in ("old", "new", "team")
)


def locator(
    alias: str = "mainkey", secret: str = "main-pass-1", cached: int = 8
) -> KeyStoreLocator:
    return KeyStoreLocator(STORE, alias=alias, secret=secret, random=token_bytes, cached=cached)


def test_single_key_is_taken_whatever_the_prefixes_are() -> None:
    assert SingleLocator(OLD).locate({"key": "x", "secret": "y"}, application="a") is OLD


def test_key_store_takes_the_configured_key_and_keeps_it() -> None:
    found = locator()
    cipher = found.locate({"name": "application", "profiles": "default"})
    assert found.locate({"key": "mainkey", "secret": "main-pass-1"}) is cipher
    assert found.has_default


@pytest.mark.parametrize(
    ("prefixes", "alias", "secret"),
    [
        ({"key": "teamkey", "secret": "letmein-store"}, "teamkey", "letmein-store"),
        ({"key": "MainKey"}, "mainkey", "main-pass-1"),
        ({"secret": "main-pass-1"}, "mainkey", "main-pass-1"),
    ],
)
def test_prefixes_choose_alias_and_password(
    prefixes: Mapping[str, str], alias: str, secret: str
) -> None:
    text = locator().locate(prefixes).encrypt("foo")
    assert locator(alias, secret).locate({}).decrypt(text) == "foo"


def test_other_keys_are_kept_as_long_as_there_is_room() -> None:
    found = locator(cached=1)
    team = {"key": "teamkey", "secret": "letmein-store"}
    old = {"key": "oldkey", "secret": "old-pass-2"}
    first = found.locate(team)
    assert found.locate(team) is first
    found.locate(old)
    assert found.locate(team) is not first


@pytest.mark.parametrize(
    ("prefixes", "error"),
    [
        ({"key": "missing"}, NoSuchKey),
        ({"key": ""}, NoSuchKey),
        ({"key": "mainkey "}, NoSuchKey),
        ({"key": "oldkey"}, WrongSecret),
        ({"secret": "guessed"}, WrongSecret),
        ({"key": "mainkey", "secret": ""}, WrongSecret),
    ],
)
def test_missing_keys_and_wrong_passwords_are_told_apart(
    prefixes: Mapping[str, str], error: type[NoSuchKey]
) -> None:
    found = locator()
    for _ in range(2):
        with pytest.raises(NoSuchKey) as caught:
            found.locate(prefixes)
        assert type(caught.value) is error
        assert "guessed" not in str(caught.value)


def test_certificate_alone_encrypts_only() -> None:
    assert not locator().locate({"key": "certonly"}).can_decrypt


def test_alias_that_is_not_there_is_found_missing_later() -> None:
    """As in the original, which starts so."""
    found = locator(alias="missing")
    assert not found.has_default
    with pytest.raises(NoSuchKey):
        found.locate({})
    assert found.locate({"key": "mainkey"}).can_decrypt


@pytest.mark.parametrize(
    ("alias", "secret", "message"),
    [("", "main-pass-1", "alias is missing"), ("mainkey", "guessed", r"key-store\.secret")],
)
def test_key_that_cannot_be_opened_is_refused_at_once(
    alias: str, secret: str, message: str
) -> None:
    with pytest.raises(BadKey, match=message) as caught:
        locator(alias, secret)
    assert "guessed" not in str(caught.value)


def test_kind_of_texts_is_for_each_key() -> None:
    kind = RsaKind(algorithm=RsaAlgorithm.OAEP, salt="not hex", strong=True)
    made = KeyStoreLocator(
        STORE, alias="mainkey", secret="main-pass-1", random=token_bytes, kind=kind
    )
    text = made.locate({}).encrypt("foo")
    assert made.locate({}).decrypt(text) == "foo"
    with pytest.raises(Undecryptable):
        locator().locate({}).decrypt(text)


RING = KeyRing(
    [
        RingKey("2026", NEW),
        RingKey("team", TEAM, applications=("team-*", "shared")),
        RingKey("2025", OLD, retired=True),
    ]
)


@pytest.mark.parametrize(
    ("cipher", "prefixes", "application", "opens"),
    [
        (NEW, {}, "app", True),
        (OLD, {}, "app", True),
        (TEAM, {}, "app", False),
        (TEAM, {}, "team-a", True),
        (TEAM, {}, "app,shared", True),
        (TEAM, {"name": "team-a"}, None, True),
        (TEAM, {"name": "team-a"}, "app", False),
        (OLD, {"key": "2025"}, "app", True),
        (OLD, {"key": "2026"}, "app", False),
        (NEW, {"key": "2026"}, "app", True),
        (TEAM, {"key": "team"}, "shared", True),
    ],
)
def test_ring_opens_with_the_named_key_or_any_of_the_application(
    cipher: SymmetricCipher, prefixes: Mapping[str, str], application: str | None, opens: bool
) -> None:
    found = RING.locate(prefixes, application=application)
    if opens:
        assert found.decrypt(cipher.encrypt("foo")) == "foo"
    else:
        with pytest.raises(Undecryptable):
            found.decrypt(cipher.encrypt("foo"))


@pytest.mark.parametrize(
    ("prefixes", "message"),
    [
        ({"key": "2024"}, "no key has the name '2024'"),
        ({"key": "team"}, "not for this application"),
    ],
)
def test_ring_refuses_names_it_has_not_and_keys_of_others(
    prefixes: Mapping[str, str], message: str
) -> None:
    with pytest.raises(NoSuchKey, match=message):
        RING.locate(prefixes, application="app")


def test_ring_encrypts_with_the_newest_that_is_not_retired() -> None:
    assert NEW.decrypt(RING.locate({}, application="team-a").encrypt("foo")) == "foo"
    ring = KeyRing([RingKey("b", OLD, retired=True), RingKey("a", TEAM)])
    assert TEAM.decrypt(ring.locate({}, application="x").encrypt("foo")) == "foo"
    newest = ring.newest("x")
    assert newest is not None
    assert newest.name == "a"


def test_ring_of_retired_keys_makes_no_texts() -> None:
    ring = KeyRing([RingKey("b", OLD, retired=True)])
    assert ring.newest("x") is None
    cipher = ring.locate({}, application="x")
    assert cipher.can_decrypt
    with pytest.raises(NoSuchKey, match="retired"):
        cipher.encrypt("foo")


def test_a_retired_key_that_is_named_opens_texts_and_makes_none() -> None:
    cipher = RING.locate({"key": "2025"}, application="app")
    assert cipher.decrypt(OLD.encrypt("foo")) == "foo"
    with pytest.raises(NoSuchKey, match="'2025' is retired"):
        cipher.encrypt("foo")


def test_ring_without_a_key_for_the_application_has_none() -> None:
    with pytest.raises(NoSuchKey):
        KeyRing([RingKey("b", OLD, applications=("other",))]).locate({}, application="x")


def test_ring_leaves_the_rest_to_another_locator() -> None:
    """Texts from before there was a ring still open, and so do aliases of a key store."""
    ring = KeyRing([RingKey("2026", NEW)], otherwise=locator())
    before = locator().locate({}).encrypt("foo")
    assert ring.locate({}, application="x").decrypt(before) == "foo"
    assert ring.locate({"key": "mainkey"}, application="x").decrypt(before) == "foo"
    assert NEW.decrypt(ring.locate({}, application="x").encrypt("foo")) == "foo"
    with pytest.raises(NoSuchKey):
        ring.locate({"key": "missing"}, application="x")


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("*", "", True),
        ("*", "a", True),
        ("a", "a", True),
        ("a", "ab", False),
        ("a*", "ab", True),
        ("*b", "ab", True),
        ("a*a", "a", False),
        ("a*a", "aa", True),
        ("a*b*c", "axbxc", True),
        ("a*b*c", "axcxb", False),
        ("a*bc*c", "abc", False),
        ("a?", "ab", False),
        ("**", "x", True),
        ("", "", True),
        ("A", "a", False),
    ],
)
def test_patterns_know_but_the_star(pattern: str, text: str, fits: bool) -> None:
    assert simple_match(pattern, text) is fits
