"""The pieces: what is recognised, how Go types plain values, keys in parts, bad keys."""

import itertools
from pathlib import Path

import pytest

from configserver.app.keys.identities import MAX_FILE, MAX_KEYS, install
from configserver.errors import SettingsError
from configserver.secret import Secret
from configserver.settings.sops import SopsSettings
from configserver.sops.lines import write_ini, write_line
from configserver.sops.recognise import Store, store_of
from configserver.sops.scalars import plain_code
from configserver.sops.shamir import combined
from configserver.sops.values import Kind, Plain
from configserver.sops.yaml import write_yaml
from tests.sops import cases

MARKS = "mac lastmodified ENC[AES256_GCM,"


@pytest.mark.parametrize(
    ("path", "text", "store"),
    [
        ("a.yml", f"sops:\n  x: {MARKS}\n", Store.YAML),
        ("a.YAML", f"a: 1\n'sops': {MARKS}\n", Store.YAML),
        ("a.yml", f'{{"sops": "{MARKS}"}}', Store.YAML),
        ("a.yml", f"b:\n  sops: {MARKS}\n", None),
        ("a.yml", f"# sops {MARKS}\n", None),
        ("a.yml", "sops:\n  mac: lastmodified\n", None),
        ("a.json", f'{{"sops": "{MARKS}"}}', Store.JSON),
        ("a.json", f'["sops", "{MARKS}"]', None),
        ("a.properties", f'{{"data": 1, "sops": "{MARKS}"}}', Store.BINARY),
        ("a", f' \n{{"sops" : "{MARKS}"}}', Store.BINARY),
        ("a.txt", f'{{"a": "sops {MARKS}"}}', None),
        ("a.properties", f"sops_mac={MARKS}\n", Store.DOTENV),
        ("a.properties", f"x.sops_mac={MARKS}\n", None),
        ("a.ini", f"[sops]\n{MARKS}\n", Store.INI),
        ("a.md", f"To use sops, write `{MARKS}`\n", None),
    ],
)
def test_a_file_of_sops_is_recognised(path: str, text: str, store: Store | None) -> None:
    assert store_of(path, text.encode()) is store


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *(("", None), ("~", None), ("null", None), ("Null", None)),
        *(("true", "True"), ("FALSE", "False"), ("yes", "yes"), ("off", "off")),
        *(("1", "1"), ("-1", "-1"), ("+1", "1"), ("1_000", "1000"), ("0", "0"), ("-0", "0")),
        *(
            ("0x1F", "31"),
            ("0b11", "3"),
            ("0o17", "15"),
            ("017", "15"),
            ("018", "18"),
            ("0x", "0x"),
        ),
        *(("9223372036854775807", "9223372036854775807"), ("1.0", "1"), ("1.50", "1.5")),
        *(
            ("1e3", "1000"),
            ("1e21", "1000000000000000000000"),
            ("1e-7", "0.0000001"),
            (".5", "0.5"),
        ),
        *(
            (".inf", "+Inf"),
            ("-.INF", "-Inf"),
            (".nan", "NaN"),
            ("1.", "1"),
            ("-", "-"),
            (".", "."),
        ),
        *(("1.2.3", "1.2.3"), ("10.0.0.1", "10.0.0.1"), ("1:30", "1:30"), ("abc", "abc")),
        ("2020-01-02", "2020-01-02T00:00:00Z"),
        ("2020-1-2", "2020-01-02T00:00:00Z"),
        ("2020-01-02 03:04:05", "2020-01-02T03:04:05Z"),
        ("2020-01-02T03:04:05Z", "2020-01-02T03:04:05Z"),
        ("2020-01-02t03:04:05.120+01:30", "2020-01-02T03:04:05.12+01:30"),
        ("2020-01-02T03:04:05+00:00", "2020-01-02T03:04:05Z"),
        ("2020-01-02T03:04:05", "2020-01-02T03:04:05"),
        ("2020-13-02", "2020-13-02"),
    ],
)
def test_plain_values_as_go_types_them(text: str, code: str | None) -> None:
    assert plain_code(text) == (None if code is None else code.encode())


@pytest.mark.parametrize(
    ("kind", "data", "in_yaml", "in_lines"),
    [
        (Kind.STR, 'a"b\\c', r'"a\"b\\c"', 'a"b\\c'),
        (Kind.STR, "a\nb", r'"a\nb"', r"a\nb"),
        (Kind.STR, "\x00\x85\u2028\ufeff", r'"\x00\x85\u2028\ufeff"', None),
        (Kind.INT, "5", "5", "5"),
        (Kind.BOOL, "True", "true", "true"),
        (Kind.FLOAT, "1", "1.0", "1.0"),
        (Kind.FLOAT, "100000000000000000000", "1e+20", "100000000000000000000.0"),
        (Kind.FLOAT, "-Inf", "-.inf", None),
        (Kind.TIME, "2020-01-02T00:00:00Z", '"2020-01-02T00:00:00Z"', "2020-01-02T00:00:00Z"),
        (Kind.COMMENT, " a\nb", "# a b", None),
    ],
)
def test_values_as_they_are_written(
    kind: Kind, data: str, in_yaml: str, in_lines: str | None
) -> None:
    assert write_yaml(Plain(kind, data.encode())) == in_yaml
    if in_lines is not None:
        assert write_line(Plain(kind, data.encode())) == in_lines


def test_an_ini_file_holds_no_lines_in_a_value() -> None:
    assert write_ini(Plain(Kind.STR, b"a;b")) == "`a;b`"
    with pytest.raises(ValueError, match="lines"):
        write_ini(Plain(Kind.STR, b"a\nb"))


def test_a_value_shows_nothing() -> None:
    assert "secret" not in repr(Plain(Kind.STR, b"secret"))


def test_a_secret_is_put_together_of_any_of_its_parts() -> None:
    """Parts of a polynomial over GF(2^8) whose value at zero is the secret."""
    found = {combined(two) for two in itertools.combinations(SHARES, 2)}
    assert found == {b"abc"}


def _times(one: int, other: int) -> int:
    product = 0
    for bit in range(8):
        if other >> bit & 1:
            product ^= one << bit
    for bit in range(14, 7, -1):
        if product >> bit & 1:
            product ^= 0x11B << (bit - 8)
    return product


SHARES = [
    bytes(char ^ _times(slope, place) for char, slope in zip(b"abc", (7, 200, 33), strict=True))
    + bytes([place])
    for place in (1, 2, 77, 255)
]


@pytest.mark.parametrize("parts", [[], [b"ab"], [b"ab", b"abc"], [b"ab", b"cb"], [b"a", b"b"]])
def test_parts_that_do_not_belong_together(parts: list[bytes]) -> None:
    with pytest.raises(ValueError, match="belong together"):
        combined(parts)


def settings(**values: object) -> SopsSettings:
    return SopsSettings(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("age-key-file", b"", "holds no private key of age"),
        ("age-key-file", b"# public key: age1x\n", "holds no private key of age"),
        ("age-key-file", b"AGE-SECRET-KEY-1CANARY\n", "a key is damaged"),
        ("age-key-file", b"-----BEGIN OPENSSH PRIVATE KEY-----\ncanary\n", "a key is damaged"),
        ("age-key-file", b"x" * (MAX_FILE + 1), "larger than"),
        ("pgp-key-file", b"", "holds no private PGP key"),
        ("pgp-key-file", b"canary", "holds no private PGP key"),
        ("pgp-key-file", cases.LOCKED_PGP_KEY.read_bytes(), "cannot be unlocked"),
    ],
)
def test_a_key_that_cannot_be_used(name: str, data: bytes, reason: str, tmp_path: Path) -> None:
    """The error names the setting and shows nothing of the key."""
    file = tmp_path / "keys"
    file.write_bytes(data)
    with pytest.raises(SettingsError) as caught:
        install(settings(**{name.replace("-", "_"): (str(file),)}))
    assert caught.value.reason.startswith(f"configserver.sops.{name}: ")
    assert reason in caught.value.reason
    assert "canary" not in f"{caught.value.reason} {caught.value.hint}".lower()


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        install(settings(age_key_file=("/nonexistent/keys",)))


def test_too_many_keys() -> None:
    key = cases.AGE_KEYS.read_text().splitlines()[-1]
    with pytest.raises(SettingsError, match=f"more than {MAX_KEYS}"):
        install(settings(age_key=Secret(f"{key}\n" * (MAX_KEYS + 1))))


def test_several_pgp_keys_in_one_text() -> None:
    """One block behind the other, some with a pass phrase."""
    both = cases.PGP_KEY.read_text() + cases.LOCKED_PGP_KEY.read_text()
    found = install(settings(pgp_key=Secret(both), pgp_passphrase=Secret(cases.PASSPHRASE)))
    assert found.names == {cases.PGP.lower(), cases.LOCKED_PGP.lower()}
