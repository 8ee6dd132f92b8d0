"""NATS on loopback: started, killed, started again on the same port."""

from pathlib import Path

from tests.peers.authority import Certificate
from tests.peers.brokers import SmallBroker
from tests.peers.processes import program


class NatsServer(SmallBroker):
    """A NATS server without persistence.

    Args:
        token: None for everybody.
        started: whether it is there from the beginning.
        tls: see SmallBroker.
        clients: see SmallBroker.
    """

    def __init__(
        self,
        *,
        token: str | None = None,
        started: bool = True,
        tls: Certificate | None = None,
        clients: Path | None = None,
    ) -> None:
        self._program = program("nats-server", "/usr/sbin")
        super().__init__("nats", started=started, tls=tls, clients=clients)
        self._token = token

    @property
    def url(self) -> str:
        return f"{'tls' if self.tls else 'nats'}://127.0.0.1:{self.port}"

    def command(self) -> list[str]:
        """See SmallBroker."""
        conf = self._home / "nats.conf"
        login = f'authorization {{ token: "{self._token}" }}\n' if self._token else ""
        conf.write_text(f"listen: 127.0.0.1:{self.port}\n{login}{self._encrypted()}")
        return [self._program, "-c", str(conf)]

    def _encrypted(self) -> str:
        if self.tls is None:
            return ""
        clients = f'ca_file: "{self.clients}", verify: true' if self.clients else ""
        return f'tls {{ cert_file: "{self.tls.file}", key_file: "{self.tls.key}", {clients} }}\n'
