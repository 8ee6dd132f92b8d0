"""What `docs/sops.md` shows works as it stands there."""

import os
import re
import secrets
import subprocess
import sys
from pathlib import Path
from shutil import which

import pytest

from configserver.app.keys.encryption import unlock
from configserver.encryption.pem import key_of_text
from configserver.settings.collect import Entry
from configserver.settings.load import load
from configserver.settings.reference import reference
from tests.sops.cases import AGE_KEYS

TEXT = (Path(__file__).parents[2] / "docs" / "sops.md").read_text(encoding="utf-8")


def test_the_settings_are_understood(tmp_path: Path) -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
    file = tmp_path / "application.yml"
    file.write_text(block)
    bound = load(environ={"HOME": str(tmp_path), "PGP_PASSPHRASE": "x"}, file=file)
    assert not bound.warnings
    assert len(bound.settings.sops.age_key_file) == 2
    assert "******" in str(bound.settings.sops.pgp_passphrase)


def test_every_setting_is_told_of() -> None:
    table = reference().split("### `configserver.sops.*`")[1].split("###")[0]
    names = re.findall(r"^\| `([a-z-]+)`", table, re.MULTILINE)
    assert names
    assert all(f"`{name}`" in TEXT for name in names)


def test_a_key_may_be_a_cipher(tmp_path: Path) -> None:
    key = key_of_text("a key that nobody guesses", "deadbeef", secrets.token_bytes).cipher
    entries = [
        Entry("encrypt.key", "a key that nobody guesses", "test"),
        Entry("configserver.sops.age-key", "{cipher}" + key.encrypt(AGE_KEYS.read_text()), "test"),
    ]
    settings = load(environ={"HOME": str(tmp_path)}, options=entries, unlock=unlock).settings
    assert settings.sops.age_key
    assert settings.sops.age_key.reveal() == AGE_KEYS.read_text()


@pytest.mark.usefixtures("program")
def test_the_five_commands(tmp_path: Path) -> None:
    """From nothing to a served secret, with `get` in place of `serve`."""
    if which("age-keygen") is None:
        pytest.skip("age-keygen is not installed")
    section = TEXT.split("## From nothing to a served secret")[1].split("##")[0]
    commands = [line.strip() for line in section.splitlines() if line.startswith("    ")]
    assert len(commands) == 5
    assert "configserver serve" in commands[-1]
    commands[-1] = commands[-1].replace("configserver serve", "configserver get shop")
    (tmp_path / "shop.yml").write_text("db:\n  password: canary\n  port: 5432\n")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {"PATH": path, "HOME": str(tmp_path), "GIT_CONFIG_GLOBAL": os.devnull}
    names = [f"{who}_{what}" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")]
    environment |= {f"GIT_{name}": "a@example.org" for name in names}
    script = "\n".join(["set -e", "git init -q -b main", *commands])
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "password: canary\n  port: 5432" in done.stdout
    assert "canary" not in (tmp_path / "shop.yml").read_text()
