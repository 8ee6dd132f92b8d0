"""Redis on loopback: started, killed, started again on the same port."""

from pathlib import Path

from tests.peers.authority import Certificate
from tests.peers.brokers import SmallBroker
from tests.peers.processes import program


class RedisServer(SmallBroker):
    """A Redis that keeps nothing.

    Args:
        password: None for everybody.
        started: whether it is there from the beginning.
        tls: see SmallBroker.
        clients: see SmallBroker.
    """

    def __init__(
        self,
        *,
        password: str | None = None,
        started: bool = True,
        tls: Certificate | None = None,
        clients: Path | None = None,
    ) -> None:
        self._program = program("redis-server")
        super().__init__("redis", started=started, tls=tls, clients=clients)
        self._password = password

    @property
    def url(self) -> str:
        return f"redis{'s' if self.tls else ''}://127.0.0.1:{self.port}/0"

    def command(self) -> list[str]:
        """See SmallBroker."""
        settings = {
            "port": self.port,
            "bind": "127.0.0.1",
            "save": '""',
            "appendonly": "no",
            "dir": self._home,
            **({"requirepass": self._password} if self._password else {}),
            **self._encrypted(),
        }
        conf = self._home / "redis.conf"
        conf.write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
        return [self._program, str(conf)]

    def _encrypted(self) -> dict[str, object]:
        if self.tls is None:
            return {}
        return {
            "port": 0,
            "tls-port": self.port,
            "tls-cert-file": self.tls.file,
            "tls-key-file": self.tls.key,
            "tls-auth-clients": "yes" if self.clients else "no",
            **({"tls-ca-cert-file": self.clients} if self.clients else {}),
        }
