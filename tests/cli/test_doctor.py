"""`configserver doctor`: what is examined, what is printed, and the exit code."""

import json
import socket
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from configserver.backends.git.lock import hold
from configserver.cli import cli
from tests.backends.conftest import GitRepository


@pytest.fixture(autouse=True)
def _state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("PORT", "SERVER_PORT", "STATE_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


@pytest.fixture
def repository(tmp_path: Path) -> GitRepository:
    made = GitRepository(tmp_path / "config")
    made.commit({"application.yml": "a: 1\n", "shop-dev.yml": "b: 1\n", "shared/shop.yml": "c: 1"})
    return made


@pytest.fixture
def doctor(tmp_path: Path) -> Callable[..., Result]:
    def run(settings: str, *words: str) -> Result:
        file = tmp_path / "settings.yml"
        file.write_text(settings)
        return CliRunner().invoke(cli, ["doctor", "--config", str(file), *words])

    return run


def closed_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def outcomes(result: Result) -> dict[str, dict[str, str]]:
    report = json.loads(result.stdout)
    return {
        section["name"]: {step["name"]: step["outcome"] for step in section["steps"]}
        for section in report["sections"]
    }


def test_all_is_fine(repository: GitRepository, doctor: Callable[..., Result]) -> None:
    result = doctor("", "--git-uri", str(repository.path), "-a", "shop", "-p", "dev")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[1] == "server"
    assert lines[4] == f"git  {repository.path}"
    assert lines[-1] == "Everything is fine."
    assert "shop/dev: 2 property sources, the strongest first" in result.stdout
    assert "shop-dev.yml (1 key)" in result.stdout
    assert "\x1b" not in result.stdout
    assert not result.stderr


def test_colours_on_a_terminal(repository: GitRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ["doctor", "--git-uri", str(repository.path)]
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[32mok" in CliRunner().invoke(cli, words, color=True).stdout
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in CliRunner().invoke(cli, words, color=True).stdout


def test_a_failure_is_exit_code_1_and_the_others_go_on(
    repository: GitRepository, doctor: Callable[..., Result]
) -> None:
    port = closed_port()
    settings = f"""
spring.cloud.config.server.git:
  uri: git://127.0.0.1:{port}/none
  repos.shop: {repository.path}
"""
    result = doctor(settings, "--json")
    assert result.exit_code == 1, result.output
    found = outcomes(result)
    assert list(found) == ["server", "git", "git.repos.shop"]
    assert found["git"]["connect"] == "failed"
    assert found["git"]["sample"] == "skipped"
    assert set(found["git.repos.shop"].values()) == {"ok"}
    text = doctor(settings)
    assert text.exit_code == 1
    assert "why: 127.0.0.1:" in text.stdout
    assert text.stdout.splitlines()[-1] == "1 of 3 failed: git (connect)"


def test_json_says_the_same(repository: GitRepository, doctor: Callable[..., Result]) -> None:
    result = doctor("", "--git-uri", str(repository.path), "--search-paths", "nowhere", "--json")
    assert result.exit_code == 0
    report = json.loads(result.stdout)
    assert report["outcome"] == "warning"
    (section,) = [one for one in report["sections"] if one["name"] == "git"]
    (step,) = [one for one in section["steps"] if one["name"] == "search paths"]
    assert step["outcome"] == "warning"
    assert step["text"] == "/"
    assert step["problems"][0]["why"] == "the search path 'nowhere' leads to no folder"
    assert 0 <= step["seconds"] < 10


def test_settings_that_are_wrong_are_exit_code_2(doctor: Callable[..., Result]) -> None:
    result = doctor("server.port: many\n")
    assert result.exit_code == 2
    assert "server.port" in result.stderr
    assert doctor("", "-a", "a..b").exit_code == 2
    assert doctor("", "-l", "a,b").exit_code == 2


def test_unknown_settings_are_warned_of_once(
    repository: GitRepository, doctor: Callable[..., Result]
) -> None:
    uri = f"spring.cloud.config.server.git.uri: {repository.path}\n"
    result = doctor(f"{uri}spring.cloud.config.server.git.default-lable: x\n")
    assert result.exit_code == 0
    assert result.output.count("default-lable") == 1
    assert "did you mean" in result.stdout


def test_without_a_repository_the_example_is_not_made(
    doctor: Callable[..., Result], tmp_path: Path
) -> None:
    result = doctor("")
    assert result.exit_code == 0, result.output
    assert "the example is served" in result.stdout
    assert not (tmp_path / "state").exists()


def test_members_nested_repositories_and_further_uris_come_in_order(
    repository: GitRepository, doctor: Callable[..., Result], tmp_path: Path
) -> None:
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "application.yml").write_text("x: 1\n")
    settings = f"""
spring:
  profiles.active: composite
  cloud.config.server.composite:
    - type: git
      uri: {repository.path}
      search-paths: shared
      repos:
        shop: {repository.path}
        team:
          uri: {repository.path}/{{application}}
          pattern: team-*
    - type: native
      search-locations: {tmp_path}/plain, {tmp_path}/absent
configserver.composite[0].fallback-uris: {repository.path}/.git
"""
    result = doctor(settings, "--json")
    found = outcomes(result)
    assert list(found) == [
        "server",
        "composite[0]",
        "composite[0], fallback 1",
        "composite[0].repos.shop",
        "composite[0].repos.team",
        "composite[1]",
    ]
    assert found["composite[0].repos.team"] == {"repository": "skipped"}
    assert found["composite[1]"] == {"search location": "warning", "sample": "ok"}
    assert result.exit_code == 0
    text = doctor(settings).stdout
    assert f"{tmp_path}/plain/, 1 entry" in text
    assert f"{tmp_path}/absent is not there" in text


def test_the_state_directory_is_looked_at_and_left_alone(
    doctor: Callable[..., Result], tmp_path: Path
) -> None:
    state = tmp_path / "held"
    words = ("--git-uri", f"git://127.0.0.1:{closed_port()}/x", "--state-dir", str(state))
    assert ", will be made by the server" in doctor("", *words).stdout
    assert not state.exists()
    with hold(state):
        before = sorted((path, path.stat().st_mtime_ns) for path in state.rglob("*"))
        result = doctor("", *words)
        assert before == sorted((path, path.stat().st_mtime_ns) for path in state.rglob("*"))
    assert "in use by a running server, process " in result.stdout
    assert "in use" not in doctor("", *words).stdout


def test_a_state_directory_that_is_none(doctor: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    uri = f"git://127.0.0.1:{closed_port()}/x"
    result = doctor("", "--git-uri", uri, "--state-dir", str(tmp_path / "file" / "state"), "--json")
    assert outcomes(result)["server"]["state directory"] == "failed"


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_no_secret_is_printed(doctor: Callable[..., Result], words: tuple[str, ...]) -> None:
    port = closed_port()
    settings = f"""
spring.cloud.config.server.git:
  uri: https://me:canary-1@127.0.0.1:{port}/x
  proxy.https: {{host: 127.0.0.1, port: {port}, username: p, password: canary-2}}
  repos:
    a: {{uri: "http://127.0.0.1:{port}/a", username: u, password: canary-3}}
    b: {{uri: "ssh://127.0.0.1:{port}/b", private-key: canary-4, passphrase: canary-5}}
    c: {{uri: "http://canary-6@nowhere.invalid/c"}}
    d: {{uri: "somebody:canary-8@127.0.0.1:x"}}
    e: {{uri: "http://127.0.0.1:{port}/e"}}
    f: {{uri: "http://127.0.0.1:{port}/f"}}
    g: {{uri: "http://127.0.0.1:{port}/g"}}
    h: {{uri: "http://127.0.0.1:{port}/h"}}
configserver.git:
  repos:
    e: {{token: canary-9}}
    f: {{bearer: canary-10}}
    g: {{credential-helper: "/x --token canary-11"}}
    h: {{github-app: {{app-id: 1, installation-id: 2, private-key: canary-12}}}}
"""
    result = doctor(settings, *words)
    assert "127.0.0.1" in result.stdout
    assert result.exit_code == 1, result.output
    assert "canary" not in result.output
