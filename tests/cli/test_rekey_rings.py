"""`configserver rekey` from one key of a ring to another."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from configserver.cli import cli
from configserver.cli.keysets import of_text

OLD, NEW, TEAM = "canary old key", "canary new key", "canary team key"


@pytest.fixture(autouse=True)
def _repository(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Stand in a folder with ciphers under the old key, one of which names it."""
    (tmp_path / "r").mkdir()
    monkeypatch.chdir(tmp_path / "r")
    one, two = (of_text(OLD, None, "").encrypt("canary") for _ in range(2))
    named = two.replace("{cipher}", "{cipher}{key:old}")
    Path("a.yml").write_text(f"a: '{one}'\nb: '{named}'\n")


def ring(*, retired: bool) -> None:
    """Write settings."""
    keys = {"new": {"key": NEW}, "old": {"key": OLD, "retired": retired}, "team": {"key": TEAM}}
    Path("../server.yml").write_text(json.dumps({"configserver": {"encrypt": {"keys": keys}}}))


def run(command: str, *words: str, text: str | None = None) -> Result:
    result = CliRunner().invoke(cli, [command, "--config", "../server.yml", *words], input=text)
    assert "canary" not in result.output
    return result


@pytest.mark.parametrize("words", [("alias:old",), ("../server.yml", "--from-alias", "old")])
def test_from_a_retired_key_to_the_newest(words: tuple[str, ...]) -> None:
    """As documented: the old one is retired first, so that nothing is made with it meanwhile."""
    ring(retired=True)
    refused = run("rekey", "--from", *words, "--to", "alias:old")
    assert refused.exit_code != 0
    assert "the key 'old' is retired" in refused.stderr
    result = run("rekey", "--from", *words, "--to", "alias:new")
    assert result.exit_code == 0, result.output
    assert Path("a.yml").read_text().count("{cipher}{key:new}") == 2
    again = run("rekey", "--from", *words, "--to", "alias:new")
    assert "are under the new one already" in again.stdout


def test_an_old_key_that_is_named_is_that_key_alone() -> None:
    """What is under another key of the ring stays there: it may be of others."""
    ring(retired=False)
    made = run("encrypt", "-", "--alias", "team", text="x").stdout
    Path("team.yml").write_text(f"a: '{made.strip()}'\n")
    result = run("rekey", "--from", "alias:old", "--to", "alias:new")
    assert result.exit_code == 0, result.output
    about = "it is under the key 'team', not under 'old'; left as it is"
    assert f"note: team.yml:1:4: a: {about}" in result.stderr
    assert Path("a.yml").read_text().count("{cipher}{key:new}") == 2
    assert Path("team.yml").read_text() == f"a: '{made.strip()}'\n"


def test_many_ciphers_of_others_are_counted() -> None:
    ring(retired=False)
    made = run("encrypt", "-", "--alias", "team", text="x").stdout.strip()
    Path("team.yml").write_text("".join(f"a{each}: '{made}'\n" for each in range(9)))
    result = run("rekey", "--from", "alias:old", "--to", "alias:new")
    assert result.stderr.count("not under 'old'; left as it is") == 5
    assert "note: 4 more ciphers under other keys, left as is" in result.stderr


def test_one_cipher_is_counted_as_one() -> None:
    ring(retired=False)
    made = run("encrypt", "-", "--alias", "new", text="x").stdout.strip()
    Path("new.yml").write_text(f"a: '{made}'\n")
    result = run("rekey", "--from", "alias:old", "--to", "alias:new", "new.yml")
    assert result.stdout.rstrip().endswith("; 1 cipher is under the new one already")
