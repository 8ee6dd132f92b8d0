"""`configserver encrypt` and `decrypt`: where text and keys come from, and what is shown."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from configserver.cli import cli
from tests.cli.terminal import in_terminal

KEY = "canary key"
SECRET = "canary ü secret"
STORES = Path(__file__).parents[1] / "encryption" / "stores"
EMPTY = bytes.fromhex("feedfeed 00000002 00000000")
SEALED = "letmein".encode("utf-16-be") + b"Mighty Aphrodite"
"""What a key store of Java's without entries holds, and what its check sum begins with."""


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith(("ENCRYPT_", "CONFIGSERVER_")):
            monkeypatch.delenv(name)
    Path("key").write_text(f"{KEY}\n")
    Path("key").chmod(0o600)
    Path("other").write_text("another key")


def run(*words: str, text: str | None = None) -> Result:
    return CliRunner().invoke(cli, words, input=text)


def test_there_and_back() -> None:
    made = run("encrypt", "-", "--key-file", "key", text=SECRET)
    assert made.exit_code == 0, made.output
    assert made.stdout.startswith("{cipher}")
    assert not made.stderr
    back = run("decrypt", "-", "--key-file", "key", text=made.stdout)
    assert back.stdout == f"{SECRET}\n"
    assert not back.stderr


def test_what_spring_encrypted() -> None:
    """Key `foo`, Spring's salt; a text of its own fixtures."""
    Path("foo").write_text("foo")
    value = "d1b2458ccede07c856ff952bd841638ff4dd12ed1d36812663c3c7262d57bf46"
    for shown in (value, f"{{cipher}}{value}", f"'{{cipher}}{value}'", f' "{{cipher}}{value}"\n'):
        assert run("decrypt", shown, "--key-file", "foo").stdout == "SUPER SECRET\n"


def test_a_text_as_an_argument_works_with_a_warning() -> None:
    made = run("encrypt", SECRET, "--key-file", "key")
    assert made.exit_code == 0
    assert "the shell remembers" in made.stderr
    assert "canary" not in made.output
    assert run("decrypt", made.stdout.strip(), "--key-file", "key").stdout == f"{SECRET}\n"


@pytest.mark.parametrize(
    ("given", "words", "expected", "noted"),
    [
        ("x\n", [], "x", True),
        ("x\r\n", [], "x", True),
        ("x\n\n", [], "x\n", True),
        ("x ", [], "x ", False),
        ("x\n", ["--exact"], "x\n", False),
        ("", [], "", False),
        ("{plain}{key:x}y", [], "{plain}{key:x}y", False),
    ],
)
def test_one_line_end_is_left_out(given: str, words: list[str], expected: str, noted: bool) -> None:
    made = run("encrypt", *words, "--key-file", "key", text=given)
    assert ("line end" in made.stderr) is noted
    back = run("decrypt", "--exact", "--key-file", "key", text=made.stdout)
    assert back.stdout_bytes.decode() == expected


def test_bare() -> None:
    made = run("encrypt", "-", "--bare", "--key-file", "key", text="x").stdout
    assert "{" not in made
    assert run("decrypt", made.strip(), "--key-file", "key").stdout == "x\n"


def test_key_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENCRYPT_KEY", KEY)
    made = run("encrypt", "-", text="x").stdout
    assert run("decrypt", made, "--key-file", "key").stdout == "x\n"
    monkeypatch.setenv("ENCRYPT_SALT", "cafe")
    assert run("decrypt", made).exit_code == 1
    monkeypatch.delenv("ENCRYPT_KEY")
    assert run("decrypt", made, "--key-file", "key", "--salt", "deadbeef").stdout == "x\n"


def test_key_of_settings() -> None:
    Path("server.yml").write_text(f"encrypt.key: {KEY}\nserver.port: 80\n")
    made = run("encrypt", "-", "--config", "server.yml", text="x").stdout
    assert run("decrypt", made, "--key-file", "key").stdout == "x\n"
    Path("none.yml").write_text("server.port: 80\n")
    assert "none.yml sets no key" in run("encrypt", "-", "--config", "none.yml", text="x").stderr


def test_of_settings_only_the_keys_matter() -> None:
    """Nothing else that is wrong with a server keeps anybody from encrypting."""
    Path("server.yml").write_text(
        f"encrypt.key: {KEY}\nserver.port: many\nspring.profiles.active: git\n"
        "spring.cloud.config.server.git.password: '{cipher}00'\n"
    )
    made = run("encrypt", "-", "--config", "server.yml", text="x")
    assert made.exit_code == 0, made.output
    assert run("decrypt", made.stdout, "--key-file", "key").stdout == "x\n"


RING = """\
configserver.encrypt.keys:
  team: {key: canary team key, applications: [team-*]}
  new: {key-file: key}
  old: {key: canary old key, retired: true}
"""


def test_keys_of_a_ring() -> None:
    """The first for all applications encrypts, each decrypts, a retired one only that."""
    Path("ring.yml").write_text(RING)
    words = ("--config", "ring.yml")
    made = run("encrypt", "-", *words, text="x").stdout
    assert made.startswith("{cipher}{key:new}")
    team = run("encrypt", "-", *words, "--alias", "team", text="y").stdout
    assert team.startswith("{cipher}{key:team}")
    assert run("decrypt", made, *words).stdout == "x\n"
    assert run("decrypt", team, *words).stdout == "y\n"
    refused = run("encrypt", "-", *words, "--alias", "old", text="y")
    assert refused.exit_code == 2
    assert "retired" in refused.stderr


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ("old: {key: canary old key, retired: true}", "each key for this application is retired"),
        ("team: {key-file: absent}", "absent"),
        ("team: {key: canary, key-file: key}", "use only one of them"),
    ],
)
def test_rings_that_cannot_encrypt(keys: str, message: str) -> None:
    Path("ring.yml").write_text(f"configserver.encrypt.keys:\n  {keys}\n")
    result = run("encrypt", "-", "--config", "ring.yml", text="x")
    assert result.exit_code == 2
    assert message in result.stderr
    assert "canary" not in result.output
    assert "Traceback" not in result.output


def test_key_store(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its only key needs no name; a named one is named in the value."""
    Path("password").write_text("canary-store\n")
    store = ("--key-store", "s.p12", "--store-password-file", "password")
    made = run(
        "keygen", "pkcs12", "-o", "s.p12", "--alias", "one", "--store-password-file", "password"
    )
    assert made.exit_code == 0, made.output
    plain = run("encrypt", "-", *store, text="x").stdout
    assert plain.startswith("{cipher}AQ")
    named = run("encrypt", "-", *store, "--alias", "one", text="x").stdout
    assert named.startswith("{cipher}{key:one}AQ")
    monkeypatch.setenv("ENCRYPT_KEY_STORE_PASSWORD", "canary-store")
    for value in (plain, named):
        assert run("decrypt", value, "--key-store", "s.p12").stdout == "x\n"
    Path("password").write_text("canary-wrong")
    wrong = run("decrypt", named, *store)
    assert wrong.exit_code == 2
    assert "password" in wrong.stderr
    unknown = run("encrypt", "-", "--key-store", "s.p12", "--alias", "two", text="x")
    assert unknown.exit_code == 2
    assert "two" in unknown.stderr
    assert "canary" not in wrong.output + unknown.output


@pytest.mark.parametrize(
    ("store", "words", "message"),
    [
        (
            "spring.jks",
            ["--alias", "mytestkey"],
            (
                "the password of the key 'mytestkey' in the key store is wrong\n"
                "hint: give --key-password-file, or set ENCRYPT_KEY_STORE_SECRET"
            ),
        ),
        (
            "key.pem",
            [],
            "the file is no key store: neither JKS nor PKCS#12\nhint: give a key in PEM",
        ),
        ("empty.jks", [], "the store has no private key"),
    ],
)
def test_key_stores_that_cannot_be_used(
    monkeypatch: pytest.MonkeyPatch, store: str, words: list[str], message: str
) -> None:
    """The message names options of the command, and what to do."""
    monkeypatch.setenv("ENCRYPT_KEY_STORE_PASSWORD", "letmein")
    Path("key.pem").write_bytes(b"-----BEGIN RSA " + b"PRIVATE KEY-----")
    Path("empty.jks").write_bytes(EMPTY + hashlib.sha1(SEALED + EMPTY).digest())
    Path("spring.jks").write_bytes((STORES / "spring.jks").read_bytes())
    result = run("encrypt", "-", "--key-store", store, *words, text="x")
    assert result.exit_code == 2
    assert f"error: {store}: {message}" in result.stderr
    assert "letmein" not in result.output


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["encrypt", "-"], 2, "there is no key"),
        (["encrypt", "-", "--key-file", "absent"], 2, "absent: the file cannot be read"),
        (["encrypt", "-", "--key-file", "-"], 2, "cannot be both the key and the text"),
        (["encrypt", "-", "--key-file", "key", "--config", "key"], 2, "give one of"),
        (["encrypt", "-", "--key-file", "key", "--salt", "xyz"], 2, "hex"),
        (["encrypt", "-", "--key-file", "key", "--alias", "a"], 2, "a key file has one key"),
        (["encrypt", "-", "--key-store", "key"], 2, "there is no password for key"),
        (["encrypt", "-", "--config", "absent.yml"], 2, "absent.yml: the file cannot be read"),
        (["decrypt", "{cipher}00ff", "--key-file", "key"], 1, "cannot decrypt"),
        (["decrypt", "{cipher}canary", "--key-file", "key"], 1, "cannot decrypt"),
        (["decrypt", "", "--key-file", "key"], 1, "cannot decrypt"),
    ],
)
def test_failures(words: list[str], code: int, message: str) -> None:
    result = run(*words, text="canary text")
    assert result.exit_code == code
    assert message in result.stderr
    assert "canary" not in result.output
    assert "Traceback" not in result.output
    assert not result.stdout


def test_bytes_that_are_no_text() -> None:
    result = CliRunner().invoke(cli, ["encrypt", "-", "--key-file", "key"], input=b"\xff\xfe")
    assert result.exit_code == 2
    assert "UTF-8" in result.stderr


def test_prompts_show_nothing(tmp_path: Path) -> None:
    answers = {"Key": KEY, "Repeat": KEY, "Text": "canary text"}
    code, text = in_terminal(["encrypt"], answers, cwd=tmp_path)
    assert code == 0, text
    assert "canary" not in text
    value = text[text.index("{cipher}") :].split()[0]
    assert run("decrypt", value, "--key-file", "key").stdout == "canary text\n"


@pytest.mark.parametrize(
    "pasted",
    ["canary" * 900, "-----BEGIN RSA " + "PRIVATE KEY-----\ncanary\n-----END"],
    ids=["long", "several lines"],
)
def test_a_terminal_that_hands_on_a_part_only_is_noticed(tmp_path: Path, pasted: str) -> None:
    """Else the beginning of a secret would be encrypted, and nobody would know."""
    code, text = in_terminal(["encrypt", "--key-file", "key"], {"Text": pasted}, cwd=tmp_path)
    assert code == 2
    assert "a part of it was read" in " ".join(text.split())
    assert "{cipher}" not in text
    assert "canary" not in text


def test_a_terminal_shows_a_mask_unless_asked(tmp_path: Path) -> None:
    value = run("encrypt", "-", "--key-file", "key", text=SECRET).stdout.strip()
    words = ["decrypt", value, "--key-file", "key"]
    code, text = in_terminal(words, {}, cwd=tmp_path)
    assert code == 0
    assert "canary" not in text
    assert "******" in text
    assert "--show" in text
    assert SECRET in in_terminal([*words, "--show"], {}, cwd=tmp_path).text


def test_no_argument_of_the_process_holds_a_secret() -> None:
    """What `ps` shows while the key and the text go in by a file and a pipe."""
    with subprocess.Popen(
        [sys.executable, "-m", "configserver", "encrypt", "-", "--key-file", "key"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        arguments = Path(f"/proc/{process.pid}/cmdline")
        if not arguments.exists():
            process.communicate(b"canary")
            pytest.skip("needs /proc to look at the arguments of a process")
        shown = arguments.read_bytes()
        out, _ = process.communicate(b"canary")
    assert out.startswith(b"{cipher}")
    assert b"canary" not in shown
