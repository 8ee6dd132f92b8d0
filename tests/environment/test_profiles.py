"""Profiles that served files add: include, groups, and when they do not count."""

from collections.abc import Callable

import pytest

from configserver.environment.profiles import ignores_profile_keys

Serve = Callable[..., list[str]]
ALL = {f"foo-{name}.yml": "w: 1" for name in ("a", "b", "c", "dev", "x", "default", "one", "two")}


def profiles_of(served: list[str]) -> list[str]:
    """Return the profiles of foo's files, strongest first."""
    return [path[4:-4] for path in served if path.startswith("foo-")]


@pytest.mark.parametrize(
    ("foo", "asked", "expected"),
    [
        pytest.param("spring.profiles.include: [a, b]", "dev", ["b", "a", "dev"], id="list"),
        pytest.param("spring.profiles.include: 'a, b'", "dev", ["b", "a", "dev"], id="text"),
        pytest.param("spring.profiles.include: b", "b,dev", ["dev", "b"], id="asked for already"),
        pytest.param("spring.profiles.include: ''", "dev", ["dev"], id="empty"),
        pytest.param("spring.profiles.include: {x: b}", "dev", ["dev"], id="map"),
        pytest.param("spring.profiles.include: ${p}\np: b", "dev", ["b", "dev"], id="placeholder"),
        pytest.param("Spring.Profiles.INCLUDE: b", "dev", ["b", "dev"], id="relaxed"),
        pytest.param("spring.profiles.include: b", "default", ["default"], id="default first"),
        pytest.param("spring.profiles.include: b", "DEFAULT,dev", ["dev"], id="DEFAULT first"),
        pytest.param(
            "spring.profiles.include: b", "dev,default", ["b", "default", "dev"], id="default last"
        ),
        pytest.param("spring.profiles.group.dev: a,b", "dev,x", ["x", "b", "a", "dev"], id="group"),
        pytest.param("spring.profiles.group: {a: [b], b: [c, a]}", "a", ["c", "b", "a"], id="ring"),
        pytest.param("spring.profiles.group.DEV: a", "dev", ["dev"], id="groups have a case"),
        pytest.param(
            "spring.profiles: {include: a, group: {a: b}}", "dev", ["b", "a", "dev"], id="both"
        ),
        pytest.param("spring.profiles.active: a", "dev", ["dev"], id="active"),
        pytest.param("spring.profiles.default: a", "dev", ["dev"], id="default"),
        pytest.param(
            "w: 1\n---\nspring.config.activate.on-profile: x\nspring.profiles.group.dev: a",
            *("dev", ["a", "dev"]),
            id="a group counts in a document that is not active",
        ),
        pytest.param(
            "spring.config.activate.on-cloud-platform: none\nspring.profiles.include: a",
            *("dev", ["a", "dev"]),
            id="a condition that holds without profiles",
        ),
    ],
)
def test_one_file(serve: Serve, foo: str, asked: str, expected: list[str]) -> None:
    assert profiles_of(serve(ALL | {"foo.yml": foo}, "foo", asked)) == expected


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("dev", ["one", "two", "dev"]),
        ("dev,one", ["two", "one", "dev"]),
        ("other", ["one", "dev", "two"]),
        ("default", ["default"]),
    ],
)
def test_includes_of_the_weaker_file_win(serve: Serve, asked: str, expected: list[str]) -> None:
    files = ALL | {
        "application.yml": "spring.profiles.include: [one]",
        "foo.yml": "spring.profiles.include: [two, dev]",
    }
    assert profiles_of(serve(files, "foo", asked)) == expected


def test_an_included_profile_does_not_include(serve: Serve) -> None:
    files = ALL | {
        "foo.yml": "spring.profiles.include: a",
        "foo-a.yml": "spring.profiles.group.dev: b",
    }
    assert profiles_of(serve(files)) == ["a", "dev"]


def test_the_stronger_file_defines_a_group(serve: Serve) -> None:
    files = ALL | {
        "application.yml": "spring.profiles.group: {dev: a, x: b}",
        "foo.yml": "spring.profiles.group.dev: ''",
    }
    assert profiles_of(serve(files, "foo", "dev,x")) == ["b", "x", "dev"]


def test_validation_may_be_switched_off(serve: Serve) -> None:
    files = {"foo.yml": "spring.profiles: {validate: false, include: a b}", "foo-a b.yml": "w: 1"}
    assert serve(files) == ["foo-a b.yml", "foo.yml"]


@pytest.mark.parametrize(
    ("profiles", "ignored"), [((), True), (("Default", "dev"), True), (("dev", "default"), False)]
)
def test_when_profile_keys_do_not_count(profiles: tuple[str, ...], ignored: bool) -> None:
    assert ignores_profile_keys(profiles) == ignored


def test_nothing_is_read_when_profile_keys_do_not_count(serve: Serve) -> None:
    files = {"foo-default.yml": "spring.profiles.include: '!'", "foo.yml": "spring.profiles.x: ''"}
    assert serve(files, "foo", "default") == ["foo-default.yml", "foo.yml"]


@pytest.mark.parametrize(
    ("platform", "condition", "expected"),
    [
        ("", "none", ["foo.yml#1", "foo.yml#0"]),
        ("", "kubernetes", ["foo.yml#0"]),
        ("spring.main.cloud-platform: kubernetes", "Kubernetes", ["foo.yml#1", "foo.yml#0"]),
        ("spring.main.cloud-platform: cloud-foundry", "cloud-foundry", ["foo.yml#0"]),
        ("spring.main.cloud-platform: cloud_foundry", "cloud-foundry", ["foo.yml#1", "foo.yml#0"]),
    ],
)
def test_cloud_platform(serve: Serve, platform: str, condition: str, expected: list[str]) -> None:
    documents = ["w: 1\n" + platform, f"spring.config.activate.on-cloud-platform: {condition}"]
    assert serve({"foo.yml": "\n---\n".join(documents)}) == expected
