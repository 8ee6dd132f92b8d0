"""Commands on a repository that uses SOPS: nothing of it is taken for a fault, or changed."""

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from configserver.cli import cli
from tests.server.conftest import commit
from tests.sops.cases import AGE, AGE_KEYS, CANARY, CASES, OTHER_AGE_KEYS

CASES_OF_ALL = [case for case in CASES if case.name not in {"partly", "mac-only", "but-regex"}]


@pytest.fixture(autouse=True)
def _repository(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith(("ENCRYPT_", "CONFIGSERVER_", "SOPS_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    files = {case.file: case.recorded.read_bytes() for case in CASES}
    commit(tmp_path / "r", {**files, "broken.yaml": damaged()})
    for name, keys in (("own", AGE_KEYS), ("other", OTHER_AGE_KEYS)):
        uri = (tmp_path / "r").as_uri()
        text = (
            f"spring.cloud.config.server.git.uri: {uri}\nconfigserver.sops.age-key-file: {keys}\n"
        )
        Path(f"{name}.yml").write_text(text)


def damaged() -> bytes:
    case = next(case for case in CASES if case.name == "several")
    return case.recorded.read_bytes().replace(b"\na: ENC", b"\nb: ENC")


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, list(words))


def found(*words: str) -> set[tuple[str, str]]:
    result = run("secrets", "check", "--json", "r", *words)
    assert CANARY not in result.output
    return {(one["path"], one["kind"]) for one in json.loads(result.stdout)}


def test_check_takes_encrypted_values_for_neither_plain_nor_broken() -> None:
    """What SOPS left in plain text is looked at as anywhere."""
    assert found() == set()
    Path("r/partly.yaml").write_bytes(
        Path("r/partly.yaml").read_bytes() + b"other:\n  api-token: abcdefgh12345678\n"
    )
    assert found() == {("r/partly.yaml", "plain-text")}


def test_check_names_what_the_keys_of_the_settings_do_not_open() -> None:
    found_now = found("--config", "own.yml")
    assert ("r/broken.yaml", "undecryptable") in found_now
    assert ("r/json-pgp.json", "undecryptable") in found_now
    assert not {path for path, _ in found_now} & {
        "r/types.yaml",
        "r/json.json",
        "r/binary.properties",
    }
    result = run("secrets", "check", "r/json.json", "--config", "other.yml")
    assert AGE in result.stdout
    assert result.exit_code == 1


def test_check_takes_the_keys_of_sops_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOPS_AGE_KEY_FILE", str(AGE_KEYS))
    assert found() == found("--config", "own.yml")


def test_a_key_that_cannot_be_used_is_named() -> None:
    Path("own.yml").write_text("configserver.sops.age-key-file: /nonexistent\n")
    result = run("secrets", "check", "r", "--config", "own.yml")
    assert result.exit_code == 2
    assert "configserver.sops.age-key-file: the file cannot be read" in result.stderr


def test_rekey_leaves_files_of_sops_and_says_so() -> None:
    before = {path: path.read_bytes() for path in Path("r").iterdir() if path.is_file()}
    for name in ("old", "new"):
        Path(name).write_text(f"a key that is {name}")
        Path(name).chmod(0o600)
    result = run("rekey", "--from", "old", "--to", "new", "r")
    assert result.exit_code == 0, result.output
    assert "encrypted with SOPS and left as is" in result.stderr
    assert {path: path.read_bytes() for path in before} == before


def test_get_prints_what_a_server_would_serve() -> None:
    result = run("get", "several", "dev", "--config", "own.yml")
    assert "a: other" in result.stdout
    result = run("get", "several", "--config", "other.yml")
    assert result.exit_code
    assert AGE in result.output


def test_doctor_opens_what_a_server_would_open() -> None:
    result = run("doctor", "--config", "own.yml", "-a", "types")
    assert "types.yaml" in result.stdout
    assert not result.exit_code, result.stdout
    result = run("doctor", "--config", "other.yml", "-a", "types")
    assert result.exit_code == 1
    assert AGE in result.stdout.replace("\n", "")


def test_config_shows_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOPS_AGE_KEY", AGE_KEYS.read_text())
    result = run("config", "--config", "own.yml", "--all")
    assert "AGE-SECRET-KEY" not in result.output
    assert "configserver.sops.age-key" in result.output
