"""What `secrets check` finds in one file, and what it lets pass."""

import shlex

import pytest

from configserver.secrets.names import looks_secret
from configserver.secrets.patterns import patterns
from configserver.secrets.rules import Rules
from configserver.secrets.scan import scan
from configserver.secrets.texts import Refused

TOKEN = "ghp_" + "a1" * 18
AWS = "AKIA" + "ABCD" * 4
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dBjftJeZ4CVP-mB92K27uhbUJU1p1r"
PEM = "-----BEGIN RSA PRIVATE " + "KEY-----"
AZURE = "AccountKey=" + "Zm9v" * 20 + "=="
HOOK = "https://hooks.slack.com/services/" + "T0ABCDEF1/B0ABCDEF2/" + "a1" * 12
JAAS = "org.apache.kafka.common.security.plain.PlainLoginModule required"
CLOSED = "{cipher}" + "0a" * 32


def attempt(value: str) -> str | None:
    if value.endswith("bad"):
        raise Refused("another key made it, or it was changed or cut")
    return "2024" if "{key:old}" in value else None


def found(path: str, text: str, allowed: str = "") -> list[tuple[str, str, int, int]]:
    rules = Rules(attempt, patterns(allowed) if allowed else ())
    return [
        (str(one.kind), one.key, one.line, one.column) for one in scan(path, text.encode(), rules)
    ]


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("a.yml", "a: '{cipher}00'\n", []),
        ("a.yml", "a: '{cipher}bad'\n", [("undecryptable", "a", 1, 4)]),
        ("a.yml", "a: '{cipher}00 '\n", [("undecryptable", "a", 1, 4)]),
        ("a.yml", "a: |\n  {cipher}00\n", [("undecryptable", "a", 1, 4)]),
        ("a.yml", "a: '{cipher}{key:old}00'\n", [("retired-key", "a", 1, 4)]),
        ("a.yml", "b: 1\na: {cipher}00\n", [("unreadable", "", 2, 4)]),
        ("a.yml", "a: ' {cipher}00'\n", [("never-decrypted", "a", 1, 4)]),
        ("a.yml", "a: '{Cipher}00'\n", [("never-decrypted", "a", 1, 4)]),
        ("a.yml", "a: '\"{cipher}00\"'\n", [("never-decrypted", "a", 1, 4)]),
        ("a.yml", "# a: '{cipher}00'\n", [("cipher-in-comment", "", 1, 7)]),
        ("a.properties", "a={cipher}00\n", []),
        ("a.properties", "a='{cipher}00'\n", [("never-decrypted", "a", 1, 3)]),
        ("a.properties", 'b=1\na: "{cipher}00"\n', [("never-decrypted", "a", 2, 4)]),
        ("a.properties", "a={cipher}00 \n", [("undecryptable", "a", 1, 3)]),
        ("a.json", '{"a": "{cipher}bad"}', [("undecryptable", "a", 1, 7)]),
        ("a.yml", "db:\n  password: x1\n", [("plain-text", "db.password", 2, 13)]),
        ("a.yml", "db:\n  password: x1 # configserver:allow-secret\n", []),
        ("a.yml", "# configserver:allow-secret\npassword: x\nb: {password: y}", None),
        ("a.yml", "passwords: [a, b]\npass: ''\n", None),
        ("a.yml", f"a: {TOKEN}\n", [("known-token", "a", 1, 4)]),
        ("a.yml", f"token: {TOKEN}\n", [("known-token", "token", 1, 8)]),
        ("a.yml", f"a: {AWS} # {AWS}\n", [("known-token", "a", 1, 4), ("known-token", "", 1, 27)]),
        ("a.properties", f"a=x {JWT}\n", [("known-token", "a", 1, 3)]),
        ("a.yml", f"k: |\n  {PEM}\n  abc\n", [("known-token", "k", 1, 4)]),
        ("x/server.key", f"{PEM}\n", [("known-token", "", 1, 1)]),
        ("nginx.conf", "proxy https://me:pw1@host/;\n", [("known-token", "", 1, 7)]),
        ("a.yml", "u: https://me:${PW}@host/\n", []),
        ("a.yml", "u: https://me:{cipher}@host/\nv: jdbc:h2://h/x\n", []),
        (".env", "# A_TOKEN=x\nDB_PASSWORD=pw1\r\n", [("plain-text", "DB_PASSWORD", 2, 13)]),
        ("x/a.env", " export A.TOKEN = 'x y'\n", [("plain-text", "A.TOKEN", 1, 19)]),
        (".env", "P_PASSWORD=\nA_TOKEN=${T}\nPASS='$PW'\nA=b\nT_SECRET=''\n", []),
        (".env", "A_TOKEN=ENC[AES256_GCM,data:x]\n", []),
        (".env", "# configserver:allow-secret\nA_TOKEN=x\n", []),
        (".env", f"A_TOKEN={TOKEN}\n", [("known-token", "", 1, 9)]),
        ("a.env.md", "A_TOKEN=x\n", []),
        ("logo.png", "\0" + TOKEN, []),
        ("a.yml", f"u: jdbc:x://h/d?pw={CLOSED}\n", [("never-decrypted", "u", 1, 4)]),
        ("a.yml", f"u: '${{A:{CLOSED}}}'\n", [("never-decrypted", "u", 1, 4)]),
        ("a.properties", f"a=x,{CLOSED}\n", [("never-decrypted", "a", 1, 3)]),
        (
            "a.properties",
            f"a=x,{CLOSED[:8]}{{key:b}}{CLOSED[8:]}",
            [("never-decrypted", "a", 1, 3)],
        ),
        ("a.yml", "help: 'what {cipher} means'\n", []),
        ("a.yml", f"# configserver:allow-secret\nu: x{CLOSED}\n", []),
        ("a.yml", "u: jdbc:x://h/d?user=me&password=pw1&a=b\n", [("known-token", "u", 1, 4)]),
        ("a.yml", "u: jdbc:sqlserver://h;user=me;Password=pw1;\n", [("known-token", "u", 1, 4)]),
        ("a.yml", "u: jdbc:x://h/d?password=${PW}&b=\nv: x?password=&y=1\n", []),
        ("a.yml", f"u: a;{AZURE};b\n", [("known-token", "u", 1, 4)]),
        ("a.yml", f"u: {HOOK}\n", [("known-token", "u", 1, 4)]),
        ("a.yml", f'u: {JAAS} username="a" password="b";\n', [("known-token", "u", 1, 4)]),
        ("a.properties", f"u={JAAS} \\\n  password='b';\n", [("known-token", "u", 1, 3)]),
        ("a.yml", f'u: {JAAS} username="a" password="${{PW}}";\n', []),
    ],
)
def test_findings(path: str, text: str, expected: list[tuple[str, str, int, int]] | None) -> None:
    if expected is None:
        assert all(kind == "plain-text" for kind, *_ in found(path, text))
        return
    assert found(path, text) == expected


def test_allowed_keys() -> None:
    text = f"db.password: x\ntoken: {TOKEN}\nother.password: y\n"
    assert found("a.yml", text, "db.password,token") == [("plain-text", "other.password", 3, 17)]


def test_without_keys_ciphers_are_not_tried() -> None:
    assert scan("a.yml", b"a: '{cipher}bad'\n", Rules()) == []


@pytest.mark.parametrize("path", ["a.yml", "a.properties", "a.json", "a.txt"])
def test_no_finding_holds_a_secret(path: str) -> None:
    texts = {
        "a.yml": f"password: canary\na: '{{cipher}}canarybad'\nb: {TOKEN}\n",
        "a.properties": f"password=canary\na='{{cipher}}canary'\nb={TOKEN}\n",
        "a.json": f'{{"password": "canary", "b": "{TOKEN}"}}',
        "a.txt": f"canary {TOKEN} https://canary:canary@x\n",
    }
    all_found = scan(path, texts[path].encode(), Rules(attempt))
    assert all_found
    assert "canary" not in repr(all_found)
    assert TOKEN not in repr(all_found)


def test_the_command_to_copy_names_file_and_key_as_a_shell_needs_them() -> None:
    (one,) = scan("it's/a b.yml", b"'x''s.password': y\n", Rules())
    words = shlex.split(one.do.partition(": ")[2])
    assert words == ["configserver", "encrypt-file", "it's/a b.yml", "--keys", "x's.password"]


def test_a_cipher_that_is_a_key_is_no_comment() -> None:
    (one,) = scan("a.properties", f"{CLOSED}=x\n".encode(), Rules())
    assert "a comment or a key" in one.why


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("spring.datasource.password", "x", True),
        ("spring.datasource.password", 123456, True),
        ("users[0].password", "x", True),
        ("passwords[3]", "x", True),
        ("db.dbPassword", "x", True),
        ("DB_PASSWORD", "x", True),
        ("mail.passwd", "x", True),
        ("oauth.client-secret", "abc", True),
        ("oauth.clientSecret", "abc", True),
        ("api.token", "abc", True),
        ("apikey", "abc", True),
        ("google.api-key", "abc", True),
        ("aws.secretKey", "abc", True),
        ("encrypt.key", "A8f3kLm29xQzPw71", True),
        ("cache.key", "user-id", False),
        ("public-key", "abc", False),
        ("kafka.key-serializer", "org.x.StringSerializer", False),
        ("password", "${DB_PASSWORD}", False),
        ("password", "", False),
        ("password", "<your password>", False),
        ("db.pw", "x1", True),
        ("dependencies.js-tokens", "^4.0.0", False),
        ("password", "4.0.0", True),
        ("password", "ENC(G6N718UuyPE5bHyWKyuLQSm02auQPUtm)", False),
        ("password", "{vault}:secret/data/db#password", False),
        ("password", "#{systemProperties['pw']}", False),
        ("password", "$DB_PASSWORD", False),
        ("password", "$ecret1", True),
        ("password", "vault:secret/data/db#password", False),
        ("password", "file:/run/secrets/db", False),
        ("password", "/x1", True),
        ("secret", "sm://projects/x/secrets/y", False),
        ("password", "{bcrypt}$2a$10$abc", False),
        ("password-encoder", "bcrypt", False),
        ("password.min-length", 8, False),
        ("token.validity", 3600, False),
        ("max-tokens", 4096, False),
        ("secret-file", "/run/secrets/x", False),
        ("secret", "/run/secrets/x", False),
        ("credentials", "file:/etc/c.json", False),
        ("use-token", True, False),
        ("management.endpoint", "x", False),
        ("compass", "north", False),
        ("secretary", "Ann", False),
    ],
)
def test_names(key: str, value: str | int | bool, expected: bool) -> None:
    assert looks_secret(key, value) is expected
