"""`configserver get`: every format, exit codes, and what goes where."""

import json
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from configserver.cli import cli
from configserver.cli.example import make_example


@pytest.fixture(autouse=True)
def _state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("PORT", "SERVER_PORT", "STATE_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, ["get", *words])


def test_yaml_is_the_default() -> None:
    result = run("payment", "dev")
    assert result.exit_code == 0, result.stderr
    assert "payment:\n  provider: example-pay\n" in result.stdout
    assert not result.stderr


def test_json() -> None:
    answer = json.loads(run("shop", "dev", "--format", "json").stdout)
    assert answer["shop"] == {
        "title": "Example Shop Ltd. - web shop",
        "currency": "EUR",
        "page-size": 5,
    }


def test_properties() -> None:
    lines = run("shop", "prod", "--format", "properties").stdout.splitlines()
    assert "shop.page-size: 50" in lines
    assert "features.languages[0]: en" in lines


def test_variables_are_safe_to_evaluate() -> None:
    lines = run("shop", "dev", "--format", "env").stdout
    script = f'{lines}\nprintf %s "$SHOP_TITLE"'
    ran = subprocess.run(["sh", "-c", script], capture_output=True, check=True, text=True)
    assert ran.stdout == "Example Shop Ltd. - web shop"


def test_table_names_file_and_line() -> None:
    lines = run("shop", "dev", "--format", "table").stdout.splitlines()
    assert "shop.page-size\t5\tshop-dev.yml:3:14" in lines
    assert "company.name\tExample Shop Ltd.\tapplication.yml:3:9" in lines


def test_another_repository_and_a_label(tmp_path: Path) -> None:
    folder = make_example(tmp_path / "mine")
    subprocess.run(["git", "-C", str(folder), "branch", "feature/x"], check=True)
    words = ["shop", "--git-uri", folder.as_uri(), "--label", "feature(_)x", "-f", "properties"]
    assert "server.port: 8081" in run(*words).stdout.splitlines()


def test_overrides_come_from_the_settings() -> None:
    override = "spring.cloud.config.server.overrides.shop.title=mine"
    lines = run("shop", "dev", "--set", override, "-f", "table").stdout.splitlines()
    assert "shop.title\tmine\toverrides" in lines


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["shop", "dev", "--label", "none"], "error 404: "),
        (["shop", "d v"], "error 404: a profile is empty"),
        (["../shop", "dev"], "error 400: the application contains '..'"),
        (["shop", "dev", "--git-uri", "file:///does/not/exist"], "error 500: "),
    ],
)
def test_failure(words: list[str], message: str) -> None:
    result = run(*words)
    assert result.exit_code == 1
    assert message in result.stderr
    assert not result.stdout


def test_no_application_where_empty_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    subprocess.run(["git", "init", "-q", "-b", "main", str(folder)], check=True)
    commit = ["commit", "-q", "--allow-empty", "-m", "none"]
    who = ["-c", "user.name=me", "-c", "user.email=me@localhost"]
    subprocess.run(["git", *who, "-C", str(folder), *commit], check=True)
    accept = "spring.cloud.config.server.accept-empty=false"
    result = run("shop", "dev", "--git-uri", folder.as_uri(), "--set", accept)
    assert result.exit_code == 1
    assert "error 404: no property source was found" in result.stderr
    assert "hint: " in result.stderr


def test_wrong_use() -> None:
    composite = run("shop", "--set", "spring.profiles.active=composite")
    assert composite.exit_code == 2
    assert "composite[0].type is not set" in composite.stderr
    assert run().exit_code == 2
    assert run("shop", "dev", "--format", "xml").exit_code == 2
    assert run("shop", "--set", "nonsense").exit_code == 2
