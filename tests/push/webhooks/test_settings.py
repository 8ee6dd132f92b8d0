"""What an operator sets of webhooks, and is warned of."""

from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web import Application, Request

from configserver.app.push.webhooks import monitor_of
from configserver.backends import Everything
from configserver.cli.config import shown
from configserver.errors import SettingsError
from configserver.service import ConfigService
from configserver.settings.bind import Bound, bind
from configserver.settings.collect import Entry
from configserver.settings.load import load
from configserver.web import WebOptions, create_app
from tests.push.webhooks.samples import GITHUB, GITLAB, Sample
from tests.push.webhooks.sites import Ear
from tests.web.conftest import Memory

MONITOR = "spring.cloud.config.server.monitor"
OURS = "configserver.webhooks"


def bound(**values: str) -> Bound:
    names = {name.replace("__", ".").replace("_", "-"): text for name, text in values.items()}
    entries = [Entry(f"{OURS}.{name}", text, "f.yml", 1) for name, text in names.items()]
    return bind([entries])


async def statuses(made: Bound, *samples: Sample, target: str = "/monitor") -> list[int]:
    extension = monitor_of(made.settings, Ear())
    assert extension is not None
    service = ConfigService(Everything(Memory()), overrides={})
    application = create_app(service, options=WebOptions(), extensions=[extension])
    client: TestClient[Request, Application] = TestClient(TestServer(application))
    async with client:
        return [
            (await client.post(target, data=sample.body, headers=sample.signed())).status
            for sample in samples
        ]


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (bound(), [200, 200]),
        (bound(secret=GITHUB.secret), [200, 200]),
        (bound(secret=f"new, {GITHUB.secret}"), [200, 200]),
        (bound(secret="other"), [401, 401]),
        (bound(github__secret=GITHUB.secret), [200, 401]),
        (bound(secret="other", gitlab__secret=GITLAB.secret), [401, 200]),
        (bound(secret=GITHUB.secret, gitlab__secret="other"), [200, 401]),
    ],
)
async def test_secrets_are_general_or_of_one_host(made: Bound, expected: list[int]) -> None:
    assert await statuses(made, GITHUB, GITLAB) == expected


async def test_secrets_may_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secrets"
    file.write_text(f"old\n\n{GITHUB.secret}\n")
    assert await statuses(bound(secret_file=str(file)), GITHUB) == [200]
    assert await statuses(bound(secret_file=str(file), secret="x"), GITHUB) == [200]


@pytest.mark.parametrize(("mode", "warned"), [(0o600, False), (0o644, True)])
def test_a_file_that_others_can_read_is_warned_of(
    mode: int, warned: bool, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "secrets"
    file.write_text("s3cret\n")
    file.chmod(mode)
    monitor_of(bound(secret_file=str(file)).settings, Ear())
    assert caplog.messages == ["others can read the secrets of webhooks"] * warned
    assert "s3cret" not in caplog.text


@pytest.mark.parametrize("content", [None, "", "\n \n"])
def test_a_file_without_secrets_ends_the_start(content: str | None, tmp_path: Path) -> None:
    """It would leave the server open although its operator wanted it closed."""
    file = tmp_path / "secrets"
    if content is not None:
        file.write_text(content)
    with pytest.raises(SettingsError, match="secret-file"):
        monitor_of(bound(secret_file=str(file)).settings, Ear())


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("secret[0]", " "),
        ("github.secret[0]", " "),
        ("secret", ""),
        ("secret", " , "),
        ("gitlab.secret", " "),
    ],
)
def test_a_blank_secret_is_refused(name: str, text: str) -> None:
    """An empty variable would leave the server open although its operator wanted it closed."""
    entries = [Entry(f"{OURS}.{name}", text, "f.yml", 3)]
    with pytest.raises(SettingsError, match=r"f\.yml:3: .*should not hold a blank secret"):
        bind([entries])


def test_a_variable_that_is_not_set_is_no_secret() -> None:
    """It is what stands in every example, so everybody would know it."""
    entries = [Entry(f"{OURS}.secret", "old, ${WEBHOOK_SECRET}", "f.yml", 3)]
    with pytest.raises(SettingsError, match=r"f\.yml:3: .* placeholder that nothing fills"):
        bind([entries])


def test_a_signing_token_that_is_none_ends_the_start() -> None:
    """Each webhook would be refused, and GitLab would switch it off."""
    with pytest.raises(SettingsError, match=r"gitlab\.secret should have Base64 after whsec_"):
        monitor_of(bound(gitlab__secret="whsec_!").settings, Ear())


async def test_the_address_is_moved_by_its_own_setting() -> None:
    entries = [Entry("spring.cloud.config.monitor.endpoint.path", "/hooks", "f.yml", 1)]
    assert await statuses(bind([entries]), GITHUB, target="/hooks/monitor") == [200]
    assert await statuses(bind([entries]), GITHUB) == [404]


def test_it_can_be_switched_off() -> None:
    assert monitor_of(bound(enabled="false").settings, Ear()) is None


def test_it_warns_without_any_secret_and_only_then(caplog: pytest.LogCaptureFixture) -> None:
    for made in (bound(secret="x"), bound(gogs__secret="x"), bound(enabled="false")):
        monitor_of(made.settings, Ear())
    assert caplog.messages == []
    monitor_of(bound().settings, Ear())
    assert caplog.messages == ["webhooks without a secret"]


@pytest.mark.parametrize("host", ["github", "gitlab", "gitea", "gogs", "gitee", "bitbucket"])
def test_each_switch_of_the_original_is_known(host: str) -> None:
    made = bind([[Entry(f"{MONITOR}.{host}.enabled", "false", "f.yml", 1)]])
    assert not made.warnings
    assert not getattr(made.settings.monitor, host).enabled


def test_secrets_are_masked() -> None:
    made = bound(secret="s3cret,other", github__secret="s3cret")
    text = "\n".join(shown(row.value) for row in made.effective)
    assert "s3cret" not in text + repr(made.settings)
    assert "******, ******" in text


@pytest.mark.parametrize("name", ["secret", "secret[0]", "gitlab.secret"])
def test_a_secret_among_the_arguments_is_warned_of(name: str) -> None:
    made = load(environ={}, options=[Entry(f"{OURS}.{name}", "s3cret", "--set")])
    assert [warning for warning in made.warnings if "read the arguments" in warning]
    assert "s3cret" not in "".join(made.warnings)
