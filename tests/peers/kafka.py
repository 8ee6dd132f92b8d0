"""Kafka on loopback: one node that is broker and controller, from the jars of Maven Central."""

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Self

import pytest

from tests.peers.authority import Certificate
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

    `port` takes everybody, `login_port` those who log in by SASL PLAIN as `USER`; `tls_port` and
    `tls_login_port` are the same over TLS.

    Args:
        tls: certificate for the ports that speak TLS; None for no such ports.
        clients: file of the CA whose certificates clients have to show on `tls_port`; None for no
            such need.

    Attributes:
        advertised: port that `port` is said to be, which clients connect to after the first answer.
    """

    def __init__(self, tls: Certificate | None = None, clients: Path | None = None) -> None:
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
        self.tls_port = free_port()
        self.tls_login_port = free_port()
        self.advertised = self.port
        self._tls = tls
        self._clients = clients
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
        ports = {"OPEN": self.port, "LOGIN": self.login_port}
        protocols = {"OPEN": "PLAINTEXT", "LOGIN": "SASL_PLAINTEXT", "CONTROLLER": "PLAINTEXT"}
        if self._tls:
            ports |= {"TLS": self.tls_port, "TLSLOGIN": self.tls_login_port}
            protocols |= {"TLS": "SSL", "TLSLOGIN": "SASL_SSL"}
        login = f'{_PLAIN} required user_{USER}="{PASSWORD}";'
        values = {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": f"1@127.0.0.1:{self._controller}",
            "controller.listener.names": "CONTROLLER",
            "listeners": _listeners({**ports, "CONTROLLER": self._controller}),
            "advertised.listeners": _listeners({**ports, "OPEN": self.advertised}),
            "inter.broker.listener.name": "OPEN",
            "listener.security.protocol.map": ",".join(map(":".join, protocols.items())),
            "sasl.enabled.mechanisms": "PLAIN",
            "listener.name.login.plain.sasl.jaas.config": login,
            "listener.name.tlslogin.plain.sasl.jaas.config": login,
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
            **self._encrypted(),
        }
        return "".join(f"{name}={value}\n" for name, value in values.items())

    def _encrypted(self) -> dict[str, str]:
        if self._tls is None:
            return {}
        both = self._home / "tls.pem"
        both.write_bytes(self._tls.key.read_bytes() + self._tls.file.read_bytes())
        shown = {"ssl.keystore.type": "PEM", "ssl.keystore.location": str(both)}
        if self._clients is None:
            return shown
        return {
            **shown,
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(self._clients),
            "listener.name.tls.ssl.client.auth": "required",
        }


def _listeners(ports: dict[str, int]) -> str:
    return ",".join(f"{name}://127.0.0.1:{port}" for name, port in ports.items())
