"""`configserver serve`: what it prints, that it answers, and how it ends."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

from configserver.cli.serve import banner
from configserver.settings import Settings
from configserver.settings.git import GitSettings
from configserver.settings.native import NativeSettings
from configserver.settings.profiles import ProfilesSettings
from configserver.settings.repository import NestedGitSettings
from configserver.settings.server import ServerSettings
from configserver.settings.serving import ServingSettings


@contextmanager
def serving(state: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    environ = {"PATH": os.environ["PATH"], "XDG_STATE_HOME": str(state), "HOME": str(state)}
    command = [sys.executable, "-m", "configserver", "serve", *words]
    with subprocess.Popen(
        command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_without_settings_the_example_is_served(tmp_path: Path) -> None:
    with serving(tmp_path, "--host", "127.0.0.1", "--port", "0") as process:
        assert process.stdout is not None
        lines = [process.stdout.readline().strip() for _ in range(6)]
        assert lines[0].startswith("Listening on http://127.0.0.1:")
        assert lines[1] == f"Serving {(tmp_path / 'configserver' / 'example').as_uri()}"
        for line in lines[3:]:
            with urlopen(line.removeprefix("curl "), timeout=20) as answer:
                assert answer.status == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0


def test_port_in_use(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with serving(tmp_path, "--host", "127.0.0.1", "--port", port) as process:
            out, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert not out
    assert err.splitlines()[-2:] == [
        f"error: cannot listen on 127.0.0.1:{port}",
        "hint: another process listens there; choose another port with --port",
    ]


def test_bad_setting(tmp_path: Path) -> None:
    with serving(tmp_path, "--port", "http") as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert not out
    assert err.startswith("error: --port: server.port should be a valid integer")


@pytest.mark.parametrize(
    ("settings", "lines"),
    [
        (
            Settings(
                git=GitSettings(uri="https://me:hunter2@h/r", default_label="a/b"),
                serving=ServingSettings(prefix="/config/"),
            ),
            [
                "Listening on http://localhost:81/config",
                "Serving https://me:******@h/r",
                "Try",
                "  curl http://localhost:81/config/shop/dev",
                "  curl http://localhost:81/config/shop-dev.yml",
                "  curl http://localhost:81/config/shop/dev/a(_)b/nginx.conf",
            ],
        ),
        (
            Settings(
                server=ServerSettings(address="::1"),
                profiles=ProfilesSettings(active=("native",)),
                native=NativeSettings(search_locations=("file:/a/", "file:/b/")),
            ),
            ["Listening on http://[::1]:81", "Serving file:/a/, file:/b/"],
        ),
        (
            Settings(
                git=GitSettings(
                    uri="https://h/r",
                    repos={name: NestedGitSettings(uri="https://h/n") for name in "abc"},
                )
            ),
            [
                "Listening on http://localhost:81",
                "Serving https://h/r and 3 more by pattern",
                "Try",
            ],
        ),
        (
            Settings(
                profiles=ProfilesSettings(active=("composite",)),
                composite=(
                    GitSettings(uri="https://me:hunter2@h/r", default_label="b"),
                    NativeSettings(search_locations=("file:/a/",), order=1),
                ),
            ),
            [
                "Listening on http://localhost:81",
                "Serving",
                "  file:/a/",
                "  https://me:******@h/r",
                "Try",
                "  curl http://localhost:81/shop/dev",
                "  curl http://localhost:81/shop-dev.yml",
                "  curl http://localhost:81/shop/dev/master/nginx.conf",
            ],
        ),
        (
            Settings(server=ServerSettings(address="0.0.0.0")),
            ["Listening on http://localhost:81"],
        ),
    ],
)
def test_banner(settings: Settings, lines: list[str]) -> None:
    assert banner(settings, 81).splitlines()[: len(lines)] == lines
