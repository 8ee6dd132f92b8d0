"""`configserver keygen`: keys in files that only their owner reads."""

import base64
import stat
import subprocess
from pathlib import Path
from shutil import which

import pytest
from click.testing import CliRunner, Result

from configserver.cli import cli
from tests.cli.terminal import in_terminal


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ENCRYPT_KEY_STORE_PASSWORD", raising=False)
    monkeypatch.delenv("ENCRYPT_KEY", raising=False)
    Path("password").write_text("canary-word\n")


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, ["keygen", *words])


def works(*words: str) -> bool:
    made = CliRunner().invoke(cli, ["encrypt", "-", *words], input="x").stdout
    return CliRunner().invoke(cli, ["decrypt", made, *words]).stdout == "x\n"


def test_symmetric() -> None:
    result = run("-o", "key")
    assert result.exit_code == 0
    key = Path("key").read_text()
    assert len(base64.b64decode(key.strip(), validate=True)) == 32
    assert stat.S_IMODE(Path("key").stat().st_mode) == 0o600
    assert key.strip() not in result.output
    assert "ENCRYPT_KEY=" in result.stderr
    assert works("--key-file", "key")


def test_hex_to_a_pipe() -> None:
    first, second = run("--hex").stdout, run("--hex").stdout
    assert len(bytes.fromhex(first)) == 32
    assert first != second


def test_rsa_is_what_encrypt_key_takes() -> None:
    assert run("rsa", "-o", "key.pem").exit_code == 0
    assert Path("key.pem").read_text().startswith("-----BEGIN RSA PRIVATE KEY-----")
    assert works("--key-file", "key.pem")


@pytest.mark.skipif(which("keytool") is None, reason="needs Java's keytool")
def test_java_opens_the_key_store() -> None:
    words = ["pkcs12", "-o", "s.p12", "--alias", "shop", "--store-password-file", "password"]
    assert run(*words).exit_code == 0
    listed = subprocess.run(
        ["keytool", "-list", "-keystore", "s.p12", "-storepass:file", "password"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "shop" in listed.stdout, listed.stdout + listed.stderr
    assert "PrivateKeyEntry" in listed.stdout


def test_key_store_says_what_to_set() -> None:
    words = ["pkcs12", "-o", "s.p12", "--alias", "shop", "--store-password-file", "password"]
    result = run(*words, "--bits", "3072")
    assert f"encrypt.key-store.location: file:{Path('s.p12').resolve()}" in result.stderr
    assert "encrypt.key-store.alias: shop" in result.stderr
    assert "canary" not in result.output
    assert works("--key-store", "s.p12", "--store-password-file", "password")


def test_commands_to_copy_name_the_file_as_a_shell_needs_it() -> None:
    said = run("-o", "my key").stderr
    assert "$(cat 'my key')" in said
    assert "--key-file 'my key'" in said


def test_nothing_is_overwritten_unless_forced() -> None:
    Path("key").write_text("precious")
    refused = run("-o", "key")
    assert refused.exit_code == 2
    assert "there already" in refused.stderr
    assert Path("key").read_text() == "precious"
    assert run("-o", "key", "--force").exit_code == 0
    assert Path("key").read_text() != "precious"
    assert sorted(path.name for path in Path().iterdir()) == ["key", "password"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["pkcs12"], "--out"),
        (["pkcs12", "-o", "s"], "there is no password"),
        (["pkcs12", "-o", "s", "--alias", "a}b"], "--alias"),
        (["pkcs12", "-o", "s", "--store-password-file", "short"], "at least 6"),
        (["-o", "absent/key"], "absent/key"),
    ],
)
def test_refusals(words: list[str], message: str) -> None:
    Path("short").write_text("abc")
    result = run(*words)
    assert result.exit_code == 2
    assert message in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.parametrize("folder", [".", "..", "d", "d/"])
def test_a_folder_is_no_place_for_a_key(folder: str) -> None:
    Path("d").mkdir()
    for words in (("-o", folder), ("-o", folder, "--force")):
        result = run(*words)
        assert result.exit_code == 2
        assert "it is a folder\nhint: name a file in it" in result.stderr


def test_a_password_that_java_takes_not_is_refused() -> None:
    """Java's key stores are encrypted in a way that it knows for ASCII only."""
    Path("password").write_text("cänary-word\n")
    result = run("pkcs12", "-o", "s.p12", "--store-password-file", "password")
    assert result.exit_code == 2
    assert "ASCII" in result.stderr
    assert "nary" not in result.output
    assert not Path("s.p12").exists()


def test_no_key_on_a_screen(tmp_path: Path) -> None:
    code, text = in_terminal(["keygen"], {}, cwd=tmp_path)
    assert code == 2
    assert "--out" in text


def test_password_from_a_prompt(tmp_path: Path) -> None:
    words = ["keygen", "pkcs12", "-o", "s.p12"]
    answers = {"Password of": "canary-word", "Repeat": "canary-word"}
    code, text = in_terminal(words, answers, cwd=tmp_path)
    assert code == 0, text
    assert "canary" not in text
    assert works("--key-store", "s.p12", "--store-password-file", "password")
