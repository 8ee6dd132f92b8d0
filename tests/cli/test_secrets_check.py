"""`configserver secrets check`: what is printed, and the exit code; see tests/secrets for rules."""

import json
import os
import subprocess
from pathlib import Path
from shutil import which

import pytest
from click.testing import CliRunner, Result

from configserver.cli import cli
from configserver.cli.keysets import of_text

KEY = "canary key"
TOKEN = "ghp_" + "canary" * 6


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith(("ENCRYPT_", "CONFIGSERVER_")):
            monkeypatch.delenv(name)
    Path("r").mkdir()
    Path("key").write_text(KEY)
    Path("key").chmod(0o600)


def run(*words: str) -> Result:
    result = CliRunner().invoke(cli, ["secrets", "check", *words])
    assert "canary" not in result.output
    return result


def cipher(text: str, key: str = KEY) -> str:
    return of_text(key, None, "").encrypt(text)


def test_nothing_to_find() -> None:
    Path("r/a.yml").write_text(f"a: '{cipher('canary')}'\npassword: ${{PW}}\n")
    result = run("r", "--key-file", "key")
    assert result.exit_code == 0
    assert result.stdout == "Nothing was found.\n"
    assert not result.stderr


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_a_key_that_others_can_read_is_warned_of() -> None:
    """That of an option, and those of a server's settings."""
    Path("key").chmod(0o644)
    Path("r/a.yml").write_text("a: 1\n")
    Path("server.yml").write_text("configserver.encrypt.keys.one.key-file: key\n")
    about = "key is open to everybody on this machine (mode 0644): chmod 600 it\n"
    result = run("r", "--key-file", "key")
    assert (result.exit_code, result.stderr) == (0, f"warning: {about}")
    result = run("r", "--config", "server.yml")
    assert result.exit_code == 0
    assert result.stderr == f"warning: configserver.encrypt.keys.one.key-file {about}"


def test_errors_by_file_line_and_column() -> None:
    Path("r/a.yml").write_text(f"a: '{cipher('x', 'other')}'\ndb:\n  password: canary\n")
    Path("r/b.properties").write_text(f"x='{cipher('x')}'\n")
    Path("r/c.conf").write_text(f"token {TOKEN}\n")
    result = run("r", "--key-file", "key")
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "r/a.yml:1:4: error undecryptable: a: another key made it, or it was changed or cut",
        "  do: encrypt the value anew, or give the key that made it",
        "r/a.yml:3:13: error plain-text: db.password: a secret by its name, in plain text",
        "  do: encrypt it: configserver encrypt-file r/a.yml --keys 'db.password'",
        (
            "r/b.properties:1:3: error never-decrypted: x: the quotes belong to the value, so no"
            " server decrypts it"
        ),
        "  do: delete the quotes",
        "r/c.conf:1:7: error known-token: a GitHub token in plain text",
        "  do: whoever reads the repository has it: revoke it, make a new one and encrypt that",
        "4 errors, 0 warnings",
    ]


def test_json() -> None:
    Path("r/a.yml").write_text("password: canary\n")
    result = run("r", "--json")
    assert result.exit_code == 1
    (found,) = json.loads(result.stdout)
    assert (found["path"], found["line"], found["column"]) == ("r/a.yml", 1, 11)
    assert (found["kind"], found["severity"], found["key"]) == ("plain-text", "error", "password")


def test_without_a_key_ciphers_are_not_tried() -> None:
    Path("r/a.yml").write_text("a: '{cipher}00'\n")
    result = run("r")
    assert result.exit_code == 0
    assert "no cipher was tried" in result.stderr
    assert run("r", "--key-file", "key").exit_code == 1


def test_keys_about_to_go_are_a_warning() -> None:
    """By name, and for values without one by the key that opens them."""
    Path("ring.yml").write_text(
        "configserver.encrypt.keys:\n"
        f"  new: {{key: {KEY}}}\n"
        "  old: {key: canary old key, retired: true}\n"
    )
    old = cipher("x", "canary old key")
    Path("r/a.yml").write_text(
        f"a: '{old.replace('{cipher}', '{cipher}{key:old}')}'\nb: '{old}'\nc: '{cipher('x')}'\n"
    )
    result = run("r", "--config", "ring.yml")
    assert result.exit_code == 0, result.output
    lines = [line for line in result.stdout.splitlines() if "retired" in line]
    assert [line.split(":")[1] for line in lines] == ["1", "2"]
    assert "0 errors, 2 warnings" in result.stdout


def test_allowed_keys_and_comments() -> None:
    Path("r/a.yml").write_text(
        "demo.password: canary\n# configserver:allow-secret\ntoken: canary\nother.secret: canary\n"
    )
    result = run("r", "--allow", "demo.*", "--allow", "other.secret")
    assert result.exit_code == 0, result.output
    assert run("r", "--allow", "demo.*").exit_code == 1


@pytest.mark.skipif(which("git") is None, reason="git is not installed")
def test_what_git_ignores_is_not_looked_at() -> None:
    subprocess.run(["git", "init", "-q", "r"], check=True)
    Path("r/.gitignore").write_text("local.yml\n")
    Path("r/local.yml").write_text("password: canary\n")
    assert run("r").exit_code == 0
    assert run("r/local.yml").exit_code == 1


def test_a_path_that_is_not_there() -> None:
    result = run("absent")
    assert result.exit_code == 1
    assert "absent: there is no such file or folder" in result.stderr
