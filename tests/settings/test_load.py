"""Where settings come from, which place outranks which, and what a file may hold."""

import json
import re
from pathlib import Path

import pytest

from configserver.errors import SettingsError
from configserver.settings.bind import Bound
from configserver.settings.collect import Entry
from configserver.settings.git import GitSettings
from configserver.settings.load import assignment, load

GIT = "spring.cloud.config.server.git"
NESTED = """\
spring:
  profiles:
    active: native
  cloud:
    config:
      server:
        prefix: /config
        git:
          uri: file:///srv/a
          searchPaths:
            - shared
            - team-*
          timeout: 7
        overrides:
          foo: bar
          deep:
            Er_key: 1
          flag: true
server:
  port: 8899
"""


@pytest.fixture
def written(tmp_path: Path) -> Path:
    return tmp_path / "application.yml"


def loaded(path: Path | None = None, *options: Entry, **environ: str) -> Bound:
    return load(environ={"HOME": "/home/me", **environ}, file=path, options=options)


def origins(bound: Bound) -> dict[str, str]:
    return {one.name: one.origin for one in bound.effective if one.origin != "default"}


def test_nested_file(written: Path) -> None:
    written.write_text(NESTED, encoding="utf-8")
    settings = loaded(written).settings
    assert settings.server.port == 8899
    assert settings.git.uri == "file:///srv/a"
    assert settings.git.search_paths == ("shared", "team-*")
    assert settings.git.timeout == 7
    assert settings.serving.prefix == "/config"
    assert settings.serving.overrides == {"foo": "bar", "deep.Er_key": "1", "flag": "true"}
    assert [member.type for member in settings.members] == ["native"]


def test_origins_have_lines(written: Path) -> None:
    written.write_text(NESTED, encoding="utf-8")
    found = origins(loaded(written))
    assert found["server.port"] == f"{written}:20"
    assert found[f"{GIT}.uri"] == f"{written}:9"
    assert found[f"{GIT}.search-paths"] == f"{written}:11"


PLAYED = {
    "search": {
        f"{GIT}.uri": "file:///srv/r",
        f"{GIT}.search-paths": "shared,team-*,{application},by-label/{label}",
    },
    "overrides": {
        "spring.cloud.config.server.overrides.foo": "overridden",
        "spring.cloud.config.server.overrides.spring.cloud.config.enabled": "true",
        "spring.cloud.config.server.overrides.app.url": "http://$\\{host}:$\\{port:80}/",
        "spring.cloud.config.server.overrides.app.other": "\\${name}",
        "spring.cloud.config.server.overrides.num": "010",
        "spring.cloud.config.server.overrides.mixed-Case_key": "x",
    },
    "composite": {
        "spring.profiles.active": "composite",
        "spring.cloud.config.server.composite[0].type": "git",
        "spring.cloud.config.server.composite[0].uri": "/a",
    },
    "patterns": {
        f"{GIT}.uri": "/a",
        f"{GIT}.repos.simple": "/s",
        f"{GIT}.repos.staging.uri": "/t",
        f"{GIT}.repos.staging.pattern[0]": "*/staging",
    },
}


@pytest.mark.parametrize("name", PLAYED)
@pytest.mark.parametrize("form", ["yml", "properties"])
def test_flat_keys(name: str, form: str, tmp_path: Path) -> None:
    path = tmp_path / f"application.{form}"
    if form == "yml":
        lines = [f"{json.dumps(key)}: {json.dumps(text)}" for key, text in PLAYED[name].items()]
    else:
        lines = [f"{key}={text}".replace("\\", "\\\\") for key, text in PLAYED[name].items()]
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")
    settings = loaded(path).settings
    if name == "search":
        assert settings.git.search_paths[1:3] == ("team-*", "{application}")
    if name == "overrides":
        assert list(settings.serving.overrides.items()) == [
            ("foo", "overridden"),
            ("spring.cloud.config.enabled", "true"),
            ("app.url", "http://${host}:${port:80}/"),
            ("app.other", "${name}"),
            ("num", "010"),
            ("mixed-Case_key", "x"),
        ]
    if name == "composite":
        assert settings.members == (GitSettings(uri="/a"),)
    if name == "patterns":
        assert [(one.uri, one.pattern) for one in settings.git.nested] == [
            ("/s", ("simple",)),
            ("/t", ("*/staging",)),
        ]


@pytest.mark.parametrize(
    ("places", "port", "origin"),
    [
        ((), 8888, None),
        (("file",), 1, "application.yml:1"),
        (("environ",), 2, "environment SERVER_PORT"),
        (("option",), 3, "--port"),
        (("file", "environ"), 2, "environment SERVER_PORT"),
        (("file", "option"), 3, "--port"),
        (("environ", "option"), 3, "--port"),
        (("platform",), 9, "environment PORT"),
        (("platform", "environ"), 2, "environment SERVER_PORT"),
        (("file", "environ", "option"), 3, "--port"),
    ],
)
def test_precedence(
    places: tuple[str, ...],
    port: int,
    origin: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("application.yml").write_text("server.port: 1\n", encoding="utf-8")
    port_set = {"platform": {"PORT": "9"}, "environ": {"SERVER_PORT": "2"}}
    environ = {name: text for place in places for name, text in port_set.get(place, {}).items()}
    bound = load(
        environ={"HOME": "/home/me"} | environ,
        file=Path("application.yml") if "file" in places else None,
        options=[Entry("server.port", "3", "--port")] if "option" in places else [],
    )
    assert bound.settings.server.port == port
    assert origins(bound).get("server.port") == origin


def test_stronger_list_replaces_and_stronger_map_adds(written: Path) -> None:
    written.write_text(NESTED, encoding="utf-8")
    settings = loaded(
        written,
        Entry(f"{GIT}.search-paths[0]", "only", "--set"),
        Entry("spring.cloud.config.server.overrides.foo", "new", "--set"),
        SPRING_CLOUD_CONFIG_SERVER_OVERRIDES_MORE_KEYS="x",
    ).settings
    assert settings.git.search_paths == ("only",)
    assert settings.serving.overrides == {
        "foo": "new",
        "deep.Er_key": "1",
        "flag": "true",
        "more.keys": "x",
    }


@pytest.mark.parametrize(
    ("environ", "path", "origin"),
    [
        ({}, "/home/me/.local/state/configserver", None),
        ({"XDG_STATE_HOME": "/x"}, "/x/configserver", "environment XDG_STATE_HOME"),
        ({"XDG_STATE_HOME": "not/absolute"}, "/home/me/.local/state/configserver", None),
        ({"XDG_STATE_HOME": "/x", "STATE_DIRECTORY": "/s"}, "/s", "environment STATE_DIRECTORY"),
        ({"STATE_DIRECTORY": "/s:/t"}, "/s", "environment STATE_DIRECTORY"),
        (
            {"STATE_DIRECTORY": "/s", "CONFIGSERVER_STATE_DIR": "/c"},
            "/c",
            "environment CONFIGSERVER_STATE_DIR",
        ),
    ],
)
def test_state_directory(environ: dict[str, str], path: str, origin: str | None) -> None:
    bound = load(environ={"HOME": "/home/me"} | environ)
    assert str(bound.settings.own.state_dir) == path
    assert origins(bound).get("configserver.state-dir") == origin


@pytest.mark.parametrize(
    ("text", "environ", "filled"),
    [
        ("${GIT_HOST}", {"GIT_HOST": "h"}, "h"),
        ("https://${git.host:example.com}/r", {}, "https://example.com/r"),
        ("https://${git.host:example.com}/r", {"GIT_HOST": "h"}, "https://h/r"),
        ("${A:${B:c}}", {"B": "b"}, "b"),
        ("${A}", {"A": "${B}", "B": "b"}, "b"),
        ("${A:}x", {}, "x"),
        ("${MISSING}", {}, "${MISSING}"),
        ("\\${A}", {"A": "a"}, "${A}"),
        ("${A", {"A": "a"}, "${A"),
        ("${a${A}", {"A": "a"}, "${aa"),
        ("${A:${B}}", {"B": "b"}, "b"),
        ("{application}", {"application": "a"}, "{application}"),
        ("${server.port}", {}, "1"),
    ],
)
def test_placeholders(text: str, environ: dict[str, str], filled: str, written: Path) -> None:
    lines = [f"server.address: {json.dumps(text)}", "server.port: 1", ""]
    written.write_text("\n".join(lines), encoding="utf-8")
    assert loaded(written, **environ).settings.server.address == filled


def test_circular_placeholder(written: Path) -> None:
    written.write_text("\nserver.address: ${A}\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r":2: server.address: a placeholder needs itself"):
        loaded(written, A="${B}", B="${A}")


DOCUMENTS = """\
server.port: 1
---
spring.config.activate.on-profile: CONDITION
server.port: 2
"""


@pytest.mark.parametrize(
    ("condition", "active", "port"),
    [
        ("blue", "", 1),
        ("blue", "blue", 2),
        ("green,blue", "blue,git", 2),
        ("green", "blue", 1),
        ("'!blue'", "", 2),
        ("'!blue'", "blue", 1),
    ],
)
def test_documents_with_conditions(condition: str, active: str, port: int, written: Path) -> None:
    written.write_text(DOCUMENTS.replace("CONDITION", condition), encoding="utf-8")
    assert loaded(written, SPRING_PROFILES_ACTIVE=active).settings.server.port == port


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.yml", b"server:\n  port: x\n", r"a\.yml:2: server\.port should be a valid integer"),
        ("a.properties", b"\n\nserver.port=x\n", r"a\.properties:3: server\.port should be"),
        ("a.yml", b"a: [\n", r"a\.yml:2"),
        ("a.yml", b"a: \xff\n", r"a\.yml"),
        ("a.txt", b"", r"a\.txt: a settings file ends in \.yml"),
        ("a.yml", None, r"a\.yml: the file cannot be read: No such file"),
        (
            "a.yml",
            b"---\nspring.config.activate.on-profile: a & b\n",
            r"a\.yml:2: .* list of names",
        ),
    ],
)
def test_bad_file(name: str, content: bytes | None, reason: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(SettingsError, match=reason):
        loaded(tmp_path / name)


def test_assignment() -> None:
    assert assignment("server.port=80") == Entry("server.port", "80", "--set server.port")
    assert assignment("a=b=c").text == "b=c"


@pytest.mark.parametrize("text", ["", "a", "=b", " =b"])
def test_bad_assignment(text: str) -> None:
    with pytest.raises(SettingsError, match="NAME=VALUE"):
        assignment(text)


DOCUMENT = Path(__file__).parents[2] / "docs" / "configuration.md"
EXAMPLES = re.findall(r"```yaml\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES)
def test_examples_of_the_documentation_hold(example: str, written: Path) -> None:
    written.write_text(example, encoding="utf-8")
    bound = loaded(written, GIT_PASSWORD="p")
    assert bound.warnings == ()
    assert bound.settings.members


def test_a_secret_that_nothing_fills_is_warned_of_once(written: Path) -> None:
    written.write_text(
        "encrypt.key: ${ENCRYPT_KEY}\n"
        "spring.cloud.config.server.git:\n"
        "  uri: file:///srv/a\n"
        "  password: ${GIT_PASSWORD}\n"
        "  passphrase: a${b}c\n"
        "  repos.shop.uri: file:///srv/b\n"
    )
    about = "is a placeholder that nothing fills, and taken word for word"
    bound = loaded(written, GIT_PASSWORD="x")
    assert bound.warnings == (f"{written}:1: encrypt.key {about}",)
    assert bound.settings.encrypt.key is not None
    assert bound.settings.encrypt.key.reveal() == "${ENCRYPT_KEY}"
    assert f"{written}:4: {GIT}.password {about}" in loaded(written, ENCRYPT_KEY="x").warnings
    assert len(loaded(written).warnings) == 2
