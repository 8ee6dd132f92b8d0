"""A server on a repository that uses SOPS: what it serves, keeps for how long, and refuses."""

import asyncio
import json
import logging
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from types import ModuleType
from typing import TypeAlias

import pytest

from configserver.app import open_service
from configserver.app.keys.sops import SopsFiles, open_sops
from configserver.backends.answers import Memory
from configserver.backends.snapshots import SnapshotBackend
from configserver.errors import InvalidFile, SettingsError
from configserver.formats.cache import DocumentCache
from configserver.query import Query
from configserver.service import ConfigService
from configserver.settings import Settings
from configserver.settings.collect import Entry
from configserver.settings.load import load
from configserver.settings.sops import SopsSettings
from tests.server.conftest import commit
from tests.sops import cases
from tests.sops.cases import AGE_KEYS, CANARY, CASES, OTHER_AGE_KEYS
from tests.sops.conftest import AGE

Serve: TypeAlias = Callable[..., Awaitable[ConfigService]]

RECORDED = {case.name: case.recorded.read_bytes() for case in CASES}
FOO = Query.parse("foo", "dev")
KEYS = {"configserver.sops.age-key-file": AGE_KEYS}


def settings_of(values: Mapping[str, object], **environ: str) -> Settings:
    entries = [Entry(name, str(value), "test") for name, value in values.items()]
    return load(environ={"HOME": "/nonexistent", **environ}, options=entries).settings


def of_git(folder: Path, keys: Mapping[str, object]) -> dict[str, object]:
    return {"spring.cloud.config.server.git.uri": folder.as_uri(), **keys}


def of_folder(folder: Path, keys: Mapping[str, object]) -> dict[str, object]:
    place = {"spring.cloud.config.server.native.search-locations": folder.as_uri()}
    return {"spring.profiles.active": "native", **place, **keys}


@pytest.fixture(params=[of_git, of_folder], ids=["git", "native"])
async def serve(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Serve]:
    """Return a function that writes files and opens what serves them, from Git or a folder."""
    async with AsyncExitStack() as stack:

        async def start(
            files: dict[str, str | bytes | Path], keys: Mapping[str, object] | None = None
        ) -> ConfigService:
            await asyncio.to_thread(commit, tmp_path / "r", files)
            values = request.param(tmp_path / "r", KEYS if keys is None else keys)
            return await stack.enter_async_context(open_service(settings_of(values)))

        yield start


async def plain_file(service: ConfigService, path: str) -> bytes:
    visit = await service.visit(FOO)
    file, _ = await visit.file(path)
    return file.content


async def test_each_format_is_served_as_before(serve: Serve) -> None:
    """YAML, properties in both of SOPS's ways, and the lines of their values."""
    names = {"types": "foo.yaml", "binary": "foo.properties", "properties": "foo-dev.properties"}
    service = await serve({path: RECORDED[name] for name, path in names.items()})
    environment = await service.environment(FOO)
    found = {
        source.path and source.path.rpartition("/")[2]: source for source in environment.sources
    }
    types = found["foo.yaml"]
    assert types.properties["db.password"] == CANARY
    assert types.properties["db.port"] == 5432
    assert types.properties["db.looks-like-a-number"] == "0123"
    assert types.properties["db.on"] is True
    lines = RECORDED["types"].decode().splitlines()
    assert all(
        key.rpartition(".")[2] in lines[place.line - 1]
        for key, place in types.origins.items()
        if key in {"db.password", "db.text", "db.folded"}
    )
    for name in ("foo.properties", "foo-dev.properties"):
        documents = [
            source
            for source in environment.sources
            if (source.path or "").endswith(f"/{name}") or source.path == name
        ]
        assert [dict(one.properties) for one in reversed(documents)] == [
            {"password": CANARY},
            {
                "text": "line 1\nline 2",
                "continued": "C:\\new",
                "empty": "",
                "number": "5",
                "umlaut": "\xfc",
                "spaced": "key = value",
            },
        ]


@pytest.mark.parametrize(
    ("name", "path"),
    [
        *(("json", "a.json"), ("types", "a.yml"), ("binary", "a.properties"), ("dotenv", ".env")),
        *(("dotenv", "a.env"), ("properties", "b.properties"), ("ini", "a.ini")),
        ("binary-bytes", "deep/certificate.der"),
    ],
)
async def test_plain_files_are_served_decrypted(serve: Serve, name: str, path: str) -> None:
    service = await serve({path: RECORDED[name]})
    content = await plain_file(service, path)
    assert (name == "binary-bytes") or CANARY.encode() in content
    assert b"lastmodified" not in content
    case = next(case for case in CASES if case.name == name)
    if name == "json":
        assert json.loads(content) == json.loads(case.content)
    elif name != "types":
        assert content == case.expected


async def test_without_keys_everything_is_served_as_it_is(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    """As the original does; the log names each file once."""
    service = await serve({"foo.yaml": RECORDED["several"], "a.json": RECORDED["json"]}, {})
    with caplog.at_level(logging.WARNING):
        environment = await service.environment(FOO)
        for _ in range(3):
            assert environment == await service.environment(FOO)
            assert await plain_file(service, "a.json") == RECORDED["json"]
    value = str(environment.sources[-1].properties["a"])
    assert value.startswith("ENC[")
    assert [record.message for record in caplog.records].count(
        "a file is encrypted with SOPS and served as it is"
    ) == 2


async def test_none_of_the_keys_fits(serve: Serve) -> None:
    """The answer names the file and its recipients, and other applications are served."""
    service = await serve(
        {"foo.yaml": RECORDED["several"], "bar.yaml": "b: 1\n"},
        {"configserver.sops.age-key-file": OTHER_AGE_KEYS},
    )
    with pytest.raises(InvalidFile) as caught:
        await service.environment(FOO)
    assert (caught.value.path or "").endswith("foo.yaml")
    assert cases.AGE in caught.value.reason
    assert caught.value.status == 500
    other = await service.environment(Query.parse("bar", "dev"))
    assert other.sources[0].properties == {"b": 1}


async def test_a_changed_file_is_refused_with_its_line(serve: Serve) -> None:
    data = RECORDED["types"].replace(b"    port:", b"    gate:")
    service = await serve({"foo.yaml": data})
    with pytest.raises(InvalidFile) as caught:
        await service.environment(FOO)
    assert caught.value.line == data.splitlines().index(
        next(line for line in data.splitlines() if line.startswith(b"    gate:"))
    ) + 1  # fmt: skip
    with pytest.raises(InvalidFile):
        await plain_file(service, "foo.yaml")


async def cache_of(service: ConfigService) -> tuple[DocumentCache, Memory]:
    """Return what a server keeps of files."""
    place = (await service.visit(FOO)).state.place
    assert isinstance(place, SnapshotBackend)
    return place._documents, place._answers._memory


def written(values: Iterable[object]) -> str:
    return str(list(values))


async def test_plain_text_goes_with_the_generation(tmp_path: Path) -> None:
    """A commit drops what was decrypted of the one before, and keeps what was not encrypted."""
    folder = tmp_path / "r"
    await asyncio.to_thread(
        commit, folder, {"foo.yaml": RECORDED["several"], "bar.yaml": "plain: 1\n"}
    )
    async with open_service(settings_of(of_git(folder, KEYS))) as service:
        cache, memory = await cache_of(service)
        await service.environment(FOO)
        await service.environment(Query.parse("bar", "dev"))
        assert CANARY in written(cache._entries.values())
        assert CANARY in written(memory.answers.values())
        parsed = cache.parsed
        await service.environment(FOO)
        assert cache.parsed == parsed
        await asyncio.to_thread(commit, folder, {"foo.yaml": "a: now in plain text\n"})
        found = await service.environment(FOO)
        assert found.sources[0].properties == {"a": "now in plain text"}
        assert CANARY not in written(cache._entries.values())
        assert CANARY not in written(memory.answers.values())
        assert "plain" in written(cache._entries.values())
        await service.environment(Query.parse("bar", "dev"))
        assert cache.parsed == parsed + 1
    assert not cache._moments


async def test_other_keys_open_what_was_closed(tmp_path: Path) -> None:
    """A file of keys is read again when it changes, and no answer outlives that."""
    keys = tmp_path / "keys.txt"
    keys.write_bytes(OTHER_AGE_KEYS.read_bytes())
    await asyncio.to_thread(commit, tmp_path / "r", {"foo.yaml": RECORDED["several"]})
    settings = settings_of(of_git(tmp_path / "r", {"configserver.sops.age-key-file": keys}))
    async with open_service(settings) as service:
        cache, _ = await cache_of(service)
        assert isinstance(cache.opener, SopsFiles)

        async def refresh() -> None:
            assert isinstance(cache.opener, SopsFiles)
            for _ in range(2):
                await cache.opener.refresh()

        with pytest.raises(InvalidFile):
            await service.environment(FOO)
        before = (await service.visit(FOO)).state
        keys.write_bytes(AGE_KEYS.read_bytes() + b"# now\n")
        await refresh()
        assert (await service.visit(FOO)).state != before
        found = await service.environment(FOO)
        assert found.sources[-1].properties == {"a": CANARY}
        keys.write_text("no key at all")
        await refresh()
        assert (await service.environment(FOO)).sources[-1].properties == {"a": CANARY}
        keys.write_bytes(OTHER_AGE_KEYS.read_bytes())
        await refresh()
        with pytest.raises(InvalidFile):
            await service.environment(FOO)
        assert CANARY not in written(cache._entries.values())


async def test_files_of_keys_are_watched(tmp_path: Path) -> None:
    keys = tmp_path / "keys.txt"
    keys.write_bytes(OTHER_AGE_KEYS.read_bytes())
    async with open_sops(SopsSettings(age_key_file=(str(keys),)), check_seconds=0.01) as opener:
        before = opener.epoch
        keys.write_bytes(AGE_KEYS.read_bytes())
        async with asyncio.timeout(10):
            while opener.epoch is before:  # noqa: ASYNC110 - it is a file that is waited for
                await asyncio.sleep(0.01)
        opened = opener.open("a.yaml", RECORDED["several"])
    assert opened is not None
    assert CANARY.encode() in opened


async def test_nothing_of_it_is_in_the_log(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    key = AGE_KEYS.read_text().splitlines()[-1]
    with caplog.at_level(logging.DEBUG):
        service = await serve({"foo.yaml": RECORDED["types"]}, {"configserver.sops.age-key": key})
        environment = await service.environment(FOO)
    assert CANARY in str(environment.sources)
    logged = " ".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    assert CANARY not in logged
    assert key not in logged


@pytest.mark.parametrize(
    "environ",
    [
        {"SOPS_AGE_KEY_FILE": str(AGE_KEYS)},
        {"SOPS_AGE_KEY": AGE_KEYS.read_text()},
        {"CONFIGSERVER_SOPS_AGE_KEY_FILE": str(AGE_KEYS), "SOPS_AGE_KEY_FILE": "/nonexistent"},
        {"CONFIGSERVER_SOPS_AGEKEYFILE": f"{OTHER_AGE_KEYS},{AGE_KEYS}"},
    ],
)
async def test_keys_come_from_variables(environ: dict[str, str], tmp_path: Path) -> None:
    """Those of sops too, below our own names."""
    await asyncio.to_thread(commit, tmp_path / "r", {"foo.yaml": RECORDED["several"]})
    async with open_service(settings_of(of_git(tmp_path / "r", {}), **environ)) as service:
        environment = await service.environment(FOO)
    assert environment.sources[-1].properties == {"a": CANARY}


async def test_the_loop_reads_and_opens_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files are opened by the threads that parse them."""
    seen: list[bool] = []
    opened = SopsFiles.open

    def watched(self: SopsFiles, path: str, data: bytes) -> bytes | None:
        seen.append(asyncio._get_running_loop() is None)
        return opened(self, path, data)

    monkeypatch.setattr(SopsFiles, "open", watched)
    files: dict[str, str | bytes | Path] = {"foo.yaml": RECORDED["several"]}
    await asyncio.to_thread(commit, tmp_path / "r", files)
    async with open_service(settings_of(of_git(tmp_path / "r", KEYS))) as service:
        await service.environment(FOO)
        await plain_file(service, "foo.yaml")
    assert seen == [True, True]


async def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> ModuleType:
        raise ImportError(name)

    monkeypatch.setattr("configserver.app.keys.identities.import_module", missing)
    with pytest.raises(SettingsError) as caught:
        async with open_sops(AGE):
            pass
    assert "pyrage" in caught.value.reason
    assert caught.value.hint == "pip install 'configserver[sops]'"


def test_programs_that_are_started_get_none_of_the_keys() -> None:
    from configserver.backends.git.fetching import worker_process  # noqa: PLC0415
    from configserver.cli import trees  # noqa: PLC0415

    assert "SOPS_AGE_KEY".startswith(worker_process._OURS)
    assert trees._is_secret("SOPS_AGE_KEY_FILE")
    assert not os.environ.get("SOPS_AGE_KEY")


def test_a_server_without_keys_imports_nothing_that_opens_files() -> None:
    code = "import sys, configserver.app; print(*sys.modules)"
    words = [sys.executable, "-c", code]
    loaded = subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()
    assert not {"pyrage", "pysequoia", "configserver.sops.opening"} & set(loaded)
