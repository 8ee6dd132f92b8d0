"""RabbitMQ: one that runs already, or one for the example alone."""

import os
import pwd
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from examples.bus.processes import HOST, Child, Missing, free_port, listens, needed

VARIABLE = "RABBITMQ_URL"
"""Of a broker that runs: `amqp://user:password@host:5672/vhost`."""

_SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
_HINT = f"apt install rabbitmq-server, or set {VARIABLE} to one that runs"


@dataclass(frozen=True, slots=True)
class Broker:
    """Where a broker is, and who may use it."""

    host: str
    port: int
    user: str
    password: str
    virtual_host: str = "/"

    @property
    def environment(self) -> dict[str, str]:
        """What Spring's applications and the configuration server understand alike."""
        return {
            "SPRING_RABBITMQ_HOST": self.host,
            "SPRING_RABBITMQ_PORT": str(self.port),
            "SPRING_RABBITMQ_USERNAME": self.user,
            "SPRING_RABBITMQ_PASSWORD": self.password,
            "SPRING_RABBITMQ_VIRTUAL_HOST": self.virtual_host,
        }


@contextmanager
def broker(work: Path) -> Iterator[Broker]:
    """Provide a broker until the block ends.

    Raises:
        Missing: there is none, and none can be started.
    """
    url = os.environ.get(VARIABLE)
    if url:
        yield _named(url)
    elif _SERVER.exists():
        with _started(work / "rabbitmq") as found:
            yield found
    else:
        raise Missing(f"RabbitMQ is not installed: {_HINT}")


def _named(url: str) -> Broker:
    parts = urlsplit(url)
    if parts.scheme != "amqp" or not parts.hostname:
        raise Missing(f"{VARIABLE} should be amqp://user:password@host:5672/vhost")
    user, password = unquote(parts.username or "guest"), unquote(parts.password or "guest")
    virtual_host = unquote(parts.path[1:]) or "/"
    return Broker(parts.hostname, parts.port or 5672, user, password, virtual_host)


@contextmanager
def _started(home: Path) -> Iterator[Broker]:
    """Start Debian's RabbitMQ with a node, a port mapper and folders of its own."""
    home.mkdir()
    found = Broker(HOST, free_port(), "example", secrets.token_urlsafe(18))
    names, node = free_port(), free_port()
    _configure(home, found)
    environment = {
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "ERL_EPMD_ADDRESS": HOST,
        "ERL_EPMD_PORT": str(names),
        "RABBITMQ_NODENAME": f"example{found.port}@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": HOST,
        "RABBITMQ_NODE_PORT": str(found.port),
        "RABBITMQ_DIST_PORT": str(node),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        "RABBITMQ_MNESIA_BASE": str(home / "state"),
        "RABBITMQ_LOG_BASE": str(home / "log"),
        "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq.conf"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "plugins"),
    }
    # A port mapper that the broker starts would stay when the broker ends; this one is ours.
    mapper = [needed("epmd", _HINT), "-port", str(names), "-address", HOST]
    with (
        Child(mapper, home.with_name("epmd.log")) as epmd,
        Child(
            [*_as_its_user(home), str(_SERVER)], home.with_name("rabbitmq.log"), environment
        ) as server,
    ):
        epmd.until(lambda: listens(names), 10)
        server.until(lambda: listens(found.port), 90)
        yield found


def _configure(home: Path, found: Broker) -> None:
    (home / "plugins").write_text("[].\n")
    (home / "rabbitmq.conf").write_text(
        f"default_user = {found.user}\n"
        f"default_pass = {found.password}\n"
        "disk_free_limit.absolute = 10MB\n"
    )


def _as_its_user(home: Path) -> list[str]:
    """Return what makes root the user of the package, who then owns what the broker writes."""
    if os.geteuid() != 0:
        return []
    user = pwd.getpwnam("rabbitmq")
    for path in (home, *home.iterdir()):
        os.chown(path, user.pw_uid, user.pw_gid)
    change = [needed("setpriv", "apt install util-linux")]
    return [*change, f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
