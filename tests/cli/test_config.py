"""`configserver config`, the options, and exit codes."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from configserver import __version__
from configserver.cli import cli

OVERRIDES = "spring.cloud.config.server.overrides"
FILE = """\
spring.cloud.config.server.git.uri: https://me:hunter2@example.com/r.git
spring.cloud.config.server.git.password: hunter2
server.port: 8899
"""


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("PORT", "SERVER_PORT", "STATE_DIRECTORY", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    Path("app.yml").write_text(FILE, encoding="utf-8")


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, ["config", *words])


def test_shows_values_and_origins_with_secrets_masked() -> None:
    result = run("--config", "app.yml", "--host", "::1", "--set", "server.port=1")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "server.port = 1  (--set server.port)",
        "server.address = ::1  (--host)",
        "spring.cloud.config.server.git.uri = https://me:******@example.com/r.git  (app.yml:1)",
        "spring.cloud.config.server.git.password = ******  (app.yml:2)",
    ]
    assert "hunter2" not in result.output


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--git-uri", "/srv/r"], "spring.cloud.config.server.git.uri = /srv/r  (--git-uri)"),
        (["--port", "80"], "server.port = 80  (--port)"),
        (["-p", "80"], "server.port = 80  (--port)"),
        (["--state-dir", "/s"], "configserver.state-dir = /s  (--state-dir)"),
        (["--label", "x"], "spring.cloud.config.server.default-label = x  (--label)"),
        (
            ["--search-paths", "a,b"],
            "spring.cloud.config.server.git.search-paths = a, b  (--search-paths)",
        ),
        (
            ["--set", f"{OVERRIDES}.db.password=hunter2"],
            f"{OVERRIDES} = db.password=******  (--set {OVERRIDES}.db.password)",
        ),
        (
            ["--set", f"{OVERRIDES}.a.B=c=d"],
            f"{OVERRIDES} = a.B=c=d  (--set {OVERRIDES}.a.B)",
        ),
    ],
)
def test_options(words: list[str], line: str) -> None:
    assert run(*words).stdout.splitlines() == [line]


SEVERAL = """\
spring:
  profiles.active: composite
  cloud.config.server:
    composite:
      - type: GIT
        uri: https://me:hunter2@one.example/r
        password: hunter2
        timeout: 9
        repos:
          shop: https://me:hunter2@two.example/r
          team:
            uri: https://three.example/r
            pattern: [team-*, "*/x"]
            proxy.http: {host: p, port: 1, password: hunter2}
      - type: native
        search-locations: /srv
configserver.composite[0]:
  fallback-uris: https://me:hunter2@four.example/r
  repos.shop.token: hunter2
"""


def test_nested_repositories_and_members_stand_together() -> None:
    Path("several.yml").write_text(SEVERAL, encoding="utf-8")
    result = run("--config", "several.yml")
    one = "spring.cloud.config.server.composite[0]"
    shop, team = f"{one}.repos.shop", f"{one}.repos.team"
    ours = "configserver.composite[0]"
    above = "(the repository above)"
    assert result.stdout.splitlines() == [
        "spring.profiles.active = composite  (several.yml:2)",
        f"{one}.type = git  (several.yml:5)",
        f"{one}.uri = https://me:******@one.example/r  (several.yml:6)",
        f"{one}.timeout = 9  (several.yml:8)",
        f"{one}.password = ******  (several.yml:7)",
        f"{ours}.fallback-uris = https://me:******@four.example/r  (several.yml:18)",
        "spring.cloud.config.server.composite[1].type = native  (several.yml:15)",
        "spring.cloud.config.server.composite[1].search-locations = /srv  (several.yml:16)",
        f"{shop}.uri = https://me:******@two.example/r  (several.yml:10)",
        f"{shop}.timeout = 9  {above}",
        f"{ours}.repos.shop.token = ******  (several.yml:19)",
        f"{team}.uri = https://three.example/r  (several.yml:12)",
        f"{team}.timeout = 9  {above}",
        f"{team}.password = ******  {above}",
        f"{team}.proxy.http.host = p  (several.yml:14)",
        f"{team}.proxy.http.port = 1  (several.yml:14)",
        f"{team}.proxy.http.password = ******  (several.yml:14)",
        f"{team}.pattern = team-*, */x  (several.yml:13)",
    ]
    assert "hunter2" not in result.output
    everything = run("--config", "several.yml", "--all").stdout
    assert f"{shop}.search-paths =   (default)" in everything.splitlines()
    assert f"{shop}.pattern = shop  (default)" in everything.splitlines()
    assert "hunter2" not in everything


def test_defaults() -> None:
    assert "at its default" in run().stdout
    assert "server.port = 8888  (default)" in run("--all").stdout.splitlines()


def test_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVER_PORT", "81")
    result = run("--config", "app.yml")
    assert "server.port = 81  (environment SERVER_PORT)" in result.stdout.splitlines()


def test_unknown_name_is_a_warning() -> None:
    result = run("--set", "server.prot=1")
    assert result.exit_code == 0
    assert result.stderr == (
        "warning: --set server.prot: server.prot is not known, did you mean server.port?\n"
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--port", "x"], "error: --port: server.port should be a valid integer"),
        (["--config", "none.yml"], "error: none.yml: the file cannot be read"),
        (["--set", "x"], "error: --set: should be NAME=VALUE"),
        (["--nonsense"], "No such option"),
    ],
)
def test_bad_settings_have_exit_code_2(words: list[str], message: str) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert message in result.stderr
    assert not result.stdout


def test_all_bad_values_are_named() -> None:
    Path("bad.yml").write_text("server:\n  port: x\nconfigserver:\n  log-format: y\n", "utf-8")
    lines = run("--config", "bad.yml").stderr.splitlines()
    assert [line.split(" ")[1] for line in lines] == ["bad.yml:2:", "bad.yml:4:"]


def test_version() -> None:
    result = CliRunner().invoke(cli, ["--version"])
    assert result.stdout == f"configserver {__version__}\n"
