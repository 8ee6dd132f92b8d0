"""Redis on loopback: started, killed, started again on the same port."""

from tests.peers.brokers import SmallBroker
from tests.peers.processes import program


class RedisServer(SmallBroker):
    """A Redis that keeps nothing.

    Args:
        password: None for everybody.
        started: whether it is there from the beginning.
    """

    def __init__(self, *, password: str | None = None, started: bool = True) -> None:
        self._program = program("redis-server")
        super().__init__("redis", started=started)
        self._password = password

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def command(self) -> list[str]:
        """See SmallBroker."""
        settings = {
            "port": self.port,
            "bind": "127.0.0.1",
            "save": '""',
            "appendonly": "no",
            "dir": self._home,
            **({"requirepass": self._password} if self._password else {}),
        }
        conf = self._home / "redis.conf"
        conf.write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
        return [self._program, str(conf)]
