"""Settings of doors and replicas: what is understood, and what is refused before a start."""

import re
from pathlib import Path
from typing import Any

import pytest

from configserver.errors import SettingsError
from configserver.settings.load import load

DOCUMENT = (Path(__file__).parents[2] / "docs" / "push.md").read_text()
BLOCKS = [
    block
    for block in re.findall(r"```yaml\n(.*?)```", DOCUMENT, re.DOTALL)
    if re.match(r"configserver\.(replicas|refresh|notify|push)", block)
]

SECRET = "canary-3307-canary-3307"


def test_lists_and_names_make_the_same(bound: Any) -> None:
    by_name = bound(
        "configserver.notify.webhooks.ops.url=https://h/x\n"
        f"configserver.notify.webhooks.ops.secret={SECRET}\n"
        "configserver.notify.webhooks.ops.applications=shop,team-*"
    ).settings.notify.webhooks["ops"]
    numbered = bound(
        "configserver.notify.webhooks[0].url=https://h/x\n"
        f"configserver.notify.webhooks[0].secret={SECRET}\n"
        "configserver.notify.webhooks[0].applications[0]=shop\n"
        "configserver.notify.webhooks[0].applications[1]=team-*"
    ).settings.notify.webhooks["0"]
    assert by_name == numbered
    assert by_name.applications == ("shop", "team-*")


def test_the_environment_sets_them_too(bound: Any) -> None:
    settings = bound(
        CONFIGSERVER_REPLICAS_PEERS="http://a:8888,http://b:8888",
        CONFIGSERVER_REPLICAS_SECRET=SECRET,
        CONFIGSERVER_REPLICAS_REDIS_URL="redis://r:6379",
        CONFIGSERVER_PUSH_SPREAD_BATCH="5",
        CONFIGSERVER_PUSH_SPREAD_PAUSE="500ms",
        CONFIGSERVER_PUSH_DELIVERY_GIVEUPAFTER="10m",
    ).settings
    assert settings.replicas.peers == ("http://a:8888", "http://b:8888")
    assert settings.replicas.redis.url == "redis://r:6379"
    assert (settings.spread.batch, settings.spread.pause) == (5, 0.5)
    assert settings.delivery.give_up_after == 600.0


def test_no_secret_is_shown(bound: Any) -> None:
    made = bound(
        f"configserver.refresh.instances.a.url=http://h/actuator/refresh\n"
        f"configserver.refresh.instances.a.headers.Authorization={SECRET}\n"
        f"configserver.refresh.instances.a.username=u\n"
        f"configserver.refresh.instances.a.password={SECRET}\n"
        f"configserver.notify.webhooks.a.url=http://h\n"
        f"configserver.notify.webhooks.a.secret={SECRET}\n"
        f"configserver.replicas.secret={SECRET}\n"
        f"configserver.replicas.redis.password={SECRET}\n"
        f"configserver.replicas.nats.token={SECRET}"
    )
    assert SECRET not in repr(made)
    assert SECRET not in "".join(str(row.value) for row in made.effective)
    headers = made.settings.refresh.instances["a"].headers
    assert headers["Authorization"].reveal() == SECRET


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ("notify.webhooks.a.secret=x", "notify.webhooks.a.url is not set"),
        ("notify.webhooks.a.url=ftp://h", "notify.webhooks.a.url should begin with http"),
        ("notify.webhooks.a.url=https://", "and name a host"),
        ("notify.webhooks.a.url=https://u:p@h", "may not hold a user"),
        (
            "notify.webhooks.a.url=https://h\nnotify.webhooks.a.secret=whsec_%%",
            "should have Base64 after whsec_",
        ),
        ("refresh.instances[0].application=shop", "refresh.instances.0.url is not set"),
        (
            "refresh.instances.a.url=http://h\nrefresh.instances.a.password=p",
            "instances.a.username is not set, but password is",
        ),
        (
            "refresh.instances.a.url=http://h\nrefresh.instances.a.username=a:b",
            "may not hold a colon",
        ),
        (
            "refresh.instances.a.url=http://h\nrefresh.instances.a.headers.X=a\tb",
            "a header that HTTP does not allow",
        ),
        ("refresh.callers=true", "refresh.networks is not set, but callers is"),
        ("refresh.networks=10.0.0.1/8", "should be networks such as"),
        ("refresh.trusted-proxies=proxy", "trusted-proxies should be networks"),
        ("refresh.ports=80,http", "should be ports"),
        ("refresh.ports=0", "should be ports"),
        ("refresh.path=/actuator/shutdown", "should be a path that ends with /refresh"),
        ("replicas.peers=http://b:8888", "replicas.secret is not set, but peers is"),
        ("replicas.secret=short", "should have at least 16 characters"),
        (f"replicas.secret={SECRET}\nreplicas.peers=b:8888", "should be addresses such as"),
        (f"replicas.secret={SECRET}\nreplicas.peers=http://b/x", "addresses alone"),
        ("replicas.redis.url=http://r", "should begin with redis:// or rediss:// or unix://"),
        ("replicas.redis.url=redis://:pw@r", "may not hold credentials"),
        ("replicas.redis.url=redis://r?password=x", "may not hold credentials"),
        ("replicas.redis.channel=a b", "should be letters, digits"),
        ("replicas.nats.servers=nats://u:p@n", "may not hold credentials"),
        ("replicas.nats.servers=n:4222", "should begin with nats:// or tls://"),
        ("replicas.nats.subject=a.*", "should be letters, digits"),
        ("replicas.nats.username=u\nreplicas.nats.token=t", "use only one of them"),
        ("push.spread.pause=soon", "should be a duration"),
        ("push.delivery.tries=0", "greater than or equal to 1"),
    ],
)
def test_what_is_refused(bound: Any, lines: str, reason: str) -> None:
    text = "\n".join(f"configserver.{line}" for line in lines.split("\n"))
    with pytest.raises(SettingsError, match="configserver") as caught:
        bound(text)
    assert reason in str(caught.value)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_what_the_documentation_shows_can_be_set_as_it_stands_there(
    block: str, tmp_path: Path
) -> None:
    file = tmp_path / "application.yml"
    file.write_text(block)
    names = re.findall(r"\$\{(\w+)\}", block)
    environ = {"HOME": str(tmp_path), **dict.fromkeys(names, SECRET)}
    assert not load(environ=environ, file=file).warnings


def test_the_documentation_has_examples() -> None:
    assert len(BLOCKS) == 7
