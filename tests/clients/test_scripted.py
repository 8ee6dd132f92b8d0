"""Clients of other languages, as their registries have them, get their configuration."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
PYPI = "config-client==1.5.0"

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def node_client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("the npm client needs node and npm")
    home = tmp_path_factory.mktemp("node")
    for name in ("package.json", "client.js"):
        shutil.copy(HERE / "node" / name, home)
    run = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"]
    _installed(run, "cloud-config-client", home)
    return home / "client.js"


@pytest.fixture(scope="module")
def python_of_client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("python")
    subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
    python = home / "bin" / "python"
    _installed([str(python), "-m", "pip", "install", "-q", PYPI], PYPI, home)
    return python


@pytest.mark.node
def test_npm_client(node_client: Path, server: str) -> None:
    answer = _output("node", node_client, server, "shop", "dev,eu")
    assert len(answer["version"]) == 40
    seen = answer["seen"]
    assert (seen["shop.name"], seen["shop.limit"], seen["shop.ratio"]) == ("shop", "0x10", 1000)
    assert (seen["shop.text"], seen["shop.open"]) == ("größer", True)
    assert answer["nested"]["shop"]["hosts"][:2] == ["x", "y"]


@pytest.mark.node
def test_npm_client_with_a_label(node_client: Path, server: str) -> None:
    answer = _output("node", node_client, server, "shop", "dev", "release")
    assert answer["seen"] == {"shop.name": "released"}


def test_pypi_client(python_of_client: Path, server: str) -> None:
    answer = _output(python_of_client, HERE / "python_client.py", server, "shop", "dev", "main")
    shop = answer["seen"]["shop"]
    assert (shop["name"], shop["limit"], shop["ratio"], shop["open"]) == ("shop", 10, 1000.0, True)
    assert (shop["text"], shop["hosts"][:2]) == ("größer", ["x", "y"])
    assert answer["file"] == "Welcome to shop, friend\n"


def test_pypi_client_with_a_label(python_of_client: Path, server: str) -> None:
    answer = _output(python_of_client, HERE / "python_client.py", server, "shop", "dev", "release")
    assert answer == {"seen": {"shop": {"name": "released"}}, "file": "Out\n"}


def _installed(command: list[str], what: str, home: Path) -> None:
    done = subprocess.run(command, cwd=home, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"{what} cannot be installed: {done.stderr[-300:]}")


def _output(program: str | Path, *arguments: str | Path) -> Any:
    done = subprocess.run(
        [str(program), *(str(argument) for argument in arguments)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONUTF8": "1"},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
