"""Keys that a service unwraps: what a server answers while that is away, and after."""

import asyncio
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from configserver.app import open_service
from configserver.app.health import Health
from configserver.app.keys.encryption import Keys, open_keys, unlock
from configserver.app.keys.wrapped import SLOW
from configserver.encryption.pem import key_of_text
from configserver.errors import ConfigError, KeyUnavailable, SettingsError
from configserver.query import Query
from configserver.settings import Settings
from configserver.settings.collect import Entry
from configserver.settings.load import load
from configserver.web.health import answer_health
from configserver.web.negotiation import parse_accept
from tests.peers.aws import KEY_ID, REGION, SECRET, AwsPeer
from tests.peers.processes import Process, free_port
from tests.peers.vault import VaultPeer
from tests.server.conftest import commit
from tests.server.test_encryption import ask

DATA_KEY = "canary-of-the-data-key"
RING = "configserver.encrypt.keys"
KMS = "configserver.encrypt.kms"


def cipher(text: str, *, key: str = DATA_KEY, name: str = "") -> str:
    made = key_of_text(key, "deadbeef", secrets.token_bytes).cipher
    return "{cipher}" + (f"{{key:{name}}}" if name else "") + made.encrypt(text)


@pytest.fixture
def vault() -> Iterator[VaultPeer]:
    """Return Vault's stand-in."""
    found = VaultPeer()
    yield found
    found.close()


def values_for(vault: VaultPeer, **more: object) -> dict[str, object]:
    """Return settings with the wrapped key `main`."""
    return {
        f"{RING}.main.kms": "vault",
        f"{RING}.main.wrapped-key": vault.wrap("config", DATA_KEY.encode()),
        f"{KMS}.vault.type": "vault",
        f"{KMS}.vault.uri": vault.uri,
        f"{KMS}.vault.key": "config",
        f"{KMS}.vault.timeout": "1",
        f"{KMS}.vault.token": vault.allow(("transit/decrypt/config",)),
        **more,
    }


def settings_of(values: Mapping[str, object]) -> Settings:
    entries = [Entry(name, str(value), "test") for name, value in values.items()]
    return load(environ={"HOME": "/nonexistent"}, options=entries).settings


async def until(holds: Callable[[], bool], seconds: float = 10) -> None:
    limit = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < limit, "it did not come about"
        await asyncio.sleep(0.02)


def opens(keys: Keys, text: str) -> bool:
    try:
        return keys.locate({}).decrypt(text.removeprefix("{cipher}")) == "x"
    except KeyUnavailable:
        return False


def health_of(keys: Keys) -> tuple[int, Any]:
    health = Health()
    health.wrapped = keys.wrapped
    answer = answer_health("keys", health, parse_accept("application/json"))
    return answer.status, json.loads(answer.body)


async def test_the_key_is_there_at_the_start(vault: VaultPeer) -> None:
    async with open_keys(settings_of(values_for(vault))) as keys:
        assert keys is not None
        assert opens(keys, cipher("x"))
        assert keys.name_for("shop") == "main"
        component = {"status": "UP", "details": {"service": "vault", "failures": 0}}
        assert health_of(keys) == (200, {"status": "UP", "components": {"main": component}})


async def test_aws_unwraps_as_vault_does(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("aiobotocore", reason="the extra 'aws' is not installed")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    peer = await asyncio.to_thread(AwsPeer, tmp_path_factory.mktemp("aws"))
    try:
        key = peer.make_key()
        values = {
            f"{RING}.main.kms": "cloud",
            f"{RING}.main.wrapped-key": peer.wrap(key, DATA_KEY.encode()),
            f"{KMS}.cloud.type": "aws",
            f"{KMS}.cloud.region": REGION,
            f"{KMS}.cloud.endpoint": peer.uri,
            f"{KMS}.cloud.key-id": key,
            f"{KMS}.cloud.access-key-id": KEY_ID,
            f"{KMS}.cloud.secret-access-key": SECRET,
        }
        async with open_keys(settings_of(values)) as keys:
            assert keys is not None
            assert opens(keys, cipher("x"))
    finally:
        peer.close()


async def test_a_silent_service_holds_the_start_up_for_its_limit_only(vault: VaultPeer) -> None:
    async def silence(_: object) -> Any:
        await asyncio.sleep(30)

    values = values_for(vault)
    for number in range(20):
        values |= {f"{RING}.k{number}.{name}": values[f"{RING}.main.{name}"] for name in NAMES}
    vault.instead = silence
    began = time.monotonic()
    async with open_keys(settings_of(values)) as keys:
        assert time.monotonic() - began < 15
        assert keys is not None
        assert not opens(keys, cipher("x"))
        status, told = health_of(keys)
        assert (status, told["status"], len(told["components"])) == (503, "DOWN", 21)
    assert time.monotonic() - began < 18


NAMES = ("kms", "wrapped-key")


async def test_what_cannot_be_read_yet_is_unavailable_and_nothing_else(
    vault: VaultPeer, tmp_path: Path
) -> None:
    """Texts of keys that are there are read, with or without a name; texts of no key are not."""
    files = {
        "plain.yml": "a: 1\n",
        "named.yml": f"a: '{cipher('x', name='main')}'\n",
        "bare.yml": f"a: '{cipher('x')}'\n",
        "other.yml": f"a: '{cipher('x', key='another key', name='other')}'\n",
        "otherbare.yml": f"a: '{cipher('x', key='another key')}'\n",
        "unknown.yml": f"a: '{cipher('x', key='another key', name='nosuch')}'\n",
        "team.yml": f"a: '{cipher('x', key='another key', name='main')}'\n",
    }
    await asyncio.to_thread(commit, tmp_path / "r", files)
    values = values_for(vault, **{f"{RING}.other.key": "another key"})
    values["spring.cloud.config.server.git.uri"] = (tmp_path / "r").as_uri()
    values["spring.cloud.config.server.encrypt.plain-text-encrypt"] = "true"
    vault.stop()

    async with open_service(settings_of(values)) as service:

        async def value(name: str) -> object:
            try:
                found = await service.environment(Query.parse(name, "dev"))
                return dict(found.sources[0].properties)
            except ConfigError as error:
                return error.status, error.reason

        closed = (
            503,
            "the key 'main' is not there yet: Vault cannot be reached: Connect call failed",
        )
        expected: dict[str, object] = {
            "plain": {"a": 1},
            "named": closed,
            "bare": closed,
            "other": {"a": "x"},
            "otherbare": {"a": "x"},
            "unknown": {"invalid.a": "<n/a>"},
            "team": closed,
        }
        found = {name: await value(name) for name in expected}
        assert _shortened(found) == _shortened(expected)
        visit = await service.visit(Query.parse("plain", "dev"))
        file, _ = await visit.file("named.yml")
        with pytest.raises(KeyUnavailable):
            await visit.text(file, file.content.decode())
        before = service.epoch
        vault.start()
        await until(lambda: service.epoch > before)
        assert await value("named") == await value("bare") == {"a": "x"}
        assert await value("team") == {"invalid.a": "<n/a>"}
        vault.stop()
        assert await value("named") == {"a": "x"}


def _shortened(found: Mapping[str, object]) -> Mapping[str, object]:
    return {
        name: (value[0], value[1].partition(": ")[0]) if isinstance(value, tuple) else value
        for name, value in found.items()
    }


async def test_a_service_that_says_no_is_asked_slowly(
    vault: VaultPeer, caplog: pytest.LogCaptureFixture
) -> None:
    values = values_for(vault, **{f"{KMS}.vault.token": "hvs.canary"})
    async with open_keys(settings_of(values)) as keys:
        assert keys is not None
        (status,) = keys.wrapped()
        assert status.failures == 1
        assert status.retry_in is not None
        assert 0.7 * SLOW < status.retry_in < 1.3 * SLOW
        with pytest.raises(KeyUnavailable) as caught:
            keys.locate({}).decrypt("00")
        assert "the key 'main' is not there yet: Vault does not decrypt: 403" in str(caught.value)
        assert "the service 'vault' is asked again in" in caught.value.hint
        code, told = health_of(keys)
        assert code == 503
        assert "renew the token" in told["components"]["main"]["details"]["hint"]
    (line,) = [vars(one)["fields"] for one in caplog.records if one.msg == "key not unwrapped"]
    assert line["key"] == "main"
    assert "canary" not in f"{line}{told}{caught.value}{caught.value.hint}{caplog.text}"


@pytest.mark.parametrize(
    ("plain", "reason"),
    [
        (b"ssh-rsa AAAAcanary", "what was unwrapped is no key"),
        (b"-----BEGIN RSA PRIVATE KEY-----canary", "what was unwrapped is no key"),
        (b"\n", "what was unwrapped is no key"),
    ],
)
async def test_what_is_unwrapped_may_be_no_key(vault: VaultPeer, plain: bytes, reason: str) -> None:
    values = values_for(vault, **{f"{RING}.main.wrapped-key": vault.wrap("config", plain)})
    async with open_keys(settings_of(values)) as keys:
        assert keys is not None
        (status,) = keys.wrapped()
        assert status.trouble is not None
        assert reason in status.trouble.reason
        assert "canary" not in f"{status.trouble.reason}{status.trouble.hint}"


async def test_a_file_that_changes_is_unwrapped_anew(vault: VaultPeer, tmp_path: Path) -> None:
    """The old key stays until the new one is there, also if that never comes."""
    file = tmp_path / "wrapped"
    file.write_text(vault.wrap("config", DATA_KEY.encode()) + "\n")
    values = values_for(vault, **{f"{RING}.main.wrapped-key-file": file})
    del values[f"{RING}.main.wrapped-key"]
    async with open_keys(settings_of(values), check_seconds=3600) as keys:
        assert keys is not None
        vault.stop()
        file.write_text("vault:v1:AAAA")
        await keys.refresh()
        await keys.refresh()
        await until(lambda: health_of(keys)[1]["status"] == "DEGRADED")
        assert opens(keys, cipher("x"))
        vault.start()
        file.write_text(vault.wrap("config", b"the next key of the ring"))
        await keys.refresh()
        await keys.refresh()
        await until(lambda: health_of(keys)[1]["status"] == "UP")
        assert opens(keys, cipher("x", key="the next key of the ring"))
        file.unlink()
        await keys.refresh()
        await keys.refresh()
        assert opens(keys, cipher("x", key="the next key of the ring"))


def test_the_servers_own_settings_may_need_the_key(vault: VaultPeer) -> None:
    values = values_for(vault)
    decrypt = unlock(settings_of(values))
    assert decrypt(cipher("x", name="main")) == "x"
    vault.stop()
    decrypt = unlock(settings_of(values))
    with pytest.raises(ValueError, match="the key 'main' is not there yet: Vault cannot be"):
        decrypt(cipher("x", name="main"))


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({f"{KMS}.vault.type": ""}, f"{KMS}.vault.type is not set"),
        ({f"{KMS}.vault.type": "gcp"}, "should be 'vault' or 'aws'"),
        ({f"{KMS}.vault.key": ""}, f"{KMS}.vault.key is not set"),
        ({f"{KMS}.vault.uri": ""}, "VAULT_ADDR"),
        ({f"{KMS}.vault.uri": "vault:8200"}, "should begin with https://"),
        ({f"{KMS}.vault.uri": "https://a:canary@vault"}, "without user"),
        ({f"{KMS}.vault.token": ""}, "says no way to log in"),
        ({f"{KMS}.vault.role": "r"}, f"is set besides {KMS}.vault.token"),
        ({f"{KMS}.vault.secret-id": "canary"}, f"{KMS}.vault.role-id is not set"),
        ({f"{KMS}.vault.region": "eu"}, "has no effect with type 'vault'"),
        ({f"{KMS}.vault.type": "aws"}, "has no effect with type 'aws'"),
        ({f"{KMS}.vault.timeout": "0"}, "greater than"),
        ({f"{RING}.main.kms": "other"}, "names no service"),
        ({f"{RING}.main.kms": ""}, f"{RING}.main.kms is not set"),
        ({f"{RING}.main.key": "canary"}, "use only one of them"),
        ({f"{RING}.main.wrapped-key": ""}, f"{RING}.main.wrapped-key is not set"),
        (
            {f"{RING}.main.wrapped-key": "", f"{RING}.main.wrapped-key-file": "/no/such"},
            f"{RING}.main.wrapped-key-file: the file cannot be read",
        ),
    ],
)
async def test_settings_that_cannot_be_meant_end_the_start(
    vault: VaultPeer, values: Mapping[str, object], named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("VAULT_ADDR", "VAULT_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(SettingsError) as caught:
        async with open_keys(settings_of(values_for(vault) | dict(values))):
            pytest.fail("it started")
    assert named in str(caught.value)
    assert "canary" not in f"{caught.value} {caught.value.hint}"


async def test_vaults_own_variables_are_taken(
    vault: VaultPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = values_for(vault)
    monkeypatch.setenv("VAULT_ADDR", str(values.pop(f"{KMS}.vault.uri")))
    monkeypatch.setenv("VAULT_TOKEN", str(values.pop(f"{KMS}.vault.token")))
    async with open_keys(settings_of(values)) as keys:
        assert keys is not None
        assert opens(keys, cipher("x"))


async def test_a_connection_without_tls_is_warned_of(
    vault: VaultPeer, caplog: pytest.LogCaptureFixture
) -> None:
    for host, warned in (("127.0.0.1", False), ("localhost", False), ("vault.invalid", True)):
        caplog.clear()
        values = values_for(vault, **{f"{KMS}.vault.uri": f"http://{host}:{vault.port}"})
        async with open_keys(settings_of(values)):
            pass
        fields = [vars(one)["fields"] for one in caplog.records if one.msg == "key"]
        assert any("no TLS" in line["reason"] for line in fields) == warned


@contextmanager
def serving(
    folder: Path, values: Mapping[str, object], environ: Mapping[str, str]
) -> Iterator[Any]:
    """Run the program on settings; yield its process and address."""
    config = folder / "server.yml"
    config.write_text(json.dumps(values))
    command = [sys.executable, "-m", "configserver", "serve", "-c", str(config), "--port", "0"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--state-dir", str(folder / "state")],
            stdout=subprocess.PIPE,
            stderr=log,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environ},
        )
    try:
        assert process.stdout is not None
        yield process, process.stdout.readline().decode().split()[-1]
    finally:
        process.send_signal(signal.SIGTERM)
        with process:
            assert process.wait(20) == 0


def below(pid: int) -> set[int]:
    """Return the processes that one started, and those that they did."""
    threads = Path(f"/proc/{pid}/task").glob("*/children")
    children = [child for thread in threads for child in thread.read_text().split()]
    return {int(child) for child in children}.union(*(below(int(child)) for child in children))


def test_a_server_waits_for_its_service_and_outlives_it(tmp_path: Path, vault: VaultPeer) -> None:
    """Without a restart, and without a secret in logs, errors, health or processes."""
    port = free_port()
    files = {
        "shop.yml": f"password: '{cipher('canary-of-a-value', name='main')}'\n",
        "plain.yml": "a: 1\n",
    }
    commit(tmp_path / "r", files)
    daemon = ["git", "daemon", f"--port={port}", "--listen=127.0.0.1", "--export-all"]
    remote = Process([*daemon, f"--base-path={tmp_path}"], port=port, log=tmp_path / "daemon")
    values = values_for(vault)
    token = str(values.pop(f"{KMS}.vault.token"))
    values |= {"spring.cloud.config.server.git.uri": f"git://127.0.0.1:{port}/r"}
    vault.stop()
    try:
        with serving(tmp_path, values, {"VAULT_TOKEN": token}) as (process, base):
            told = _story(base, vault, tmp_path / "r")
            children = below(process.pid)
            assert children
            for child in children:
                told += [
                    Path(f"/proc/{child}/{name}").read_text() for name in ("cmdline", "environ")
                ]
            told.append(Path(f"/proc/{process.pid}/cmdline").read_text())
    finally:
        remote.stop()
    log = (tmp_path / "log").read_text()
    assert '"event": "key not unwrapped"' in log
    assert '"event": "key unwrapped"' in log
    for secret in ("canary", token, str(values[f"{RING}.main.wrapped-key"])):
        assert secret not in log + "".join(told)
    kept = [path for path in (tmp_path / "state").rglob("*") if path.is_file()]
    assert not any(DATA_KEY.encode() in path.read_bytes() for path in kept)


def _story(base: str, vault: VaultPeer, repository: Path) -> list[str]:
    """Ask before, while and after the service is there; return what may hold no secret."""
    _eventually(lambda: ask(f"{base}/plain/dev")[0], 200)
    status, error = ask(f"{base}/shop/dev")
    assert status == 503
    assert "the key 'main' is not there yet: Vault cannot be reached" in error
    assert "the service 'vault' is asked again in" in error
    assert ask(f"{base}/shop-dev.yml")[0] == ask(f"{base}/encrypt", "text")[0] == 503
    assert ask(f"{base}/key")[0] == ask(f"{base}/decrypt", "{key:main}00")[0] == 503
    assert ask(f"{base}/plain-dev.yml") == (200, "a: 1\n")
    assert ask(f"{base}/actuator/health")[0] == ask(f"{base}/actuator/health/readiness")[0] == 200
    status, down = ask(f"{base}/actuator/health/keys")
    assert (status, json.loads(down)["status"]) == (503, "DOWN")
    vault.start()
    _eventually(lambda: ask(f"{base}/shop/dev")[0], 200)
    assert ask(f"{base}/shop-dev.yml") == (200, "password: canary-of-a-value\n")
    status, up = ask(f"{base}/actuator/health/keys")
    assert (status, json.loads(up)["status"]) == (200, "UP")
    vault.stop()
    commit(repository, {"shop.yml": f"password: '{cipher('canary-of-another', name='main')}'\n"})
    _eventually(lambda: ask(f"{base}/shop-dev.yml"), (200, "password: canary-of-another\n"))
    made = ask(f"{base}/encrypt", "canary-of-a-text")[1]
    assert made.startswith("{key:main}")
    assert ask(f"{base}/decrypt", made) == (200, "canary-of-a-text")
    return [error, down, up, made]


def _eventually(find: Callable[[], object], expected: object) -> None:
    limit = time.monotonic() + 20
    while (found := find()) != expected:
        assert time.monotonic() < limit, found
        time.sleep(0.1)
