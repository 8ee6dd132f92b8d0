"""Keys, passwords and plain texts stay where they are: canaries are looked for in all output."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from configserver.encryption.keystore import open_key_store
from configserver.encryption.locators import KeyStoreLocator
from tests.server.conftest import commit
from tests.server.test_encryption import STORES, ask, cipher_of

STORE_PASSWORD, KEY_PASSWORD = "letmein-store", "main-pass-1"
CANARIES = {
    "key": "canary-1-of-the-key",
    "ring file": "canary-2-of-a-file-of-the-ring",
    "ring": "canary-3-of-the-ring",
    "plain": "canary-4-of-a-value",
    "posted": "canary-5-of-a-text",
    "own": "canary-6-of-the-settings",
    "file": "canary-7-of-a-file",
    "store": STORE_PASSWORD,
    "alias": KEY_PASSWORD,
}
STORE = {
    "encrypt.key-store.location": str(STORES / "recorded.jks"),
    "encrypt.key-store.password": STORE_PASSWORD,
    "encrypt.key-store.alias": "mainkey",
}
BAD = cipher_of(CANARIES["plain"], "a key that is not there")

LOUD = """
import logging, sys

everything = logging.FileHandler(sys.argv.pop(1))
everything.setFormatter(logging.Formatter("%(levelname)s %(message)s %(args)s %(fields)s",
    defaults={"fields": ""}))
logging.Logger.isEnabledFor = lambda self, level: True
logging.Logger.callHandlers = lambda self, record, hand=logging.Logger.callHandlers: (
    everything.handle(record), hand(self, record))
from configserver.cli import main
main()
"""
"""Runs the program with each line of each log, DEBUG included and of all libraries, in a file."""


def settings_for(kind: str, root: Path) -> dict[str, object]:
    """Return the settings of a server with keys of all sorts."""
    (root / "ring.key").write_text(CANARIES["ring file"])
    values: dict[str, object] = {
        "configserver.encrypt.keys.ring.key-file": str(root / "ring.key"),
        "configserver.encrypt.keys.other.key": CANARIES["ring"],
        "configserver.access-log": "true",
        "spring.cloud.config.server.encrypt.plain-text-encrypt": "true",
        "spring.cloud.config.server.git.uri": (root / "r").as_uri(),
        "spring.cloud.config.server.git.username": sealed(kind, CANARIES["own"]),
        "spring.cloud.config.server.git.password": sealed(kind, CANARIES["own"]),
        "encrypt.key": "${SECRET_KEY}",
    }
    if kind == "key store":
        values |= {
            **STORE,
            "encrypt.key-store.secret": "${KEY_PASSWORD}",
            "configserver.encrypt.decrypt-endpoint": "false",
        }
    return values


def sealed(kind: str, text: str) -> str:
    """Return a value that the server opens with its main key."""
    if kind == "pass phrase":
        return cipher_of(text, CANARIES["key"])
    store = open_key_store((STORES / "recorded.jks").read_bytes(), STORE_PASSWORD)
    locator = KeyStoreLocator(store, alias="mainkey", secret=KEY_PASSWORD, random=os.urandom)
    return "{cipher}" + locator.locate({}).encrypt(text)


@contextmanager
def serving(
    words: list[str], environ: Mapping[str, str], log: Path
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Start a server and yield its address."""
    with log.open("wb") as file:
        process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=file, env=environ)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().decode().split()[-1], process
    finally:
        process.terminate()
        with process:
            assert process.wait(20) == 0


@pytest.mark.parametrize("kind", ["pass phrase", "key store"])
def test_no_secret_leaves_the_server_but_where_it_is_asked_for(tmp_path: Path, kind: str) -> None:
    """Not to logs of any level, errors, actuator, command lines or the settings that are shown."""
    plain, file = sealed(kind, CANARIES["plain"]), sealed(kind, CANARIES["file"])
    files = {
        "foo.yml": f"a: '{plain}'\nb: '{BAD}'\nc: '{{cipher}}x'\n",
        "f.yml": f"a: '{file}'\n",
        "bad.yml": f"a: '{BAD}'\n",
        "broken.yml": f"a: '{plain}'\n  b: [\n",
        "loop.yml": "x: ${x}\n",
    }
    commit(tmp_path / "r", files)
    config = tmp_path / "application.yml"
    config.write_text(json.dumps(settings_for(kind, tmp_path)))
    secrets = {"SECRET_KEY": CANARIES["key"], "KEY_PASSWORD": KEY_PASSWORD}
    environ = {**os.environ, **secrets, "PYTHONASYNCIODEBUG": "1", "PYTHONWARNINGS": "default"}
    loud = tmp_path / "loud.py"
    loud.write_text(LOUD)
    everything = tmp_path / "everything"
    words = [sys.executable, str(loud), str(everything), "serve", "-c", str(config)]
    with serving([*words, "--port", "0", "--host", "127.0.0.1"], environ, tmp_path / "log") as (
        base,
        process,
    ):
        told = _served(base, kind) + _errors(base) + _refusals(base, kind)
        told.append(Path(f"/proc/{process.pid}/cmdline").read_text())
        told += _too_many(base)
    told += _printed(["config", "--all", "-c", str(config)], environ, 0)
    told += _printed(["get", "broken", "dev", "-c", str(config)], environ, 1)
    told += [(tmp_path / "log").read_text(), everything.read_text()]
    text = "\n".join(told)
    assert "not decrypted" in text
    assert '"event": "encrypt"' in text
    assert "DEBUG" in text
    assert "git.password = ******" in text
    for name, canary in (*CANARIES.items(), ("a cipher", BAD.removeprefix("{cipher}"))):
        assert canary not in text, name


def _served(base: str, kind: str) -> list[str]:
    """Have everything decrypted that can be; what is returned holds no secret."""
    environment = ask(f"{base}/foo/dev")[1]
    assert CANARIES["plain"] in environment
    assert CANARIES["file"] in ask(f"{base}/foo/dev/main/f.yml")[1]
    status, made = ask(f"{base}/encrypt", CANARIES["posted"])
    assert (status, made[:10]) == (200, "{key:ring}")
    if kind == "pass phrase":
        assert ask(f"{base}/decrypt", made) == (200, CANARIES["posted"])
    else:
        assert ask(f"{base}/decrypt", made)[0] == 404
    places = ["", "/health", "/info", "/health/repositories", "/health/liveness", "/env"]
    places += ["/configprops", "/metrics", "/prometheus", "/heapdump", "/loggers"]
    return [ask(f"{base}/actuator{place}")[1] for place in places]


def _errors(base: str) -> list[str]:
    """Return the error answers of configuration."""
    posted = CANARIES["posted"]
    asked = {
        "/foo/dev/main/bad.yml": 500,
        "/broken/dev": 500,
        "/loop-dev.yml": 400,
        "/foo/dev/nosuchlabel": 404,
        "/foo/dev/main/nosuchfile": 404,
        "/nowhere": 404,
    }
    answers = [(ask(f"{base}{path}"), status) for path, status in asked.items()]
    answers.append((ask(f"{base}/foo/dev", posted), 405))
    for (status, text), expected in answers:
        assert status == expected, text
    return [text for (_, text), _ in answers]


def _refusals(base: str, kind: str) -> list[str]:
    """Return each of the answers with which a text is refused."""
    posted, bad = CANARIES["posted"], BAD.removeprefix("{cipher}")
    encrypt, decrypt = f"{base}/encrypt", f"{base}/decrypt"
    answers = [
        (ask(encrypt, f"{{key:nosuch}}{posted}"), 200 if kind == "pass phrase" else 500),
        (ask(encrypt, ""), 400),
        (ask(encrypt, posted, Content_Type=""), 400),
        (ask(encrypt, posted, Content_Type="text/plain;charset=nosuch"), 415),
        (ask(encrypt, posted, Content_Type="nosuch"), 415),
        (ask(encrypt, posted * 60_000), 413),
        (ask(f"{encrypt}/foo/..%2f", posted + "x"), 400),
    ]
    if kind == "pass phrase":
        answers += [
            (ask(decrypt, bad), 400),
            (ask(decrypt, bad + "x"), 400),
            (ask(decrypt, "00"), 400),
            (ask(decrypt, posted), 400),
            (ask(decrypt, f"{{key:nosuch}}{posted}"), 400),
            (ask(decrypt, f"{{secret:{posted}}}{bad}"), 400),
            (ask(decrypt, bad, Accept="text/plain"), 406),
            (ask(f"{base}/key"), 404),
        ]
    else:
        answers += [(ask(decrypt, bad), 404), (ask(encrypt, f"{{secret:{posted}}}x"), 200)]
    for place, ((status, text), expected) in enumerate(answers):
        assert status == expected, (place, status, text)
    return [text for (_, text), _ in answers if posted not in text or _ != 200]


def _too_many(base: str) -> list[str]:
    """Return the answer to one text too many."""
    for _ in range(500):
        status, text = ask(f"{base}/encrypt", CANARIES["posted"])
        if status == 429:
            return [text]
    pytest.fail("no text was too many")


WRONG: Mapping[str, Mapping[str, str]] = {
    "password": {**STORE, "encrypt.key-store.password": CANARIES["own"]},
    "secret": {**STORE, "encrypt.key-store.secret": CANARIES["own"]},
    "salt": {"encrypt.key": CANARIES["key"], "encrypt.salt": CANARIES["own"]},
    "pem": {"encrypt.key": "-----BEGIN RSA PRIVATE KEY-----" + CANARIES["own"]},
    "closed": {"encrypt.key": "x", "spring.cloud.config.server.git.password": BAD},
}


@pytest.mark.parametrize("name", WRONG)
def test_a_start_that_fails_names_the_setting_only(tmp_path: Path, name: str) -> None:
    path = tmp_path / "application.yml"
    path.write_text(json.dumps(WRONG[name]))
    text = "".join(_printed(["serve", "-c", str(path)], os.environ, 2))
    assert "encrypt." in text or "git.password" in text
    for canary in (*CANARIES.values(), BAD.removeprefix("{cipher}")):
        assert canary not in text


def _printed(words: list[str], environ: Mapping[str, str], code: int) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-m", "configserver", *words],
        capture_output=True,
        check=False,
        env=environ,
        text=True,
        timeout=60,
    )
    assert done.returncode == code, (words, done.stderr)
    return [done.stdout, done.stderr]
