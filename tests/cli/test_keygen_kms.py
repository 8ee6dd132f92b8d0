"""Keys that a service wraps: made, used by each command, and never seen."""

import json
import os
import subprocess
import sys
from base64 import b64decode
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from configserver.cli import cli
from tests.peers.vault import VaultPeer


@pytest.fixture
def vault(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[VaultPeer]:
    """Return Vault's stand-in, which `server.yml` names as `main`."""
    monkeypatch.chdir(tmp_path)
    for name in ("ENCRYPT_KEY", "VAULT_TOKEN", "VAULT_ADDR"):
        monkeypatch.delenv(name, raising=False)
    found = VaultPeer()
    paths = ("transit/encrypt/config", "transit/decrypt/config")
    Path("token").write_text(found.allow(paths))
    settings({"main": {"type": "vault", "uri": found.uri, "key": "config", "token-file": "token"}})
    yield found
    found.close()


def settings(kms: Mapping[str, object], keys: Mapping[str, object] | None = None) -> None:
    text = json.dumps({"configserver": {"encrypt": {"kms": kms, "keys": keys or {}}}})
    Path("server.yml").write_text(text)


def with_key(vault: VaultPeer, **changes: object) -> None:
    """Name the key of `wrapped` in the settings."""
    kms = {"type": "vault", "uri": vault.uri, "key": "config", "token-file": "token", **changes}
    settings({"main": kms}, {"k1": {"kms": "main", "wrapped-key-file": "wrapped"}})


def run(*words: str, text: str | None = None) -> Result:
    return CliRunner().invoke(cli, list(words), input=text)


def made(vault: VaultPeer, wrapped: str) -> str:
    """Return the key that was wrapped."""
    answer = vault._decrypt("config", {"ciphertext": wrapped})
    return b64decode(str(answer["plaintext"])).decode()


@pytest.mark.parametrize("words", [(), ("--hex",), ("rsa",)])
def test_the_key_is_wrapped_and_not_shown(vault: VaultPeer, words: tuple[str, ...]) -> None:
    result = run("keygen", *words, "--kms", "main", "--config", "server.yml")
    assert result.exit_code == 0, result.stderr
    wrapped = result.stdout.strip()
    assert wrapped.startswith("vault:v1:")
    key = made(vault, wrapped)
    assert ("BEGIN RSA PRIVATE KEY" in key) == ("rsa" in words)
    assert key.strip() not in result.output
    lines = result.stderr[result.stderr.index("configserver:") :]
    (ring,) = yaml.safe_load(lines)["configserver"]["encrypt"]["keys"].values()
    assert ring == {"kms": "main", "wrapped-key": wrapped}


def test_the_lines_to_paste_serve(vault: VaultPeer) -> None:
    result = run("keygen", "-o", "wrapped", "--kms", "main", "--config", "server.yml")
    assert result.exit_code == 0
    assert result.stdout == ""
    assert f"wrapped-key-file: {Path('wrapped').resolve()}" in result.stderr
    with_key(vault)
    cipher = run("encrypt", "-", "--config", "server.yml", text="hello").stdout.strip()
    assert cipher.startswith("{cipher}{key:k1}")
    assert run("decrypt", cipher, "--config", "server.yml").stdout == "hello\n"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_a_login_that_others_can_read_is_warned_of(vault: VaultPeer) -> None:
    Path("wrapped").write_text(run("keygen", "--kms", "main", "--config", "server.yml").stdout)
    with_key(vault)
    Path("token").chmod(0o644)
    result = run("encrypt", "-", "--config", "server.yml", text="canary")
    assert result.exit_code == 0, result.output
    about = "token is open to everybody on this machine (mode 0644): chmod 600 it"
    assert result.stderr == f"warning: configserver.encrypt.kms.main.token-file {about}\n"
    Path("token").chmod(0o600)
    assert not run("encrypt", "-", "--config", "server.yml", text="canary").stderr


@pytest.mark.parametrize("source", ["old.key", "-"])
def test_a_key_that_is_there_can_be_wrapped(vault: VaultPeer, source: str) -> None:
    Path("old.key").write_text("the key of many years\n")
    words = ("--wrap", source, "--kms", "main", "--config", "server.yml", "-o", "wrapped")
    assert run("keygen", *words, text="the key of many years\n").exit_code == 0
    cipher = run("encrypt", "-", "--key-file", "old.key", text="hello").stdout.strip()
    with_key(vault)
    assert run("decrypt", cipher, "--config", "server.yml").stdout == "hello\n"


def test_a_repository_gets_to_a_wrapped_key(vault: VaultPeer) -> None:
    """`rekey` and `secrets check` take it as any other."""
    Path("old.key").write_text("the key of many years\n")
    cipher = run("encrypt", "-", "--key-file", "old.key", text="hello").stdout.strip()
    Path("shop.yml").write_text(f"password: '{cipher}'\n")
    run("keygen", "-o", "wrapped", "--kms", "main", "--config", "server.yml")
    with_key(vault)
    changed = run("rekey", "--from", "old.key", "--to", "server.yml", "shop.yml")
    assert changed.exit_code == 0, changed.output
    text = Path("shop.yml").read_text()
    assert "{key:k1}" in text
    checked = run("secrets", "check", "--config", "server.yml", "shop.yml")
    assert checked.exit_code == 0, checked.output
    Path("shop.yml").write_text(f"password: '{cipher}'\n")
    assert run("secrets", "check", "--config", "server.yml", "shop.yml").exit_code == 1


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("pkcs12", "-o", "x", "--kms", "main", "--config", "server.yml"), "a key store has"),
        (("--config", "server.yml", "-o", "x"), "for --kms"),
        (("--wrap", "token", "-o", "x"), "for --kms"),
        (("--kms", "other", "--config", "server.yml"), "no service 'other'"),
        (("--kms", "main"), "there is none"),
        (("--kms", "main", "--config", "server.yml", "--wrap", "nosuch"), "cannot be read"),
    ],
)
def test_what_cannot_be_meant(vault: VaultPeer, words: tuple[str, ...], reason: str) -> None:
    del vault
    result = run("keygen", *words)
    assert result.exit_code == 2
    assert reason in result.stderr
    assert not Path("x").exists()


def test_a_service_that_says_no(vault: VaultPeer) -> None:
    Path("token").write_text("hvs.canary")
    result = run("keygen", "--kms", "main", "--config", "server.yml")
    assert result.exit_code == 2
    assert "error: 'main': Vault does not encrypt: 403" in result.stderr
    assert "hint: renew the token" in result.stderr
    Path("wrapped").write_text(vault.wrap("config", b"canary-key"))
    with_key(vault)
    result = run("encrypt", "-", "--config", "server.yml", text="canary-text")
    assert result.exit_code == 2
    assert "server.yml: 'main' does not unwrap the key 'k1': Vault does not" in result.stderr
    assert "canary" not in result.output


def test_a_service_that_is_away(vault: VaultPeer) -> None:
    """The command ends within the time limit of the service."""
    vault.stop()
    Path("wrapped").write_text("vault:v1:AAAA")
    with_key(vault, timeout=1)
    result = run("decrypt", "{cipher}00", "--config", "server.yml")
    assert result.exit_code == 2
    assert "cannot be reached" in result.stderr


def test_what_is_on_the_screen(vault: VaultPeer) -> None:
    """As a process of its own: no line of a log among it, and no secret."""
    Path("wrapped").write_text(vault.wrap("config", b"canary-key"))
    Path("token").write_text("hvs.canary")
    with_key(vault)
    program = [sys.executable, "-m", "configserver", "decrypt", "{cipher}00"]
    ran = subprocess.run(
        [*program, "--config", "server.yml"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    error, hint = ran.stderr.splitlines()
    assert error.startswith("error: server.yml: 'main' does not unwrap the key 'k1': Vault does")
    assert hint.startswith("hint: renew the token")
    assert "canary" not in ran.stdout + ran.stderr


def test_a_package_that_is_missing_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    settings({"cloud": {"type": "aws"}}, {"k1": {"kms": "cloud", "wrapped-key": "AAAA"}})
    code = (
        "import sys; sys.modules['aiobotocore'] = None; from configserver.cli import main;"
        "main(['decrypt', '{cipher}00', '--config', 'server.yml'])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 2
    assert "is 'aws', but the package aiobotocore is not installed" in ran.stderr
    assert "hint: pip install 'configserver[aws]'" in ran.stderr
