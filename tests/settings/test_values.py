"""How texts become values, what is refused, and what is masked."""

from pathlib import Path
from typing import Any

import pytest

from configserver.errors import SettingsError
from configserver.secret import Secret, mask_uris
from configserver.settings import Settings
from configserver.settings.bind import Bound, bind
from configserver.settings.catalogue import recognise
from configserver.settings.collect import Entry
from configserver.settings.reference import reference
from configserver.settings.schema import BY_NAME, SECTIONS, Known
from configserver.settings.secret import names_secret

DOCUMENT = Path(__file__).parents[2] / "docs" / "configuration.md"
GIT = "spring.cloud.config.server.git"
NATIVE = "spring.cloud.config.server.native"
SERVER = "spring.cloud.config.server"


def bound(*pairs: tuple[str, str]) -> Bound:
    return bind([[Entry(name, text, "f.yml", line) for line, (name, text) in enumerate(pairs, 1)]])


def value(settings: Settings, known: Known) -> Any:
    found: Any = settings
    for part in known.path:
        found = getattr(found, part)
    return found


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("server.port", "8899", 8899),
        ("server.port", " 8899 ", 8899),
        ("server.address", "127.0.0.1", "127.0.0.1"),
        ("server.address", "", None),
        (f"{GIT}.uri", "file:///srv/config", "file:///srv/config"),
        (
            f"{GIT}.search-paths",
            "shared,team-*, {application}",
            ("shared", "team-*", "{application}"),
        ),
        (f"{GIT}.search-paths", "", ()),
        (f"{GIT}.search-paths[0]", "a,b", ("a,b",)),
        (f"{GIT}.refresh-rate", "0", 0),
        (f"{GIT}.refresh-rate", "-1", -1),
        (f"{GIT}.refresh-rate", "", None),
        (f"{GIT}.try-master-branch", "false", False),
        (f"{GIT}.try-master-branch", "no", False),
        (f"{GIT}.try-master-branch", "TRUE", True),
        (f"{NATIVE}.version", "1.2.3", "1.2.3"),
        (f"{NATIVE}.version", "", ""),
        (f"{SERVER}.prefix", "/config", "/config"),
        (f"{SERVER}.overrides.num", "010", {"num": "010"}),
        (f"{SERVER}.overrides.mixed-Case_key", "x", {"mixed-Case_key": "x"}),
        (f"{SERVER}.overrides.app.url", r"http://$\{host}/", {"app.url": "http://${host}/"}),
        (f"{SERVER}.overrides", "", {}),
        ("configserver.answer-cache", "64MB", 64 << 20),
        ("configserver.answer-cache", "1 gb", 1 << 30),
        ("configserver.answer-cache", "12", 12),
        ("configserver.state-dir", "/var/lib/x", Path("/var/lib/x")),
        ("configserver.state-dir", "~/x", Path.home() / "x"),
    ],
)
def test_value(name: str, text: str, expected: object) -> None:
    match = recognise(name)
    assert match is not None
    assert value(bound((name, text)).settings, match.known) == expected


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("server.port", "http", "server.port should be a valid integer"),
        ("server.port", "65536", "server.port should be less than or equal to 65535"),
        ("server.port", "", "server.port should be a valid integer"),
        (f"{GIT}.timeout", "0", f"{GIT}.timeout should be greater than or equal to 1"),
        (
            f"{GIT}.try-master-branch",
            "perhaps",
            f"{GIT}.try-master-branch should be a valid boolean",
        ),
        (
            "configserver.log-format",
            "xml",
            "configserver.log-format should be 'auto', 'json' or 'text'",
        ),
        ("configserver.answer-cache", "1TB", "configserver.answer-cache should be a size such as"),
        ("configserver.answer-cache", "-1", "configserver.answer-cache should be a size such as"),
        (f"{SERVER}.overrides", "none", f"{SERVER}.overrides should have names below it"),
    ],
)
def test_bad_value_names_place_and_setting_but_no_value(name: str, text: str, reason: str) -> None:
    with pytest.raises(SettingsError) as caught:
        bound(("x", "y"), (name, text))
    assert str(caught.value).startswith(f"f.yml:2: {reason}")
    assert not text or text not in str(caught.value).removeprefix(f"f.yml:2: {reason}")


def test_all_errors_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        bound(("server.port", "x"), (f"{GIT}.timeout", "y"), ("configserver.access-log", "z"))
    lines = str(caught.value).splitlines()
    assert [line.split(" ")[0] for line in lines] == ["f.yml:1:", "f.yml:2:", "f.yml:3:"]


def test_overrides_keep_their_order() -> None:
    names = ["z", "a", "m.n", "B"]
    settings = bound(*((f"{SERVER}.overrides.{name}", name) for name in names)).settings
    assert list(settings.serving.overrides) == names


@pytest.mark.parametrize(
    ("active", "backend"),
    [("", "git"), ("git", "git"), ("native", "native"), ("prod,native", "native"), ("prod", "git")],
)
def test_backend(active: str, backend: str) -> None:
    settings = bound(("spring.profiles.active", active)).settings
    assert [member.type for member in settings.members] == [backend]


@pytest.mark.parametrize(
    ("pairs", "label"),
    [
        ([], "main"),
        ([(f"{GIT}.default-label", "a")], "a"),
        ([(f"{GIT}.default-label", "a"), (f"{SERVER}.default-label", "b")], "b"),
        ([("spring.profiles.active", "native")], "master"),
        ([("spring.profiles.active", "native"), (f"{NATIVE}.default-label", "stable")], "stable"),
        (
            [
                ("spring.profiles.active", "native"),
                (f"{NATIVE}.default-label", "a"),
                (f"{SERVER}.default-label", "b"),
            ],
            "b",
        ),
    ],
)
def test_default_label(pairs: list[tuple[str, str]], label: str) -> None:
    settings = bound(*pairs).settings
    assert settings.default_label_of(settings.members[0]) == label


def test_secrets_are_masked() -> None:
    settings = bound(
        (f"{GIT}.password", "hunter2"),
        (f"{GIT}.private-key", "hunter2"),
        (f"{GIT}.uri", "https://me:hunter2@example.com/r.git"),
    ).settings
    secret = settings.git.password
    assert secret is not None
    assert secret.reveal() == "hunter2"
    assert "hunter2" not in f"{settings!r} {settings} {secret!r} {secret} {settings.git!r}"
    assert "hunter2" not in repr(settings.git)
    assert secret == Secret("hunter2")


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("https://u:p@h/r", "https://u:******@h/r"),
        ("https://u:p@q@h/r", "https://u:******@h/r"),
        ("https://:token@h/r", "https://:******@h/r"),
        ("https://token@h/r", "https://******@h/r"),
        ("ssh://git@h/r", "ssh://git@h/r"),
        ("https://h:80/r@x:y", "https://h:80/r@x:y"),
        ("a https://u:p@h, ssh://v:q@h", "a https://u:******@h, ssh://v:******@h"),
        ("git@host:path", "git@host:path"),
        ("plain", "plain"),
    ],
)
def test_mask_uris(text: str, masked: str) -> None:
    assert mask_uris(text) == masked


@pytest.mark.parametrize(
    ("key", "secret"),
    [
        ("spring.datasource.password", True),
        ("api-key", True),
        ("apiKey", True),
        ("client_secret", True),
        ("auth.TOKEN", True),
        ("encrypt.key", True),
        ("monkey", True),  # rather too much than too little
        ("password.hint", False),
        ("server.port", False),
    ],
)
def test_names_secret(key: str, secret: bool) -> None:
    assert names_secret(key) == secret


def test_every_setting_has_a_help_text() -> None:
    for known in BY_NAME.values():
        assert (known.description or "").endswith("."), known.name


def test_every_section_is_frozen() -> None:
    assert all(model.__dataclass_params__.frozen for model in SECTIONS.values())


def test_document_is_up_to_date() -> None:
    begin, end = "a test compares -->\n", "<!-- end of settings -->"
    written = DOCUMENT.read_text(encoding="utf-8").split(begin)[1].split(end)[0]
    assert written.strip() == reference().strip()
