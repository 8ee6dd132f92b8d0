"""An unmodified Spring Boot application refreshes by Spring Cloud Bus when a commit is pushed."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.clients.boots import Boot, Remote, boot, new_remote, post, server
from tests.peers.kafka import Kafka
from tests.peers.rabbitmq import RabbitMq
from tests.push.bus.brokers import kafka_settings, rabbit_settings
from tests.reference.reference import Unavailable, build_jar

PROJECT = Path(__file__).with_name("bus")

pytestmark = [pytest.mark.java, pytest.mark.timeout(600), pytest.mark.xdist_group("bus")]

FIRST = {
    "application.yml": "common: 1\n",
    "shop.yml": "greeting: first\n",
    "shop-dev.yml": "other: 1\n",
    "cart.yml": "greeting: cart\n",
}


@dataclass(frozen=True, slots=True)
class Site:
    """A broker, a server and an application on it."""

    broker: RabbitMq | Kafka
    server: str
    remote: Remote
    boot: Boot


@pytest.fixture(scope="module")
def application() -> Path:
    try:
        return build_jar(PROJECT, "bus")
    except Unavailable as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="module", params=["rabbitmq", "kafka"])
def site(
    request: pytest.FixtureRequest, application: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    work = tmp_path_factory.mktemp(request.param)
    remote = new_remote(work, FIRST)
    with ExitStack() as stack:
        broker: RabbitMq | Kafka
        if request.param == "rabbitmq":
            broker = stack.enter_context(RabbitMq())
            settings, binder = rabbit_settings(broker), "rabbit"
        else:
            broker = stack.enter_context(Kafka())
            settings, binder = kafka_settings(broker), "kafka"
        exposed = {"management.endpoints.web.exposure.include": "busrefresh"}
        url = stack.enter_context(server(work, remote, {**settings, **exposed}))
        chosen = {"spring.cloud.stream.default-binder": binder}
        yield Site(
            broker,
            url,
            remote,
            stack.enter_context(boot(application, work, url, {**settings, **chosen})),
        )


def test_a_commit_refreshes_those_concerned_and_nobody_else(site: Site) -> None:
    before = site.boot.shown()
    assert before["greeting"] == "first"
    site.remote.push({"shop.yml": "greeting: second\n"})
    site.boot.until(lambda shown: shown["greeting"] == "second")
    site.remote.push({"cart.yml": "greeting: other\n"})
    site.remote.push({"shop.yml": "# a comment\ngreeting: second\n"})
    site.remote.push({"shop.yml": "# a comment\ngreeting: third\n"})
    after = site.boot.until(lambda shown: shown["greeting"] == "third")
    assert after["refreshes"] - before["refreshes"] == 2


def test_an_operator_has_everybody_or_some_refresh(site: Site) -> None:
    before = site.boot.shown()["refreshes"]
    assert post(f"{site.server}/actuator/busrefresh/cart") == 204
    # Who has profiles is not among those without, whom `exact` destinations mean so.
    assert post(f"{site.server}/actuator/busrefresh/shop/*/*") == 204
    assert post(f"{site.server}/actuator/busrefresh/shop/dev") == 204
    site.boot.until(lambda shown: shown["refreshes"] == before + 1)
    assert post(f"{site.server}/actuator/busrefresh") == 204
    site.boot.until(lambda shown: shown["refreshes"] == before + 2)


def test_a_commit_while_the_broker_is_down_is_not_missed(site: Site) -> None:
    site.broker.kill()
    site.remote.push({"shop.yml": "greeting: while down\n"})
    site.broker.start()
    site.boot.until(lambda shown: shown["greeting"] == "while down", 120)


def test_exact_destinations_reach_the_instances_concerned_and_no_others(
    application: Path, tmp_path: Path
) -> None:
    remote = new_remote(tmp_path, FIRST)
    with RabbitMq() as broker, ExitStack() as stack:
        settings = rabbit_settings(broker)
        chosen = {**settings, "spring.cloud.stream.default-binder": "rabbit"}
        exact = {**settings, "configserver.bus.destinations": "exact"}
        url = stack.enter_context(server(tmp_path, remote, exact))
        dev = stack.enter_context(boot(application, tmp_path, url, chosen))
        chosen = {**chosen, "spring.profiles.active": ""}
        plain = stack.enter_context(boot(application, tmp_path, url, chosen))
        remote.push({"shop-dev.yml": "greeting: dev\n"})
        dev.until(lambda shown: shown["greeting"] == "dev")
        remote.push({"shop.yml": "greeting: plain\n"})
        plain.until(lambda shown: shown["greeting"] == "plain")
        assert plain.shown()["refreshes"] == 1
        assert dev.shown()["refreshes"] == 1, "what its own profile says is stronger"
