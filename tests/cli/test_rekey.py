"""`configserver rekey`: every cipher of a repository under another key, or none."""

import fcntl
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from shutil import which

import pytest
from click.testing import CliRunner, Result

from configserver.cli import cli
from configserver.cli.keysets import of_text
from configserver.cli.transaction import JOURNAL
from configserver.secrets.texts import Refused

OLD, NEW = "canary old key", "canary new key"
FILES = 4
STORES = Path(__file__).parents[1] / "encryption" / "stores"


def value(text: str, key: str = OLD) -> str:
    return of_text(key, None, "").encrypt(text)


@pytest.fixture(autouse=True)
def _repository(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "r").mkdir()
    monkeypatch.chdir(tmp_path / "r")
    for name in list(os.environ):
        if name.startswith(("ENCRYPT_", "CONFIGSERVER_")):
            monkeypatch.delenv(name)
    for name, key in (("old", OLD), ("new", NEW)):
        (tmp_path / name).write_text(key)
        (tmp_path / name).chmod(0o600)
    for number in range(FILES):
        text = f"# c\na:\n  b: '{value(f'canary {number}')}'  # d\n"
        Path(f"f{number}.yml").write_text(text)
    Path("g.properties").write_text(f"p = {value('canary p')}\r\nq = 1\r\n", newline="")
    Path("j.json").write_text(f'{{"x": ["{value("canary x")}"]}}')
    Path("other.txt").write_text(f"{value('canary')}\n")


def git(*words: str) -> str:
    if which("git") is None:
        pytest.skip("git is not installed")
    names = ["-c", "user.name=x", "-c", "user.email=x@y"]
    return subprocess.run(
        ["git", *names, *words], check=True, capture_output=True, text=True
    ).stdout


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, ["rekey", "--from", "../old", "--to", "../new", *words])


def contents() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in Path().iterdir() if path.is_file()}


def opened(key: str) -> dict[str, str]:
    """Return the files whose cipher a key opens."""
    keys = of_text(key, None, "")
    found = {}
    for name, data in contents().items():
        text = data.decode()
        if name not in ALL:
            continue
        with suppress(Refused):
            found[name] = keys.decrypt(re.split("['\"\r]", text[text.index("{cipher}") :])[0])
    return found


ALL = {f"f{number}.yml": f"canary {number}" for number in range(FILES)} | {
    "g.properties": "canary p",
    "j.json": "canary x",
}


def test_every_cipher_is_under_the_new_key() -> None:
    result = run()
    assert result.exit_code == 0, result.output
    assert opened(NEW) == ALL
    assert opened(OLD) == {}
    assert result.stdout.splitlines() == [
        *(f"f{number}.yml:3:6: a.b" for number in range(FILES)),
        "g.properties:1:5: p",
        "j.json:1:8: x[0]",
        "6 ciphers in 6 files are now under the key of ../new instead of ../old",
    ]
    assert "canary" not in result.output
    assert "canary" not in Path("other.txt").read_text()
    assert result.stderr == (
        "note: 1 file left as is with {cipher}, of a kind in which no server decrypts anything:"
        " other.txt\n"
    )


def test_git_diff_shows_nothing_but_ciphers() -> None:
    git("init", "-q")
    Path(".gitignore").write_text("ignored.yml\n")
    git("add", ".")
    git("commit", "-q", "-m", "x")
    Path("ignored.yml").write_text(f"a: '{value('x')}'\n")
    Path("untracked.yml").write_text(f"a: '{value('x')}'\n")
    (Path("sub")).mkdir()
    ignored = Path("ignored.yml").read_bytes()
    assert run().exit_code == 0
    diff = git("diff", "-U0").splitlines()
    lines = [line for line in diff if line[:1] in "+-" and line[:3] not in {"+++", "---"}]
    assert len(lines) == 12
    assert all("{cipher}" in line for line in lines)
    assert git("status", "--short").split() == [word for name in ALL for word in ("M", name)] + [
        "??",
        "untracked.yml",
    ]
    assert Path("ignored.yml").read_bytes() == ignored


def test_dry_run_writes_nothing() -> None:
    before = contents()
    result = run("--dry-run")
    assert result.exit_code == 0
    assert "6 ciphers in 6 files would be" in result.stdout
    assert contents() == before


def test_a_second_run_changes_nothing() -> None:
    run()
    before = contents()
    result = run()
    assert result.exit_code == 0
    assert "6 ciphers are under the new one already" in result.stdout
    assert contents() == before


def test_one_that_cannot_be_decrypted_stops_all() -> None:
    Path("bad.yml").write_text(f"x: 1\nbad: '{value('x', 'canary third key')}'\n")
    Path("worse.yml").write_text("x: {cipher}00\n")
    before = contents()
    result = run()
    assert result.exit_code == 1
    assert "bad.yml:2:6: bad: another key made it" in result.stderr
    assert "worse.yml:1:" in result.stderr
    assert "2 ciphers cannot be decrypted; nothing was written" in result.stderr
    assert contents() == before
    assert not result.stdout
    assert "canary" not in result.output


def test_ciphers_that_no_server_decrypts_are_told() -> None:
    Path("c.yml").write_text(f"# old: '{value('x')}'\na: 'see {value('y')}'\n")
    result = run()
    assert result.exit_code == 0
    assert "c.yml:1:9: a cipher in a comment is left as it is" in result.stderr
    assert "c.yml:2:9: a: a cipher not at the beginning of its value" in result.stderr


def test_only_the_paths_given() -> None:
    result = run("f0.yml", "f1.yml")
    assert result.exit_code == 0
    assert sorted(opened(NEW)) == ["f0.yml", "f1.yml"]
    absent = run("absent")
    assert absent.exit_code == 1
    assert "absent: there is no such file" in absent.stderr


def test_to_another_alias_of_a_key_store(tmp_path: Path) -> None:
    """From the key without a name to the key of a store, and to a settings file back."""
    (tmp_path / "password").write_text("canary-word")
    words = ["keygen", "pkcs12", "-o", "../s.p12", "--alias", "new", "--store-password-file"]
    assert CliRunner().invoke(cli, [*words, "../password"]).exit_code == 0
    to_store = ["rekey", "--from", "../old", "--to", "alias:new", "--key-store", "../s.p12"]
    to_store += ["--store-password-file", "../password"]
    result = CliRunner().invoke(cli, to_store)
    assert result.exit_code == 0, result.output
    assert all(b"{cipher}{key:new}AQ" in contents()[name] for name in ALL)
    again = CliRunner().invoke(cli, to_store)
    assert "are under the new one already" in again.stdout
    (tmp_path / "server.yml").write_text(f"encrypt.key: {NEW}\n")
    back = ["rekey", "--from", "../s.p12", "--to", "../server.yml", "--from-password-file"]
    result = CliRunner().invoke(cli, [*back, "../password"])
    assert result.exit_code == 0, result.output
    assert opened(NEW) == ALL


@pytest.mark.parametrize("mixed", [False, True])
def test_from_one_rsa_key_to_another(mixed: bool) -> None:
    """Also where some of the ciphers are under the new key already."""
    for name in ("one", "two"):
        words = ["keygen", "rsa", "-o", f"../{name}"]
        assert CliRunner().invoke(cli, words).exit_code == 0
    assert run("--to", "../one").exit_code == 0
    before = contents()
    if mixed:
        assert run("--from", "../one", "--to", "../two", "f0.yml", "j.json").exit_code == 0
    result = run("--from", "../one", "--to", "../two")
    assert result.exit_code == 0, result.output
    assert ("2 ciphers are under the new one already" in result.output) == mixed
    changed = {name for name, data in contents().items() if data != before[name]}
    assert changed == set(ALL)
    assert run("--from", "../two").exit_code == 0
    assert opened(NEW) == ALL


def test_a_new_key_that_cannot_read_what_it_makes_is_refused() -> None:
    """Nobody could ever read the repository again; this one is a certificate without its key."""
    Path("../password").write_text("letmein-store")
    store = ["--to", str(STORES / "recorded.jks"), "--to-alias", "certonly"]
    before = contents()
    result = run(*store, "--to-password-file", "../password")
    assert result.exit_code == 1
    assert "what the new key encrypts cannot be decrypted with it: only the public" in result.stderr
    assert contents() == before


def test_java_properties_in_xml() -> None:
    text = '<!DOCTYPE properties SYSTEM "http://java.sun.com/dtd/properties.dtd">\n'
    text += f'<properties>\n <entry key="a">{value("x")}</entry>\n</properties>\n'
    Path("x.xml").write_text(text)
    Path("bad.xml").write_text(text.replace("</properties>", ""))
    result = run()
    assert result.exit_code == 1
    assert "bad.xml:5:1: invalid XML" in result.stderr
    assert Path("x.xml").read_text() == text
    Path("bad.xml").unlink()
    result = run()
    assert "x.xml:3:17: a\n" in result.stdout
    lines = zip(text.splitlines(), Path("x.xml").read_text().splitlines(), strict=True)
    assert [one != two for one, two in lines] == [False, False, True, False]


def test_keys_from_environment_and_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENCRYPT_KEY", OLD)
    words = ["rekey", "--from", "env", "--to", "-"]
    assert CliRunner().invoke(cli, words, input=f"{NEW}\n").exit_code == 0
    assert opened(NEW) == ALL


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "give --from and --to"),
        (["--from", "absent", "--to", "../new"], "absent: the file cannot be read"),
        (["--from", "-", "--to", "-"], "standard input cannot be both"),
        (["--from", "alias:x", "--to", "../new"], "--from: alias:x needs --key-store"),
        (["--from", "prompt", "--to", "../new"], "there is no terminal"),
        (["--from", "env", "--to", "../new"], "the environment sets no key"),
    ],
)
def test_refusals(words: list[str], message: str) -> None:
    before = contents()
    result = CliRunner().invoke(cli, ["rekey", *words])
    assert result.exit_code == 2
    assert message in result.stderr
    assert contents() == before


KILLER = """
import os, signal, sys
event, count = sys.argv[1], int(sys.argv[2])

def hook(name, arguments):
    global count
    if name == event and (name != "open" or str(arguments[0]).endswith(".new")):
        count -= 1
        if count == 0:
            os.kill(os.getpid(), signal.SIGKILL)

sys.argv = ["configserver", "rekey", "--from", "../old", "--to", "../new"]
from configserver.cli import main
import configserver.cli.rekey
sys.addaudithook(hook)
main()
"""
"""Ends as the machine would: before a file is opened or renamed, not by our own code."""


def killed(event: str, count: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLER, event, str(count)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == -signal.SIGKILL, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("event", "count", "finished"),
    [
        ("open", 1, False),
        ("open", 3, False),
        ("open", 7, False),
        ("os.rename", 1, False),
        ("os.rename", 2, False),
        ("os.rename", 3, True),
        ("os.rename", 5, True),
        ("os.rename", 8, True),
        ("os.remove", 1, False),
        ("os.remove", 3, True),
    ],
)
def test_killed_at_any_moment_all_are_old_or_all_are_new(
    event: str, count: int, finished: bool
) -> None:
    """The moments: while files are staged, when the journal counts, between two renames."""
    before = contents()
    killed(event, count)
    result = CliRunner().invoke(cli, ["rekey", "--resume"])
    assert result.exit_code == 0, result.output
    if finished:
        assert opened(NEW) == ALL
        assert opened(OLD) == {}
    else:
        assert contents() == before
    assert set(contents()) == set(before)
    assert run().exit_code == 0
    assert opened(NEW) == ALL


def test_a_dry_run_after_a_crash_says_so() -> None:
    killed("os.rename", 4)
    result = run("--dry-run")
    assert result.exit_code == 1
    assert "did not finish" in result.stderr
    assert "--resume" in result.stderr
    assert Path(JOURNAL).exists()
    again = run()
    assert "is finished" in again.stderr
    assert opened(NEW) == ALL


def test_what_was_changed_after_a_crash_is_left_alone() -> None:
    killed("os.rename", 4)
    left = max(opened(OLD))
    Path(left).write_text("mine: 1\n")
    result = CliRunner().invoke(cli, ["rekey", "--resume"])
    assert f"{left} was changed since" in result.stderr
    assert Path(left).read_text() == "mine: 1\n"
    assert not Path(JOURNAL).exists()


def test_the_journal_of_a_work_tree_is_in_gits_folder() -> None:
    git("init", "-q")
    killed("os.rename", 4)
    assert Path(".git", JOURNAL).exists()
    assert "f0.yml" in Path(".git", JOURNAL).read_text()
    assert "canary" not in Path(".git", JOURNAL).read_text()
    assert run("f0.yml").exit_code == 0
    assert opened(NEW) == ALL


def test_one_at_a_time(tmp_path: Path, hold: Callable[[Path], None]) -> None:
    hold(tmp_path / "r")
    result = run()
    assert result.exit_code == 1
    assert "another process changes keys here" in result.stderr
    assert opened(OLD) == ALL


@pytest.fixture
def hold() -> Iterator[Callable[[Path], None]]:
    handles: list[int] = []

    def take(folder: Path) -> None:
        handles.append(os.open(folder, os.O_RDONLY))
        fcntl.flock(handles[-1], fcntl.LOCK_EX)

    yield take
    for handle in handles:
        os.close(handle)


WATCHER = """
import sys

def hook(name, arguments):
    if name == "subprocess.Popen":
        program, words, cwd, environ = arguments
        sys.stderr.write(f"STARTED {words} {environ}\\n")

sys.addaudithook(hook)
sys.argv = ["configserver", *sys.argv[1:]]
from configserver.cli import main
main()
"""


def test_no_process_that_is_started_gets_a_secret() -> None:
    """Git lists the files; neither its arguments nor its environment hold a key."""
    git("init", "-q")
    done = subprocess.run(
        [sys.executable, "-c", WATCHER, "rekey", "--from", "env", "--to", "../new"],
        env={**os.environ, "ENCRYPT_KEY": OLD},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "STARTED" in done.stderr
    assert "ls-files" in done.stderr
    assert "canary" not in done.stdout + done.stderr
    assert opened(NEW) == ALL


def test_names_that_no_terminal_can_show() -> None:
    name = os.fsdecode(b"\xff\x1b[31m.yml")
    Path(name).write_text(f"a: '{value('x')}'\n")
    result = run()
    assert result.exit_code == 0, result.output
    assert "\\udcff\\x1b[31m.yml:1:4: a" in result.stdout
    assert value("x")[:8] in Path(name).read_text()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "r").chmod(0o500)
    before = contents()
    result = run()
    (tmp_path / "r").chmod(0o700)
    assert result.exit_code == 1
    assert contents() == before
