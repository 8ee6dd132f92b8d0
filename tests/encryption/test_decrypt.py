"""What becomes of ciphers in environments and files, as recorded of the original."""

import json
import re
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from secrets import token_bytes
from typing import Any

import pytest

from configserver.encryption import Locator, NoSuchKey, Undecryptable
from configserver.encryption.decrypt import decrypt, mark_undecryptable
from configserver.encryption.keystore import open_key_store
from configserver.encryption.locators import KeyStoreLocator, RsaKind, SingleLocator
from configserver.encryption.pem import key_of_text
from configserver.encryption.resources import plain_texts
from configserver.encryption.rsa import RsaAlgorithm, RsaCipher
from configserver.encryption.symmetric import SymmetricCipher
from configserver.formats import parse
from configserver.model import Environment, Position, PropertySource, Value
from tests.conformance.cases import load_answers, load_cases, load_setups
from tests.encryption.conftest import KEY_2048, STORES

CIPHER = SymmetricCipher("foo", "deadbeef", token_bytes)
SINGLE = SingleLocator(CIPHER)
GOOD = "{cipher}" + CIPHER.encrypt("plain")
BAD = "{cipher}{key:x}00"


def environment(properties: Mapping[str, Value], *more: Mapping[str, Value]) -> Environment:
    sources = tuple(
        PropertySource(f"source {number}", each, dict.fromkeys(each, Position(1, 1)))
        for number, each in enumerate((properties, *more))
    )
    return Environment("foo", "dev,prod", None, "1", "", sources)


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"a": GOOD, "b": 1}, [("b", 1), ("a", "plain")]),
        ({"a": BAD, "b": None}, [("b", None), ("invalid.a", "<n/a>")]),
        ({"a": "{cipher}", "b": "x"}, [("b", "x"), ("invalid.a", "<n/a>")]),
        ({"a": "x{cipher}", "b": " {cipher}"}, [("a", "x{cipher}"), ("b", " {cipher}")]),
        (
            {"a": GOOD, "b": BAD, "c": GOOD},
            [("a", "plain"), ("invalid.b", "<n/a>"), ("c", "plain")],
        ),
        ({"a": BAD, "invalid.a": 1, "b": 2}, [("invalid.a", "<n/a>"), ("b", 2)]),
        ({"a": BAD, "invalid.a": GOOD, "b": 2}, [("invalid.a", "<n/a>"), ("b", 2)]),
        ({"invalid.a": GOOD, "a": BAD}, [("invalid.a", "<n/a>")]),
        ({"a": True, "b": "", "c": 1.5}, [("a", True), ("b", ""), ("c", 1.5)]),
        ({}, []),
    ],
)
def test_values_go_to_the_end_of_their_source(
    properties: Mapping[str, Value], expected: list[tuple[str, Value]]
) -> None:
    found, _ = decrypt(environment(properties), SINGLE, prefix_invalid=True)
    assert list(found.sources[0].properties.items()) == expected


def test_value_keeps_its_key_and_text_where_that_is_asked_for() -> None:
    found, failures = decrypt(environment({"a": BAD, "b": GOOD}), SINGLE, prefix_invalid=False)
    assert list(found.sources[0].properties.items()) == [("a", "{key:x}00"), ("b", "plain")]
    assert [failure.key for failure in failures] == ["a"]


def test_failures_name_source_and_key_but_no_text() -> None:
    _, failures = decrypt(environment({"a": GOOD}, {"b": BAD}), SINGLE, prefix_invalid=True)
    assert failures == (("source 1", "b", "the text is no cipher of this key"),)


def test_positions_of_ciphers_are_dropped_and_others_kept() -> None:
    found, _ = decrypt(environment({"a": GOOD, "b": 1, "c": BAD}), SINGLE, prefix_invalid=True)
    assert found.sources[0].origins == {"b": Position(1, 1)}


def test_environment_without_ciphers_is_left_as_it_is() -> None:
    given = environment({"a": 1})
    assert decrypt(given, SINGLE, prefix_invalid=True).environment is given


def test_locator_gets_the_key_as_name_and_the_application_apart() -> None:
    """No text can pretend to be for another application."""
    asked = []

    class Asked:
        def locate(
            self, prefixes: Mapping[str, str], *, application: str | None = None
        ) -> SymmetricCipher:
            asked.append((dict(prefixes), application))
            raise NoSuchKey("none")

    properties = {"a.b": "{cipher}{key:x}{application:other}{name:other}00"}
    decrypt(environment(properties), Asked(), prefix_invalid=True)
    prefixes = {"name": "a.b", "profiles": "dev,prod", "key": "x", "application": "other"}
    assert asked == [(prefixes, "foo")]


def test_without_any_key_each_cipher_is_invalid() -> None:
    found = mark_undecryptable(environment({"a": GOOD, "b": 1}))
    assert list(found.sources[0].properties.items()) == [("b", 1), ("invalid.a", "<n/a>")]
    found = mark_undecryptable(environment({"a": BAD}), prefix_invalid=False)
    assert found.sources[0].properties == {"a": "{key:x}00"}


def test_threads_of_the_caller_may_help() -> None:
    given = environment(
        {f"k{number}": "{cipher}" + CIPHER.encrypt(str(number)) for number in range(100)}
    )
    with ThreadPoolExecutor(3) as pool:
        found, failures = decrypt(given, SINGLE, prefix_invalid=True, apply=pool.map)
    assert found == decrypt(given, SINGLE, prefix_invalid=True).environment
    assert found.sources[0].properties["k99"] == "99"
    assert not failures


def _locator(properties: Mapping[str, str]) -> Locator:
    """Return the keys that the settings of a recorded server mean."""
    if "encrypt.key" in properties:
        salt = properties.get("encrypt.salt", "deadbeef")
        return SingleLocator(key_of_text(properties["encrypt.key"], salt, token_bytes).cipher)
    location = properties["encrypt.key-store.location"]
    name = "recorded.jks" if "jks" in location else "recorded.p12"
    password = properties["encrypt.key-store.password"]
    return KeyStoreLocator(
        open_key_store((STORES / name).read_bytes(), password),
        alias=properties["encrypt.key-store.alias"],
        secret=properties.get("encrypt.key-store.secret", password),
        random=token_bytes,
        kind=RsaKind(
            algorithm=RsaAlgorithm(properties.get("encrypt.rsa.algorithm", "DEFAULT")),
            salt=properties.get("encrypt.rsa.salt", "deadbeef"),
            strong=properties.get("encrypt.rsa.strong") == "true",
        ),
    )


def _recorded() -> Iterator[tuple[str, str, Mapping[str, bytes], Mapping[str, Any]]]:
    answers = load_answers()
    for case in load_cases():
        if case.group != "cipher" or case.server not in {"aes", "rsa", "rsa-p12", "rsa-pem"}:
            continue
        for index, request in enumerate(case.requests):
            answer = answers[case.id, index]
            if request.method != "GET" or answer.status != 200 or request.headers:
                continue
            if re.fullmatch(r"/[^/.]+/[^/.]+/\{label\}", request.path) is None:
                continue
            files = {path: entry.content for path, entry in case.trees[-1].items()}
            if any(b"---" in content for content in files.values()):
                continue  # which of several documents make which source is told elsewhere
            yield f"{case.id}-{index}", case.server, files, json.loads(answer.text or "")


RECORDED = list(_recorded())


@pytest.mark.parametrize(
    ("name", "server", "files", "answer"), RECORDED, ids=[r[0] for r in RECORDED]
)
def test_recorded_ciphers_open_as_in_the_original(
    name: str, server: str, files: Mapping[str, bytes], answer: Mapping[str, Any]
) -> None:
    locator = _locator(load_setups()[server].properties)
    for source in answer["propertySources"]:
        path = source["name"].rpartition("/")[2]
        documents = parse(path, files[path]) if path in files else ()
        if len(documents) != 1:
            continue
        given = environment(documents[0].properties)
        found, _ = decrypt(given, locator, prefix_invalid=True)
        expected = list(source["source"].items())
        shown = [
            (key, b64encode(value).decode() if isinstance(value, bytes) else value)
            for key, value in found.sources[0].properties.items()
        ]
        assert shown == expected, name


def test_texts_of_a_file_are_opened_longest_first() -> None:
    long = "{cipher}{plain}" + CIPHER.encrypt("a")
    texts = plain_texts([GOOD, long, GOOD], SINGLE, name="foo", profiles="dev")
    assert list(texts.items()) == [(long, "a"), (GOOD, "plain")]


@pytest.mark.parametrize(("text", "error"), [(BAD, Undecryptable), ("{cipher}", Undecryptable)])
def test_text_of_a_file_that_does_not_open_is_an_error(text: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        plain_texts([GOOD, text], SINGLE, name="foo", profiles="dev")


def test_thousand_ciphers_open_in_a_moment() -> None:
    """Processor time, so that a busy machine does not matter; a tenth of it is usual."""
    symmetric = environment({str(n): "{cipher}" + CIPHER.encrypt(str(n)) for n in range(1000)})
    start = time.process_time()
    cold = SingleLocator(SymmetricCipher("foo", "deadbeef", token_bytes))
    assert not decrypt(symmetric, cold, prefix_invalid=True).failures
    assert time.process_time() - start < 0.5

    rsa = SingleLocator(RsaCipher(KEY_2048.public_key(), KEY_2048, random=token_bytes))
    text = "{cipher}" + rsa.cipher.encrypt("foo")
    given = environment({str(n): text for n in range(100)})
    start = time.process_time()
    assert not decrypt(given, rsa, prefix_invalid=True).failures
    assert time.process_time() - start < 1
