"""Several backends: which are active, in which order, and which label each serves."""

import pytest

from configserver.errors import SettingsError
from configserver.settings import Settings
from configserver.settings.composite import Member
from configserver.settings.git import GitSettings
from configserver.settings.native import NativeSettings
from configserver.settings.profiles import ProfilesSettings
from tests.settings.conftest import bind_lines, long

BOTH = """\
<git>.uri = /git
<native>.search-locations = /native
<composite>[0].type = git
<composite>[0].uri = /first
<composite>[1].type = native
<composite>[1].search-locations = /second
<composite>[1].version = 7
"""


def shown(member: Member) -> str:
    return (
        ",".join(member.search_locations)
        if isinstance(member, NativeSettings)
        else member.uri or ""
    )


@pytest.mark.parametrize(
    ("lines", "members"),
    [
        ("", "/git"),
        ("<active> = prod", "/git"),
        ("<active> = git", "/git"),
        ("<active> = native", "/native"),
        ("<active> = git,native", "/native /git"),
        ("<active> = native,git", "/native /git"),
        ("<active> = git,native\n<git>.order = 1", "/git /native"),
        ("<active> = git,native\n<git>.order = 2\n<native>.order = 2", "/native /git"),
        ("<active> = git,native\n<git>.order = -1\n<native>.order = 1", "/git /native"),
        ("<active> = composite", "/first /second"),
        ("<active> = prod,composite", "/first /second"),
        ("<active> = composite\n<composite>[1].order = 5", "/second /first"),
        (
            "<active> = composite\n<composite>[0].order = 2\n<composite>[1].order = 1",
            "/second /first",
        ),
        ("<active> = git,composite,native", "/native /git /first /second"),
        ("<active> = git,composite\n<composite>[1].order = 0", "/second /git /first"),
    ],
)
def test_active_backends_in_order(lines: str, members: str) -> None:
    settings = bind_lines(BOTH + lines).settings
    assert " ".join(map(shown, settings.members)) == members


def test_members_have_settings_of_their_type() -> None:
    settings = bind_lines(f"{BOTH}<active> = composite").settings
    git, native = settings.members
    assert git == GitSettings(uri="/first")
    assert native == NativeSettings(search_locations=("/second",), version="7")


@pytest.mark.parametrize("text", ["git", "GIT", "Git ", "native", "NATIVE"])
def test_type_in_any_case(text: str) -> None:
    lines = f"<active> = composite\n<composite>[0].type = {text}\n<composite>[0].uri = /a"
    (member,) = bind_lines(lines).settings.members
    assert member.type == text.strip().lower()


def test_member_with_nested_repositories() -> None:
    lines = """\
<active> = composite
<composite>[0].type = git
<composite>[0].uri = https://h.example/a
<composite>[0].timeout = 9
<composite>[0].repos.x = https://h.example/x
<own>.composite[0].token = t
"""
    (member,) = bind_lines(lines).settings.members
    assert isinstance(member, GitSettings)
    (nested,) = member.nested
    assert (nested.name, nested.uri, nested.timeout) == ("x", "https://h.example/x", 9)
    assert nested.own.token is not None


def test_stronger_layers_add_to_a_member() -> None:
    found = bind_lines(
        f"{BOTH}<active> = composite",
        SPRING_CLOUD_CONFIG_SERVER_COMPOSITE_0_PASSWORD="p",
        SPRING_CLOUD_CONFIG_SERVER_COMPOSITE_1_SEARCHLOCATIONS_0="/x",
        CONFIGSERVER_COMPOSITE_0_CAFILE="/ca",
    )
    git, native = found.settings.members
    assert isinstance(git, GitSettings)
    assert git.password is not None
    assert git.own.ca_file == "/ca"
    assert shown(native) == "/x"
    assert found.warnings == ()


@pytest.mark.parametrize(
    ("lines", "errors"),
    [
        (
            "<active> = vault",
            ["f.yml:1: <active> names a backend that is not supported; use git, native or "],
        ),
        ("<active> = git,jdbc", ["f.yml:1: <active> names a backend that is not supported"]),
        ("<active> = composite", ["f.yml:1: <composite>[0].type is not set, but <active> names"]),
        (
            "<active> = composite\n<composite>[0].type = vault\n<composite>[0].uri = /a",
            ["f.yml:2: <composite>[0].type should be 'git' or 'native'; other backends are not"],
        ),
        (
            "<active> = composite\n<composite>[0].uri = /a",
            ["f.yml:2: <composite>[0].type is not set; it should be 'git' or 'native'"],
        ),
        (
            "<active> = composite\n<composite>[1].type = git\n<composite>[1].uri = /a",
            ["f.yml:2: <composite>[0].type is not set"],
        ),
        (
            "<active> = composite\n<own>.composite[0].token = t",
            ["f.yml:2: <composite>[0].type is not set; it should be 'git' or 'native'"],
        ),
        (
            "<active> = composite\n<composite>[0].type = git",
            ["f.yml:2: <composite>[0].uri is not set"],
        ),
        ("<active> = git,native", ["f.yml:1: <git>.uri is not set"]),
        (
            (
                "server.port = x\n<active> = composite\n<composite>[0].type = git\n"
                "<composite>[0].timeout = 0\n<composite>[1].type = x"
            ),
            [
                "f.yml:1: server.port should be a valid integer",
                "f.yml:4: <composite>[0].timeout should be",
                "f.yml:5: <composite>[1].type should be",
            ],
        ),
    ],
)
def test_refused(lines: str, errors: list[str]) -> None:
    with pytest.raises(SettingsError) as caught:
        bind_lines(lines)
    found = str(caught.value).splitlines()
    assert len(found) == len(errors)
    for line, start in zip(found, errors, strict=True):
        assert line.startswith(long(start))


def test_settings_made_in_code_are_refused_too() -> None:
    for active in ("vault", "composite"):
        settings = Settings(profiles=ProfilesSettings(active=(active,)))
        with pytest.raises(SettingsError, match=r"spring\.profiles\.active"):
            settings.members  # noqa: B018 - the property raises


def test_composite_that_is_not_active_is_left_alone() -> None:
    lines = "<git>.uri = /a\n<composite>[0].type = vault\n<composite>[0].timeout = x"
    found = bind_lines(lines)
    assert found.settings.composite == ()
    name = "spring.cloud.config.server.composite"
    why = f"{name} has no effect unless spring.profiles.active names composite"
    assert found.warnings == (f"f.yml:2: {why}",)


def test_setting_of_the_other_type_gives_a_warning() -> None:
    lines = "<active> = composite\n<composite>[0].type = native\n<composite>[0].uri = {x}"
    (warning,) = bind_lines(lines).warnings
    name = "spring.cloud.config.server.composite[0].uri"
    assert warning == f"f.yml:3: {name} has no effect on a member of this type"


@pytest.mark.parametrize(
    ("lines", "labels"),
    [
        ("", ["main", "master"]),
        ("<composite>[0].default-label = a\n<composite>[1].default-label = b", ["a", "b"]),
        ("spring.cloud.config.server.default-label = x", ["x", "x"]),
        (
            "spring.cloud.config.server.default-label = x\n<composite>[0].default-label = a",
            ["x", "x"],
        ),
    ],
)
def test_default_label_of_each(lines: str, labels: list[str]) -> None:
    settings = bind_lines(f"{BOTH}<active> = composite\n{lines}").settings
    assert [settings.default_label_of(member) for member in settings.members] == labels


def test_whether_one_failure_fails_all() -> None:
    name = "spring.cloud.config.server.fail-on-composite-error"
    assert bind_lines().settings.serving.fail_on_composite_error
    found = bind_lines(f"{name} = false")
    assert not found.settings.serving.fail_on_composite_error
    assert found.warnings == ()
