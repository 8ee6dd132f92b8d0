"""What was damaged, changed or made to do harm is refused: no wrong value, no secret, no wait."""

import base64
import json
import re
import time
from collections.abc import Callable

import pytest

from configserver.app.keys.identities import InstalledIdentities, install
from configserver.errors import InvalidFile
from configserver.formats.limits import DEFAULT
from configserver.settings.sops import SopsSettings
from configserver.sops.metadata import MAX_RECIPIENTS
from configserver.sops.opening import opened
from configserver.sops.recognise import store_of
from tests.sops.cases import AGE, AGE_KEYS, CANARY, CASES, OTHER_AGE_KEYS, PGP_KEY, Case
from tests.sops.conftest import ALL

PGP = str(PGP_KEY)
BY_NAME = {case.name: case for case in CASES}
SECONDS = 5.0
"""Of the processor that a hostile file may take; most take far less."""

PART = re.compile(rb"(data|iv|tag):([A-Za-z0-9+/=]+)")


def flipped(data: bytes, match: re.Match[bytes]) -> bytes:
    """Return a file with one bit changed in a part of an encrypted value."""
    raw = bytearray(base64.b64decode(match[2]))
    raw[len(raw) // 2] ^= 1
    return data[: match.start(2)] + base64.b64encode(raw) + data[match.end(2) :]


def refusal(case: Case, data: bytes, identities: InstalledIdentities) -> InvalidFile:
    store = store_of(case.file, data)
    assert store is not None
    with pytest.raises(InvalidFile) as caught:
        opened(store, data, identities)
    error = caught.value
    assert CANARY not in f"{error.reason} {error.hint}"
    assert "ENC[" not in f"{error.reason} {error.hint}"
    assert error.hint or error.line
    return error


@pytest.mark.parametrize("name", ["types", "lists", "several", "json", "properties", "ini"])
def test_any_changed_bit_is_noticed(name: str, identities: InstalledIdentities) -> None:
    """Those of comments excepted, which no code covers and nobody reads."""
    case = BY_NAME[name]
    data = case.recorded.read_bytes()
    end = len(data)
    for found in PART.finditer(data[:end]):
        line = data[data.rfind(b"\n", 0, found.start()) + 1 : data.find(b"\n", found.end())]
        comment = rb"[#;]\s*ENC|type:comment"
        if re.search(comment, line):
            continue
        if b"mac" in line and data.find(b"mac:") != data.rfind(b"mac:", 0, found.start()):
            continue  # of the metadata that SOPS repeats in each document only the first counts
        refusal(case, flipped(data, found), identities)


def swap(one: bytes, other: bytes) -> Callable[[bytes], bytes]:
    """Return what exchanges the values of two keys."""

    def change(data: bytes) -> bytes:
        first = re.search(rb"^ *" + one + rb": (ENC\[\S+\])", data, re.MULTILINE)
        second = re.search(rb"^ *" + other + rb": (ENC\[\S+\])", data, re.MULTILINE)
        assert first
        assert second
        return data.replace(first[1], b"@").replace(second[1], first[1]).replace(b"@", second[1])

    return change


def put(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    def change(data: bytes) -> bytes:
        assert old in data
        return data.replace(old, new, 1)

    return change


def cut(expression: bytes, new: bytes = b"") -> Callable[[bytes], bytes]:
    def change(data: bytes) -> bytes:
        assert re.search(expression, data, re.MULTILINE)
        return re.sub(expression, new, data, count=1, flags=re.MULTILINE)

    return change


CHANGES = {
    "a value moved to another key": ("types", swap(b"port", b"negative"), "moved"),
    "a value left out": ("types", cut(rb"^    port: .*\n"), "mac differs"),
    "a value put in": ("types", put(b"db:\n", b"db:\n    more: 1\n"), "plain text"),
    "a plain text put in its place": ("types", cut(rb"(?<=port: )ENC.*"), None),
    "a number put in its place": ("types", cut(rb"(?<=port: )ENC.*", b"5432"), "plain text"),
    "a key renamed": ("types", put(b"    port:", b"    gate:"), "moved"),
    "a plain value changed": ("partly", put(b"port: 8080", b"port: 8081"), "mac differs"),
    "plain values exchanged": ("partly", put(b"port: 8080", b"port: 1.5"), "mac differs"),
    "a plain value that looks encrypted": (
        *("partly", put(b"port: 8080", b"port: ENC[AES256_GCM,data:QQ==,iv:QQ==]"), "damaged"),
    ),
    "documents exchanged": ("several", cut(rb"(?s)\Aa: (.*?)\n(.*?)---\n", rb"b: \1\n\2---\n"), ""),
    "a time changed": ("types", cut(rb"(?<=lastmodified: \")20", b"21"), "mac"),
    "no mac": ("types", cut(rb"^    mac: .*\n", b"    was: mac\n"), "no mac"),
    "a mac in plain text": ("types", cut(rb"(?<=mac: )ENC.*", b"ABC"), "mac"),
    "a suffix changed": ("types", put(b"suffix: _unencrypted", b"suffix: password"), "mac differs"),
    "two rules": (
        "types",
        put(b"    unencrypted_suffix:", b"    encrypted_regex: a\n    unencrypted_suffix:"),
        "both",
    ),
    "only encrypted values counted": (
        *("partly", put(b"    version:", b"    mac_only_encrypted: true\n    version:"), "mac"),
    ),
    "a wrapped key cut": ("one-value", cut(rb"            YWdl.*\n"), "no configured identity"),
    "no recipients": ("one-value", cut(rb"(?s)    age:.*?(?=    lastmod)"), "no recipient"),
    "recipients that are no list": (
        "one-value",
        cut(rb"(?s)    age:.*?(?=    lastmod)", b"    age: x\n"),
        "no list",
    ),
    "recipients that are texts": (
        "one-value",
        cut(rb"(?s)    age:.*?(?=    lastmod)", b"    age: [x]\n"),
        "no map",
    ),
    "metadata that is no map": (
        "one-value",
        cut(rb"(?s)^sops:\n.*", b"sops: [lastmodified, mac, 'ENC[AES256_GCM,']\n"),
        "no map",
    ),
    "metadata twice": ("one-value", lambda data: data + data[data.index(b"sops:") :], "twice"),
    "an alias": ("one-value", put(b"a: ENC", b"b: &x 1\nc: *x\na: ENC"), "anchors"),
    "a tag": ("one-value", put(b"a: ENC", b"b: !!str 1\na: ENC"), "tags"),
    "no YAML": ("one-value", put(b"a: ENC", b"a: [\na: ENC"), "invalid YAML"),
    "a key that is a list": ("one-value", put(b"a: ENC", b"? [x]\n: 1\na: ENC"), "a key"),
    "bad Base64": ("one-value", cut(rb"(?<=iv:)[^,]+", b"A==="), "damaged"),
    "a short nonce": ("one-value", cut(rb"(?<=iv:)[^,]+", b"QQ=="), "damaged"),
    "an unknown type": ("one-value", put(b"type:int", b"type:what"), "damaged"),
    "another type": ("types", cut(rb"(looks-like-a-switch: .*)type:str", rb"\1type:int"), "type"),
    "no JSON": ("json", put(b'"list"', b'list"'), "invalid JSON"),
    "JSON with two sops": ("json", put(b'"list"', b'"sops": {"mac": ""}, "list"'), ""),
    "no file in a wrapping": ("binary", put(b'"data":', b'"date":'), ""),
    "a line without =": ("dotenv", put(b"empty=", b"empty"), "no '='"),
    "a list of metadata with gaps": ("dotenv", put(b"list_0__map_rec", b"list_7__map_rec"), ""),
    "metadata that contradicts itself": (
        "dotenv",
        put(b"sops_mac=", b"sops_age=x\nsops_mac="),
        "contradicts",
    ),
    "a key that is no text": ("json", put(b'"list"', b'"\\ud800": 1, "list"'), "plain text"),
    "a time that is no text": ("json", cut(rb'(?<="lastmodified": ")', rb"\\ud800"), "mac"),
    "a wrapped key that is no text": ("json", cut(rb'(?<="enc": ")[^"]+', rb"\\ud800"), "identity"),
    "no value in an INI file": ("ini", put(b"[other]", b"what\n[other]"), "neither"),
    "a threshold of letters": ("groups-2", put(b"threshold: 2", b"threshold: x"), "threshold"),
    "a threshold beyond all groups": (
        "groups-2",
        put(b"threshold: 2", b"threshold: 4"),
        "threshold",
    ),
    "too low a threshold": ("groups-2", put(b"threshold: 2", b"threshold: 1"), "belong together"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_change(what: str, identities: InstalledIdentities) -> None:
    name, change, expected = CHANGES[what]
    case = BY_NAME[name]
    data = change(case.recorded.read_bytes())
    assert re.search(expected or "", refusal(case, data, identities).reason)


def test_nobody_of_the_recipients() -> None:
    """The error names them, and what to set."""
    mine = install(SopsSettings(age_key_file=(str(OTHER_AGE_KEYS),)))
    error = refusal(BY_NAME["json"], BY_NAME["json"].recorded.read_bytes(), mine)
    assert AGE in error.reason
    assert "configserver.sops.age-key-file" in error.hint


@pytest.mark.parametrize(
    ("case", "keys", "opens"),
    [
        ("groups-2", SopsSettings(age_key_file=(str(AGE_KEYS),)), False),
        ("groups-2", SopsSettings(age_key_file=(str(AGE_KEYS), str(OTHER_AGE_KEYS))), True),
        ("groups-2", SopsSettings(age_key_file=(str(AGE_KEYS),), pgp_key_file=(PGP,)), True),
        ("groups-3", SopsSettings(age_key_file=(str(AGE_KEYS), str(OTHER_AGE_KEYS))), False),
        ("groups-3", ALL, True),
    ],
)  # fmt: skip
def test_groups_need_as_many_as_their_threshold(case: str, keys: SopsSettings, opens: bool) -> None:
    data = BY_NAME[case].recorded.read_bytes()
    if not opens:
        assert "groups" in refusal(BY_NAME[case], data, install(keys)).reason
        return
    store = store_of("x.yaml", data)
    assert store is not None
    assert CANARY.encode() in opened(store, data, install(keys))


def metadata(recipients: int = 1, enc: str = "x") -> str:
    one = {"recipient": "age1x", "enc": enc}
    mac = "ENC[AES256_GCM,data:QQ==,iv:QQ==,tag:QQ==,type:str]"
    return json.dumps({"age": [one] * recipients, "mac": mac, "lastmodified": "now"})


def in_yaml(text: str, *, about: str = "") -> tuple[str, str]:
    return "x.yaml", f"sops: {about or metadata()}\n{text}"


def in_json(value: str, *, about: str = "") -> tuple[str, str]:
    return "x.json", f'{{"sops": {about or metadata()}, "a": {value}}}'


def in_lines(text: str) -> tuple[str, str]:
    return "x.env", f"sops_mac=ENC[AES256_GCM,\nsops_lastmodified=x\n{text}"


HUGE = f'"ENC[AES256_GCM,data:{"A" * 4_000_000},iv:QQ==,tag:QQ==,type:str]"'
BRACKETS = "[" * 100_000

HOSTILE = {
    "too large": in_yaml(f"a: {'x' * DEFAULT.max_bytes}\n"),
    "deep YAML": in_yaml(f"a: {BRACKETS}\n"),
    "deep YAML in blocks": in_yaml(f"a:\n  {'- ' * 100_000}\n"),
    "deep metadata": in_yaml("", about=f"{BRACKETS} # mac lastmodified ENC[AES256_GCM,"),
    "deep JSON": in_json(BRACKETS),
    "rather deep JSON": in_json("[" * 500 + "]" * 500),
    "many values": in_yaml(f"a: [{','.join(['1'] * 1_000_000)}]\n"),
    "many values in JSON": in_json(f"[{','.join(['1'] * 800_000)}]"),
    "many documents": in_yaml("---\n" * 20_000),
    "many lines": in_lines("\n" * 1_000_000),
    "many recipients": in_yaml("", about=metadata(MAX_RECIPIENTS + 1)),
    "thousands of recipients": in_json("1", about=metadata(50_000)),
    "as many as allowed": in_json("1", about=metadata(MAX_RECIPIENTS)),
    "a wrapped key of a megabyte": in_json("1", about=metadata(1, "x" * (1 << 20))),
    "huge Base64": in_json(HUGE),
    "a metadata key of many steps": in_lines(f"sops_a{'__map_x' * 100_000}=1\n"),
    "a number of many digits": in_json("9" * 1_000_000),
    "a number of many digits in YAML": in_yaml(f"a: {'9' * 1_000_000}\n"),
    "many comments": in_yaml("#ENC[AES256_GCM,]\n" * 400_000 + "a: [\n"),
    "tag directives": ("x.yaml", "%TAG !a! x\n" * 50_000 + f"---\nsops: {metadata()}\n"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_file_is_refused_soon(what: str, identities: InstalledIdentities) -> None:
    path, text = HOSTILE[what]
    data = text.encode()
    store = store_of(path, data)
    assert store is not None
    began = time.thread_time()
    with pytest.raises(InvalidFile):
        opened(store, data, identities)
    assert time.thread_time() - began < SECONDS


def test_much_metadata_takes_no_time(identities: InstalledIdentities) -> None:
    """No code covers it, so anybody can add to it."""
    data = BY_NAME["dotenv"].recorded.read_bytes()
    more = b"".join(b"sops_x%d=1\n" % number for number in range(200_000))
    store = store_of("x.env", data)
    assert store is not None
    began = time.thread_time()
    assert opened(store, more + data, identities).lstrip() == BY_NAME["dotenv"].expected
    assert time.thread_time() - began < SECONDS
