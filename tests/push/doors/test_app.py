"""From settings to open doors and replicas: what is made, what is refused, what costs nothing."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from configserver.app.push.doors import open_doors
from configserver.app.push.replicas import open_replicas
from configserver.app.push.ways import open_replica_ways, open_ways
from configserver.errors import SettingsError
from configserver.push import Hint
from configserver.push import doors as doors_package
from configserver.secret import Secret
from configserver.settings import Settings
from configserver.settings.doors import (
    DeliverySettings,
    InstanceSettings,
    NotifySettings,
    OutgoingSettings,
    RefreshSettings,
    SpreadSettings,
)
from configserver.settings.replicas import NatsSettings, RedisSettings, ReplicasSettings
from tests.peers.processes import free_port
from tests.push.doors import receivers
from tests.push.doors.heard import Heard
from tests.push.doors.strategies import change, refresh
from tests.push.doors.waiting import until
from tests.push.test_paced import Bus


async def test_every_door_has_its_report() -> None:
    async with receivers.receiver() as well, receivers.raw(receivers.reset) as broken:
        settings = Settings(
            refresh=RefreshSettings(
                instances={
                    "a": InstanceSettings(url=f"{well.url}/actuator/refresh"),
                    "b": InstanceSettings(url=f"{broken}/actuator/refresh"),
                },
                callers=True,
                networks=("127.0.0.0/8",),
            ),
            notify=NotifySettings(webhooks={"c": OutgoingSettings(url=f"{well.url}/hook")}),
            delivery=DeliverySettings(tries=1),
        )
        async with open_doors(settings) as doors:
            assert doors.callers is not None
            doors.deliveries.publish(refresh(change()))
            states = {one.name: one for one in doors.deliveries.reports()}
            assert list(states) == ["instances", "callers", "webhooks"]
            await until(lambda: [one.delivered for one in doors.deliveries.reports()] == [1, 0, 1])
            await until(lambda: doors.deliveries.reports()[0].failed == 1)
            [instances, callers, webhooks] = doors.deliveries.reports()
            assert (instances.up, callers.up, webhooks.up) == (False, True, True)
            assert "instance b" in (instances.reason or "")
    assert sorted(got.path for got in well.got) == ["/actuator/refresh", "/hook"]


async def test_a_bus_tells_applications_at_the_pace_that_is_set() -> None:
    """The first batch at once, the rest when the server ends at the latest."""
    bus = Bus()
    settings = Settings(spread=SpreadSettings(batch=1, pause=60.0))
    async with open_doors(settings, [bus]) as doors:
        doors.deliveries.publish(refresh(change("shop"), change("cart")))
        await until(lambda: bus.log == [["shop"]])
        assert [one.waiting for one in doors.deliveries.reports()] == [1]
    assert bus.log == [["shop"], ["cart"]]


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        (
            Settings(
                notify=NotifySettings(
                    webhooks={"x": OutgoingSettings(url="https://h", ca_file="/none")}
                )
            ),
            "configserver.notify.webhooks.x.ca-file",
        ),
        (
            Settings(
                refresh=RefreshSettings(
                    instances={"x": InstanceSettings(url="https://h", ca_file=__file__)}
                )
            ),
            "configserver.refresh.instances.x.ca-file",
        ),
        (
            Settings(
                replicas=ReplicasSettings(
                    peers=("https://h",), secret=Secret("s" * 16), ca_file="/none"
                )
            ),
            "configserver.replicas.ca-file",
        ),
        (
            Settings(
                replicas=ReplicasSettings(redis=RedisSettings(url="rediss://h", ca_file="/none"))
            ),
            "configserver.replicas.redis.ca-file",
        ),
        (
            Settings(
                replicas=ReplicasSettings(nats=NatsSettings(servers=("tls://h",), ca_file="/none"))
            ),
            "configserver.replicas.nats.ca-file",
        ),
    ],
)
async def test_a_file_of_certificates_that_is_none_ends_the_start(
    settings: Settings, name: str
) -> None:
    with pytest.raises(SettingsError, match=f"{name} cannot be read"):
        async with open_ways(settings, Heard()), open_replica_ways(settings, Heard()):
            pass


@pytest.mark.parametrize("extra", ["redis", "nats"])
async def test_a_package_that_is_missing_is_named(
    extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (extra, f"{extra}.aio", f"{extra}.aio.client", f"{extra}.asyncio"):
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.delitem(sys.modules, f"configserver.push.doors.{extra}", raising=False)
    monkeypatch.delattr(doors_package, extra, raising=False)
    replicas = ReplicasSettings(
        redis=RedisSettings(url="redis://h" if extra == "redis" else None),
        nats=NatsSettings(servers=("nats://h",) if extra == "nats" else ()),
    )
    with pytest.raises(SettingsError) as caught:
        async with open_replicas(Settings(replicas=replicas), Heard()):
            pass
    assert caught.value.hint == f"pip install 'configserver[{extra}]'"


async def test_nothing_waits_for_the_other_side() -> None:
    """Brokers and peers that are not there keep nobody from starting and ending soon."""
    nobody = free_port()
    settings = Settings(
        replicas=ReplicasSettings(
            peers=(f"http://127.0.0.1:{nobody}",),
            secret=Secret("s" * 16),
            redis=RedisSettings(url=f"redis://127.0.0.1:{nobody}"),
            nats=NatsSettings(servers=(f"nats://127.0.0.1:{nobody}",)),
        )
    )
    async with asyncio.timeout(20), open_replicas(settings, Heard()) as replicas:
        assert [one.name for one in replicas.relays] == [
            f"peer 127.0.0.1:{nobody}",
            "redis",
            "nats",
        ]
        for relay in replicas.relays:
            relay.relay(Hint(origin="github", uris=("u",)))
        await until(lambda: not any(one.up for one in replicas.reports()))
        assert len(replicas.extensions) == 1


def test_a_server_without_doors_imports_none(tmp_path: Path) -> None:
    program = (
        "import sys; import configserver.app.push; "
        "print([name for name in sys.modules if name.startswith(('redis', 'nats', "
        "'configserver.push.doors', 'configserver.app.push.doors', 'configserver.app.push.bus'))])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert done.stdout.strip() == "[]"
