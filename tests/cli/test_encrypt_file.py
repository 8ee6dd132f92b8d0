"""`configserver encrypt-file`: just those values, in place."""

import os
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from configserver.cli import cli
from configserver.formats import parse
from tests.sops.cases import RECORDED

YAML = """\
# the shop
spring:
  datasource:
    url: jdbc:h2:mem   # in memory
    password: canary1  # ask Ann
    pool: {size: 5, secret: "canary2"}
  mail.password: '{cipher}00'
  ldap.password: ${LDAP}
empty.password:
"""
PROPERTIES = "# c\r\nmail.host = h\r\nmail.password = can\\u0061ry3\r\nport: 25\r\n"


@pytest.fixture(autouse=True)
def _files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    Path("key").write_text("canary key")
    Path("a.yml").write_text(YAML)
    Path("b.properties").write_bytes(PROPERTIES.encode())


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, ["encrypt-file", *words])


def decrypted(value: object) -> str:
    result = CliRunner().invoke(cli, ["decrypt", str(value), "--key-file", "key", "--exact"])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_nothing_but_the_values_changes() -> None:
    Path("a.yml").chmod(0o640)
    result = run("a.yml", "b.properties", "--keys", "*.password,*.secret", "--key-file", "key")
    assert result.exit_code == 0, result.output
    assert "canary" not in result.output
    before, after = YAML.splitlines(), Path("a.yml").read_text().splitlines()
    changed = [number for number, line in enumerate(before) if after[number] != line]
    assert changed == [4, 5]
    assert after[4].startswith("    password: '{cipher}")
    assert after[4].endswith("'  # ask Ann")
    assert after[5].startswith('    pool: {size: 5, secret: "{cipher}')
    values = parse("a.yml", Path("a.yml").read_bytes())[0].properties
    assert decrypted(values["spring.datasource.password"]) == "canary1"
    assert decrypted(values["spring.datasource.pool.secret"]) == "canary2"
    data = Path("b.properties").read_bytes()
    assert data.startswith(b"# c\r\nmail.host = h\r\nmail.password = {cipher}")
    assert data.endswith(b"\r\nport: 25\r\n")
    secret = parse("b.properties", data)[0].properties["mail.password"]
    assert decrypted(secret) == "canary3"
    assert stat.S_IMODE(Path("a.yml").stat().st_mode) == 0o640
    assert sorted(path.name for path in Path().iterdir()) == ["a.yml", "b.properties", "key"]


def test_what_is_left_is_said() -> None:
    lines = run("a.yml", "--keys", "*.password", "--key-file", "key").stdout.splitlines()
    assert lines == [
        "a.yml:5:15: spring.datasource.password: encrypted",
        "a.yml:7:18: spring.mail.password: left, it is a cipher already",
        "a.yml:8:18: spring.ldap.password: left, it is a placeholder",
        "a.yml:9:16: empty.password: left, it is empty",
    ]


def test_a_cipher_in_quotes_is_not_encrypted_again() -> None:
    Path("q.properties").write_text("a='{cipher}00'\n")
    result = run("q.properties", "--keys", "a", "--key-file", "key")
    assert "left, it holds a cipher that no server decrypts" in result.stdout
    assert Path("q.properties").read_text() == "a='{cipher}00'\n"


def test_a_second_run_changes_nothing() -> None:
    words = ("a.yml", "--keys", "*.password", "--key-file", "key")
    run(*words)
    before = Path("a.yml").read_bytes()
    assert run(*words).exit_code == 0
    assert Path("a.yml").read_bytes() == before


def test_dry_run_shows_no_plain_text() -> None:
    result = run(
        "a.yml", "b.properties", "--keys", "*.password,*.secret", "--key-file", "key", "--dry-run"
    )
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert "-    password: ******" in lines
    assert "-    spring.datasource.pool.secret: ******" in lines
    assert "-mail.password = ******" in lines
    assert sum(line.startswith("+    password: '{cipher}") for line in lines) == 1
    assert max(map(len, lines)) < 100
    assert "canary" not in result.output
    assert Path("a.yml").read_text() == YAML
    assert Path("b.properties").read_bytes() == PROPERTIES.encode()


def test_check_needs_no_key() -> None:
    result = run("a.yml", "--keys", "spring.datasource.password", "--check")
    assert result.exit_code == 1
    assert "a.yml:5:15: spring.datasource.password: is plain text" in result.stdout
    assert run("a.yml", "--keys", "spring.mail.password", "--check").exit_code == 0
    assert Path("a.yml").read_text() == YAML


def test_a_number_becomes_the_text_that_was_served() -> None:
    Path("n.yml").write_text("pin: 0x10\n")
    result = run("n.yml", "--keys", "pin", "--key-file", "key")
    assert "a number or switch becomes a text" in result.stdout
    assert decrypted(parse("n.yml", Path("n.yml").read_bytes())[0].properties["pin"]) == "16"


def test_a_value_with_an_anchor_is_one_secret_under_all_its_keys() -> None:
    Path("n.yml").write_text("a: &x canary\nb: *x\n")
    result = run("n.yml", "--keys", "b", "--key-file", "key")
    assert "n.yml:1:4: a: encrypted, and so are b" in result.stdout
    values = parse("n.yml", Path("n.yml").read_bytes())[0].properties
    assert decrypted(values["a"]) == decrypted(values["b"]) == "canary"


@pytest.mark.parametrize(
    ("text", "keys", "message"),
    [
        ("a: x\n", "b", "no key matches 'b'"),
        ("a: x\n", " , ", "no key is named"),
        ("a: [\n", "a", "n.yml:2:1: invalid YAML"),
        ("a: &x canary\n*x : b\n", "a", "n.yml:1:4: 'a' or a later value cannot be replaced"),
    ],
)
def test_refusals_write_nothing(text: str, keys: str, message: str) -> None:
    Path("n.yml").write_text(text)
    result = run("a.yml", "n.yml", "--keys", keys, "--key-file", "key")
    assert result.exit_code == 1
    assert message in result.stderr
    assert "canary" not in result.output
    assert "Traceback" not in result.output
    assert Path("n.yml").read_text() == text
    assert Path("a.yml").read_text() == YAML


@pytest.mark.skipif(not Path("/proc/version").is_file(), reason="there is no /proc here")
def test_what_was_not_written_is_not_said_to_be() -> None:
    """The second file stands in a folder in which nobody writes."""
    Path("v.properties").symlink_to("/proc/version")
    result = run("b.properties", "v.properties", "--keys", "*.password,Linux", "--key-file", "key")
    assert result.exit_code == 1
    assert result.stdout == "b.properties:3:17: mail.password: encrypted\n"
    assert "error: /proc/version: " in result.stderr


def test_a_long_name_of_a_file() -> None:
    """Its bytes are what a file system counts, of which a letter may have three."""
    path = Path(f"{'の' * 83}.yml")
    path.write_text("a: canary\n")
    result = run(str(path), "--keys", "a", "--key-file", "key")
    assert result.exit_code == 0, result.output
    assert "{cipher}" in path.read_text()


def test_a_file_by_two_names_is_one_file() -> None:
    Path("link.yml").symlink_to("a.yml")
    words = ["--keys", "spring.datasource.password", "--key-file", "key"]
    result = run("a.yml", "./a.yml", "link.yml", *words)
    assert result.stdout == "a.yml:5:15: spring.datasource.password: encrypted\n"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_what_is_no_file_is_refused_rather_than_waited_for() -> None:
    os.mkfifo("pipe.yml")
    result = run("pipe.yml", "--keys", "a", "--key-file", "key")
    assert result.exit_code == 1
    assert "error: pipe.yml: it is no file" in result.stderr


def test_a_file_of_sops_is_left_to_sops() -> None:
    """Another value in it would contradict its code, and no server would serve it."""
    text = (RECORDED / "partly.yaml").read_text()
    Path("s.yaml").write_text(text)
    result = run("s.yaml", "--keys", "*", "--key-file", "key")
    assert result.exit_code == 1
    assert "stands in a file of SOPS" in result.stderr
    assert Path("s.yaml").read_text() == text
    Path("s.yaml").write_text((RECORDED / "many.yaml").read_text())
    result = run("s.yaml", "--keys", "*", "--check")
    assert result.exit_code == 0, result.output
    assert "left, it is encrypted with SOPS, or belongs to it" in result.stdout


def test_a_file_that_would_grow_too_large_is_refused_as_such() -> None:
    Path("n.properties").write_text(f"#{'-' * (8 * 1024 * 1024 - 30)}\na.password=x\n")
    words = ["n.properties", "--keys", "*.password"]
    assert run(*words, "--check").exit_code == 1
    result = run(*words, "--key-file", "key")
    assert result.exit_code == 1
    assert "with the new values the file would be larger than 8388608 bytes" in result.stderr


def test_the_nearest_keys_are_named() -> None:
    result = run("a.yml", "--keys", "datasource.password", "--key-file", "key")
    assert "hint: there is spring.datasource.password" in result.stderr


def test_a_link_stays_one() -> None:
    Path("link.yml").symlink_to("a.yml")
    run("link.yml", "--keys", "spring.datasource.password", "--key-file", "key")
    assert Path("link.yml").is_symlink()
    assert "{cipher}" in Path("a.yml").read_text().splitlines()[4]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_owner_and_group_stay() -> None:
    os.chown("a.yml", 12345, 54321)
    assert run("a.yml", "--keys", "*.password", "--key-file", "key").exit_code == 0
    found = Path("a.yml").stat()
    assert (found.st_uid, found.st_gid) == (12345, 54321)
