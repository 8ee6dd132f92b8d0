"""One broker of each kind for all tests that need a real one."""

from collections.abc import Iterator

import pytest

from tests.peers.authority import Authority
from tests.peers.kafka import Kafka
from tests.peers.rabbitmq import RabbitMq


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Return who has signed the certificates of brokers."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def running_rabbitmq(authority: Authority) -> Iterator[RabbitMq]:
    with RabbitMq(authority.server("127.0.0.1")) as broker:
        yield broker


@pytest.fixture
def rabbitmq(running_rabbitmq: RabbitMq) -> Iterator[RabbitMq]:
    """Return RabbitMQ, which runs again after a test that killed it."""
    yield running_rabbitmq
    running_rabbitmq.revive()


@pytest.fixture(scope="session")
def running_kafka(authority: Authority) -> Iterator[Kafka]:
    with Kafka(authority.server("127.0.0.1"), authority.ca_file) as broker:
        yield broker


@pytest.fixture
def kafka(running_kafka: Kafka) -> Iterator[Kafka]:
    """Return Kafka, which runs again after a test that killed it."""
    yield running_kafka
    running_kafka.revive()
