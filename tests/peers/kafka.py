"""Kafka on loopback: one node that is broker and controller, from the jars of Maven Central."""

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Self

import pytest

from tests.peers.processes import Process, free_port, program, wait_until_refused
from tests.reference.reference import Unavailable, build_jar

_PROJECT = Path(__file__).with_name("kafka_jars")
_PATIENCE = 90.0
_CLUSTER = "MkU3OEVBNTcwNTJENDM2Qg"

USER = "config"
PASSWORD = "p@ss:w/rd"

_PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule"


class Kafka:
    """A broker that can be killed and started again on the same ports, with what it stored.

    `port` takes everybody, `login_port` those who log in by SASL PLAIN as `USER`.
    """

    def __init__(self) -> None:
        try:
            jar = build_jar(_PROJECT, "kafka")
        except Unavailable as reason:
            pytest.skip(str(reason))
        self._java = [
            *(program("java"), "-Xmx256m", "-Xms64m", "-XX:TieredStopAtLevel=1"),
            *("-XX:+UseSerialGC", "-cp", f"{jar}:{jar.parent / 'lib'}/*"),
        ]
        self._home = Path(tempfile.mkdtemp(prefix="kafka-"))
        self._process: Process | None = None
        self.port = free_port()
        self.login_port = free_port()
        self._controller = free_port()

    def __enter__(self) -> Self:
        (self._home / "server.properties").write_text(self._configuration())
        try:
            self._run("kafka.tools.StorageTool", "format", "-t", _CLUSTER, "-c")
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        shutil.rmtree(self._home, ignore_errors=True)

    @property
    def servers(self) -> str:
        """Return what clients call the bootstrap servers."""
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, again after `kill`."""
        self._process = Process(
            [*self._java, "kafka.Kafka", str(self._home / "server.properties")],
            port=self.port,
            log=self._home / "output",
            patience=_PATIENCE,
        )

    def revive(self) -> None:
        """Start it if it does not run."""
        if self._process is None:
            self.start()

    def kill(self) -> None:
        """End it as `kill -9` does; connections are refused."""
        if self._process is not None:
            self._process.stop()
            self._process = None
            wait_until_refused(self.port)

    def _run(self, *arguments: str) -> None:
        done = subprocess.run(
            [*self._java, *arguments, str(self._home / "server.properties")],
            capture_output=True,
            text=True,
            check=False,
            timeout=_PATIENCE,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def _configuration(self) -> str:
        ports = {
            "OPEN": self.port,
            "LOGIN": self.login_port,
            "CONTROLLER": self._controller,
        }
        addresses = [f"{name}://127.0.0.1:{port}" for name, port in ports.items()]
        login = f'{_PLAIN} required user_{USER}="{PASSWORD}";'
        values = {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": f"1@127.0.0.1:{self._controller}",
            "controller.listener.names": "CONTROLLER",
            "listeners": ",".join(addresses),
            "advertised.listeners": ",".join(addresses[:2]),
            "inter.broker.listener.name": "OPEN",
            "listener.security.protocol.map": (
                "OPEN:PLAINTEXT,LOGIN:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT"
            ),
            "sasl.enabled.mechanisms": "PLAIN",
            "listener.name.login.plain.sasl.jaas.config": login,
            "log.dirs": str(self._home / "data"),
            "offsets.topic.replication.factor": "1",
            "offsets.topic.num.partitions": "1",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "group.initial.rebalance.delay.ms": "0",
            "broker.session.timeout.ms": "2000",
            "broker.heartbeat.interval.ms": "500",
            "num.network.threads": "1",
            "num.io.threads": "2",
        }
        return "".join(f"{name}={value}\n" for name, value in values.items())
