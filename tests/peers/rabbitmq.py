"""RabbitMQ on loopback, with a node, a port mapper and folders of its own."""

import json
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Self

import pytest

from tests.peers.authority import Certificate
from tests.peers.processes import Process, free_port, program, wait_until_refused

_SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
_CONTROL = _SERVER.with_name("rabbitmqctl")
_PATIENCE = 90.0

USER = "config"
PASSWORD = "p@ss:w/rd"


class RabbitMq:
    """A broker that can be killed and started again on the same port, with what it stored.

    Args:
        tls: certificate for a second port that speaks TLS; None for no such port.
    """

    def __init__(self, tls: Certificate | None = None) -> None:
        if not _SERVER.exists():
            pytest.skip("rabbitmq-server is not installed")
        self._epmd = program("epmd")
        self._tls = tls
        self._home = Path(tempfile.mkdtemp(prefix="rabbitmq-"))
        self._names: Process | None = None
        self._process: Process | None = None
        self._name_port = free_port()
        self._node_port = free_port()
        self.port = free_port()
        self.tls_port = free_port()

    def __enter__(self) -> Self:
        self._write_configuration()
        # The port mapper is ours: one that the broker starts stays when the broker ends.
        self._names = Process(
            [self._epmd, "-port", str(self._name_port), "-address", "127.0.0.1"],
            port=self._name_port,
            log=self._home / "epmd.log",
        )
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        if self._names is not None:
            self._names.stop()
        shutil.rmtree(self._home, ignore_errors=True)

    @property
    def url(self) -> str:
        """Return an address for the library of a test, with user and password."""
        return f"amqp://{USER}:p%40ss%3Aw%2Frd@127.0.0.1:{self.port}/"

    def tells(self, *arguments: str) -> list[dict[str, Any]]:
        """Return what `rabbitmqctl` says of queues, bindings, consumers or exchanges."""
        done = subprocess.run(
            [*self._as_user(), str(_CONTROL), "--quiet", "--formatter=json", *arguments],
            capture_output=True,
            check=True,
            timeout=_PATIENCE,
        )
        found: list[dict[str, Any]] = json.loads(done.stdout)
        return found

    def start(self) -> None:
        """Start it, again after `kill`."""
        self._process = Process(
            [*self._as_user(), str(_SERVER)],
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

    def _as_user(self) -> list[str]:
        """Return what runs a program of RabbitMQ for this node."""
        environment = {
            "PATH": os.environ.get("PATH", ""),
            "HOME": str(self._home),
            "LANG": "C.UTF-8",
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(self._name_port),
            "RABBITMQ_NODENAME": f"test{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self._node_port),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            "RABBITMQ_MNESIA_BASE": str(self._home / "state"),
            "RABBITMQ_LOG_BASE": str(self._home / "log"),
            "RABBITMQ_CONFIG_FILE": str(self._home / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self._home / "plugins"),
        }
        variables = [f"{name}={value}" for name, value in environment.items()]
        return [*self._user(), program("env"), "-i", *variables]

    def _user(self) -> list[str]:
        """Return what makes root the user of Debian's package, who owns all that is written."""
        if os.geteuid() != 0:
            return []
        user = pwd.getpwnam("rabbitmq")
        for path in (self._home, *self._home.rglob("*")):
            os.chown(path, user.pw_uid, user.pw_gid)
        return [
            *(program("setpriv"), f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}"),
            "--clear-groups",
        ]

    def _write_configuration(self) -> None:
        (self._home / "plugins").write_text("[].\n")
        lines = [
            f"default_user = {USER}",
            f"default_pass = {PASSWORD}",
            "default_permissions.configure = .*",
            "default_permissions.read = .*",
            "default_permissions.write = .*",
            "disk_free_limit.absolute = 10MB",
        ]
        if self._tls:
            for name, source in (("tls.pem", self._tls.file), ("tls.key", self._tls.key)):
                shutil.copy(source, self._home / name)
            lines += [
                f"listeners.ssl.1 = 127.0.0.1:{self.tls_port}",
                f"ssl_options.certfile = {self._home}/tls.pem",
                f"ssl_options.keyfile = {self._home}/tls.key",
                "ssl_options.verify = verify_none",
            ]
        (self._home / "rabbitmq.conf").write_text("\n".join(lines) + "\n")
