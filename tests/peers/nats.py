"""NATS on loopback: started, killed, started again on the same port."""

from tests.peers.brokers import SmallBroker
from tests.peers.processes import program


class NatsServer(SmallBroker):
    """A NATS server without persistence.

    Args:
        token: None for everybody.
        started: whether it is there from the beginning.
    """

    def __init__(self, *, token: str | None = None, started: bool = True) -> None:
        self._program = program("nats-server", "/usr/sbin")
        super().__init__("nats", started=started)
        self._token = token

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    def command(self) -> list[str]:
        """See SmallBroker."""
        conf = self._home / "nats.conf"
        login = f'authorization {{ token: "{self._token}" }}\n' if self._token else ""
        conf.write_text(f"listen: 127.0.0.1:{self.port}\n{login}")
        return [self._program, "-c", str(conf)]
