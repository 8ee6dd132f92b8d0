"""Keys in a server: what it serves, keeps to itself, reads again, and refuses to start with."""

import asyncio
import logging
import os
import secrets
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any, TypeAlias, cast
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from configserver.app import open_service
from configserver.app.keys.encryption import Keys, open_keys
from configserver.backends import Everything
from configserver.backends.states import State
from configserver.decryption import Decryption
from configserver.encryption import Cipher
from configserver.encryption.pem import key_of_text
from configserver.encryption.rsa import RsaCipher
from configserver.encryption.symmetric import SymmetricCipher
from configserver.errors import ConfigError, SettingsError
from configserver.model import Environment, PropertySource
from configserver.query import Query
from configserver.service import ConfigService
from configserver.settings import Settings
from configserver.settings.load import load
from tests.server.conftest import commit

STORES = Path(__file__).parents[1] / "encryption" / "stores"
KEY = "a key that nobody guesses"

Open: TypeAlias = Callable[..., Awaitable[ConfigService]]


def cipher_of(text: str, key: str = KEY) -> str:
    made = key_of_text(key, "deadbeef", secrets.token_bytes).cipher
    return "{cipher}" + made.encrypt(text)


def settings_of(values: Mapping[str, object], **environ: str) -> Settings:
    from configserver.settings.collect import Entry  # noqa: PLC0415

    entries = [Entry(name, str(value), "test") for name, value in values.items()]
    return load(environ={"HOME": "/nonexistent", **environ}, options=entries).settings


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Open]:
    """Return a function that commits files and opens what serves them."""
    async with AsyncExitStack() as stack:

        async def service(
            files: Mapping[str, str | bytes | Path], **values: object
        ) -> ConfigService:
            await asyncio.to_thread(commit, tmp_path / "r", files)
            named = {name.replace("__", "-").replace("_", "."): v for name, v in values.items()}
            uri = {"spring.cloud.config.server.git.uri": (tmp_path / "r").as_uri()}
            return await stack.enter_async_context(open_service(settings_of(uri | named)))

        yield service


async def values_of(service: ConfigService, name: str = "foo") -> Mapping[str, object]:
    environment = await service.environment(Query.parse(name, "dev"))
    return environment.sources[0].properties


async def test_ciphers_are_served_as_plain_text(opened: Open) -> None:
    files = {"foo.yml": f"a: '{cipher_of('plain')}'\nb: 1\nc: '{cipher_of('x', 'other')}'\n"}
    service = await opened(files, encrypt_key=KEY)
    assert list((await values_of(service)).items()) == [
        ("b", 1),
        ("a", "plain"),
        ("invalid.c", "<n/a>"),
    ]


async def test_a_key_that_is_wrong_may_leave_the_name_alone(opened: Open) -> None:
    service = await opened(
        {"foo.yml": "a: '{cipher}00'\n"},
        encrypt_key=KEY,
        **{"spring.cloud.config.server.encrypt.prefix__invalid__properties": "false"},
    )
    assert await values_of(service) == {"a": "00"}


async def test_ciphers_may_be_left_to_the_clients(opened: Open) -> None:
    cipher = cipher_of("x")
    service = await opened(
        {"foo.yml": f"a: '{cipher}'\n"},
        encrypt_key=KEY,
        **{"spring.cloud.config.server.encrypt.enabled": "false"},
    )
    assert await values_of(service) == {"a": cipher}


@pytest.mark.parametrize("switch", ["true", "false"])
async def test_plain_files_are_decrypted_where_that_is_asked_for(opened: Open, switch: str) -> None:
    cipher = cipher_of("say 'x'")
    text = f"# {cipher}\na: '{cipher}'\n"
    service = await opened(
        {"a.yml": text, "a.txt": text, "bad.yml": "a: '{cipher}00'"},
        encrypt_key=KEY,
        **{"spring.cloud.config.server.encrypt.plain__text__encrypt": switch},
    )
    query = Query.parse("foo", "dev")

    async def read(path: str) -> str:
        visit = await service.visit(query)
        file, _ = await visit.file(path)
        return await visit.text(file, file.content.decode())

    plain = text.replace(cipher, "say 'x'") if switch == "true" else text
    assert await read("a.yml") == plain
    assert await read("a.txt") == text
    if switch == "true":
        with pytest.raises(ConfigError, match="cannot be decrypted") as caught:
            await read("bad.yml")
        assert caught.value.status == 500


async def test_what_stays_closed_is_logged_once_and_without_its_value(
    opened: Open, caplog: pytest.LogCaptureFixture
) -> None:
    bad = cipher_of("x", "another key")
    service = await opened(
        {"foo.yml": f"a.b: '{bad}'\nc: '{cipher_of('secret')}'"}, encrypt_key=KEY
    )
    for _ in range(3):
        await values_of(service)
    (line,) = [vars(one)["fields"] for one in caplog.records if one.msg == "not decrypted"]
    assert (line["application"], line["profile"], line["label"]) == ("foo", "dev", None)
    assert line["key"] == "a.b"
    assert line["file"].endswith("/r/foo.yml")
    assert line["reason"] == "the text is no cipher of this key"
    assert bad.removeprefix("{cipher}") not in caplog.text + str(line)


class Place:
    """A backend with a generation, and nothing else that is asked here."""

    def __init__(self) -> None:
        self.generation = object()
        self.environment = Environment("foo", "dev", None, None, "", ())
        self.finds = 0

    def now(self) -> object:
        return self.generation

    async def find(self, query: Query) -> Environment:
        del query
        self.finds += 1
        return self.environment


def environment_of(ciphers: Iterable[str], name: str = "foo") -> Environment:
    values = {f"k{n}": "{cipher}" + text for n, text in enumerate(ciphers)}
    return Environment(name, "dev", None, None, "", (PropertySource("f", values),))


def rsa() -> Cipher:
    key = generate_private_key(65537, 2048)
    return RsaCipher(key.public_key(), key, random=secrets.token_bytes)


class Only:
    """One key for all."""

    def __init__(self, cipher: Cipher) -> None:
        self.cipher = cipher
        self.epoch = 0
        self.threads: set[int] = set()

    def locate(self, prefixes: Mapping[str, str], *, application: str | None = None) -> Cipher:
        del prefixes, application
        self.threads.add(threading.get_ident())
        return self.cipher


@pytest.mark.parametrize(
    "cipher", [SymmetricCipher(KEY, "ab", secrets.token_bytes), rsa()], ids=["symmetric", "rsa"]
)
async def test_a_thousand_ciphers_are_decrypted_beside_the_event_loop(cipher: Cipher) -> None:
    """How long that takes, and what others notice of it, `benchmarks.ciphers` measures."""
    found = environment_of(cipher.encrypt(f"value {n}") for n in range(1000))
    keys, place = Only(cipher), Place()
    query, state = Query("foo", "dev"), State(cast(Any, place), place.generation, 0)
    with ThreadPoolExecutor(2) as pool:
        decryption = Decryption(keys, pool=pool)
        plain = await decryption.environment(found, query, state)
    assert [*plain.sources[0].properties.values()] == [f"value {n}" for n in range(1000)]
    assert keys.threads
    assert threading.get_ident() not in keys.threads


async def test_decrypted_environments_are_dropped_with_their_generation() -> None:
    """And never take more than their share of memory."""
    cipher = SymmetricCipher(KEY, "ab", secrets.token_bytes)
    place: Any = Place()
    decryption = Decryption(Only(cipher), max_bytes=20_000)
    service = ConfigService(Everything(place), overrides={}, decryption=decryption)
    names = [f"app{n}" for n in range(40)]
    for name in names:
        place.environment = environment_of([cipher.encrypt("x" * 100)], name)
        await service.environment(Query(name, "dev"))
    assert len(decryption._kept) < 20
    assert decryption._kept.size <= 20_000
    before = place.finds
    await service.environment(Query(names[-1], "dev"))
    assert place.finds == before
    place.generation = object()
    await service.environment(Query(names[-1], "dev"))
    assert place.finds == before + 1
    assert len(decryption._kept) == 1


async def test_keys_are_read_again_when_their_file_changes(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A file that is being written, or is no key, changes nothing."""
    caplog.set_level(logging.INFO)
    file = tmp_path / "ring.key"
    file.write_text("the first key of the ring\n")
    settings = settings_of({"configserver.encrypt.keys.main.key-file": file})
    async with open_keys(settings, check_seconds=3600) as keys:
        assert keys is not None
        assert opens(keys, "the first key of the ring")
        file.write_text("the second key of the ring")
        await keys.refresh()
        assert opens(keys, "the first key of the ring")
        await keys.refresh()
        assert opens(keys, "the second key of the ring")
        assert keys.epoch == 1
        for content in (b"", b"\xff\xfe", b"ssh-rsa AAAA"):
            file.write_bytes(content)
            await keys.refresh()
            await keys.refresh()
        file.unlink()
        await keys.refresh()
        await keys.refresh()
        assert opens(keys, "the second key of the ring")
        assert keys.epoch == 1
    refused = [vars(one)["fields"] for one in caplog.records if one.levelname == "ERROR"]
    assert len(refused) == 4
    assert all("keys.main.key-file" in line["reason"] for line in refused)
    assert "key of the ring" not in str([vars(one) for one in caplog.records])


async def test_a_changed_key_changes_the_answers(tmp_path: Path) -> None:
    """The watch finds the change; what was decrypted with the old key is not served again."""
    file = tmp_path / "ring.key"
    file.write_text("a wrong key altogether")
    settings = settings_of({"configserver.encrypt.keys.main.key-file": file})
    place: Any = Place()
    place.environment = environment_of([cipher_of("x").removeprefix("{cipher}")])
    async with open_keys(settings, check_seconds=0.02) as keys:
        service = ConfigService(Everything(place), overrides={}, decryption=Decryption(keys))
        assert "invalid.k0" in await values_of(service)
        file.write_text(KEY)
        for _ in range(500):
            if "invalid.k0" not in await values_of(service):
                break
            await asyncio.sleep(0.02)
        assert await values_of(service) == {"k0": "x"}
        assert service.epoch == 1


def opens(keys: Keys, key: str) -> bool:
    text = cipher_of("x", key).removeprefix("{cipher}")
    with suppress(Exception):
        return keys.locate({}).decrypt(text) == "x"
    return False


STORE = {
    "encrypt.key-store.location": STORES / "recorded.jks",
    "encrypt.key-store.password": "letmein-store",
    "encrypt.key-store.alias": "mainkey",
    "encrypt.key-store.secret": "main-pass-1",
}
PKCS8 = "-----BEGIN PRIVATE KEY-----abc-----END PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"encrypt.key": KEY, "encrypt.salt": "abc"}, "encrypt.salt"),
        ({"encrypt.key": KEY, "encrypt.salt": "xy"}, "encrypt.salt"),
        ({"encrypt.key": KEY, "encrypt.salt": ""}, "encrypt.salt"),
        ({"encrypt.key": "ssh-rsa AAAAcanary"}, "encrypt.key"),
        ({"encrypt.key": "-----BEGIN RSA PUBLIC KEY-----canary"}, "encrypt.key"),
        ({"encrypt.key": "-----BEGIN RSA PRIVATE KEY-----canary"}, "encrypt.key"),
        ({**STORE, "encrypt.key-store.password": ""}, "encrypt.key-store.password"),
        ({**STORE, "encrypt.key-store.password": "canary"}, "encrypt.key-store"),
        ({**STORE, "encrypt.key-store.secret": "canary"}, "encrypt.key-store.secret"),
        ({**STORE, "encrypt.key-store.alias": ""}, "encrypt.key-store.alias"),
        ({**STORE, "encrypt.key-store.location": "/no/such"}, "encrypt.key-store.location"),
        ({**STORE, "encrypt.key-store.location": "file:/no/x"}, "encrypt.key-store.location"),
        ({**STORE, "encrypt.key-store.location": "classpath:x"}, "encrypt.key-store.location"),
        ({**STORE, "encrypt.key-store.location": STORES}, "encrypt.key-store.location"),
        ({**STORE, "encrypt.key-store.type": "jceks"}, "encrypt.key-store.type"),
        ({**STORE, "encrypt.rsa.algorithm": "NONE"}, "encrypt.rsa.algorithm"),
        ({"configserver.encrypt.keys.a.retired": "true"}, "configserver.encrypt.keys.a.key"),
        (
            {"configserver.encrypt.keys.a.key": "x", "configserver.encrypt.keys.a.salt": "1"},
            "configserver.encrypt.keys.a.salt",
        ),
        (
            {"configserver.encrypt.keys.a.key-file": "/no/such"},
            "configserver.encrypt.keys.a.key-file",
        ),
        (
            {"configserver.encrypt.keys.a.key-file": "x", "configserver.encrypt.keys.a.key": "y"},
            "configserver.encrypt.keys.a.key-file",
        ),
    ],
)
async def test_keys_that_cannot_be_used_end_the_start(
    values: Mapping[str, object], named: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        async with open_keys(settings_of(values)):
            pytest.fail("it started")
    assert named in caught.value.reason
    assert "canary" not in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize(
    ("values", "setting", "reason"),
    [
        ({"encrypt.key": "foo"}, "encrypt.key", "less than 8"),
        ({"encrypt.key": "changeme"}, "encrypt.key", "examples"),
        ({"encrypt.key": " "}, "encrypt.key", "is empty"),
        ({"encrypt.key": PKCS8}, "encrypt.key", "PKCS#8"),
        ({**STORE, "encrypt.key": KEY}, "encrypt.key", "no effect"),
        ({**STORE, "encrypt.key-store.alias": "nosuch"}, "encrypt.key-store.alias", "no such"),
        ({"configserver.encrypt.keys.a.key": "short"}, "configserver.encrypt.keys.a", "less"),
    ],
)
async def test_doubtful_keys_are_warned_of_at_the_start(
    values: Mapping[str, object], setting: str, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_keys(settings_of(values)):
        pass
    lines = [vars(one)["fields"] for one in caplog.records]
    (line,) = [one for one in lines if "chmod" not in one["reason"]]
    assert line["setting"] == setting
    assert reason in line["reason"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
async def test_key_files_that_others_can_read_are_warned_of_at_the_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store, ring, good = (tmp_path / name for name in ("s.jks", "ring", "good"))
    store.write_bytes((STORES / "recorded.jks").read_bytes())
    for path, mode in ((ring, 0o640), (good, 0o600), (store, 0o644)):
        path.touch()
        if path != store:
            path.write_text(KEY)
        path.chmod(mode)
    values = {**STORE, "encrypt.key-store.location": store}
    for path in (ring, good):
        values[f"configserver.encrypt.keys.{path.name}.key-file"] = path
    async with open_keys(settings_of(values)):
        pass
    lines = [vars(one)["fields"] for one in caplog.records]
    assert {(line["setting"], line["reason"]) for line in lines} == {
        (
            "configserver.encrypt.keys.ring.key-file",
            f"{ring} is open to its group (mode 0640): chmod 600 it",
        ),
        (
            "encrypt.key-store.location",
            f"{store} is open to everybody on this machine (mode 0644): chmod 600 it",
        ),
    }


@pytest.mark.parametrize(
    "location", ["file:{}", "{}", "file://{}", "file:{}?"], ids=["uri", "path", "slashes", "none"]
)
async def test_places_of_a_key_store(location: str) -> None:
    place = location.format(STORES / "recorded.jks")
    values = settings_of({**STORE, "encrypt.key-store.location": place})
    if place.endswith("?"):
        with pytest.raises(SettingsError):
            async with open_keys(values):
                pytest.fail("it started")
        return
    async with open_keys(values) as keys:
        assert keys is not None
        assert keys.locate({}).public_key is not None


def ask(url: str, body: str | None = None, **headers: str) -> tuple[int, str]:
    """Ask a server in another process or thread; headers with _ for -."""
    data = None if body is None else body.encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = Request(url, data, {"Content-Type": "text/plain", **named})
    try:
        with urlopen(request, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()


@pytest.mark.parametrize("kind", ["composite", "pattern", "chain", "placeholder"])
async def test_ciphers_of_many_repositories(tmp_path: Path, kind: str) -> None:
    """Each repository's are decrypted, and kept, whichever backend answers."""
    for name in ("one", "two"):
        text = f"{name}: '{cipher_of(name)}'\nbad: '{{cipher}}{name}'\n"
        await asyncio.to_thread(commit, tmp_path / name, {"foo.yml": text})
    one, two = (tmp_path / "one").as_uri(), (tmp_path / "two").as_uri()
    spring = "spring.cloud.config.server"
    values: dict[str, object] = {"encrypt.key": KEY, f"{spring}.git.uri": one}
    if kind == "composite":
        values |= {"spring.profiles.active": "composite", f"{spring}.composite[0].type": "git"}
        values |= {f"{spring}.composite[0].uri": one, f"{spring}.composite[1].type": "git"}
        values |= {f"{spring}.composite[1].uri": two}
    elif kind == "placeholder":
        values |= {f"{spring}.git.uri": f"file://{tmp_path}/{{profile}}"}
    else:
        values |= {f"{spring}.git.repos.two.uri": two, f"{spring}.git.repos.two.pattern": "foo"}
        values |= {"configserver.git.fall-through": str(kind == "chain").lower()}
    found: dict[str, object] = {}
    async with open_service(settings_of(values)) as service:
        for _ in range(2):
            query = Query.parse("foo", "one" if kind == "placeholder" else "dev")
            environment = await service.environment(query)
            found = {k: v for source in environment.sources for k, v in source.properties.items()}
    expected = {"composite": {"one", "two"}, "placeholder": {"one"}}.get(kind, {"two"})
    assert {key: value for key, value in found.items() if key != "invalid.bad"} == {
        name: name for name in expected
    }
