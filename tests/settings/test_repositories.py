"""Nested repositories: their names, their order, and what they take from the one above."""

from typing import Any

import pytest

from configserver.secret import Secret
from configserver.settings import Settings
from configserver.settings.git import GitSettings
from configserver.settings.remote import GitHubAppSettings, ProxySettings, RemoteSettings
from configserver.settings.repository import NestedGitSettings
from tests.settings.conftest import bind_lines, long

TOP = "<git>.uri = https://top.example/r\n"
GIT = "spring.cloud.config.server.git"


def nested(lines: str, **environ: str) -> tuple[NestedGitSettings, ...]:
    return bind_lines(TOP + lines, **environ).settings.git.nested


def only(lines: str, **environ: str) -> NestedGitSettings:
    (one,) = nested(lines, **environ)
    return one


@pytest.mark.parametrize(
    ("lines", "environ", "expected"),
    [
        ("<git>.repos.simple = /s", {}, [("simple", "/s", ("simple",))]),
        ("<git>.repos.simple.uri = /s", {}, [("simple", "/s", ("simple",))]),
        ("<git>.repos.a.uri = /s\n<git>.repos.a.name = b", {}, [("b", "/s", ("a",))]),
        (
            "<git>.repos.a.uri = /s\n<git>.repos.a.pattern = x*/dev*, *y/dev",
            {},
            [("a", "/s", ("x*/dev*", "*y/dev"))],
        ),
        (
            "<git>.repos.a.uri = /s\n<git>.repos.a.pattern[1] = b\n<git>.repos.a.pattern[0] = a,c",
            {},
            [("a", "/s", ("a,c", "b"))],
        ),
        (
            (
                "<git>.repos.b = /b\n<git>.repos.a.pattern[0] = x\n<git>.repos.c = /c\n"
                "<git>.repos.a.uri = /a"
            ),
            {},
            [("b", "/b", ("b",)), ("a", "/a", ("x",)), ("c", "/c", ("c",))],
        ),
        (
            "<own>.git.repos.b.token = t\n<git>.repos.a = /a\n<git>.repos.b = /b",
            {},
            [("a", "/a", ("a",)), ("b", "/b", ("b",))],
        ),
        ("<git>.REPOS.My-Repo_1 = /s", {}, [("My-Repo_1", "/s", ("My-Repo_1",))]),
        ("<git>.repos[a/b].uri = /s", {}, [("a/b", "/s", ("a/b",))]),
        ("<git>.repos.[x.y] = /s", {}, [("x.y", "/s", ("x.y",))]),
        ("<git>.repos.a/b!.uri = /s", {}, [("ab", "/s", ("ab",))]),
        (
            "<git>.repos.team-a.uri = /s\n<git>.repos.teamA.pattern = x",
            {},
            [("team-a", "/s", ("x",))],
        ),
        (
            "",
            {"SPRING_CLOUD_CONFIG_SERVER_GIT_REPOS_SIMPLE_URI": "/e"},
            [("simple", "/e", ("simple",))],
        ),
        (
            "",
            {"SPRING_CLOUD_CONFIG_SERVER_GIT_REPOS_SIMPLE": "/e"},
            [("simple", "/e", ("simple",))],
        ),
        (
            "<git>.repos.a = /a\n<git>.repos.my-repo = /b",
            {
                "SPRING_CLOUD_CONFIG_SERVER_GIT_REPOS_MY_REPO_URI": "/e",
                "SPRING_CLOUD_CONFIG_SERVER_GIT_REPOS_MYREPO_PATTERN_0": "x",
                "SPRING_CLOUD_CONFIG_SERVER_GIT_REPOS_MYREPO_PATTERN_1": "y",
            },
            [("a", "/a", ("a",)), ("my-repo", "/e", ("x", "y"))],
        ),
        ("<git>.repos =", {}, []),
    ],
)
def test_names_uris_and_patterns_in_order(
    lines: str, environ: dict[str, str], expected: list[tuple[str, str, tuple[str, ...]]]
) -> None:
    found = nested(lines, **environ)
    assert [(one.name, one.uri, one.pattern) for one in found] == expected


def test_misspelt_variable_makes_no_repository() -> None:
    found = bind_lines(TOP, SPRING_CLOUD_CONFIG_SERVER_GIT_REPOS_SIMPLE_URII="/e")
    assert not found.settings.git.repos
    (warning,) = found.warnings
    assert f"{GIT}.repos.simple.urii is not known, did you mean {GIT}.repos.simple.uri?" in warning


NESTED = "<git>.repos.a.uri = https://other.example/a\n"
SAME_HOST = "<git>.repos.a.uri = ssh://git@TOP.example:22/a\n"
KEPT = {"own.token": None, "username": None, "password": None}


def field(one: NestedGitSettings, path: str) -> Any:
    value: Any = one
    for name in path.split("."):
        value = getattr(value, name)
    return value


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("<git>.timeout = 9", {"timeout": 9}),
        ("<git>.timeout = 9\n<git>.repos.a.timeout = 5", {"timeout": 5}),
        ("<git>.refresh-rate = 30", {"refresh_rate": 30}),
        ("<git>.refresh-rate = 30\n<git>.repos.a.refresh-rate = 0", {"refresh_rate": 0}),
        ("<git>.skip-ssl-validation = true", {"skip_ssl_validation": True}),
        (
            "<git>.skip-ssl-validation = true\n<git>.repos.a.skip-ssl-validation = false",
            {"skip_ssl_validation": False},
        ),
        ("<git>.strict-host-key-checking = false", {"strict_host_key_checking": False}),
        (
            "<git>.strict-host-key-checking = no\n<git>.repos.a.strict-host-key-checking = yes",
            {"strict_host_key_checking": True},
        ),
        ("<git>.ignore-local-ssh-settings = true", {"ignore_local_ssh_settings": True}),
        ("<git>.preferred-authentications = publickey", {"preferred_authentications": "publickey"}),
        ("<git>.known-hosts-file = /etc/hosts", {"known_hosts_file": "/etc/hosts"}),
        ("<git>.private-key = k", {"private_key": Secret("k")}),
        (
            "<git>.private-key = k\n<own>.git.repos.a.private-key-files = /x",
            {"private_key": None, "own.private_key_files": ("/x",)},
        ),
        ("<own>.git.private-key-files = /x,/y", {"own.private_key_files": ("/x", "/y")}),
        ("<git>.passphrase = p", {"passphrase": Secret("p")}),
        (
            "<git>.passphrase = p\n<own>.git.repos.a.passphrase-file = /x",
            {"passphrase": None, "own.passphrase_file": "/x"},
        ),
        (
            "<git>.proxy.http.host = p\n<git>.proxy.http.port = 1",
            {"proxy.http": ProxySettings(host="p", port=1), "proxy.https": ProxySettings()},
        ),
        (
            (
                "<git>.proxy.http.host = p\n<git>.proxy.http.port = 1\n"
                "<git>.repos.a.proxy.http.host = q\n<git>.repos.a.proxy.http.port = 2"
            ),
            {"proxy.http": ProxySettings(host="q", port=2)},
        ),
        ("<own>.git.ca-file = /ca", {"own.ca_file": "/ca"}),
        ("<own>.git.max-stale = 60", {"own.max_stale": 60}),
        (
            "<own>.git.client-certificate = /c\n<own>.git.client-key = /k",
            {"own.client_certificate": "/c", "own.client_key": "/k"},
        ),
        (
            (
                "<own>.git.client-certificate = /c\n<own>.git.client-key = /k\n"
                "<own>.git.repos.a.client-certificate = /both"
            ),
            {"own.client_certificate": "/both", "own.client_key": None},
        ),
        ("<git>.search-paths = x", {"search_paths": ()}),
        ("<git>.basedir = /x", {"basedir": None}),
        ("<git>.default-label = x", {"default_label": "main"}),
        ("<git>.clone-on-start = true", {"clone_on_start": False}),
        ("<git>.force-pull = true", {"force_pull": False}),
        (
            "<git>.continue-on-multiple-label-failure = true",
            {"continue_on_multiple_label_failure": False},
        ),
        ("<own>.git.fallback-uris = https://b.example/r", {"own.fallback_uris": ()}),
    ],
)
def test_what_is_taken_from_above(lines: str, expected: dict[str, Any]) -> None:
    one = only(NESTED + lines)
    assert {path: field(one, path) for path in expected} == expected


UP = "<git>.username = u\n<git>.password = p\n"
APP = "<own>.git.github-app.app-id = 1\n<own>.git.github-app.installation-id = 2\n"


@pytest.mark.parametrize(
    ("above", "own", "expected"),
    [
        (UP, "", {"username": "u", "password": Secret("p"), "own.token": None}),
        (UP, "<git>.repos.a.username = me", {"username": "me", "password": None}),
        (UP, "<git>.repos.a.password = q", {"username": None, "password": Secret("q")}),
        (UP, "<own>.git.repos.a.token = t", {"username": None, "password": None}),
        (UP, "<own>.git.repos.a.token-file = /t", {"username": None, "password": None}),
        (UP, "<own>.git.repos.a.credential-helper = store", {"username": None, "password": None}),
        (UP, "<git>.repos.a.uri = https://me:x@other.example/a", KEPT),
        (UP, "<git>.repos.a.passphrase = x", {"username": "u", "password": Secret("p")}),
        (
            "<git>.username = u\n<own>.git.token = t",
            "",
            {"username": "u", "own.token": Secret("t")},
        ),
        ("<own>.git.token = t", "<git>.repos.a.password = q", {"own.token": None}),
        (
            APP + "<own>.git.github-app.private-key-file = /k",
            "",
            {
                "own.github_app": GitHubAppSettings(
                    app_id="1", installation_id="2", private_key_file="/k"
                )
            },
        ),
        (
            APP + "<own>.git.github-app.private-key-file = /k",
            "<own>.git.repos.a.bearer = b",
            {"own.github_app": GitHubAppSettings(), "own.bearer": Secret("b")},
        ),
    ],
)
def test_credentials_are_taken_all_or_none(above: str, own: str, expected: dict[str, Any]) -> None:
    one = only(f"{above}\n{NESTED}{own}")
    assert {path: field(one, path) for path in expected} == expected


@pytest.mark.parametrize(
    ("uri", "key"), [(NESTED, None), (SAME_HOST, "AAAA"), (SAME_HOST.replace("TOP", "x"), None)]
)
def test_host_key_is_taken_for_the_same_host_only(uri: str, key: str | None) -> None:
    host = "<git>.host-key = AAAA\n<git>.host-key-algorithm = ssh-ed25519\n"
    one = only(host + uri)
    assert one.host_key == key
    assert one.host_key_algorithm == (key and "ssh-ed25519")


def test_settings_made_in_code_inherit_too() -> None:
    git = GitSettings(
        uri="/top",
        timeout=9,
        username="u",
        repos={"a": NestedGitSettings(uri="/a"), "b": NestedGitSettings(uri="/b", timeout=1)},
    )
    assert [(one.name, one.timeout, one.username) for one in git.nested] == [
        ("a", 9, "u"),
        ("b", 1, "u"),
    ]


def test_general_default_label_is_not_for_nested_ones() -> None:
    lines = f"{TOP}spring.cloud.config.server.default-label = x\n{NESTED}"
    settings = bind_lines(lines).settings
    assert settings.default_label_of(settings.git) == "x"
    assert settings.default_label_of(settings.git.nested[0]) == "main"


@pytest.mark.parametrize(
    ("name", "field_name", "text", "value"),
    [
        ("token", "token", "t", Secret("t")),
        ("bearer", "bearer", "t", Secret("t")),
        ("tokenFile", "token_file", "/t", "/t"),
        ("bearer-file", "bearer_file", "/t", "/t"),
        ("password-file", "password_file", "/t", "/t"),
        ("passphrase-file", "passphrase_file", "/t", "/t"),
        ("credential-helper", "credential_helper", "!x y", "!x y"),
        ("private-key-files", "private_key_files", "/a, /b", ("/a", "/b")),
        ("private-key-files[0]", "private_key_files", "/a", ("/a",)),
        ("ca-file", "ca_file", "/t", "/t"),
        ("client-certificate", "client_certificate", "/t", "/t"),
        ("fallback-uris", "fallback_uris", "/a,/b", ("/a", "/b")),
        ("max-stale", "max_stale", "0", 0),
        ("max-stale", "max_stale", "", None),
    ],
)
@pytest.mark.parametrize("place", ["git", "repos", "member", "member's"])
def test_names_of_our_own(name: str, field_name: str, text: str, value: object, place: str) -> None:
    prefixes = {
        "git": "<own>.git",
        "repos": "<own>.git.repos.a",
        "member": "<own>.composite[0]",
        "member's": "<own>.composite[0].repos.a",
    }
    lines = f"""\
<git>.uri = /a
<git>.repos.a = /a
<active> = git,composite
<composite>[0].type = git
<composite>[0].uri = /b
<composite>[0].repos.a = /c
{prefixes[place]}.{name} = {text}
"""
    found = bind_lines(lines)
    assert found.warnings == ()
    (member,) = found.settings.composite
    assert isinstance(member, GitSettings)
    all_own: dict[str, RemoteSettings] = {
        "git": found.settings.git.own,
        "repos": found.settings.git.repos["a"].own,
        "member": member.own,
        "member's": member.repos["a"].own,
    }
    assert getattr(all_own[place], field_name) == value
    del all_own[place]
    assert all(getattr(own, field_name) in (None, ()) for own in all_own.values())


def test_home_is_expanded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    lines = "<git>.basedir = ~/x\n<own>.git.token-file = ~/t\n<own>.git.private-key-files = ~/k"
    git = bind_lines(lines).settings.git
    assert str(git.basedir) == "/home/me/x"
    assert git.own.token_file == "/home/me/t"
    assert git.own.private_key_files == ("/home/me/k",)


@pytest.mark.parametrize("text", ["a|*.b", "a, *.b", "a |*.b"])
def test_hosts_without_a_proxy(text: str) -> None:
    lines = "<git>.proxy.https.host = p\n<git>.proxy.https.port = 8\n"
    proxy = bind_lines(f"{lines}<git>.proxy.https.non-proxy-hosts = {text}").settings.git.proxy
    assert proxy.https == ProxySettings(host="p", port=8, non_proxy_hosts=("a", "*.b"))
    assert proxy.http.host is None


def test_secrets_are_masked_everywhere() -> None:
    secrets = [
        "<git>.{}.password = hunter2",
        "<git>.{}.passphrase = hunter2",
        "<git>.{}.private-key = hunter2",
        "<git>.{}.uri = https://me:hunter2@example.com/r",
        "<git>.{}.proxy.http.password = hunter2",
        "<git>.{}.proxy.http.host = h",
        "<git>.{}.proxy.http.port = 1",
        "<own>.git.{}.github-app.api = https://api.example.com",
        "<own>.git.{}.fallback-uris = https://me:hunter2@example.com/r",
    ]
    lines = [
        line.format(place).replace("..", ".") for line in secrets[:-2] for place in ("", "repos.a")
    ]
    lines.append(secrets[-1].format("repos.a"))
    settings = bind_lines("\n".join(lines)).settings
    assert isinstance(settings, Settings)
    assert "hunter2" not in f"{settings!r} {settings.git.nested!r} {settings.git.own!r}"


def test_one_warning_for_each_setting_without_effect() -> None:
    lines = "".join(f"<git>.repos.{key}.clone-submodules = true\n" for key in "ab")
    lines += "<git>.repos.a.uri = /a\n<git>.repos.b.uri = /b\n"
    (warning,) = bind_lines(TOP + lines).warnings
    assert warning.startswith(long("f.yml:2: <git>.repos.a.clone-submodules has no effect"))
