"""A server on a small repository with two branches, as clients would meet it."""

import json
import shlex
from collections.abc import Iterator

import pytest

from tests.conformance.cases import Entry, Tree
from tests.conformance.player import HOST, OURS, free_port, serving
from tests.conformance.repositories import create_repository, git, import_branches

_MAIN: Tree = {
    "application.yml": Entry(
        b"shop:\n  name: everyone\n  hosts: [a, b, c]\n  limit: 10\n  text: shared\n"
    ),
    "shop.yml": Entry(
        b"shop:\n  name: shop\n  greeting: Hello ${shop.name}\n  ratio: 1e3\n  open: yes\n"
    ),
    "shop-dev.yml": Entry("shop:\n  hosts: [x, y]\n  text: größer\n".encode()),
    "shop-eu.properties": Entry(b"shop.limit=0x10\n"),
    "motd.txt": Entry(b"Welcome to ${shop.name}, ${nobody:friend}\n"),
}
_RELEASE: Tree = {"shop.yml": Entry(b"shop:\n  name: released\n"), "motd.txt": Entry(b"Out\n")}


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start the server; return its URL."""
    root = tmp_path_factory.mktemp("clients")
    repository = root / "repository"
    create_repository(repository)
    import_branches(repository, {"main": [_MAIN], "release": [_RELEASE]})
    git(repository, "reset", "-q", "--hard", "main")
    port = free_port()
    config = root / "application.yml"
    uri = f"file://{repository}"
    settings = {"spring.cloud.config.server.git.uri": uri, "server.port": str(port)}
    config.write_text(json.dumps(settings), "utf-8")
    line = [part.format(config=config, port=port, work=root) for part in shlex.split(OURS)]
    with serving(line, port, root):
        yield f"http://{HOST}:{port}"
